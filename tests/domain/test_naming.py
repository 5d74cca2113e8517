import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.naming import (
    TakeName,
    beat_tag,
    build_file_name,
    build_legacy_file_name,
    is_shot_id,
    multi_shot_beat_id,
    parse_file_name,
    single_shot_beat_id,
    tag_token,
    take_stem,
)

from .strategies import episodes, shot_ids, take_names

TOKEN = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z][A-Z0-9]*)*")


def name(**changes: object) -> TakeName:
    facts = {
        "episode": "ep_001",
        "strategy": "continuity",
        "ordinal": 3,
        "shot_ids": ("SH0010", "SH0020"),
        "take": 2,
    }
    return TakeName.model_validate({**facts, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"episode": "ep.001"},
        {"episode": "ep/001"},
        {"episode": ""},
        {"episode": "e" * 33},
        {"strategy": "montage"},
        {"ordinal": -1},
        {"ordinal": 10000},
        {"take": 0},
        {"take": 10000},
        {"shot_ids": ()},
        {"shot_ids": ("SH1",) * 7},
        {"shot_ids": ("SH-1",)},
        {"shot_ids": ("S" * 29,)},
        {"shot_ids": ("../SH1",)},
    ],
)
def test_what_can_not_be_written_into_a_file_name_is_not_a_take_name(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        name(**changes)


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        ".",
        "..",
        "take.mp4",
        "../ep_001.solo_001.SH1.t001.mp4",
        "ep_001/ep_001.solo_001.SH1.t001.mp4",
        "ep_001.solo_001.SH1.t001.mp4\n",
        "ep_001.solo_001.SH1.t001.mp4 ",
        "ep_001.solo_001.SH1.t001.MP4",
        "ep_001.solo_001.SH1.t001.mov",
        "ep_001.solo_001.SH1.t001.mp4.part",
        "ep_001.montage_001.SH1.t001.mp4",
        "ep_001.solo_001.SH1.t01.mp4",
        "ep_001.solo_001.SH1.t000.mp4",
        "ep_001.solo_001.SH1.t0001.mp4",
        "ep_001.solo_0001.SH1.t001.mp4",
        "ep_001.solo_10000.SH1.t001.mp4",
        "ep_001.solo_-01.SH1.t001.mp4",
        "ep_001.solo_\u0660\u0660\u0661.SH1.t001.mp4",
        "ep_001.solo_001.SH1.t\u0660\u0660\u0661.mp4",
        "ep_001.solo_001..t001.mp4",
        "ep_001.solo_001.-SH1.t001.mp4",
        "ep_001.solo_001.SH1--SH2.t001.mp4",
        "ep_001.solo_001.SH__1.t001.mp4",
        "ep_001.solo_001._SH1.t001.mp4",
        "ep_001.solo_001.SH1-SH2-SH3-SH4-SH5-SH6-SH7.t001.mp4",
        "ep_001.solo_001.SHÄ.t001.mp4",
        f"ep_001.solo_001.{'S' * 29}.t001.mp4",
        f"{'e' * 33}.solo_001.SH1.t001.mp4",
        "ep 001.solo_001.SH1.t001.mp4",
        ".solo_001.SH1.t001.mp4",
        "EP001_PASS2_SH1_T01.mp4",
        "EP01_PASS02_SH1_T01.mp4",
        "EP001_PASS02__T01.mp4",
        "EP001_PASS02_SH1_T00.mp4",
        "EP\u0660\u0660\u0661_PASS02_SH1_T01.mp4",
        "EP001_PASS02_SH1_T01.mp4/..",
        "EP001_PASS02_../SH1_T01.mp4",
    ],
)
def test_a_hostile_file_name_does_not_parse(hostile: str) -> None:
    assert parse_file_name(hostile) is None


@given(st.text(max_size=60))
def test_any_text_parses_to_a_take_name_or_to_none(text: str) -> None:
    parsed = parse_file_name(text)
    assert parsed is None or isinstance(parsed, TakeName)


@given(take_names)
def test_a_file_name_parses_back_to_exactly_what_it_was_built_of(take: TakeName) -> None:
    assert parse_file_name(build_file_name(take)) == take


@given(
    st.from_regex(
        r"[a-z0-9_]{1,8}\.(solo|oner)_[0-9]{2,5}\.[A-Z0-9_]{1,6}(-[A-Z0-9_]{1,6})?\.t[0-9]{2,5}\.mp4",
        fullmatch=True,
    )
)
def test_no_two_file_names_of_the_current_form_mean_the_same_take(file_name: str) -> None:
    parsed = parse_file_name(file_name)
    assert parsed is None or build_file_name(parsed) == file_name


@given(take_names)
def test_a_file_name_is_one_plain_path_component(take: TakeName) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", build_file_name(take))
    assert len(build_file_name(take)) < 255


def test_the_longest_names_stay_under_255_bytes() -> None:
    longest = name(episode="e" * 32, strategy="continuity", ordinal=9999, shot_ids=("S" * 28,) * 6, take=9999)
    assert parse_file_name(build_file_name(longest)) == longest
    assert len(build_file_name(longest).encode()) < 255
    numbered = longest.model_copy(update={"episode": "e" * 28 + "9999"})
    assert len(build_legacy_file_name(numbered).encode()) < 255


def test_all_takes_of_a_beat_share_a_stem_and_no_other_beats_takes_do() -> None:
    assert take_stem(name(take=1)) == take_stem(name(take=77))
    others = [
        name(ordinal=4),
        name(strategy="oner"),
        name(episode="ep_002"),
        name(shot_ids=("SH0020", "SH0010")),
        name(shot_ids=("SH0010",)),
    ]
    assert len({take_stem(take) for take in [name(), *others]}) == 6


def test_a_file_name_says_what_the_documentation_shows() -> None:
    take = name(shot_ids=("EP001_SH0010", "EP001_SH0020"))
    assert build_file_name(take) == "ep_001.continuity_003.EP001_SH0010-EP001_SH0020.t002.mp4"


def test_the_pass_counter_form_still_parses() -> None:
    assert parse_file_name("EP001_PASS02_SH010-SH020_T01.mp4") == TakeName(
        episode="ep_001", strategy="coverage", ordinal=2, shot_ids=("SH010", "SH020"), take=1
    )
    assert parse_file_name("EP1234_PASS0002_SH_T01_T9999.mp4") == TakeName(
        episode="ep_1234", strategy="coverage", ordinal=2, shot_ids=("SH_T01",), take=9999
    )


@given(
    st.integers(0, 9999),
    st.integers(0, 9999),
    st.lists(shot_ids, min_size=1, max_size=6),
    st.integers(1, 9999),
)
def test_the_pass_counter_form_of_a_numbered_episode_parses_back(
    episode: int, ordinal: int, shots: list[str], take: int
) -> None:
    built = TakeName(
        episode=f"ep_{episode:03d}", strategy="coverage", ordinal=ordinal, shot_ids=tuple(shots), take=take
    )
    assert parse_file_name(build_legacy_file_name(built)) == built


def test_the_pass_counter_form_needs_an_episode_number_and_says_how_to_give_one() -> None:
    with pytest.raises(UsageError, match="pilot") as refused:
        build_legacy_file_name(name(episode="pilot"))
    assert "ep_001" in refused.value.cure


@given(episodes, shot_ids)
def test_the_two_forms_of_a_name_are_never_the_same_file(episode: str, shot_id: str) -> None:
    take = name(episode=f"{episode[:28]}_001", shot_ids=(shot_id,))
    assert build_file_name(take) != build_legacy_file_name(take)


@pytest.mark.parametrize("text", ["SH0010", "EP001_SH0010", "1", "a_b_c", "S" * 28])
def test_letters_digits_and_single_underscores_make_a_shot_id(text: str) -> None:
    assert is_shot_id(text)


def test_a_beat_is_called_after_its_batch_its_shot_or_its_pass() -> None:
    assert multi_shot_beat_id("BATCH_002", None) == "BATCH_002"
    assert multi_shot_beat_id("COV_01", "EP001_PASS_01") == "EP001_PASS_01__cov"
    assert single_shot_beat_id("SH0010", None) == "SH0010"
    assert single_shot_beat_id("SH0010", "EP001_PASS_01") == "EP001_PASS_01__SH0010"


@pytest.mark.parametrize(
    ("written", "token"),
    [
        ("LOC_01", "LOC01"),
        ("loc_quay", "LOC_QUAY"),
        ("LOC-QUAY-2", "LOC_QUAY2"),
        ("__MAREN__", "MAREN"),
        ("MA REN", "MAREN"),
        ("MAREN_2_B", "MAREN2_B"),
        ("R2D2", "R2D2"),
        ("7_OF_NINE", "NONE_LEFT"),
        ("7", "NONE_LEFT"),
        ("___", "NONE_LEFT"),
        ("", "NONE_LEFT"),
        ("馬", "NONE_LEFT"),
    ],
)
def test_a_tag_token_is_what_is_left_of_a_name_in_capitals(written: str, token: str) -> None:
    assert tag_token(written, "NONE_LEFT") == token


@given(st.text() | st.text(st.sampled_from("A1_- ß馬z")))
def test_a_tag_token_matches_the_grammar_whatever_the_name(written: str) -> None:
    assert TOKEN.fullmatch(tag_token(written, "CHAR"))


@given(
    st.booleans(),
    st.lists(st.lists(st.text(max_size=8), max_size=3), max_size=4),
    st.lists(st.text(max_size=8), max_size=4),
)
def test_a_tag_matches_the_grammar_whatever_the_plan_says(
    multi_shot: bool, casts: list[list[str]], places: list[str]
) -> None:
    assert TOKEN.fullmatch(beat_tag(multi_shot=multi_shot, casts=casts, locations=places))


@pytest.mark.parametrize(
    ("casts", "places", "tag"),
    [
        ([["MAREN"], ["MAREN"]], ["LOC_01", "LOC_01"], "A_MAREN"),
        ([["MAREN"], []], ["LOC_01", "LOC_01"], "A_MAREN"),
        ([[], []], ["LOC_01", "LOC_01"], "COV_LOC01"),
        ([[], []], ["LOC_01", ""], "COV_LOC01"),
        ([[], []], ["LOC_01", "LOC_02"], "COV_ENV"),
        ([[], []], ["", ""], "COV_ENV"),
        ([["IVO", "MAREN"], ["MAREN"]], ["LOC_01", "LOC_01"], "SOLO_IVO"),
        ([["MAREN"], ["IVO"]], ["LOC_01", "LOC_01"], "SOLO_MAREN"),
        ([[], ["MAREN", "IVO"]], ["LOC_01", "LOC_01"], "SOLO_ENV"),
    ],
)
def test_a_multi_shot_beat_is_tagged_by_its_one_character_or_place_else_by_its_head_shot(
    casts: list[list[str]], places: list[str], tag: str
) -> None:
    assert beat_tag(multi_shot=True, casts=casts, locations=places) == tag


@pytest.mark.parametrize(
    ("cast", "tag"), [(["IVO", "MAREN"], "SOLO_IVO"), (["7"], "SOLO_CHAR"), ([""], "SOLO"), ([], "SOLO_ENV")]
)
def test_a_single_shot_beat_is_tagged_by_its_first_character(cast: list[str], tag: str) -> None:
    assert beat_tag(multi_shot=False, casts=[cast], locations=["LOC_01"]) == tag
