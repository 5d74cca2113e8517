"""How likely a strategy is to help: stated defaults, and what the project's own history says instead.

The defaults are judgements, each with its reason beside it; nobody publishes such figures. They decide the order
until the history of a symptom and strategy is long enough, first of the very model, else of all models together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from recoil_assets.domain.diagnosis.mode import Failure, FailureMode, Subject
from recoil_assets.domain.retry.change import StrategyName
from recoil_assets.domain.value import Value

ENOUGH_TRIES = 10
"""Fewer outcomes of a strategy say nothing: five of ten have a standard error of 16 points already."""
PRIOR_WEIGHT = 4
"""How many tries the default counts for beside real ones: the weight of a Beta prior with its mean."""

Symptom = tuple[FailureMode, Subject]
"""A failure as odds see it. Only for a refused or unfit input does it matter what of the input is meant."""

_S = StrategyName
_M = FailureMode

DEFAULT_ODDS: Mapping[Symptom, Mapping[StrategyName, float]] = {
    # The words are judged before anything is made, and the same words the same way: only other words, or a
    # judge who is another, help.
    (_M.CONTENT_HARD_INPUT, Subject.PROMPT): {_S.SOFTEN_PROMPT: 0.55, _S.ANOTHER_MODEL: 0.35},
    # A likeness check on one picture: without the picture it has nothing to find, if the right one was left out.
    (_M.CONTENT_HARD_INPUT, Subject.IMAGE): {
        _S.DROP_REFERENCE: 0.5,
        _S.I2V_TO_R2V: 0.45,
        _S.ANOTHER_MODEL: 0.3,
    },
    # Nobody says what was refused; words are the most frequent and the cheapest to change.
    (_M.CONTENT_HARD_INPUT, Subject.UNSAID): {_S.SOFTEN_PROMPT: 0.35, _S.ANOTHER_MODEL: 0.3},
    (_M.CONTENT_SOFT_INPUT, Subject.PROMPT): {
        _S.SOFTEN_PROMPT: 0.6,
        _S.ANOTHER_MODEL: 0.35,
        _S.RESEED: 0.3,
    },
    (_M.CONTENT_SOFT_INPUT, Subject.IMAGE): {
        _S.DROP_REFERENCE: 0.5,
        _S.I2V_TO_R2V: 0.45,
        _S.ANOTHER_MODEL: 0.35,
    },
    # No seed here either: what was refused may have been a picture.
    (_M.CONTENT_SOFT_INPUT, Subject.UNSAID): {_S.SOFTEN_PROMPT: 0.45, _S.ANOTHER_MODEL: 0.35},
    # What was recognised is in the request, and comes back with every seed; sound is often what it was.
    (_M.CONTENT_HARD_OUTPUT, Subject.UNSAID): {
        _S.SILENCE_AUDIO: 0.4,
        _S.SOFTEN_PROMPT: 0.35,
        _S.ANOTHER_MODEL: 0.3,
    },
    # Blocks of results look random; without generated sound the class "sensitive audio" can not occur.
    (_M.CONTENT_SOFT_OUTPUT, Subject.UNSAID): {
        _S.SILENCE_AUDIO: 0.6,
        _S.SOFTEN_PROMPT: 0.55,
        _S.RESEED: 0.4,
        _S.ANOTHER_MODEL: 0.4,
        _S.SHORTEN: 0.3,
    },
    # Outages pass in minutes, and a model on other machines may not be part of it.
    (_M.OUTAGE, Subject.UNSAID): {_S.RESEND: 0.6, _S.ANOTHER_MODEL: 0.7, _S.TIER_DOWN: 0.4},
    # Less to compute is done sooner.
    (_M.TIMEOUT, Subject.UNSAID): {
        _S.SHORTEN: 0.55,
        _S.TIER_DOWN: 0.55,
        _S.ANOTHER_MODEL: 0.5,
        _S.RESEND: 0.4,
    },
    (_M.RATE_LIMIT, Subject.UNSAID): {_S.RESEND: 0.9, _S.ANOTHER_MODEL: 0.6},
    # What one endpoint refuses of sizes, lengths and counts, another may take.
    (_M.INVALID_INPUT, Subject.IMAGE): {
        _S.I2V_TO_R2V: 0.4,
        _S.DROP_REFERENCE: 0.4,
        _S.ANOTHER_MODEL: 0.3,
    },
    (_M.INVALID_INPUT, Subject.UNSAID): {_S.ANOTHER_MODEL: 0.3, _S.SHORTEN: 0.15},
    # The file is there, or it would not have been sent: it is uploaded again.
    (_M.FILE_DOWNLOAD, Subject.UNSAID): {_S.RESEND: 0.8, _S.DROP_REFERENCE: 0.4},
    # Black, frozen or short results are mostly an unlucky draw, and more frequent at the limits of a model.
    (_M.BAD_MEDIA, Subject.UNSAID): {
        _S.RESEED: 0.6,
        _S.TIER_UP: 0.65,
        _S.ANOTHER_MODEL: 0.5,
        _S.SHORTEN: 0.45,
    },
    (_M.UNKNOWN, Subject.UNSAID): {_S.RESEED: 0.35, _S.ANOTHER_MODEL: 0.35, _S.RESEND: 0.3},
    # No request helps: a key, a balance, or the person who stopped it.
    (_M.AUTH, Subject.UNSAID): {},
    (_M.CANCELLED, Subject.UNSAID): {},
}
"""Success in one try, by symptom; a strategy that is not listed is never used for it."""


def symptom_of(failure: Failure) -> Symptom:
    """The row of the odds that a failure belongs to."""
    exact = (failure.mode, failure.subject)
    return exact if exact in DEFAULT_ODDS else (failure.mode, Subject.UNSAID)


class OutcomeCount(Value):
    """How often a strategy was tried for a symptom of a model, and how often the next result was good."""

    mode: FailureMode
    subject: Subject
    model: str
    strategy: StrategyName
    tries: int
    successes: int


@dataclass(frozen=True)
class RetryHistory:
    """What came of retries so far. Counts of the same thing add up."""

    counts: tuple[OutcomeCount, ...] = ()

    def outcomes(self, symptom: Symptom, strategy: StrategyName, model: str | None = None) -> tuple[int, int]:
        """(tries, successes) of a strategy for a symptom, of one model or of all."""
        return self._sums.get((symptom, strategy, model), (0, 0))

    @cached_property
    def _sums(self) -> Mapping[tuple[Symptom, StrategyName, str | None], tuple[int, int]]:
        sums: dict[tuple[Symptom, StrategyName, str | None], tuple[int, int]] = {}
        for count in self.counts:
            for model in (count.model, None):
                key = ((count.mode, count.subject), count.strategy, model)
                tries, successes = sums.get(key, (0, 0))
                sums[key] = (tries + count.tries, successes + count.successes)
        return sums


@dataclass(frozen=True, slots=True)
class Chance:
    """How likely a strategy is to help, from 0 to 1 exclusive, and whether history says so."""

    probability: float
    learned: bool


def chance_of(history: RetryHistory, failure: Failure, strategy: StrategyName, model: str) -> Chance | None:
    """The chance of a strategy for a failure of ``model``; ``None`` where it is not meant for it.

    The mean of a Beta distribution: the default with the weight of ``PRIOR_WEIGHT`` tries, and the outcomes, once
    there are ``ENOUGH_TRIES`` of them.
    """
    symptom = symptom_of(failure)
    default = DEFAULT_ODDS[symptom].get(strategy)
    if default is None:
        return None
    for whose in (model, None):
        tries, successes = history.outcomes(symptom, strategy, whose)
        if tries >= ENOUGH_TRIES:
            return Chance((PRIOR_WEIGHT * default + successes) / (PRIOR_WEIGHT + tries), learned=True)
    return Chance(default, learned=False)


def counted(outcomes: Iterable[tuple[Failure, str, StrategyName, bool]]) -> RetryHistory:
    """The history of single outcomes: the failure, the model it was of, what was tried, and whether it helped."""
    return RetryHistory(
        tuple(
            OutcomeCount(
                mode=mode, subject=subject, model=model, strategy=strategy, tries=1, successes=int(helped)
            )
            for failure, model, strategy, helped in outcomes
            for mode, subject in [symptom_of(failure)]
        )
    )
