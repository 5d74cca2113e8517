from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.price import ModelRate, PriceBook, PriceCorrection, estimate

from .samples import rate, request

BOOK = PriceBook(
    rates=(
        rate(model="dear", usd=Decimal("0.40")),
        rate(model="free", usd=Decimal(0)),
        rate(model="cheap", usd=Decimal("0.05"), modalities=("video_i2v",)),
        rate(model="middle", usd=Decimal("0.10")),
    )
)


def test_a_model_without_a_rate_is_not_estimated_and_not_free() -> None:
    quoted = estimate(request(model="mystery"), None)
    assert (quoted.model, quoted.usd, quoted.refusal) == ("mystery", None, "no known rate")


@pytest.mark.parametrize(
    "absurd",
    [
        {"usd": "-0.01"},
        {"usd": "NaN"},
        {"usd": "Infinity"},
        {"usd": "1000001"},
        {"usd_with_audio": "-1"},
        {"shortest_s": 0},
        {"longest_s": -5},
        {"longest_s": 1_000_000},
        {"shortest_s": 9, "longest_s": 4},
    ],
)
def test_a_rate_that_can_not_be_is_refused(absurd: dict[str, object]) -> None:
    sound = rate().model_dump()
    with pytest.raises(ValidationError):
        ModelRate.model_validate({**sound, **absurd})


@pytest.mark.parametrize("modality", ["board", "video_i2v"])
def test_a_model_that_does_not_make_the_modality_is_refused(modality: str) -> None:
    quoted = estimate(request(modality=modality), rate(modalities=("r2v_multi",)))
    assert quoted.usd is None
    assert quoted.refusal == f"does not make {modality}"


def test_a_beat_longer_than_the_model_takes_is_refused_with_both_lengths() -> None:
    quoted = estimate(request(duration_s=15.2), rate(longest_s=15))
    assert quoted.usd is None
    assert quoted.refusal == "15.2 s is longer than its 15 s"
    assert estimate(request(duration_s=15.0), rate(longest_s=15)).refusal == ""


@pytest.mark.parametrize(
    ("duration_s", "billed_s", "usd"),
    [
        (6.0, 6, "0.60"),
        (6.001, 7, "0.70"),
        (2.5, 4, "0.40"),
        (4.0, 4, "0.40"),
        (14.5, 15, "1.50"),
    ],
)
def test_an_estimate_is_rate_times_whole_seconds_rounded_up_and_at_least_the_shortest(
    duration_s: float, billed_s: int, usd: str
) -> None:
    quoted = estimate(request(duration_s=duration_s), rate())
    assert (quoted.billed_s, quoted.usd, quoted.refusal) == (billed_s, Decimal(usd), "")


@given(
    st.floats(0.1, 15.0, allow_nan=False),
    st.decimals("0.000001", "5", places=9, allow_nan=False, allow_infinity=False),
)
def test_an_estimate_is_never_below_rate_times_length(duration_s: float, usd: Decimal) -> None:
    quoted = estimate(request(duration_s=duration_s), rate(usd=usd))
    assert quoted.usd is not None
    assert quoted.usd >= usd * Decimal(duration_s)


def test_an_estimate_is_rounded_up_to_six_places() -> None:
    assert estimate(request(duration_s=7.0), rate(usd=Decimal("0.0000001"))).usd == Decimal("0.000001")


def test_audio_has_its_own_rate_where_the_model_has_one() -> None:
    dear = rate(usd_with_audio=Decimal("0.25"))
    assert estimate(request(audio=True), dear).usd == Decimal("1.50")
    assert estimate(request(audio=False), dear).usd == Decimal("0.60")
    assert estimate(request(audio=True), rate()).usd == Decimal("0.60")
    assert estimate(request(audio=True), rate(usd_with_audio=Decimal(0))).usd == Decimal(0)


def test_an_image_costs_its_rate_whatever_the_length() -> None:
    drawing = rate(unit="image", modalities=("board",), usd=Decimal("0.0400001"))
    quoted = estimate(request(modality="board", duration_s=90.0), drawing)
    assert (quoted.usd, quoted.billed_s) == (Decimal("0.040001"), 0)


def test_a_free_model_is_known_to_cost_nothing() -> None:
    assert estimate(request(), rate(usd=Decimal(0))).usd == Decimal(0)


def test_a_rate_that_names_no_lengths_takes_1_to_15_seconds() -> None:
    facts = rate().model_dump(exclude={"shortest_s", "longest_s"})
    plain = ModelRate.model_validate(facts)
    assert (plain.shortest_s, plain.longest_s) == (1, 15)


def test_an_estimate_names_the_source_of_its_rate_and_its_date() -> None:
    assert estimate(request(), rate()).source == "the provider's price page, 2026-03-01"


def test_a_model_that_is_not_in_the_price_book_is_refused_with_the_names_that_are() -> None:
    with pytest.raises(UsageError, match="mystery") as refused:
        BOOK.known("mystery")
    assert "dear, free, cheap, middle" in refused.value.cure
    assert BOOK.rate("mystery") is None
    assert BOOK.known("dear").usd == Decimal("0.40")


def test_paid_models_for_a_modality_are_listed_cheapest_first() -> None:
    assert [found.model for found in BOOK.priced_for("video_i2v")] == ["cheap", "middle", "dear"]
    assert [found.model for found in BOOK.priced_for("r2v_multi")] == ["middle", "dear"]
    assert BOOK.priced_for("board") == ()


def test_a_price_a_project_corrected_takes_the_place_of_the_books_and_is_another_entry() -> None:
    corrected = BOOK.corrected({"dear": PriceCorrection(usd=Decimal("9.50"), as_of=date(2026, 3, 2))})
    found = corrected.known("dear")
    assert (found.usd, found.as_of, found.provider) == (
        *(Decimal("9.50"), date(2026, 3, 2), BOOK.known("dear").provider),
    )
    assert found.source == '[prices."dear"] in recoil.toml'
    assert corrected.known("middle") == BOOK.known("middle")


@pytest.mark.parametrize(
    ("one", "other", "kept"), [("0.10", "0.1", "0.1"), ("10", "10.00", "10"), ("1E+1", "10", "10")]
)
def test_a_corrected_price_that_is_written_another_way_is_the_same_entry(
    one: str, other: str, kept: str
) -> None:
    entries = [
        PriceCorrection(usd=Decimal(text), as_of=date(2026, 3, 2)).of(BOOK.known("dear"))
        for text in (one, other)
    ]
    assert digest_of(entries[0]) == digest_of(entries[1])
    assert str(entries[0].usd) == kept


def test_a_price_for_a_model_nobody_knows_is_refused() -> None:
    with pytest.raises(UsageError, match="'mystery' is not in the price book"):
        BOOK.corrected({"mystery": PriceCorrection(usd=Decimal(1), as_of=date(2026, 3, 2))})


UNKNOWN = rate(model="unpriced", usd=None)


def test_a_rate_nobody_knows_is_refused_and_is_not_free() -> None:
    quoted = estimate(request(), UNKNOWN)
    assert quoted.usd is None
    assert "has no known rate, and allow_unpriced_up_to_usd is not set" in quoted.refusal


@pytest.mark.parametrize("unit", ["second", "image"])
def test_a_rate_nobody_knows_is_taken_to_cost_what_the_settings_allow_whatever_the_length(unit: str) -> None:
    unpriced = UNKNOWN.model_copy(update={"unit": unit})
    quoted = estimate(request(duration_s=9.0), unpriced, unpriced_up_to_usd=Decimal("1.50"))
    assert (quoted.usd, quoted.refusal) == (Decimal("1.50"), "")
    assert quoted.source == "allow_unpriced_up_to_usd in recoil.toml"


def test_a_length_the_model_does_not_make_is_refused_whatever_is_allowed() -> None:
    quoted = estimate(request(duration_s=16.0), UNKNOWN, unpriced_up_to_usd=Decimal(9))
    assert (quoted.usd, "longer than" in quoted.refusal) == (None, True)


def test_what_the_settings_allow_changes_no_known_rate() -> None:
    assert estimate(request(), rate(), unpriced_up_to_usd=Decimal(9)) == estimate(request(), rate())


def test_a_rate_nobody_knows_is_not_among_the_paid_models_to_choose_from() -> None:
    assert PriceBook(rates=(UNKNOWN,)).priced_for("video_i2v") == ()


@pytest.mark.parametrize(("corrected", "with_audio"), [("0.20", "0.30"), ("0.50", "0.50")])
def test_a_correction_that_says_nothing_of_sound_does_not_make_sound_cheaper(
    corrected: str, with_audio: str
) -> None:
    book = PriceBook(rates=(rate(model="loud", usd=Decimal("0.10"), usd_with_audio=Decimal("0.30")),))
    prices = {"loud": PriceCorrection(usd=Decimal(corrected), as_of=date(2026, 3, 2))}
    assert book.corrected(prices).known("loud").usd_with_audio == Decimal(with_audio)


def test_a_price_can_not_be_corrected_to_nothing() -> None:
    """What is known to cost nothing passes every cap."""
    with pytest.raises(ValueError, match="greater than 0"):
        PriceCorrection(usd=Decimal(0), as_of=date(2026, 3, 2))


TOKENS = rate(
    model="tokens",
    unit="million_tokens",
    usd=Decimal(14),
    frame_pixels={"480p": 430_000, "720p": 921_600, "1080p": 2_073_600},
)


@pytest.mark.parametrize(
    ("width", "height", "usd"),
    [
        (720, 1280, "1.8144"),  # 21,600 tokens a second
        (540, 960, "1.8144"),  # made as 720p
        (480, 854, "0.846563"),
        (1080, 1920, "4.0824"),
        (2160, 3840, "4.0824"),  # larger than any that is known: as the dearest
    ],
)
def test_a_rate_by_tokens_counts_the_pixels_of_the_resolution_that_is_made(
    width: int, height: int, usd: str
) -> None:
    assert estimate(request(width=width, height=height), TOKENS).usd == Decimal(usd)


def test_a_rate_may_be_multiplied_by_resolution_and_an_unknown_one_is_the_dearest() -> None:
    dear = rate(times={"1080p": Decimal(1), "2160p": Decimal("2.5")})
    assert estimate(request(), dear).usd == Decimal("0.60")
    assert estimate(request(width=2160, height=3840), dear).usd == Decimal("1.50")
    assert estimate(request(width=4320, height=7680), dear).usd == Decimal("1.50")
    drawn = rate(unit="image", modalities=("board",), times={"720p": Decimal(1), "2160p": Decimal("1.5")})
    assert estimate(request(modality="board", width=1080, height=1920), drawn).usd == Decimal("0.15")


@pytest.mark.parametrize(("duration_s", "billed_s"), [(2.0, 4), (4.5, 6), (6.5, 8), (8.0, 8)])
def test_where_only_some_lengths_are_made_the_next_is_billed(duration_s: float, billed_s: int) -> None:
    some = rate(lengths_s=(4, 6, 8), longest_s=8)
    assert estimate(request(duration_s=duration_s), some).billed_s == billed_s
    assert estimate(request(duration_s=8.5), some).refusal == "8.5 s is longer than its 8 s"


def test_a_corrected_rate_by_tokens_is_what_a_second_costs_at_720p_and_follows_the_pixels() -> None:
    corrected = PriceCorrection(usd=Decimal("0.40"), as_of=date(2026, 3, 2)).of(TOKENS)
    assert estimate(request(), corrected).usd == Decimal("2.40")
    assert estimate(request(width=1080, height=1920), corrected).usd == Decimal("5.40")


@pytest.mark.parametrize(
    "facts", [{"unit": "million_tokens"}, {"unit": "second", "frame_pixels": {"720p": 1}}]
)
def test_tokens_can_not_be_counted_without_pixels_nor_pixels_without_tokens(facts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="frame_pixels go with the unit million_tokens"):
        rate(**facts)


def test_the_cheapest_model_is_found_across_units() -> None:
    book = PriceBook(rates=(TOKENS, rate(model="by the second", usd=Decimal("0.40"))))
    assert [found.model for found in book.priced_for("r2v_multi")] == ["tokens", "by the second"]
