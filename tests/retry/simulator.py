"""A world with given odds, in which retries are made: by the engine, or blindly. Same seed, same beats.

A beat comes with a failed attempt; where only a share of first attempts fails, the others succeed at once and
cost any policy the same. Whether a try helps is a throw of dice with the world's own odds for the
symptom and the strategy; after a try that did not help the symptom is mostly the same again. Earlier changes
make nothing better: only what is tried now counts, which favours nobody who combines changes.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from recoil_assets.domain.diagnosis.classify import classify
from recoil_assets.domain.diagnosis.mode import Failure, FailureMode
from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.retry.change import StrategyName, apply_changes
from recoil_assets.domain.retry.engine import Retry, propose
from recoil_assets.domain.retry.odds import DEFAULT_ODDS, RetryHistory, Symptom, counted, symptom_of
from recoil_assets.domain.retry.policy import RetryCostPolicy, RetryPolicy, RetrySpend, Tried
from tests.retry.cases import (
    BAD_MEDIA,
    IMAGE_BLOCK,
    NO_IDEA,
    OUTAGE,
    OUTPUT_BLOCK,
    PROMPT_BLOCK,
    QUOTES,
    SOFTENING,
    TIMEOUT,
    price,
    request,
    single,
)

Odds = Mapping[Symptom, Mapping[StrategyName, float]]

MAX_TAKES = 3
SAME_AGAIN = 0.85
"""How often a beat that fails again fails as before: what is refused about a shot stays in it."""

UNWHERE = FailureFacts(error_type="safety_blocked")
COPYRIGHT = OUTPUT_BLOCK.model_copy(update={"reason": "copyright"})
TOO_MANY = FailureFacts(error_type="concurrent_requests_limit", http_status=429)
UNFIT = FailureFacts(error_type="image_too_small", location="body.image_urls.0", http_status=422)
UNREACHABLE = FailureFacts(error_type="file_download_error", http_status=422)

WEIGHTS: tuple[tuple[FailureFacts, int], ...] = (
    # Moderation is what operators of reference-driven film models complain of most, and likeness checks lead.
    (IMAGE_BLOCK, 20),
    (PROMPT_BLOCK, 15),
    (UNWHERE, 5),
    (OUTPUT_BLOCK, 20),
    (COPYRIGHT, 3),
    # Then capacity.
    (OUTAGE, 10),
    (TIMEOUT, 8),
    (TOO_MANY, 3),
    # Then what was made, what was sent, and what nobody has seen before.
    (BAD_MEDIA, 8),
    (UNFIT, 3),
    (UNREACHABLE, 2),
    (NO_IDEA, 3),
)
"""How a first attempt fails, in percent of failures."""

BILLED: Mapping[FailureMode, float] = {
    # "May still be charged if a runner spent GPU time", says fal of 422; an operator saw input blocks go free.
    FailureMode.CONTENT_HARD_INPUT: 0.3,
    FailureMode.CONTENT_SOFT_INPUT: 0.3,
    # Everything was computed. Whether it is charged nobody has shown, so it is taken to be.
    FailureMode.CONTENT_HARD_OUTPUT: 1.0,
    FailureMode.CONTENT_SOFT_OUTPUT: 1.0,
    FailureMode.BAD_MEDIA: 1.0,
    # No 5xx is charged, nor what was never taken.
    FailureMode.OUTAGE: 0.0,
    FailureMode.TIMEOUT: 0.0,
    FailureMode.RATE_LIMIT: 0.0,
    FailureMode.INVALID_INPUT: 0.3,
    FailureMode.FILE_DOWNLOAD: 0.0,
    FailureMode.AUTH: 0.0,
    FailureMode.CANCELLED: 0.5,
    FailureMode.UNKNOWN: 0.5,
}
"""How often a failed attempt is billed in full."""

HOPELESS = 0.02
"""How often a request passes unchanged that was refused for what it is: judges err now and then."""


def unchanged_odds(world: Odds, failure: Failure) -> float:
    """How often sending again helps with nothing changed: as often as a new seed would, where one would."""
    odds = world[symptom_of(failure)]
    return max(odds.get(StrategyName.RESEND, 0.0), odds.get(StrategyName.RESEED, 0.0), HOPELESS)


@dataclass
class Ledger:
    """What a policy spent and what it got, USD."""

    spent: Decimal = Decimal(0)
    successes: int = 0
    beats: int = 0

    @property
    def per_success(self) -> Decimal:
        """USD a success."""
        return self.spent / max(self.successes, 1)

    @property
    def rate(self) -> float:
        """Share of beats that succeeded."""
        return self.successes / self.beats


@dataclass
class World:
    """Odds and dice.

    Attributes:
        odds: how often a strategy helps, by symptom.
        failing: share of beats whose first attempt fails.
        flat: whether every attempt at a beat costs what its first one did, so that nothing is gained by asking
            for less (no sound, fewer seconds, a cheaper model).
    """

    odds: Odds
    seed: int
    beats: int
    flat: bool = False
    failing: float = 1.0
    _dice: random.Random = field(init=False)

    def blind(self) -> Ledger:
        """Every failed beat is sent again as it is until it succeeds or its attempts are used up."""
        ledger = Ledger()
        for asked, facts in self._beats(ledger):
            failed = facts
            for _ in range(MAX_TAKES - 1):
                failure = classify(failed)
                if self._attempt(ledger, unchanged_odds(self.odds, failure), asked, failure):
                    break
                failed = self._next(failed)
        return ledger

    def perfect(self) -> Ledger:
        """Every failed beat succeeds by its first retry, at its own price: none that asks for no less does better."""
        ledger = Ledger()
        for asked, facts in self._beats(ledger):
            self._attempt(ledger, 1.0, asked, classify(facts))
        return ledger

    def engine(self, *, learns: bool = True) -> Ledger:
        """Every failed beat is retried as the engine proposes, from what came of the beats before it."""
        ledger = Ledger()
        seen: list[tuple[Failure, str, StrategyName, bool]] = []
        history = RetryHistory()
        policy = RetryPolicy(
            cost=RetryCostPolicy(episode_usd=Decimal(1_000_000)), max_takes=MAX_TAKES, softening=SOFTENING
        )
        for number, (asked, facts) in enumerate(self._beats(ledger)):
            if learns and number % 25 == 0:
                history = counted(seen)
            failed, tried, before = facts, Tried(), ledger.spent
            while True:
                spend = RetrySpend(beat_usd=ledger.spent - before)
                answer = propose(failed, asked, tried, spend, policy, history, QUOTES)
                if not isinstance(answer, Retry):
                    break
                sent = asked if self.flat else answer.request
                helped = self._attempt(ledger, self._chance(answer), sent, answer.failure)
                model = apply_changes(asked, tried.changes).model
                seen.append((answer.failure, model, answer.change.strategy, helped))
                if helped:
                    break
                failed, tried = self._next(failed), Tried(answer.changes, tried.takes + 1)
        return ledger

    def _chance(self, answer: Retry) -> float:
        return self.odds[symptom_of(answer.failure)][answer.change.strategy]

    def _beats(self, ledger: Ledger) -> Iterator[tuple[GenerationRequest, FailureFacts]]:
        """The beats that failed, with their first failure. What that cost counts too, and what the other beats cost."""
        self._dice = random.Random(self.seed)  # noqa: S311  dice, not a secret
        everything = [
            (request(), single(), request(audio=False), single(audio=False))[self._dice.randrange(4)]
            for _ in range(self.beats)
        ]
        failures = [self._draw() for _ in everything]
        for asked, facts in zip(everything, failures, strict=True):
            ledger.beats += 1
            if self.failing < 1 and self._dice.random() >= self.failing:
                ledger.spent += price(asked) or 0
                ledger.successes += 1
                continue
            self._bill(ledger, asked, classify(facts))
            yield asked, facts

    def _attempt(self, ledger: Ledger, odds: float, sent: GenerationRequest, failure: Failure) -> bool:
        if self._dice.random() < odds:
            ledger.spent += price(sent) or 0
            ledger.successes += 1
            return True
        self._bill(ledger, sent, failure)
        return False

    def _bill(self, ledger: Ledger, sent: GenerationRequest, failure: Failure) -> None:
        if self._dice.random() < BILLED[failure.mode]:
            ledger.spent += price(sent) or 0

    def _next(self, failed: FailureFacts) -> FailureFacts:
        return failed if self._dice.random() < SAME_AGAIN else self._draw()

    def _draw(self) -> FailureFacts:
        facts, weights = zip(*WEIGHTS, strict=True)
        return self._dice.choices(facts, weights)[0]


def varied(vary: Callable[[random.Random, float], float], seed: int) -> Odds:
    """The default odds, each varied."""
    dice = random.Random(seed)  # noqa: S311  dice, not a secret
    return {
        symptom: {name: vary(dice, odds) for name, odds in row.items()}
        for symptom, row in DEFAULT_ODDS.items()
    }


def perturbed(seed: int, *, sigma: float = 1.0) -> Odds:
    """Every odds ratio off by a factor that is log-normal: with sigma 1, by e or more every third time."""

    def vary(dice: random.Random, odds: float) -> float:
        ratio = odds / (1 - odds) * pow(2.718281828, dice.gauss(0, sigma))
        return ratio / (1 + ratio)

    return varied(vary, seed)


def shuffled(seed: int) -> Odds:
    """The odds of every symptom dealt out among its strategies at random: which is best, nobody knew."""
    dice = random.Random(seed)  # noqa: S311  dice, not a secret
    dealt = {}
    for symptom, row in DEFAULT_ODDS.items():
        odds = list(row.values())
        dice.shuffle(odds)
        dealt[symptom] = dict(zip(row, odds, strict=True))
    return dealt


def reversed_odds() -> Odds:
    """The best odds of every symptom given to the strategy that was thought the worst, and so on."""
    dealt = {}
    for symptom, row in DEFAULT_ODDS.items():
        worst_first = sorted(row, key=lambda name: row[name])
        dealt[symptom] = dict(zip(worst_first, sorted(row.values(), reverse=True), strict=True))
    return dealt


def scaled(factor: float) -> Odds:
    """Every strategy that changes something helps less often than was thought; sending again helps as before."""
    kept = (StrategyName.RESEND, StrategyName.RESEED)
    return {
        symptom: {name: odds if name in kept else odds * factor for name, odds in row.items()}
        for symptom, row in DEFAULT_ODDS.items()
    }
