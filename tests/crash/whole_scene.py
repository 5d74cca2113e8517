"""The scene of a crash whose runs are whole Dagster runs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG, CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from recoil_assets.production.stages import CELL_STAGES, PLANS
from tests.crash.books import Accounts
from tests.crash.run import Order
from tests.crash.scene import LossError, Scene
from tests.crash.strike import Strike, StrikeAnywhere
from tests.crash.whole_run import definitions, instance_at, work


@dataclass
class WholeScene(Scene):
    """See the module.

    Attributes:
        ended: how many runs came to their end, and with a result, by cell.
        logged: how many results killed runs left in the event log, by cell.
    """

    ended: Counter[str] = field(default_factory=Counter)
    logged: Counter[str] = field(default_factory=Counter)

    @staticmethod
    def work(order: Order) -> None:
        work(order)

    def take_in(self, episode: str) -> None:  # noqa: ARG002  the run's own
        super().run(stages=(PLANS,))

    def killed(self, strike: Strike | StrikeAnywhere) -> None:
        super().killed(strike)
        with instance_at(self.folder / "records") as instance:
            self.logged = Counter(cell for cell, _, _ in self._events(instance)) - self.ended

    def run(self, **how: object) -> dict[str, str]:
        ends = super().run(**how)
        if "stages" not in how:
            self.ended.update(cell for cell, word in ends.items() if word == "Materialised")
        return ends

    def audit(self, ended: Mapping[str, str]) -> Accounts:
        """Also: every run that ended logged every cell it made once, one data version in all, and all is fresh."""
        accounts = super().audit(ended)
        with instance_at(self.folder / "records") as instance:
            found = [*self._of_the_log(self._events(instance)), *self._of_staleness(instance, ended)]
        if found:
            raise LossError(found)
        return accounts

    def _events(self, instance: dg.DagsterInstance) -> list[tuple[str, str, str]]:
        """(cell, run, data version) of every materialisation of the stage in the event log."""
        found = instance.fetch_materializations(dg.AssetKey(self.stage), limit=999).records
        return [
            (str(record.partition_key), record.run_id, _version_of(record.asset_materialization))
            for record in found
        ]

    def _of_the_log(self, events: Sequence[tuple[str, str, str]]) -> Iterator[str]:
        for (cell, run), times in Counter((cell, run) for cell, run, _ in events).items():
            if times > 1:
                yield f"run {run} logged {cell} {times} times"
        for cell in {cell for cell, _, _ in events}:
            if len(versions := {version for name, _, version in events if name == cell}) > 1:
                yield f"{cell} has {len(versions)} data versions"
        logged, due = Counter(cell for cell, _, _ in events), self.logged + self.ended
        if logged != due:
            yield f"the event log has {dict(logged)}, and should have {dict(due)}"

    def _of_staleness(self, instance: dg.DagsterInstance, ended: Mapping[str, str]) -> Iterator[str]:
        """By Dagster's own resolver."""
        resolver = CachingStaleStatusResolver(
            instance=instance,
            asset_graph=definitions().resolve_asset_graph(),
            loading_context=LoadingContextForTest(instance),
        )
        names = [stage.name for stage in CELL_STAGES]
        for cell, word in ended.items():
            for stage in names[: names.index(self.stage) + 1]:
                made = stage != self.stage or word == "Materialised" or self.logged[cell] + self.ended[cell]
                if (status := resolver.get_status(dg.AssetKey(stage), cell).value) != (
                    "FRESH" if made else "MISSING"
                ):
                    yield f"{stage} of {cell} is {status}"


def _version_of(event: dg.AssetMaterialization | None) -> str:
    return str((event.tags or {}).get(DATA_VERSION_TAG)) if event else ""
