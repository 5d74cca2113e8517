"""The check of every stage: what is awaited, and of whom. An event that says nothing new is not written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import dagster as dg
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

from recoil_assets.assets.presentation import metadata_of
from recoil_assets.assets.specs import AWAITS_NOBODY
from recoil_assets.domain.cell import Cell
from recoil_assets.production.outcome import Blocked, Facts, Failed, Materialised, Unsettled

_EVALUATED = {AssetCheckExecutionRecordStatus.FAILED, AssetCheckExecutionRecordStatus.SUCCEEDED}
_FEW = 4
"""Up to so many cells are looked up one by one; for more the history is read from its end."""
_PAGE = 200


@dataclass(slots=True)
class CheckReport:
    """Writes check evaluations for the cells of a run.

    A pass is written only where the last evaluation failed: a cell that was never in doubt needs no event
    (each costs about 15 ms), and a cell whose doubt is gone must not go on showing it.
    """

    context: dg.AssetExecutionContext | dg.OpExecutionContext
    in_doubt: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def load(
        cls,
        context: dg.AssetExecutionContext | dg.OpExecutionContext,
        cells: Iterable[Cell],
        stages: frozenset[str],
    ) -> "CheckReport":
        """Read which cells were in doubt when last looked at."""
        report, partitions = cls(context), [cell.key for cell in cells]
        for stage in stages:
            for record in _last_evaluations(context.instance, stage, partitions):
                if record.status is AssetCheckExecutionRecordStatus.FAILED:
                    report.in_doubt.add((stage, str(record.partition)))
        return report

    def materialised(self, outcome: Materialised) -> None:
        """The stage has a result: say what somebody should see to, or that nothing is left of an old doubt."""
        if outcome.awaits:
            self._write(outcome.stage, outcome.cell, outcome.awaits, dg.AssetCheckSeverity.WARN)
        elif (outcome.stage, outcome.cell.key) in self.in_doubt:
            self._write(outcome.stage, outcome.cell, "", dg.AssetCheckSeverity.WARN)

    def awaited(self, outcome: Blocked | Unsettled | Failed) -> None:
        """The stage has no result: say what is awaited."""
        severity = dg.AssetCheckSeverity.WARN if isinstance(outcome, Blocked) else dg.AssetCheckSeverity.ERROR
        facts = outcome.facts if isinstance(outcome, Failed) else {}
        self._write(outcome.stage, outcome.cell, _told(outcome), severity, facts)

    def _write(
        self,
        stage: str,
        cell: Cell,
        awaits: str,
        severity: dg.AssetCheckSeverity,
        facts: Facts | None = None,
    ) -> None:
        evaluation = dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(stage),
            check_name=AWAITS_NOBODY,
            passed=not awaits,
            severity=severity,
            description=awaits or "nothing is awaited",
            partition=cell.key,
            metadata=metadata_of(facts or {}),
        )
        self.context.log_event(evaluation)  # type: ignore[arg-type]  # an op takes it too, and does not declare it


def _last_evaluations(
    instance: dg.DagsterInstance, stage: str, partitions: list[str]
) -> Iterator[AssetCheckExecutionRecord]:
    """The last evaluation of each partition that has one, however long ago it was."""
    key = dg.AssetCheckKey(dg.AssetKey(stage), AWAITS_NOBODY)
    history = partial(instance.event_log_storage.get_asset_check_execution_history, key, status=_EVALUATED)
    if len(partitions) <= _FEW:
        for partition in partitions:
            yield from history(limit=1, partition_filter=PartitionKeyFilter(key=partition))
        return
    wanted, cursor = set(partitions), None
    while wanted:
        page = history(limit=_PAGE, cursor=cursor)
        for record in page:
            if record.partition in wanted:
                wanted.remove(record.partition)
                yield record
        if len(page) < _PAGE:
            return
        cursor = page[-1].id


def _told(outcome: Blocked | Unsettled | Failed) -> str:
    """What is awaited, its reason by name where the message does not name it, and the cure."""
    reason = outcome.reason if isinstance(outcome, Blocked) else type(outcome).__name__.lower()
    named = outcome.message if reason in outcome.message else f"{outcome.message} ({reason})"
    return f"{named} — {outcome.cure}" if outcome.cure else named
