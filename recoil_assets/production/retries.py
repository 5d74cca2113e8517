"""Retries: what the next attempt at a beat changes, from what the journal knows of those before it.

Tried and spent are read from the journal each time, so that they hold across runs and crashes; what came of
retries elsewhere in the project is read once a run.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.diagnosis.classify import classify
from recoil_assets.domain.diagnosis.mode import Failure
from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.money import ZERO, show
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.retry.case import Case
from recoil_assets.domain.retry.change import CostTier, RequestChange, StrategyName
from recoil_assets.domain.retry.engine import Escalation, Exhausted, Proposal, Retry, handovers_of, propose
from recoil_assets.domain.retry.odds import RetryHistory, counted
from recoil_assets.domain.retry.policy import RetryPolicy, RetrySpend, Tried
from recoil_assets.domain.retry.strategy import Handover
from recoil_assets.domain.scene import Beat
from recoil_assets.production.offers import quotes_of
from recoil_assets.production.studio import Studio

RESENT = RequestChange(strategy=StrategyName.RESEND, cost_tier=CostTier.SAME)
"""A plain retry: the request as it was last sent, once more."""


class Wanted(Protocol):
    """A beat and its present request, without any change."""

    @property
    def beat(self) -> Beat:
        """The beat."""
        ...

    @property
    def request(self) -> GenerationRequest:
        """The request."""
        ...

    @property
    def basis(self) -> str:
        """Digest of the request."""
        ...


@dataclass(frozen=True, slots=True)
class _Promise:
    """A retry that was decided on and may not be in the journal yet: one more than ``attempts``, for ``usd``."""

    attempts: int
    usd: Decimal


class Retries:
    """The retries of one run; safe for many beats at once in many threads."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._history: RetryHistory | None = None
        self._promised: dict[tuple[str, str], _Promise] = {}
        self._deciding = threading.Lock()

    def next(
        self, cell: Cell, wanted: Wanted, attempts: Sequence[Attempt], *, max_takes: int
    ) -> Retry | Escalation | Exhausted | tuple[RequestChange, ...]:
        """What the next attempt at the beat changes; nothing before a first failure.

        Args:
            attempts: every take attempt of the beat, oldest first; the caller owns the beat.

        Returns:
            the changes of a first attempt or a plain retry; or what the engine says.
        """
        failed = failures_of(attempts, wanted.basis)
        if not failed:
            return ()
        settings = self._studio.settings_now().retry
        tried = Tried(changes=failed[-1].intent.changes, takes=len(failed))
        if not settings.enabled:
            return (*tried.changes, RESENT)
        policy = RetryPolicy(cost=settings, max_takes=max_takes, softening=self._studio.softening)
        with self._deciding:
            try:
                answer = self._asked(cell, wanted, failed, tried, policy)
            except Exception as error:  # noqa: BLE001  a fault of the engine is no reason not to render
                self._note(cell, wanted, "strategy_engine_error", error=f"{type(error).__name__}: {error}")
                return (*tried.changes, RESENT)
            if isinstance(answer, Retry):
                key = (cell.episode, wanted.beat.shot_set[:24])
                self._promised[key] = _Promise(len(attempts), answer.estimate_usd)
        self._say(cell, wanted, answer)
        return answer

    def handovers(self, wanted: Wanted, attempts: Sequence[Attempt]) -> tuple[Handover, ...]:
        """What people may decide about a beat that has had every attempt it may have."""
        failed = failures_of(attempts, wanted.basis)
        if not failed or not self._studio.settings_now().retry.enabled:
            return ()
        case = Case(
            failure=failure_of(failed[-1]),
            base=wanted.request,
            tried=failed[-1].intent.changes,
            quotes=quotes_of(self._studio),
            softening=self._studio.softening,
        )
        return handovers_of(case)

    def _asked(
        self, cell: Cell, wanted: Wanted, failed: Sequence[Attempt], tried: Tried, policy: RetryPolicy
    ) -> Proposal | Exhausted:
        spent = RetrySpend(beat_usd=retry_cost(failed), episode_usd=self._episode_cost(cell.episode))
        if self._history is None:
            self._history = counted(_outcomes(self._studio))
        facts = failure_facts(failed[-1])
        return propose(facts, wanted.request, tried, spent, policy, self._history, quotes_of(self._studio))

    def _episode_cost(self, episode: str) -> Decimal:
        """What retries of the episode cost so far, and may cost that were decided on in this run."""
        total, journal = ZERO, self._studio.journal
        for key in sorted({*_retried_beats(self._studio, episode), *self._promised}):
            if key[0] != episode:
                continue
            attempts = journal.attempts(episode, "take", key[1])
            total += retry_cost(attempts)
            promise = self._promised.get(key)
            if promise is not None and len(attempts) <= promise.attempts:
                total += promise.usd
        return total

    def _say(self, cell: Cell, wanted: Wanted, answer: Proposal | Exhausted) -> None:
        """Tell people by the operations log."""
        judged = answer.failure
        mode = {"failure_mode": judged.mode, "stage": judged.stage, "confidence": judged.confidence}
        if not isinstance(answer, Retry):
            reason = answer.reason if isinstance(answer, Exhausted) else StrategyName.ESCALATE
            self._note(cell, wanted, "beat_strategy_exhausted", **mode, reason=reason, why=answer.why)
            return
        self._note(
            cell,
            wanted,
            "retry_strategy_selected",
            **mode,
            strategy=answer.change.strategy,
            cost_tier=answer.change.cost_tier,
            estimate_usd=str(answer.estimate_usd),
            chance=round(answer.chance.probability, 3),
            learned=answer.chance.learned,
        )
        if answer.warn:
            limits = self._studio.settings_now().retry
            self._note(
                cell,
                wanted,
                "retry_cost_warning",
                estimate_usd=str(answer.estimate_usd),
                warn_usd=show(limits.warn_usd),
                most_usd=show(limits.beat_usd),
            )

    def _note(self, cell: Cell, wanted: Wanted, event: str, **facts: object) -> None:
        self._studio.note(event, episode=cell.episode, batch=cell.batch, beat_id=wanted.beat.beat_id, **facts)


def failures_of(attempts: Sequence[Attempt], basis: str) -> list[Attempt]:
    """The attempts of ``basis`` that were sent and made no take, oldest first. Rerolls stand apart."""
    return [
        attempt
        for attempt in attempts
        if attempt.intent.basis == basis
        and attempt.was_sent
        and not attempt.is_open
        and not attempt.succeeded
        and not attempt.intent.reroll
    ]


def failure_facts(attempt: Attempt) -> FailureFacts:
    """What the provider said of a failed attempt by its own names, or at least in words."""
    failed = attempt.record(AttemptState.FAILED)
    said = failed.facts.get("failure") if failed else None
    return FailureFacts.model_validate(said) if said else FailureFacts(message=attempt.error)


def failure_of(attempt: Attempt) -> Failure:
    """A failed attempt's failure, judged."""
    return classify(failure_facts(attempt))


def retry_cost(attempts: Sequence[Attempt]) -> Decimal:
    """What retries among ``attempts`` cost, USD: charged, or held where that is not known yet."""
    return sum(
        (
            attempt.intent.estimate_usd if attempt.is_open else attempt.cost_usd
            for attempt in attempts
            if attempt.intent.changes and not attempt.intent.reroll
        ),
        ZERO,
    )


def _retried_beats(studio: Studio, episode: str = "") -> set[tuple[str, str]]:
    """(episode, start of the shot set) of the beats with more than one take attempt, of one episode or of all."""
    found = set()
    for attempt_id in studio.journal.ids():
        named, kind, shot_set, number = attempt_id.split(".")
        if kind == "take" and int(number) > 1 and named == (episode or named):
            found.add((named, shot_set))
    return found


def _outcomes(studio: Studio) -> Iterator[tuple[Failure, str, StrategyName, bool]]:
    """What came of every retry of the project: the failure it answered, the model, what was tried, and if it helped."""
    for episode, shot_set in sorted(_retried_beats(studio)):
        last: dict[str, Attempt] = {}
        for attempt in studio.journal.attempts(episode, "take", shot_set):
            if attempt.intent.reroll or attempt.is_open or not attempt.was_sent:
                continue
            before = last.get(attempt.intent.basis)
            if before is not None and not before.succeeded and attempt.intent.changes:
                strategy = attempt.intent.changes[-1].strategy
                yield failure_of(before), before.intent.sent.model, strategy, attempt.succeeded
            last[attempt.intent.basis] = attempt
