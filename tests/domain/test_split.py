"""Splits: parts of adjacent shots, all of them, and a whole that is what it was before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoil_assets.domain.grouping.group import Group, GroupIdentity
from recoil_assets.domain.scene import SceneBody, derive_scene
from recoil_assets.domain.scene_diff import diff_scenes
from recoil_assets.domain.shot import Shot
from recoil_assets.domain.split import in_parts, is_split, parts_of, split_alike, split_beat


def scene(
    count: int, *, said: str = "", pass_id: str | None = None, modality: str = "r2v_multi"
) -> SceneBody:
    shots = tuple(
        Shot(shot_id=f"SH{number}", shot_type="MS", duration_s=2.0, description=said)
        for number in range(count)
    )
    identity = GroupIdentity(
        strategy="coverage" if pass_id else "continuity",
        ordinal=4,
        shot_ids=tuple(shot.shot_id for shot in shots),
        source_pass_id=pass_id,
    )
    group = Group(
        identity=identity,
        shots=shots,
        modality=modality,  # type: ignore[arg-type]
        generation_config={"tier": "fast"},
        prompt_directive="slow",
    )
    return derive_scene("ep_001", "BATCH_004", group)


@st.composite
def split_scenes(draw: st.DrawFn) -> tuple[SceneBody, SceneBody]:
    """A whole scene of two to six shots, and one of its splits."""
    whole = scene(draw(st.integers(2, 6)), pass_id=draw(st.sampled_from([None, "COV_1"])))
    ids = [shot.shot_id for shot in whole.shots]
    edges = sorted(draw(st.sets(st.integers(1, len(ids) - 1), min_size=1)))
    cuts = zip([0, *edges], [*edges, len(ids)], strict=True)
    return whole, in_parts(whole, [tuple(ids[start:end]) for start, end in cuts])


@given(split_scenes())
def test_the_parts_are_the_whole_and_nothing_else(scenes: tuple[SceneBody, SceneBody]) -> None:
    whole, split = scenes
    assert (is_split(split), is_split(whole)) == (True, False)
    assert split.shots == whole.shots
    assert split.board_beat == whole.board_beat, "the board is of all shots, and stays attached"
    assert in_parts(split, [tuple(shot.shot_id for shot in split.shots)]) == whole
    assert len({beat.beat_id for beat in (*split.beats, *whole.beats)}) == len(split.beats) + 1
    assert len({beat.shot_set for beat in (*split.beats, *whole.beats)}) == len(split.beats) + 1
    assert SceneBody.model_validate_json(split.model_dump_json()).digest == split.digest != whole.digest


@given(split_scenes())
def test_what_a_plan_says_is_split_where_the_active_version_is(scenes: tuple[SceneBody, SceneBody]) -> None:
    whole, split = scenes
    assert split_alike(whole, split) == split
    assert split_alike(whole, whole) == whole
    assert split_alike(scene(1), split) == scene(1), "other shots are whole"


def test_a_scene_that_was_generated_shot_by_shot_is_no_split() -> None:
    """Else a plan whose shots became long enough for one piece would go on as single shots unnoticed."""
    singles = scene(3, modality="video_i2v")
    assert not is_split(singles)
    assert split_alike(scene(3), singles) == scene(3)


def test_only_the_named_beat_is_split() -> None:
    once = split_beat(scene(4), [("SH0", "SH1"), ("SH2", "SH3")])
    twice = split_beat(once, [("SH2",), ("SH3",)])
    assert parts_of(twice) == (("SH0", "SH1"), ("SH2",), ("SH3",))
    assert twice.beats[0] == once.beats[0]
    assert diff_scenes(once, twice).sentences == (
        "the batch is made in 3 parts: SH0, SH1 / SH2 / SH3 (was: 2 parts: SH0, SH1 / SH2, SH3)",
    )


@pytest.mark.parametrize(
    "parts",
    [
        [("SH0",), ("SH2",)],
        [("SH1",), ("SH0", "SH2")],
        [("SH0", "SH1", "SH2"), ()],
        [("SH0", "SH1"), ("SH1", "SH2")],
    ],
)
def test_parts_that_are_not_all_shots_in_order_are_none(parts: list[tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match="BATCH_004"):
        split_beat(scene(3), parts)
    with pytest.raises(ValueError, match="no parts of"):
        in_parts(scene(3), parts)


def test_a_scene_of_single_shots_has_no_parts() -> None:
    with pytest.raises(ValueError, match="no parts of"):
        in_parts(scene(2, modality="video_i2v"), [("SH0",), ("SH1",)])
