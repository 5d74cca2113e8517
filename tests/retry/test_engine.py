from decimal import Decimal

import pytest

from recoil_assets.domain.diagnosis.classify import classify
from recoil_assets.domain.diagnosis.mode import Subject
from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.retry.case import Quotes
from recoil_assets.domain.retry.change import StrategyName, apply_changes
from recoil_assets.domain.retry.engine import Escalation, Exhausted, ExhaustionReason, Retry
from recoil_assets.domain.retry.odds import ENOUGH_TRIES, OutcomeCount, RetryHistory, chance_of, counted
from recoil_assets.domain.retry.policy import RetrySpend, Tried
from tests.retry.cases import (
    AUTH,
    BAD_MEDIA,
    FRAME_BLOCK,
    IMAGE_BLOCK,
    NO_IDEA,
    OFFERS,
    OUTAGE,
    OUTPUT_BLOCK,
    PROMPT_BLOCK,
    TIMEOUT,
    after,
    price,
    request,
    retry,
    sequence,
    single,
    strategies,
)

S = StrategyName
ALONE = Quotes(offers=OFFERS[:1], ladders=(), price=price)
FREE = {"model": "animatic", "audio": False}


def outcomes(
    strategy: StrategyName,
    tries: int,
    successes: int,
    *,
    facts: FailureFacts = PROMPT_BLOCK,
    model: str = "grand",
) -> OutcomeCount:
    failure = classify(facts)
    return OutcomeCount(
        mode=failure.mode,
        subject=failure.subject if facts is PROMPT_BLOCK else Subject.UNSAID,
        model=model,
        strategy=strategy,
        tries=tries,
        successes=successes,
    )


@pytest.mark.parametrize(
    ("facts", "asked", "expected"),
    [
        (PROMPT_BLOCK, request(), ["soften_prompt", "another_model"]),
        (IMAGE_BLOCK, request(), ["drop_reference", "drop_reference", "drop_reference", "another_model"]),
        (FRAME_BLOCK, single(), ["i2v_to_r2v", "drop_reference"]),
        (OUTPUT_BLOCK, request(), ["silence_audio", "soften_prompt", "another_model"]),
        (OUTAGE, request(), ["another_model", "resend", "resend"]),
        (TIMEOUT, request(), ["tier_down", "shorten", "resend", "resend"]),
        (BAD_MEDIA, request(), ["shorten", "reseed", "reseed", "another_model"]),
        (NO_IDEA, request(), ["another_model", "reseed", "reseed", "resend", "resend"]),
    ],
)
def test_strategies_are_tried_by_what_a_success_is_expected_to_cost(
    facts: FailureFacts, asked: GenerationRequest, expected: list[str]
) -> None:
    made = strategies(facts, asked, person_usd=999, beat_usd=999, episode_usd=999)

    assert made[: len(expected)] == expected


def test_a_retry_says_what_is_sent_what_it_costs_and_what_a_success_is_expected_to_cost() -> None:
    made = retry(PROMPT_BLOCK)

    assert made.request == made.change.apply(request())
    assert made.estimate_usd == Decimal("4.50")
    assert (made.chance.probability, made.chance.learned) == (0.55, False)
    assert made.expected_usd == Decimal("4.50") / Decimal("0.55")


def test_attempt_n_is_the_base_with_all_changes_in_order() -> None:
    made = sequence(OUTPUT_BLOCK)

    assert [len(item.changes) for item in made] == list(range(1, len(made) + 1))
    assert made[-1].request == apply_changes(request(), made[-1].changes)
    assert not made[2].request.audio
    assert made[2].request.prompt.startswith("Nothing graphic.")


def test_the_engine_is_a_function_of_what_it_is_given() -> None:
    assert after(OUTPUT_BLOCK) == after(OUTPUT_BLOCK)


def test_where_nothing_costs_anything_the_better_chance_goes_first() -> None:
    made = strategies(BAD_MEDIA, request(**FREE))

    assert made[0] == "reseed"


def test_against_the_account_and_a_cancellation_nothing_is_tried() -> None:
    for facts in (AUTH, FailureFacts(error_type="client_cancelled")):
        answer = after(facts)
        assert isinstance(answer, Escalation)
        assert [item.strategy for item in answer.handovers] == [S.ESCALATE]


def test_all_attempts_made_is_another_end_than_nothing_left_to_try() -> None:
    spent_takes = after(PROMPT_BLOCK, tried=Tried(takes=3), max_takes=3)
    nothing_left = after(PROMPT_BLOCK, tried=Tried(changes=sequence(PROMPT_BLOCK)[-1].changes, takes=3))

    assert isinstance(spent_takes, Exhausted)
    assert isinstance(nothing_left, Exhausted)
    assert spent_takes.reason is ExhaustionReason.TAKES
    assert nothing_left.reason is ExhaustionReason.STRATEGIES


def test_at_every_end_a_person_is_asked_and_a_split_is_offered_for_several_shots() -> None:
    several, one = after(PROMPT_BLOCK, max_takes=1), after(PROMPT_BLOCK, single(), max_takes=1)

    assert isinstance(several, Exhausted)
    assert isinstance(one, Exhausted)
    assert [item.strategy for item in several.handovers] == [S.SPLIT_BEAT, S.ESCALATE]
    assert [item.strategy for item in one.handovers] == [S.ESCALATE]


@pytest.mark.parametrize(
    ("whose", "reason"),
    [("beat_usd", ExhaustionReason.BEAT_COST), ("episode_usd", ExhaustionReason.EPISODE_COST)],
)
def test_a_retry_that_would_pass_a_limit_is_not_made(whose: str, reason: ExhaustionReason) -> None:
    def ask(spent: str) -> object:
        spend = RetrySpend(**{whose: Decimal(spent)})
        return after(PROMPT_BLOCK, spent=spend, quotes=ALONE, **{whose: 10})

    beyond, within = ask("5.51"), ask("5.50")

    assert isinstance(beyond, Exhausted)
    assert beyond.reason is reason
    assert "$5.51 of $10.00" in beyond.why
    assert "$4.50" in beyond.why
    assert isinstance(within, Retry)


def test_what_is_too_dear_makes_way_for_what_is_not() -> None:
    made = retry(PROMPT_BLOCK, beat_usd=Decimal("4.40"))

    assert made.change.strategy is S.ANOTHER_MODEL


def test_what_costs_nothing_passes_every_limit() -> None:
    made = retry(
        PROMPT_BLOCK, request(**FREE), spent=RetrySpend(beat_usd=Decimal(99)), beat_usd=0, warn_usd=999
    )

    assert (made.estimate_usd, made.warn) == (0, False)


@pytest.mark.parametrize(("spent", "warned"), [("0.49", False), ("0.50", True)])
def test_a_beat_whose_retries_reach_the_threshold_is_warned_of(spent: str, warned: bool) -> None:
    made = retry(PROMPT_BLOCK, spent=RetrySpend(beat_usd=Decimal(spent)), quotes=ALONE, warn_usd=5)

    assert made.warn is warned


def test_a_person_is_asked_where_a_success_by_retrying_is_expected_to_cost_more() -> None:
    answer = after(PROMPT_BLOCK, person_usd=8)

    assert isinstance(answer, Escalation)
    assert "soften_prompt" in answer.why
    assert "$8.18" in answer.why
    assert isinstance(after(PROMPT_BLOCK, person_usd=9), Retry)


def test_history_counts_only_when_there_is_enough_of_it() -> None:
    few = RetryHistory((outcomes(S.SOFTEN_PROMPT, ENOUGH_TRIES - 1, 0),))
    enough = RetryHistory((outcomes(S.SOFTEN_PROMPT, ENOUGH_TRIES, 0),))

    assert retry(PROMPT_BLOCK, history=few).change.strategy is S.SOFTEN_PROMPT
    learned = retry(PROMPT_BLOCK, history=enough)
    assert learned.change.strategy is S.ANOTHER_MODEL


def test_a_chance_is_the_mean_of_the_default_and_the_outcomes_by_weight() -> None:
    chance = chance_of(
        RetryHistory((outcomes(S.SOFTEN_PROMPT, 16, 4),)), classify(PROMPT_BLOCK), S.SOFTEN_PROMPT, "grand"
    )

    assert chance is not None
    assert chance.learned
    assert chance.probability == pytest.approx((4 * 0.55 + 4) / 20)


def test_the_history_of_the_model_goes_before_that_of_all_models_and_other_symptoms_say_nothing() -> None:
    of_others = outcomes(S.SOFTEN_PROMPT, 50, 0, model="other")
    of_it = outcomes(S.SOFTEN_PROMPT, 10, 10)
    elsewhere = outcomes(S.SOFTEN_PROMPT, 50, 0, facts=OUTPUT_BLOCK)

    def chance(*counts: OutcomeCount) -> float:
        found = chance_of(RetryHistory(counts), classify(PROMPT_BLOCK), S.SOFTEN_PROMPT, "grand")
        assert found is not None
        return found.probability

    assert chance(elsewhere) == 0.55
    assert chance(of_others) < 0.1
    assert chance(of_others, of_it) > 0.8


def test_no_history_makes_a_strategy_fit_for_what_it_is_not_meant_for() -> None:
    assert (
        chance_of(RetryHistory((outcomes(S.RESEED, 50, 50),)), classify(IMAGE_BLOCK), S.RESEED, "grand")
        is None
    )


def test_outcomes_are_counted_by_symptom_model_and_strategy() -> None:
    prompt, image = classify(PROMPT_BLOCK), classify(IMAGE_BLOCK)
    history = counted(
        [
            (prompt, "grand", S.SOFTEN_PROMPT, True),
            (prompt, "grand", S.SOFTEN_PROMPT, False),
            (prompt, "other", S.SOFTEN_PROMPT, True),
            (image, "grand", S.DROP_REFERENCE, False),
        ]
    )
    symptom = (prompt.mode, prompt.subject)

    assert history.outcomes(symptom, S.SOFTEN_PROMPT, "grand") == (2, 1)
    assert history.outcomes(symptom, S.SOFTEN_PROMPT) == (3, 2)
    assert history.outcomes(symptom, S.DROP_REFERENCE) == (0, 0)
