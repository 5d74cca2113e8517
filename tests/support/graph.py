"""The real graph on a real project, in a real Dagster instance of its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dagster as dg

from recoil_assets.assets.provenance import recorded_versions
from recoil_assets.definitions import build_defs
from recoil_assets.domain.board import Decision
from recoil_assets.domain.cell import Cell
from recoil_assets.production.editorial_ports import Editorial
from recoil_assets.production.ports import Provider
from recoil_assets.production.review import Verdict, decide
from recoil_assets.production.stages import CELL_STAGES, PLANS
from recoil_assets.production.studio import Studio
from resources.dagster_resources import LedgerResource, ProvidersResource, StudioResource
from resources.opening import open_studio
from tests.support.instant_provider import InstantProvider
from tests.support.paper_inspector import PaperInspector

STAGES = tuple(stage.name for stage in CELL_STAGES)
_TEST_PROVIDERS: dict[str, Mapping[str, Provider]] = {}
_TEST_DESKS: dict[str, Editorial] = {}


class TestProviders(ProvidersResource):
    """The providers a test put in place, found again by key: a resource's fields are plain data."""

    __test__ = False
    key: str

    def open(self) -> Mapping[str, Provider]:
        return _TEST_PROVIDERS[self.key]


class TestStudio(StudioResource):
    """The project with the editorial desk a test put in place, where it put one; its films are made of paper."""

    __test__ = False

    @contextmanager
    def open(self) -> Iterator[Studio]:
        with super().open() as studio:
            yield replace(
                studio,
                editorial=_TEST_DESKS.get(self.root, studio.editorial),
                inspector=PaperInspector(),
            )


@dataclass
class GraphUnderTest:
    """See the module.

    Attributes:
        desk: in place of the one that decodes media; None keeps that one.
        make_defs: makes the definitions; called with ``resources``.
    """

    root: Path
    instance: dg.DagsterInstance
    provider: InstantProvider = field(default_factory=InstantProvider)
    desk: Editorial | None = None
    make_defs: Callable[..., dg.Definitions] = build_defs

    def __post_init__(self) -> None:
        _TEST_PROVIDERS[str(self.root)] = {"animatic": self.provider}
        if self.desk is not None:
            _TEST_DESKS[str(self.root)] = self.desk
        studio = TestStudio(
            root=str(self.root), ledger=LedgerResource(), providers=TestProviders(key=str(self.root))
        )
        self.defs = self.make_defs(resources={"studio": studio})
        self.job = self.defs.resolve_implicit_global_asset_job_def()

    def plan(self, episode: str) -> Any:
        if not self.instance.has_dynamic_partition("episodes", episode):
            self.instance.add_dynamic_partitions("episodes", [episode])
        return self.run([PLANS], partition_key=episode)

    def produce(
        self, episode: str, stages: Sequence[str] = STAGES, batches: Sequence[str] = (), **how: Any
    ) -> Any:
        keys = list(batches or self.instance.get_dynamic_partitions("shot_batches"))
        tags = {
            "dagster/asset_partition_range_start": f"{episode}|{keys[0]}",
            "dagster/asset_partition_range_end": f"{episode}|{keys[-1]}",
        }
        return self.run(stages, tags=tags, **how)

    def run(self, assets: Sequence[str], config: Mapping[str, object] | None = None, **how: Any) -> Any:
        """One run of some assets. ``config`` is the run configuration by step."""
        return self.job.execute_in_process(
            instance=self.instance,
            asset_selection=[dg.AssetKey(asset) for asset in assets],
            raise_on_error=False,
            run_config={
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                "ops": {step: {"config": chosen} for step, chosen in (config or {}).items()},
            },
            **how,
        )

    def approve_all(self, episode: str) -> None:
        with self.studio() as studio:
            roster = studio.rosters.get(episode)
            assert roster is not None
            for entry in roster.batches:
                if entry.group.modality == "r2v_multi":
                    verdict = Verdict(decision=Decision.APPROVED, reviewer="tester")
                    decide(studio, Cell(episode, entry.batch), verdict)

    @contextmanager
    def studio(self) -> Iterator[Studio]:
        with open_studio(self.root, providers=lambda: {"animatic": self.provider}) as studio:
            yield studio

    def versions(self, asset: str, episode: str) -> dict[str, str]:
        """Data version by batch (or by episode, for episode assets)."""
        keys = [f"{episode}|{batch}" for batch in self.instance.get_dynamic_partitions("shot_batches")]
        if asset in (PLANS, "dailies", "spend_report"):
            keys = [episode]
        found = recorded_versions(self.instance, asset, keys)
        return {key.partition("|")[2] or key: version for key, version in found.items()}

    def awaited(self, result: Any) -> dict[tuple[str, str], str]:
        """Description of every failed check by (stage, partition)."""
        return {
            (data.asset_key.to_user_string(), str(data.partition)): data.description or ""
            for event in result.all_events
            if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
            and not (data := event.asset_check_evaluation_data).passed
        }

    def failure(self, result: Any) -> str:
        """What the run's failed step said."""
        for event in result.all_events:
            if event.is_step_failure and event.step_failure_data.user_failure_data:
                return event.step_failure_data.user_failure_data.description or ""
        return ""
