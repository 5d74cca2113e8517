"""What differs between two versions, as a producer reads it."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoil_assets.domain.grouping.group import Group, GroupIdentity
from recoil_assets.domain.scene import SceneBody, derive_scene
from recoil_assets.domain.scene_diff import diff_scenes
from recoil_assets.domain.shot import CastMember, DialogueLine, Shot


def shot(number: int, **more: object) -> Shot:
    return Shot.model_validate({"shot_id": f"SH{number:02d}", "duration_s": 3.0, **more})


def scene(*shots: Shot, **more: object) -> SceneBody:
    identity = GroupIdentity(strategy="continuity", ordinal=1, shot_ids=tuple(item.shot_id for item in shots))
    group = {"identity": identity, "shots": shots, "modality": "r2v_multi", **more}
    return derive_scene("ep_001", "BATCH_001", Group.model_validate(group))


def told(older: SceneBody, newer: SceneBody) -> list[str]:
    return list(diff_scenes(older, newer).sentences)


def test_the_same_scene_differs_in_nothing() -> None:
    same = scene(shot(1), shot(2))
    assert not diff_scenes(same, same)
    assert told(same, same) == []


def test_a_new_shot_is_told_with_what_it_is_and_where_it_stands() -> None:
    added = shot(2, shot_type="CU", characters=(CastMember(char_id="MARA"),), description="She turns.")
    assert told(scene(shot(1), shot(3)), scene(shot(1), added, shot(3))) == [
        "SH02 (CU, 3 s, MARA: “She turns.”) is new, after SH01"
    ]
    assert told(scene(shot(1)), scene(added, shot(1)))[0].endswith("is new, first of the batch")


def test_a_shot_that_is_gone_is_told() -> None:
    assert told(scene(shot(1), shot(2)), scene(shot(1))) == ["SH02 (MS, 3 s) was taken out"]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ({}, {"duration_s": 4.5}, "3 s becomes 4.5 s"),
        ({}, {"description": "She turns."}, "action is now “She turns.”"),
        ({"description": "She turns."}, {}, "action “She turns.” is taken out"),
        ({"shot_type": "WS"}, {"shot_type": "CU"}, "size WS becomes CU"),
        ({"location_id": "QUAY"}, {"location_id": "LAMP"}, "place QUAY becomes LAMP"),
        ({}, {"characters": ({"char_id": "A"}, {"char_id": "B"})}, "A and B join it"),
        ({"characters": ({"char_id": "A"},)}, {}, "A leaves it"),
        (
            {"characters": ({"char_id": "A"}, {"char_id": "B"})},
            {"characters": ({"char_id": "B"}, {"char_id": "A"})},
            "its cast is now told as B, A",
        ),
        (
            {"characters": ({"char_id": "A", "raw": {"coat": "red"}},)},
            {"characters": ({"char_id": "A", "raw": {"coat": "blue"}},)},
            "what is said of its cast differs",
        ),
        (
            {},
            {"dialogue": (DialogueLine(text="Who is there?", char_id="A"),)},
            "dialogue is now “A: Who is there?”",
        ),
        ({"raw": {"lens": 35}}, {"raw": {"lens": 50, "rig": "dolly"}}, "lens 35 becomes 50"),
        ({"raw": {"lens": 35}}, {"raw": {"lens": 35, "rig": "dolly"}}, "rig is now dolly"),
    ],
)
def test_every_field_that_changed_is_told(
    before: dict[str, object], after: dict[str, object], sentence: str
) -> None:
    assert f"SH01: {sentence}" in told(scene(shot(1, **before)), scene(shot(1, **after)))


def test_a_long_text_is_told_by_its_beginning() -> None:
    (sentence,) = told(scene(shot(1)), scene(shot(1, description="word " * 100)))
    assert len(sentence) < 120
    assert sentence.endswith("…”")


def test_how_the_batch_is_made_is_told() -> None:
    older, shots = scene(shot(1), shot(2)), (shot(1), shot(2))
    assert told(older, scene(*shots, modality="video_i2v")) == [
        "the batch is generated shot by shot, without a board (was: in one piece, with a board)"
    ]
    assert told(older, scene(*shots, generation_config={"tier": "pro"})) == [
        "generation_config.tier is now pro"
    ]
    assert told(older, scene(*shots, prompt_directive="in rain")) == ["prompt directive is now “in rain”"]


@pytest.mark.parametrize("order", list(permutations((1, 2, 3, 4))))
def test_as_few_shots_as_possible_are_said_to_move(order: tuple[int, ...]) -> None:
    older = scene(*(shot(number) for number in (1, 2, 3, 4)))
    moved = diff_scenes(older, scene(*(shot(number) for number in order))).moved
    still = [number for number in order if f"SH{number:02d}" not in moved]
    assert still == sorted(still)
    longest = max(
        sum(1 for _ in kept)
        for mask in range(16)
        if (kept := [number for place, number in enumerate(order) if mask >> place & 1]) == sorted(kept)
    )
    assert len(still) == longest


@given(
    st.lists(st.integers(1, 9), unique=True, min_size=1), st.lists(st.integers(1, 9), unique=True, min_size=1)
)
def test_two_scenes_that_are_not_the_same_are_never_told_as_the_same(
    one: list[int], other: list[int]
) -> None:
    older, newer = scene(*map(shot, one)), scene(*map(shot, other))
    diff = diff_scenes(older, newer)
    assert bool(diff) == (older.digest != newer.digest)
    assert {item.shot_id for item in diff.added} == {f"SH{number:02d}" for number in set(other) - set(one)}
    assert {item.shot_id for item in diff.removed} == {f"SH{number:02d}" for number in set(one) - set(other)}
