from decimal import Decimal

import pytest

from recoil_assets.domain.diagnosis.classify import classify
from recoil_assets.domain.diagnosis.flagged import flagged_pictures, frame_is_flagged
from recoil_assets.domain.diagnosis.mode import FailureMode, Subject
from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.retry.case import Case, Quotes
from recoil_assets.domain.retry.change import CostTier, RequestChange, StrategyName
from recoil_assets.domain.retry.odds import DEFAULT_ODDS
from recoil_assets.domain.retry.strategies import STRATEGIES
from recoil_assets.domain.retry.strategy import Handover
from tests.retry.cases import (
    BAD_MEDIA,
    BOARD,
    FRAME,
    FRAME_BLOCK,
    IMAGE_BLOCK,
    JOE,
    LADDER,
    MARA,
    NO_IDEA,
    OFFERS,
    OUTAGE,
    OUTPUT_BLOCK,
    PROMPT_BLOCK,
    QUAY,
    QUOTES,
    SOFTENING,
    TIMEOUT,
    price,
    request,
    sequence,
    shots,
    single,
)

BY_NAME = {strategy.name: strategy for strategy in STRATEGIES}
S = StrategyName


def case(
    facts: FailureFacts,
    asked: GenerationRequest | None = None,
    *changes: RequestChange,
    quotes: Quotes = QUOTES,
) -> Case:
    return Case(
        failure=classify(facts), base=asked or request(), tried=changes, quotes=quotes, softening=SOFTENING
    )


def applies(name: StrategyName, of: Case) -> bool:
    return BY_NAME[name].applies(of)


def diff(name: StrategyName, of: Case) -> RequestChange:
    assert applies(name, of)
    made = BY_NAME[name].diff(of)
    assert isinstance(made, RequestChange)
    return made


def image_block(*location: str | int) -> FailureFacts:
    return IMAGE_BLOCK.model_copy(update={"location": ".".join(map(str, ("body", *location)))})


def test_every_strategy_is_there_once_and_only_people_decide_of_structure() -> None:
    assert set(BY_NAME) == set(StrategyName)
    assert len(BY_NAME) == len(STRATEGIES)
    used = {name for odds in DEFAULT_ODDS.values() for name in odds}
    assert used == set(StrategyName) - {S.SPLIT_BEAT, S.ESCALATE}
    by_people = {name for name, strategy in BY_NAME.items() if strategy.cost_tier is CostTier.PERSON}
    assert by_people == {S.SPLIT_BEAT, S.ESCALATE}


def test_every_mode_has_odds_and_they_are_chances() -> None:
    assert {mode for mode, _ in DEFAULT_ODDS} == set(FailureMode)
    assert all((mode, Subject.UNSAID) in DEFAULT_ODDS for mode, _ in DEFAULT_ODDS if "content" not in mode)
    assert all(0 < chance < 1 for odds in DEFAULT_ODDS.values() for chance in odds.values())


@pytest.mark.parametrize(
    "location", [("image_url",), ("image_urls",), ("image_urls", 1), ("start_image_url",)]
)
@pytest.mark.parametrize("hint", [None, True, False])
def test_reseeding_never_answers_a_refused_picture(
    location: tuple[str | int, ...], hint: bool | None
) -> None:
    facts = image_block(*location).model_copy(update={"retryable_hint": hint})

    assert not applies(S.RESEED, case(facts, single()))
    assert not applies(S.RESEND, case(facts, single()))
    assert all(
        S.RESEED not in odds for (_, subject), odds in DEFAULT_ODDS.items() if subject is Subject.IMAGE
    )


def test_reseeding_never_answers_a_block_that_may_be_about_a_picture() -> None:
    unsaid = PROMPT_BLOCK.model_copy(update={"location": "", "retryable_hint": True})

    assert not applies(S.RESEED, case(unsaid))


def test_a_new_seed_is_another_each_time_and_the_same_for_the_same_beat() -> None:
    first = diff(S.RESEED, case(OUTPUT_BLOCK))
    second = diff(S.RESEED, case(OUTPUT_BLOCK, None, first))

    assert first == diff(S.RESEED, case(OUTPUT_BLOCK))
    seeds = {7, first.apply(request()).seed, second.apply(request()).seed}
    assert len(seeds) == 3
    assert not applies(S.RESEED, case(OUTPUT_BLOCK, None, first, second))


def test_a_request_is_sent_again_as_it_is_twice_where_the_provider_was_to_blame_and_never_when_it_was_refused() -> (
    None
):
    again = diff(S.RESEND, case(OUTAGE))

    assert again.apply(request()) == request()
    assert applies(S.RESEND, case(OUTAGE, None, again))
    assert not applies(S.RESEND, case(OUTAGE, None, again, again))
    assert not applies(S.RESEND, case(OUTPUT_BLOCK))
    assert not applies(S.RESEND, case(OUTAGE.model_copy(update={"retryable_hint": False})))


def test_a_prompt_is_softened_once() -> None:
    soft = diff(S.SOFTEN_PROMPT, case(PROMPT_BLOCK))

    assert soft.apply(request()).prompt.startswith("Nothing graphic.\n")
    assert not applies(S.SOFTEN_PROMPT, case(PROMPT_BLOCK, None, soft))
    assert not applies(S.SOFTEN_PROMPT, case(PROMPT_BLOCK, soft.apply(request())))
    assert not applies(S.SOFTEN_PROMPT, case(IMAGE_BLOCK))


def test_the_reference_with_the_flagged_number_is_left_out() -> None:
    made = diff(S.DROP_REFERENCE, case(image_block("image_urls", 0)))

    assert made.apply(request()).references == (MARA, JOE)
    assert not applies(S.DROP_REFERENCE, case(image_block("image_urls", 3)))


def test_where_no_number_is_said_one_reference_after_another_is_left_out_people_first_and_never_a_board() -> (
    None
):
    asked = request(references=(QUAY, MARA, BOARD, JOE))
    changes: list[RequestChange] = []
    left = []
    while applies(S.DROP_REFERENCE, of := case(IMAGE_BLOCK, asked, *changes)):
        changes.append(diff(S.DROP_REFERENCE, of))
        left.append(changes[-1].apply(of.request).references)

    assert left == [(QUAY, BOARD, JOE), (QUAY, BOARD), (BOARD,)]
    assert not applies(S.DROP_REFERENCE, case(image_block("image_urls", 2), asked))


def test_a_start_frame_is_no_reference_to_be_left_out() -> None:
    assert not applies(S.DROP_REFERENCE, case(FRAME_BLOCK, single(references=(MARA,))))
    assert not applies(S.DROP_REFERENCE, case(PROMPT_BLOCK))


@pytest.mark.parametrize(
    ("location", "flagged", "frame"),
    [
        (("image_url",), (FRAME,), True),
        (("start_image_url",), (FRAME,), True),
        (("promptImage",), (FRAME,), True),
        (("end_image_url",), (), False),
        (("image_urls",), (MARA, QUAY), False),
        (("image_urls", 1), (QUAY,), False),
        (("image_urls", 9), (), False),
        (("prompt",), (), False),
    ],
)
def test_which_picture_is_meant_is_told_by_field_and_number(
    location: tuple[str | int, ...], flagged: tuple[object, ...], frame: bool
) -> None:
    failure = classify(image_block(*location))
    asked = single(references=(MARA, QUAY))
    # An end frame that is not there can not be meant, and then the references may be.
    expected = flagged or ((MARA, QUAY) if location == ("end_image_url",) else ())

    assert flagged_pictures(failure, asked) == expected
    assert frame_is_flagged(failure, asked) is frame


def test_sound_is_left_out_where_it_was_asked_for() -> None:
    made = diff(S.SILENCE_AUDIO, case(OUTPUT_BLOCK))

    assert not made.apply(request()).audio
    assert not applies(S.SILENCE_AUDIO, case(OUTPUT_BLOCK, request(audio=False)))
    assert not applies(S.SILENCE_AUDIO, case(PROMPT_BLOCK))


def test_a_tier_up_or_down_is_the_next_rung_and_neither_takes_the_other_back() -> None:
    up, down = diff(S.TIER_UP, case(BAD_MEDIA)), diff(S.TIER_DOWN, case(TIMEOUT))

    assert (up.apply(request()).model, down.apply(request()).model) == ("dear", "grand-fast")
    assert not applies(S.TIER_DOWN, case(TIMEOUT, None, up))
    assert not applies(S.TIER_UP, case(BAD_MEDIA, None, down))
    assert not applies(S.TIER_UP, case(BAD_MEDIA, request(model="dear")))
    assert not applies(S.TIER_DOWN, case(TIMEOUT, request(model="grand-fast")))
    assert not applies(S.TIER_UP, case(BAD_MEDIA, request(model="other")))


def test_a_rung_whose_model_does_not_make_it_is_no_rung() -> None:
    unfit = tuple(offer.model_copy(update={"longest_s": 8}) for offer in OFFERS if offer.model == "dear")
    quotes = Quotes(offers=unfit, ladders=(LADDER,), price=price)

    assert not applies(S.TIER_UP, case(BAD_MEDIA, quotes=quotes))


def test_segments_are_shortened_alike_to_whole_seconds_that_the_model_makes() -> None:
    made = diff(S.SHORTEN, case(TIMEOUT)).apply(request())

    assert made.duration_s == 7.0
    assert [shot.duration_s for shot in made.shots] == [2.8, 2.1, 2.1]


@pytest.mark.parametrize("seconds", [(4.0,), (2.0, 2.0), (0.9, 9.1)])
def test_nothing_is_shortened_below_what_the_model_makes_or_to_a_glimpse(seconds: tuple[float, ...]) -> None:
    asked = request(shots=shots(*seconds), duration_s=sum(seconds))

    assert not applies(S.SHORTEN, case(TIMEOUT, asked))


def test_a_refused_start_frame_goes_and_one_that_is_merely_unfit_for_it_leads_the_references() -> None:
    unfit = FailureFacts(error_type="image_too_small", location="body.image_urls", http_status=422)
    refused = diff(S.I2V_TO_R2V, case(FRAME_BLOCK, single())).apply(single())
    kept = diff(S.I2V_TO_R2V, case(unfit, single())).apply(single())

    assert (refused.modality, refused.start_frame, refused.references) == (
        "r2v_multi",
        None,
        (QUAY, MARA, JOE),
    )
    assert kept.references == (FRAME, QUAY, MARA, JOE)


def test_there_is_no_switch_to_references_without_any_or_where_the_model_has_no_such_mode() -> None:
    assert not applies(S.I2V_TO_R2V, case(FRAME_BLOCK, single(references=())))
    assert not applies(S.I2V_TO_R2V, case(FRAME_BLOCK, single(start_frame=None)))
    assert not applies(S.I2V_TO_R2V, case(FRAME_BLOCK, request()))
    only_i2v = tuple(offer.model_copy(update={"modalities": frozenset({"video_i2v"})}) for offer in OFFERS)
    assert not applies(
        S.I2V_TO_R2V, case(FRAME_BLOCK, single(), quotes=Quotes(offers=only_i2v, ladders=(), price=price))
    )


def test_a_frame_for_which_there_is_no_room_among_the_references_is_left_out() -> None:
    full = tuple(offer.model_copy(update={"most_references": 3}) for offer in OFFERS)
    unfit = FailureFacts(error_type="image_too_small", location="body.image_urls", http_status=422)
    of = case(unfit, single(), quotes=Quotes(offers=full, ladders=(), price=price))

    assert diff(S.I2V_TO_R2V, of).apply(single()).references == (QUAY, MARA, JOE)


def test_another_model_does_all_that_is_asked_within_the_quote_and_is_no_free_previz() -> None:
    made = diff(S.ANOTHER_MODEL, case(PROMPT_BLOCK))

    assert made.apply(request()).model == "other"
    assert not applies(S.ANOTHER_MODEL, case(PROMPT_BLOCK, None, made))


def test_a_free_previz_stands_in_for_no_paid_take_but_another_free_model_for_a_free_one() -> None:
    free = tuple(offer for offer in OFFERS if offer.model in ("grand", "animatic"))
    quotes = Quotes(
        offers=free, ladders=(), price=lambda asked: price(asked) if asked.model == "grand" else Decimal(0)
    )

    assert not applies(S.ANOTHER_MODEL, case(PROMPT_BLOCK, quotes=quotes))
    assert applies(S.ANOTHER_MODEL, case(PROMPT_BLOCK, request(model="another free one"), quotes=quotes))


@pytest.mark.parametrize(
    "lacks",
    [
        {"honours": frozenset({"references"})},
        {"modalities": frozenset({"video_i2v"})},
        {"longest_s": 9},
        {"most_references": 2},
    ],
)
def test_a_model_that_would_leave_something_out_is_not_like_it(lacks: dict[str, object]) -> None:
    offers = tuple(offer if offer.model == "grand" else offer.model_copy(update=lacks) for offer in OFFERS)

    assert not applies(
        S.ANOTHER_MODEL, case(PROMPT_BLOCK, quotes=Quotes(offers=offers, ladders=(), price=price))
    )


def test_what_nobody_knows_the_price_of_is_not_tried() -> None:
    unknown = request(model="nobody's")

    assert not applies(S.SOFTEN_PROMPT, case(PROMPT_BLOCK, unknown))
    assert not applies(S.ANOTHER_MODEL, case(PROMPT_BLOCK, unknown))


def test_an_estimate_is_the_price_of_the_request_as_it_would_be_sent() -> None:
    estimates = {
        name: BY_NAME[name].estimate(case(facts))
        for name, facts in (
            (S.SILENCE_AUDIO, OUTPUT_BLOCK),
            (S.TIER_UP, BAD_MEDIA),
            (S.SHORTEN, TIMEOUT),
            (S.RESEED, OUTPUT_BLOCK),
            (S.SPLIT_BEAT, PROMPT_BLOCK),
            (S.ESCALATE, PROMPT_BLOCK),
        )
    }

    assert estimates == {
        S.SILENCE_AUDIO: Decimal("3.00"),
        S.TIER_UP: Decimal("13.50"),
        S.SHORTEN: Decimal("3.15"),
        S.RESEED: Decimal("4.50"),
        S.SPLIT_BEAT: None,
        S.ESCALATE: None,
    }


def test_a_split_is_asked_of_a_person_for_beats_of_several_shots() -> None:
    split = BY_NAME[S.SPLIT_BEAT]
    made = split.diff(case(PROMPT_BLOCK))

    assert isinstance(made, Handover)
    assert made.shots == (("SH10", "SH20"), ("SH30",))
    assert split.applies(case(TIMEOUT))
    assert not split.applies(case(OUTAGE))
    assert not split.applies(case(PROMPT_BLOCK, single()))


@pytest.mark.parametrize("facts", [PROMPT_BLOCK, IMAGE_BLOCK, OUTPUT_BLOCK, TIMEOUT, BAD_MEDIA, NO_IDEA])
@pytest.mark.parametrize("asked", [request(), single(), request(audio=False)])
def test_no_request_is_sent_twice_but_on_purpose(facts: FailureFacts, asked: GenerationRequest) -> None:
    made = sequence(facts, asked, person_usd=999, beat_usd=999, episode_usd=999)
    sent = [asked, *(item.request for item in made if item.change.strategy is not S.RESEND)]

    assert made
    assert all(sent.count(item) == 1 for item in sent)
