"""The check of every stage: what is awaited, and of whom. An event that says nothing new is not written."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from recoil_assets.assets.specs import AWAITS_NOBODY
from recoil_assets.domain.cell import Cell
from recoil_assets.production.outcome import Blocked, Failed, Materialised, Unsettled

_EVALUATED = {AssetCheckExecutionRecordStatus.FAILED, AssetCheckExecutionRecordStatus.SUCCEEDED}
_HISTORY_PER_CELL = 4


@dataclass(slots=True)
class CheckReport:
    """Writes check evaluations for the cells of a run.

    A pass is written only where the last evaluation failed: a cell that was never in doubt needs no event
    (each costs about 15 ms), and a cell whose doubt is gone must not go on showing it.
    """

    context: dg.AssetExecutionContext
    in_doubt: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def load(
        cls, context: dg.AssetExecutionContext, cells: Iterable[Cell], stages: frozenset[str]
    ) -> "CheckReport":
        """Read which cells were in doubt when last looked at: one query a stage."""
        limit = _HISTORY_PER_CELL * len(list(cells))
        report = cls(context)
        for stage in stages:
            history = context.instance.event_log_storage.get_asset_check_execution_history(
                dg.AssetCheckKey(dg.AssetKey(stage), AWAITS_NOBODY), limit=limit, status=_EVALUATED
            )
            seen: set[str] = set()
            for record in history:
                if record.partition is None or record.partition in seen:
                    continue
                seen.add(record.partition)
                if record.status is AssetCheckExecutionRecordStatus.FAILED:
                    report.in_doubt.add((stage, record.partition))
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
        self._write(outcome.stage, outcome.cell, _told(outcome), severity)

    def _write(self, stage: str, cell: Cell, awaits: str, severity: dg.AssetCheckSeverity) -> None:
        self.context.log_event(
            dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey(stage),
                check_name=AWAITS_NOBODY,
                passed=not awaits,
                severity=severity,
                description=awaits or "nothing is awaited",
                partition=cell.key,
            )
        )


def _told(outcome: Blocked | Unsettled | Failed) -> str:
    """What is awaited, its reason by name where the message does not name it, and the cure."""
    reason = outcome.reason if isinstance(outcome, Blocked) else type(outcome).__name__.lower()
    named = outcome.message if reason in outcome.message else f"{outcome.message} ({reason})"
    return f"{named} — {outcome.cure}" if outcome.cure else named
