"""The engine: what to do after a failure. Pure; what was tried, spent and learned is handed in.

Whoever calls it has to survive its faults: a fault of the engine is no reason not to render, so the caller falls
back to a plain retry and says so in the log.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from recoil_assets.domain.diagnosis.classify import classify
from recoil_assets.domain.diagnosis.mode import Failure, Retryability
from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.money import ZERO, show
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.retry.case import Case, Quotes
from recoil_assets.domain.retry.change import CostTier, RequestChange, apply_changes
from recoil_assets.domain.retry.odds import Chance, RetryHistory, chance_of
from recoil_assets.domain.retry.policy import RetryPolicy, RetrySpend, Tried
from recoil_assets.domain.retry.strategies import STRATEGIES
from recoil_assets.domain.retry.strategy import Handover, Strategy


class ExhaustionReason(StrEnum):
    """Why nothing more is tried."""

    TAKES = "max_takes_reached"  # the request has had all the attempts it may have
    STRATEGIES = "strategy_exhausted"  # attempts are left, but nothing promising to do with them
    BEAT_COST = "retry_beat_cost_reached"  # the next retry would pass what one beat's retries may cost
    EPISODE_COST = "retry_episode_cost_reached"  # likewise for the episode


@dataclass(frozen=True, slots=True)
class Retry:
    """Another attempt.

    Attributes:
        changes: all changes of the attempt, this one last.
        request: what would be sent: the base with the changes applied.
        estimate_usd: its upper bound, USD.
        expected_usd: what a success is expected to cost this way, USD.
        warn: whether the beat's retries pass the warning threshold with it.
    """

    failure: Failure
    change: RequestChange
    changes: tuple[RequestChange, ...]
    request: GenerationRequest
    estimate_usd: Decimal
    chance: Chance
    expected_usd: Decimal
    warn: bool


@dataclass(frozen=True, slots=True)
class Escalation:
    """A person is asked before anything more is spent, though attempts are left.

    Attributes:
        handovers: what they may decide, a split of the beat before the open question.
    """

    failure: Failure
    handovers: tuple[Handover, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Nothing more is tried; a person may."""

    failure: Failure
    reason: ExhaustionReason
    handovers: tuple[Handover, ...]
    why: str


Proposal: TypeAlias = Retry | Escalation


def propose(
    facts: FailureFacts,
    request: GenerationRequest,
    tried: Tried,
    spent: RetrySpend,
    policy: RetryPolicy,
    history: RetryHistory,
    quotes: Quotes,
) -> Proposal | Exhausted:
    """What to do after an attempt at ``request`` failed with ``facts``.

    Of the strategies that apply and that the cost policy allows, it is the one with the least expected cost of a
    success: what the attempt may cost at most, by the chance that it helps. Where nothing costs anything the
    better chance goes first.

    Args:
        request: the base request, without any change.
    """
    failure = classify(facts)
    case = Case(failure=failure, base=request, tried=tried.changes, quotes=quotes, softening=policy.softening)
    if failure.retryability is Retryability.PERSON:
        return Escalation(failure, handovers_of(case), "no change of the request helps against this")
    if tried.takes >= policy.max_takes:
        why = f"all {policy.max_takes} attempts that the request may have were made"
        return Exhausted(failure, ExhaustionReason.TAKES, handovers_of(case), why)
    ranked = sorted(_candidates(case, history), key=_expected_cost)
    if not ranked:
        why = f"no strategy is left for {failure.mode} that was not tried"
        return Exhausted(failure, ExhaustionReason.STRATEGIES, handovers_of(case), why)
    limits = [_cost_limit(item, spent, policy) for item in ranked]
    best = next((item for item, limit in zip(ranked, limits, strict=True) if limit is None), None)
    if best is None:
        reason, why = next(limit for limit in limits if limit is not None)
        return Exhausted(failure, reason, handovers_of(case), why)
    if best.expected_usd > policy.cost.person_usd:
        why = (
            f"a success by {best.change.strategy} is expected to cost {show(_cents(best.expected_usd))}, "
            f"and a person's look {show(policy.cost.person_usd)}"
        )
        return Escalation(failure, handovers_of(case), why)
    return Retry(
        failure=failure,
        change=best.change,
        changes=(*tried.changes, best.change),
        request=apply_changes(request, (*tried.changes, best.change)),
        estimate_usd=best.estimate_usd,
        chance=best.chance,
        expected_usd=best.expected_usd,
        warn=spent.beat_usd + best.estimate_usd >= policy.cost.warn_usd,
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A retry that could be made, and its place among equals."""

    place: int
    change: RequestChange
    estimate_usd: Decimal
    chance: Chance

    @property
    def expected_usd(self) -> Decimal:
        """What a success is expected to cost, USD."""
        return self.estimate_usd / Decimal(str(self.chance.probability))


def handovers_of(case: Case) -> tuple[Handover, ...]:
    """What people may decide about the case, whatever may still be tried."""
    diffs = (
        item.diff(case) for item in STRATEGIES if item.cost_tier is CostTier.PERSON and item.applies(case)
    )
    return tuple(diff for diff in diffs if isinstance(diff, Handover))


def _candidates(case: Case, history: RetryHistory) -> list[_Candidate]:
    found = (_candidate(case, history, place, strategy) for place, strategy in enumerate(STRATEGIES))
    return [item for item in found if item is not None]


def _candidate(case: Case, history: RetryHistory, place: int, strategy: Strategy) -> _Candidate | None:
    chance = chance_of(history, case.failure, strategy.name, case.request.model)
    if chance is None or not strategy.applies(case):
        return None
    estimate, change = strategy.estimate(case), strategy.diff(case)
    if estimate is None or isinstance(change, Handover):
        return None
    return _Candidate(place, change, estimate, chance)


def _expected_cost(item: _Candidate) -> tuple[Decimal, float, int]:
    return item.expected_usd, -item.chance.probability, item.place


def _cost_limit(
    item: _Candidate, spent: RetrySpend, policy: RetryPolicy
) -> tuple[ExhaustionReason, str] | None:
    """The limit that the retry would pass, and how; what is known to cost nothing passes none."""
    if item.estimate_usd == ZERO:
        return None
    limits = (
        (ExhaustionReason.BEAT_COST, "this beat", spent.beat_usd, policy.cost.beat_usd),
        (ExhaustionReason.EPISODE_COST, "the episode", spent.episode_usd, policy.cost.episode_usd),
    )
    for reason, whose, so_far, limit in limits:
        if so_far + item.estimate_usd > limit:
            why = (
                f"retries of {whose} have cost {show(so_far)} of {show(limit)}, "
                f"and {item.change.strategy} may cost {show(item.estimate_usd)}"
            )
            return reason, why
    return None


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))
