import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recoil_assets.domain.scene import SceneBody, derive_scene, first_manifest, staged_manifest
from recoil_assets.domain.shot import CastMember, DialogueLine, Shot

from .samples import AT, coverage, plan, roster, scene, scenes, shot, shots
from .strategies import plans

CHANGES: list[dict[str, Any]] = [
    {"shot_type": "CU"},
    {"duration_s": 3.25},
    {"characters": (CastMember(char_id="MAREN", raw={"wet": True}),)},
    {"characters": (CastMember(char_id="MAREN"), CastMember(char_id="IVO"))},
    {"video_model": "paid"},
    {"start_frame": "refs/a.png"},
    {"end_frame": "refs/b.png"},
    {"description": "She turns."},
    {"dialogue": (DialogueLine(text="Ivo?"),)},
    {"source_text": "MAREN: Ivo?"},
    {"source_text_hash": "abc"},
    {"sequence_id": "SC002"},
    {"raw": {"lens": 35}},
    {"shot_id": "SH0099"},
]


def changed(listed: tuple[Shot, ...], index: int, change: dict[str, Any]) -> tuple[Shot, ...]:
    return (*listed[:index], listed[index].model_copy(update=change), *listed[index + 1 :])


def test_a_scene_can_not_be_changed() -> None:
    body = scene(*shots(2))
    with pytest.raises(ValidationError):
        body.batch = "BATCH_002"  # type: ignore[misc]


@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize("change", CHANGES, ids="-".join)
def test_a_scenes_digest_changes_with_any_content_of_any_of_its_shots(
    change: dict[str, Any], index: int
) -> None:
    listed = shots(3)
    assert scene(*changed(listed, index, change)).digest != scene(*listed).digest


def test_a_scenes_digest_changes_with_the_order_of_its_shots() -> None:
    first, second = shots(2)
    assert scene(first, second).digest != scene(second, first).digest


@pytest.mark.parametrize(
    "choices", [{"wildcard": "No umbrellas."}, {"tier_map": {"continuity": "pro"}}, {"threshold_s": 50.0}]
)
def test_a_scenes_digest_changes_with_what_was_chosen_for_it(choices: dict[str, Any]) -> None:
    assert scene(*shots(2), **choices).digest != scene(*shots(2)).digest


def test_a_scenes_digest_changes_with_its_grouping() -> None:
    assert scene(*shots(2), main="oner").digest != scene(*shots(2)).digest


def test_the_camera_side_of_a_coverage_pass_is_part_of_its_scenes_digest() -> None:
    def body(side: str) -> SceneBody:
        passes = (coverage("PASS_1", camera_side=side),)
        return scene(*shots(2), main="coverage", coverage_passes=passes)

    assert body("A").digest != body("B").digest


@given(plans, st.data())
def test_a_change_of_one_shot_changes_the_digest_of_its_own_batch_only(of: Any, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(of.shots) - 1))
    edited = plan(*changed(of.shots, index, {"description": "Something else."}))
    before, after = scenes(roster(of)), scenes(roster(edited, roster(of)))
    assert before.keys() == after.keys()
    for key, body in before.items():
        touched = of.shots[index].shot_id in [shot.shot_id for shot in body.shots]
        assert (after[key].digest != body.digest) == touched


SCRIPT = """
from recoil_assets.domain.grouping.group import CoveragePass
from tests.domain.samples import coverage, plan, roster, scenes, shots
listed = shots(4, cast=("MAREN", "IVO"), raw={"lens": 35, "stock": "grain", "colour": {"b": 1, "a": 2}})
of = plan(*listed)
called = roster(of, coverage_passes=(coverage("PASS_1", focus_character="IVO"),), tier_map={"coverage": "pro"})
print(of.digest, called.digest, *(body.digest for body in scenes(called).values()))
"""


@pytest.mark.parametrize("seed", ["1", "4242"])
def test_two_processes_that_derive_the_same_get_the_same_digests(seed: str) -> None:
    listed = shots(4, cast=("MAREN", "IVO"), raw={"colour": {"a": 2, "b": 1}, "stock": "grain", "lens": 35})
    of = plan(*listed)
    called = roster(
        of, coverage_passes=(coverage("PASS_1", focus_character="IVO"),), tier_map={"coverage": "pro"}
    )
    here = [of.digest, called.digest, *(body.digest for body in scenes(called).values())]
    other = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.split() == here


def test_a_group_above_threshold_is_one_beat_named_after_its_batch() -> None:
    body = scene(*shots(3), batch="BATCH_007")
    (beat,) = body.beats
    assert (beat.beat_id, beat.batch, beat.modality, beat.multi_shot) == (
        "BATCH_007",
        "BATCH_007",
        "r2v_multi",
        True,
    )
    assert beat.shot_ids == ("SH0010", "SH0020", "SH0030")
    assert beat.duration_s == 9.0
    assert beat.grouping == body.grouping
    assert body.board_beat is beat
    assert body.beat("BATCH_007") is beat
    assert body.beat("SH0010") is None


def test_a_beat_of_exactly_the_models_longest_is_not_a_hair_longer() -> None:
    body = scene(shot("SH1", seconds=3.2), shot("SH2", seconds=5.9), shot("SH3", seconds=5.9))
    assert body.beats[0].duration_s == 15.0


def test_a_group_below_threshold_becomes_one_beat_a_shot_stamped_solo() -> None:
    body = scene(*shots(2, seconds=1.5))
    assert [beat.beat_id for beat in body.beats] == ["SH0010", "SH0020"]
    assert [beat.grouping.strategy for beat in body.beats] == ["solo", "solo"]
    assert [beat.grouping.ordinal for beat in body.beats] == [0, 0]
    assert [beat.grouping.shot_ids for beat in body.beats] == [("SH0010",), ("SH0020",)]
    assert body.grouping.strategy == "continuity"
    assert body.board_beat is None
    assert tuple(shot.shot_id for shot in body.shots) == ("SH0010", "SH0020")


def test_a_single_shot_keeps_the_identity_of_its_group() -> None:
    body = scene(shot())
    (beat,) = body.beats
    assert (beat.modality, beat.grouping.strategy, beat.grouping.ordinal) == ("video_i2v", "continuity", 1)
    assert beat.grouping == body.grouping


def test_coverage_beats_are_named_after_their_pass() -> None:
    passes = (coverage("EP001_PASS_1"),)
    whole = scene(*shots(2), main="coverage", coverage_passes=passes, batch="COV_01")
    split = scene(*shots(2, seconds=1.5), main="coverage", coverage_passes=passes, batch="COV_01")
    assert [beat.beat_id for beat in whole.beats] == ["EP001_PASS_1__cov"]
    assert [beat.beat_id for beat in split.beats] == ["EP001_PASS_1__SH0010", "EP001_PASS_1__SH0020"]
    assert {beat.grouping.source_pass_id for beat in (*whole.beats, *split.beats)} == {"EP001_PASS_1"}


def test_what_was_chosen_for_a_group_is_on_every_one_of_its_beats() -> None:
    passes = (coverage("PASS_1", camera_side="B"),)
    body = scene(
        *shots(2, seconds=1.5),
        main="coverage",
        coverage_passes=passes,
        tier_map={"coverage": "pro"},
        wildcard="Rain.",
    )
    for beat in body.beats:
        assert beat.generation_config == {"tier": "pro"}
        assert beat.element_config == {"camera_side": "B"}
        assert beat.prompt_directive == "Coverage from camera side B. Rain."


def test_a_beat_knows_its_tag() -> None:
    assert scene(*shots(2)).beats[0].tag == "A_MAREN"
    assert [beat.tag for beat in scene(*shots(2, cast=(), seconds=1.0)).beats] == ["SOLO_ENV", "SOLO_ENV"]
    assert scene(*shots(2, cast=("IVO", "MAREN"))).beats[0].tag == "SOLO_IVO"


def test_what_takes_belong_to_does_not_follow_the_batch_key_position_or_grouping() -> None:
    listed = shots(2)
    called = roster(plan(shot("SH9", place="LOC_LAMP_ROOM"), *listed))
    moved = derive_scene("ep_001", "BATCH_042", called.batches[1].group).beats[0]
    first = scene(*listed).beats[0]
    assert moved.grouping.ordinal != first.grouping.ordinal
    assert moved.shot_set == first.shot_set == scene(*listed, main="oner").beats[0].shot_set


def test_what_takes_belong_to_survives_a_change_of_what_is_in_the_shots() -> None:
    assert scene(*shots(2, description="Other.")).beats[0].shot_set == scene(*shots(2)).beats[0].shot_set


def test_what_takes_belong_to_follows_the_ordered_shots_the_modality_and_the_pass() -> None:
    first, second = shots(2)
    sets = [
        scene(first, second).beats[0].shot_set,
        scene(second, first).beats[0].shot_set,
        scene(first).beats[0].shot_set,
        scene(first, second, main="coverage", coverage_passes=(coverage("PASS_1"),)).beats[0].shot_set,
        scene(first, second, main="coverage", coverage_passes=(coverage("PASS_2"),)).beats[0].shot_set,
        scene(first, main="coverage", coverage_passes=(coverage("PASS_2"),)).beats[0].shot_set,
    ]
    assert len(set(sets)) == len(sets)
    single = scene(first).beats[0]
    assert single.model_copy(update={"modality": "r2v_multi"}).shot_set != single.shot_set


def test_a_first_derivation_is_version_1_active_and_derived() -> None:
    body = scene(*shots(2))
    manifest = first_manifest(body, AT)
    assert (manifest.episode, manifest.batch, manifest.active) == ("ep_001", "BATCH_001", 1)
    assert manifest.active_version.derivation == "derived"
    assert manifest.active_version.digest == body.digest
    assert manifest.candidate(body.digest) is None


def test_a_changed_structure_is_staged_as_a_candidate_and_the_active_version_stays() -> None:
    old, new = scene(*shots(2)), scene(*shots(3))
    manifest = staged_manifest(first_manifest(old, AT), new, AT)
    assert manifest.active == 1
    assert manifest.active_version.digest == old.digest
    candidate = manifest.candidate(new.digest)
    assert candidate is not None
    assert (candidate.number, candidate.digest, candidate.derivation) == (2, new.digest, "not_derived")
    assert manifest.find(new.digest) == candidate


def test_a_structure_that_any_version_has_already_is_not_staged_again() -> None:
    one, two, three = scene(*shots(2)), scene(*shots(3)), scene(*shots(4))
    manifest = staged_manifest(staged_manifest(first_manifest(one, AT), two, AT), three, AT)
    for body in (one, two, three):
        assert staged_manifest(manifest, body, "2027-01-01T00:00:00Z") == manifest
    conformed = manifest.model_copy(update={"active": 3})
    assert staged_manifest(conformed, one, AT) == conformed


def test_a_plan_that_comes_back_to_what_it_said_leaves_no_candidate_behind() -> None:
    one, two = scene(*shots(2)), scene(*shots(3))
    manifest = staged_manifest(staged_manifest(first_manifest(one, AT), two, AT), one, AT)
    assert manifest.candidate(one.digest) is None
    assert manifest.candidate(scene(*shots(4)).digest) is None


def test_a_plan_that_comes_back_to_an_older_version_has_that_one_as_its_candidate() -> None:
    one, two = scene(*shots(2)), scene(*shots(3))
    staged = staged_manifest(first_manifest(one, AT), two, AT)
    conformed = staged.model_copy(update={"active": 2})
    assert staged_manifest(conformed, one, AT) == conformed
    assert conformed.candidate(one.digest) == conformed.versions[0]


def test_version_numbers_count_every_version_even_after_a_revert() -> None:
    manifest = staged_manifest(first_manifest(scene(*shots(2)), AT), scene(*shots(3)), AT)
    reverted = manifest.model_copy(update={"active": 1})
    assert [version.number for version in staged_manifest(reverted, scene(*shots(4)), AT).versions] == [
        1,
        2,
        3,
    ]


def test_a_candidate_without_a_board_is_derived_at_birth() -> None:
    manifest = staged_manifest(first_manifest(scene(*shots(2)), AT), scene(*shots(2, seconds=1.5)), AT)
    assert manifest.versions[1].derivation == "derived"


def test_staging_leaves_the_manifest_it_was_given_alone() -> None:
    manifest = first_manifest(scene(*shots(2)), AT)
    staged_manifest(manifest, scene(*shots(3)), AT)
    assert len(manifest.versions) == 1
