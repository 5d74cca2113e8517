"""Driving the graph from the command line: the same assets, in the same Dagster instance the UI shows."""

import logging
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.events import DagsterEvent

from recoil_assets.assets.cell_stages import RESUME_ONLY
from recoil_assets.assets.dailies import READY_CHECK
from recoil_assets.assets.partitions import range_tags, ranges_of, register
from recoil_assets.assets.provenance import DISPLACED_TAG, recorded_versions
from recoil_assets.assets.specs import AWAITS_NOBODY
from recoil_assets.cli.progress import Progress
from recoil_assets.cli.run_result import Awaited, RunResult
from recoil_assets.cli.sqlite_storage import open_instance
from recoil_assets.definitions import build_defs
from recoil_assets.domain.cell import Cell
from recoil_assets.production.stages import PLANS
from resources.project_store.layout import Layout


class Graph:
    """The project's graph in its Dagster instance."""

    def __init__(self, layout: Layout, instance: dg.DagsterInstance, progress: Progress) -> None:
        self._instance = instance
        self._progress = progress
        self._defs = build_defs(root=str(layout.root), sensors=[])
        self._job = self._defs.resolve_implicit_global_asset_job_def()

    @property
    def instance(self) -> dg.DagsterInstance:
        """The Dagster instance."""
        return self._instance

    def take_in(self, episode: str, choices: Mapping[str, object]) -> RunResult:
        """Materialise ``plans`` for an episode."""
        register(self._instance, episode, ())
        config = {"ops": {PLANS: {"config": dict(choices)}}}
        return self._run(f"{episode}: plan", [PLANS], config=config, partition_key=episode)

    def materialise_cells(
        self,
        cells: Sequence[Cell],
        stages: Iterable[str],
        choices: Mapping[str, object],
        *,
        resume_only: bool = False,
    ) -> list[RunResult]:
        """Materialise stages of cells: one run for each contiguous range of batches of an episode.

        Args:
            resume_only: record what is there, and send nothing new.
        """
        names = list(stages)
        config = {"ops": {"production": {"config": dict(choices)}}}
        results = []
        for chosen in ranges_of(self._instance, cells):
            first, tags = chosen[0], range_tags(chosen[0], chosen[-1])
            tags = {**tags, **({RESUME_ONLY: "true"} if resume_only else {})}
            label = (
                f"{first.episode}: {names[0]} to {names[-1]}"
                if len(names) > 1
                else f"{first.episode}: {names[0]}"
            )
            results.append(
                self._run(label, names, config=config, tags=tags, expected=len(chosen) * len(names))
            )
        return results

    def materialise_episode(self, episode: str, asset: str) -> RunResult:
        """Materialise an episode's dailies or spend report."""
        return self._run(f"{episode}: {asset}", [asset], config={}, partition_key=episode)

    def recorded(self, asset: str, cell: Cell) -> str | None:
        """Data version of the latest record of a cell; None where there is none."""
        return recorded_versions(self._instance, asset, [cell.key]).get(cell.key)

    def batch_keys(self) -> list[str]:
        """Every batch key of the show, in Dagster's order."""
        return list(self._instance.get_dynamic_partitions("shot_batches"))

    def _run(
        self,
        label: str,
        assets: Sequence[str],
        *,
        config: Mapping[str, Any],
        partition_key: str | None = None,
        tags: Mapping[str, str] | None = None,
        expected: int = 1,
    ) -> RunResult:
        run_id = str(uuid.uuid4())
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        with self._progress.following(label, expected, lambda: self._made_in(run_id)):
            result = self._job.execute_in_process(
                run_id=run_id,
                instance=self._instance,
                asset_selection=[dg.AssetKey(asset) for asset in assets],
                partition_key=partition_key,
                tags={**(tags or {}), "recoil/started_by": "recoil command"},
                run_config={**config, **quiet},
                raise_on_error=False,
            )
        events = result.all_events
        return RunResult(
            run_id=run_id,
            materialised=tuple(_materialised(events)),
            awaited=tuple(_awaited(events)),
            failure=_failure(events) if not result.success else "",
        )

    def _made_in(self, run_id: str) -> list[str]:
        logged = self._instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
        events = [entry.dagster_event for entry in logged if entry.dagster_event is not None]
        return [f"{partition} {asset}".strip() for asset, partition in _materialised(events)]


@contextmanager
def graph_of(layout: Layout, home: Path, progress: Progress) -> Iterator[Graph]:
    """The project's graph in the Dagster instance at ``home``."""
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    with open_instance(home) as instance:
        yield Graph(layout, instance, progress)


def _materialised(events: Sequence[DagsterEvent]) -> Iterator[tuple[str, str]]:
    for event in events:
        if not event.is_step_materialization or event.asset_key is None:
            continue
        if DISPLACED_TAG not in (event.step_materialization_data.materialization.tags or {}):
            yield event.asset_key.to_user_string(), str(event.partition or "")


def _awaited(events: Sequence[DagsterEvent]) -> Iterator[Awaited]:
    for event in events:
        if event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            continue
        evaluation = event.asset_check_evaluation_data
        if not evaluation.passed and evaluation.check_name in (AWAITS_NOBODY, READY_CHECK):
            yield Awaited(
                stage=evaluation.asset_key.to_user_string(),
                partition=str(evaluation.partition or ""),
                said=evaluation.description or "",
            )


def _failure(events: Sequence[DagsterEvent]) -> str:
    for event in events:
        if event.is_step_failure:
            data = event.step_failure_data
            if data.user_failure_data is not None and data.user_failure_data.description:
                return data.user_failure_data.description
            error = data.error
            if error is not None and error.cls_name == DagsterExecutionInterruptedError.__name__:
                return (
                    "the run was interrupted; what was sent is on record and is not sent again\n"
                    "  cure: repeat the command: it goes on from there"
                )
            while error is not None and error.cause is not None:
                error = error.cause
            return error.message.strip() if error else "the step failed"
    reasons = [event.message for event in events if event.is_run_failure and event.message]
    return reasons[0] if reasons else "the run did not end well"
