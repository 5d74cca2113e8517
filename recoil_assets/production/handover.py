"""Handing a beat over: what was tried, what it cost, and what a person may do next, where nothing more is tried."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from recoil_assets.domain.attempt import Attempt
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.diagnosis.mode import FailureMode
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.money import ZERO, show
from recoil_assets.domain.retry.change import StrategyName
from recoil_assets.domain.retry.engine import Escalation, Exhausted, ExhaustionReason
from recoil_assets.domain.retry.strategy import Handover
from recoil_assets.production.outcome import Facts, Table
from recoil_assets.production.payloads import BeatPayload
from recoil_assets.production.retries import failure_of, failures_of

_MOST_COMMANDS = 3
_CONTENT = frozenset(
    {
        FailureMode.CONTENT_HARD_INPUT,
        FailureMode.CONTENT_SOFT_INPUT,
        FailureMode.CONTENT_HARD_OUTPUT,
        FailureMode.CONTENT_SOFT_OUTPUT,
    }
)
_WAITING_HELPS = frozenset({FailureMode.OUTAGE, FailureMode.TIMEOUT, FailureMode.RATE_LIMIT})


class BeatHandedOverError(RecoilError):
    """Nothing more is tried for a beat before a person has looked at it.

    Attributes:
        facts: what was tried, what it cost, and what may be done next, as the cell shows it.
    """

    def __init__(self, message: str, *, cure: str, facts: Facts) -> None:
        super().__init__(message, cure=cure)
        self.facts = facts


class TakesExhaustedError(BeatHandedOverError):
    """Every attempt a request may have was made, and failed."""


class StrategiesExhaustedError(BeatHandedOverError):
    """Attempts are left, but there is nothing promising, or nothing allowed, to do with them."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A beat that nothing more is tried for.

    Attributes:
        attempts: every take attempt of it, oldest first.
        handovers: what people may decide about it.
        split: what is told of a split of it; empty where none would help.
    """

    cell: Cell
    payload: BeatPayload
    attempts: Sequence[Attempt]
    max_takes: int
    handovers: Sequence[Handover] = ()
    split: str = ""


def takes_exhausted(ended: Ended) -> TakesExhaustedError:
    """Why a beat ends that has had every attempt it may have."""
    return TakesExhaustedError(
        f"beat {ended.payload.beat.beat_id}: all {ended.max_takes} attempts failed; "
        f"the last said: {ended.attempts[-1].error}",
        cure=f"change the shot, the model or max_takes. {_listed(ended)}",
        facts=_facts(ended, ExhaustionReason.TAKES.value),
    )


def handed_over(ended: Ended, answer: Escalation | Exhausted) -> StrategiesExhaustedError:
    """Why a beat ends before its attempts do, and what a person is asked to decide."""
    reason = exhaustion_reason(answer)
    return StrategiesExhaustedError(
        f"beat {ended.payload.beat.beat_id}: {answer.why} ({reason}); "
        f"the last attempt said: {ended.attempts[-1].error}",
        cure=f"decide {_asked(ended)}. {_listed(ended)}",
        facts=_facts(ended, reason),
    )


def exhaustion_reason(answer: Escalation | Exhausted) -> str:
    """Why nothing more is tried, by name."""
    return answer.reason.value if isinstance(answer, Exhausted) else StrategyName.ESCALATE.value


def _facts(ended: Ended, reason: str) -> Facts:
    failed = failures_of(ended.attempts, ended.payload.basis)
    return {
        "ended": reason,
        "tried": Table(tuple(_row(attempt) for attempt in failed)),
        "cost": show(sum((attempt.cost_usd for attempt in failed), Decimal(0))),
        "to_decide": _asked(ended),
        **({"split": ended.split} if ended.split else {}),
        "next": "\n".join(_commands(ended)),
    }


def _asked(ended: Ended) -> str:
    return "; ".join(handover.asks for handover in ended.handovers)


def _row(attempt: Attempt) -> dict[str, str | int | float | bool | None]:
    failure, changes = failure_of(attempt), attempt.intent.changes
    return {
        "take": attempt.intent.number,
        "strategy": changes[-1].strategy.value if changes else "as planned",
        "model": attempt.intent.sent.model,
        "failure": failure.mode.value,
        "stage": failure.stage.value,
        "cost_usd": str(attempt.cost_usd or ZERO),
        "said": attempt.error,
    }


def _listed(ended: Ended) -> str:
    split = f"{ended.split}. " if ended.split else ""
    return f"{split}Next: {'; or '.join(_commands(ended))}"


def _commands(ended: Ended) -> tuple[str, ...]:
    """The three most useful commands, by what went wrong last."""
    cell, payload = ended.cell, ended.payload
    failed = failures_of(ended.attempts, payload.basis)
    run = f"recoil run {cell.episode} --batch {cell.batch}"
    mode = failure_of(failed[-1]).mode if failed else FailureMode.UNKNOWN
    edited = f"edit {', '.join(payload.beat.shot_ids)} in plans/{cell.episode}.json, then {run}"
    more = f"{run} --max-takes {ended.max_takes + len(failed)}"
    other_model = f"{run} --model MODEL"
    again, doctor = run, "recoil doctor"
    look = f"recoil take list {cell.episode}"
    if mode in _CONTENT:
        useful = (edited, other_model, look)
    elif mode is FailureMode.INVALID_INPUT:
        useful = (other_model, edited, look)
    elif mode in (FailureMode.AUTH, FailureMode.FILE_DOWNLOAD):
        useful = (doctor, again, look)
    elif mode in _WAITING_HELPS:
        useful = (more, other_model, look)
    else:
        useful = (more, edited, look)
    return useful[:_MOST_COMMANDS]
