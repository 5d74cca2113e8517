"""What an attempt is charged, by what its provider said of the job: pure, from the facts of its records.

A job may have several steps with costs of their own. A figure for the whole job goes before them; without one
an attempt pays for every step that counts: those that succeeded, and those that failed and were billed. So a
take with one good and one billed-failed step pays for both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from recoil_assets.domain.ledger import Evidence
from recoil_assets.domain.money import ZERO
from recoil_assets.production.job_facts import cost_of
from recoil_assets.production.ports import Billed


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be charged, USD, and what the amount rests on."""

    usd: Decimal
    evidence: Evidence
    note: str = ""


@dataclass(frozen=True, slots=True)
class FailureCost:
    """Whether a failed job was billed, and where it was, the charge."""

    billed: Billed
    charge: Charge | None = None


def cost_of_success(facts: Mapping[str, Any], estimate_usd: Decimal) -> Charge:
    """What a job that ended well costs: the figure for the whole, else the sum of its steps, else the estimate.

    A step without a figure costs the whole estimate; so does a failed one of which nobody knows whether it was
    billed: it counts against the caps until a bill corrects it.

    Args:
        facts: of the ``completed`` record.
        estimate_usd: upper bound of the price of the whole attempt.
    """
    whole = _whole(facts)
    if whole is not None:
        return whole
    good, failed = _steps(facts)
    if not good and not failed:
        return Charge(estimate_usd, Evidence.ESTIMATE)
    parts = [_part(step, estimate_usd) for step in failed if _may_be_billed(step)]
    priced = [_part(step, estimate_usd) for step in good if cost_of(step) is not None]
    return _sum([*(priced or [Charge(estimate_usd, Evidence.ESTIMATE)]), *parts], facts)


def cost_of_failure(facts: Mapping[str, Any], estimate_usd: Decimal) -> FailureCost:
    """What a job that ended badly costs, by evidence only; anything less certain is unknown and stays held.

    Args:
        facts: of the ``failed`` record.
        estimate_usd: upper bound of the price of the whole attempt.
    """
    whole = _whole(facts)
    if whole is not None and whole.usd > ZERO:
        return FailureCost(Billed.YES, whole)
    good, failed = _steps(facts)
    counting = [*good, *(step for step in failed if _may_be_billed(step))]
    if counting and all(cost_of(step) is not None for step in counting):
        return FailureCost(Billed.YES, _sum([_part(step, estimate_usd) for step in counting], facts))
    if estimate_usd == ZERO or (facts.get("billed") == Billed.NO and not counting):
        return FailureCost(Billed.NO)
    if facts.get("billed") == Billed.YES:
        known = sum((cost_of(step) or ZERO for step in counting), ZERO)
        return FailureCost(Billed.YES, Charge(max(estimate_usd, known), Evidence.ESTIMATE))
    return FailureCost(Billed.UNKNOWN)


def _whole(facts: Mapping[str, Any]) -> Charge | None:
    cost = cost_of(facts)
    return None if cost is None else Charge(cost, _evidence(facts))


def _steps(facts: Mapping[str, Any]) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
    """The steps that succeeded, and those that failed."""
    steps = facts.get("steps") or ()
    return [step for step in steps if step["succeeded"]], [step for step in steps if not step["succeeded"]]


def _may_be_billed(step: Mapping[str, Any]) -> bool:
    """A figure says that a failed step was billed; without one its provider's word does, or nothing."""
    cost = cost_of(step)
    return cost > ZERO if cost is not None else step["billed"] != Billed.NO


def _part(step: Mapping[str, Any], estimate_usd: Decimal) -> Charge:
    cost = cost_of(step)
    return Charge(estimate_usd, Evidence.ESTIMATE) if cost is None else Charge(cost, _evidence(step))


def _evidence(facts: Mapping[str, Any]) -> Evidence:
    return Evidence.BILLED if facts.get("cost_is_billed") else Evidence.REPORTED


def _sum(parts: Iterable[Charge], facts: Mapping[str, Any]) -> Charge:
    """All parts as one charge: it rests on the weakest of them, and says what it is made of."""
    found = list(parts)
    order = (Evidence.BILLED, Evidence.REPORTED, Evidence.ESTIMATE)
    weakest = max((part.evidence for part in found), key=order.index)
    note = "; ".join(
        f"{step['name']} {'succeeded' if step['succeeded'] else 'failed'}: {step['cost_usd'] or 'no figure'}"
        for step in facts.get("steps") or ()
    )
    return Charge(sum((part.usd for part in found), ZERO), weakest, note)
