import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.grouping.coverage import coverage_ordinal
from recoil_assets.domain.grouping.group import (
    CoveragePass,
    CoverageSegment,
    Group,
    GroupingRules,
)
from recoil_assets.domain.grouping.registry import grouping_named, grouping_names
from recoil_assets.domain.plan import Plan
from recoil_assets.domain.shot import Shot, planned_length_s

from .samples import coverage, plan, rules, shot, shots
from .strategies import plans


def assemble(name: str, of: Plan, by: GroupingRules | None = None) -> tuple[Group, ...]:
    return grouping_named(name).assemble(of, by or rules())


def ids(groups: tuple[Group, ...]) -> list[tuple[str, ...]]:
    return [group.identity.shot_ids for group in groups]


def share_somebody_or_nobody(listed: tuple[Shot, ...]) -> bool:
    casts = [set(shot.cast) for shot in listed]
    return bool(set.intersection(*casts)) or not any(casts)


def test_an_unknown_grouping_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(UsageError, match="montage") as refused:
        grouping_named("montage")
    assert all(name in refused.value.cure for name in ("continuity", "coverage", "oner", "solo"))


def test_a_plan_can_be_grouped_in_four_ways() -> None:
    assert set(grouping_names()) == {"continuity", "coverage", "oner", "solo"}
    assert all(grouping_named(name).name == name for name in grouping_names())


@pytest.mark.parametrize("name", ["continuity", "oner", "solo"])
@given(of=plans, longest_s=st.sampled_from([4.0, 10.0, 15.0]))
def test_every_shot_is_in_exactly_one_group_in_story_order(name: str, of: Plan, longest_s: float) -> None:
    groups = assemble(name, of, rules(longest_s))
    assert tuple(shot for group in groups for shot in group.shots) == of.shots
    assert all(group.identity.shot_ids == tuple(shot.shot_id for shot in group.shots) for group in groups)
    assert [group.identity.ordinal for group in groups] == list(range(1, len(groups) + 1))
    assert {group.identity.strategy for group in groups} == {name}


@pytest.mark.parametrize("name", ["continuity", "oner"])
@given(of=plans, longest_s=st.sampled_from([4.0, 10.0, 15.0]))
def test_no_group_of_several_shots_passes_a_limit(name: str, of: Plan, longest_s: float) -> None:
    for group in assemble(name, of, rules(longest_s)):
        assert len(group.shots) <= 6
        assert len(group.shots) == 1 or planned_length_s(group.shots) <= longest_s


@given(plans)
def test_a_continuity_group_has_one_place_and_somebody_who_is_in_all_of_it(of: Plan) -> None:
    for group in assemble("continuity", of):
        assert len({shot.location_id for shot in group.shots}) == 1
        assert share_somebody_or_nobody(group.shots)


@given(plans)
def test_a_continuity_group_ends_only_where_the_next_shot_does_not_belong_or_does_not_fit(of: Plan) -> None:
    for group, following in pairwise(assemble("continuity", of)):
        longer = (*group.shots, following.shots[0])
        belongs = len({shot.location_id for shot in longer}) == 1 and share_somebody_or_nobody(longer)
        assert not belongs or len(longer) > 6 or planned_length_s(longer) > 15


@given(plans)
def test_a_oner_has_one_place_and_ends_only_where_the_place_or_a_limit_does(of: Plan) -> None:
    groups = assemble("oner", of)
    for group in groups:
        assert len({shot.location_id for shot in group.shots}) == 1
    for group, following in pairwise(groups):
        longer = (*group.shots, following.shots[0])
        other_place = following.shots[0].location_id != group.shots[-1].location_id
        assert other_place or len(longer) > 6 or planned_length_s(longer) > 15


@given(plans)
def test_solo_makes_one_group_a_shot_generated_from_its_own_frame(of: Plan) -> None:
    groups = assemble("solo", of)
    assert ids(groups) == [(shot.shot_id,) for shot in of.shots]
    assert {group.modality for group in groups} == {"video_i2v"}


def test_a_close_up_of_one_of_two_people_belongs_to_the_scene_of_the_two() -> None:
    both, one, other = (
        shot("SH1", cast=("IVO", "MAREN")),
        shot("SH2", cast=("IVO",)),
        shot("SH3", cast=("MAREN",)),
    )
    assert ids(assemble("continuity", plan(both, one, both.model_copy(update={"shot_id": "SH4"})))) == [
        ("SH1", "SH2", "SH4")
    ]
    assert ids(assemble("continuity", plan(both, one, other))) == [("SH1", "SH2"), ("SH3",)]


def test_a_shot_of_nobody_is_not_in_a_scene_of_somebody() -> None:
    empty = shot("SH2", cast=())
    assert ids(assemble("continuity", plan(shot("SH1"), empty, shot("SH3")))) == [
        ("SH1",),
        ("SH2",),
        ("SH3",),
    ]
    assert ids(assemble("continuity", plan(empty, shot("SH3", cast=())))) == [("SH2", "SH3")]


def test_a_seventh_shot_starts_another_group() -> None:
    assert [len(group.shots) for group in assemble("continuity", plan(*shots(7, seconds=1.0)))] == [6, 1]


def test_a_group_may_be_exactly_as_long_as_the_model_takes() -> None:
    tenths = plan(shot("SH1", seconds=3.2), shot("SH2", seconds=5.9), shot("SH3", seconds=5.9))
    (group,) = assemble("continuity", tenths)
    assert sum(shot.duration_s for shot in group.shots) > 15  # in floating point
    assert group.modality == "r2v_multi"
    over = plan(shot("SH1", seconds=3.201), shot("SH2", seconds=5.9), shot("SH3", seconds=5.9))
    assert len(assemble("continuity", over)) == 2


@pytest.mark.parametrize(
    ("lengths", "modality"),
    [
        ((2.0, 2.0), "r2v_multi"),
        ((2.0, 1.9), "video_i2v"),
        ((1.1, 2.9), "r2v_multi"),
        ((4.0,), "video_i2v"),
        ((14.0,), "video_i2v"),
        ((1.0, 1.0, 1.0), "video_i2v"),
    ],
)
def test_a_group_below_two_shots_or_four_seconds_is_generated_shot_by_shot(
    lengths: tuple[float, ...], modality: str
) -> None:
    listed = [shot(f"SH{number}", seconds=seconds) for number, seconds in enumerate(lengths)]
    (group,) = assemble("continuity", plan(*listed))
    assert group.modality == modality


def test_the_thresholds_are_the_rules_own() -> None:
    three = plan(*shots(3, seconds=4.0))
    assert assemble("continuity", three, rules(threshold_shots=4))[0].modality == "video_i2v"
    assert assemble("continuity", three, rules(threshold_s=12.0))[0].modality == "r2v_multi"
    assert assemble("continuity", three, rules(threshold_s=12.5))[0].modality == "video_i2v"


def test_a_shot_longer_than_the_model_takes_stands_alone() -> None:
    groups = assemble("continuity", plan(shot("SH1", seconds=20.0), shot("SH2")), rules(15.0))
    assert [(group.identity.shot_ids, group.modality) for group in groups] == [
        (("SH1",), "video_i2v"),
        (("SH2",), "video_i2v"),
    ]


def test_the_tier_map_sets_the_tier_of_its_own_strategy_only() -> None:
    by = rules(tier_map={"continuity": "pro"})
    assert assemble("continuity", plan(*shots(2)), by)[0].generation_config == {"tier": "pro"}
    assert assemble("oner", plan(*shots(2)), by)[0].generation_config == {}


def test_a_wildcard_directive_is_put_on_every_group_after_its_own() -> None:
    by = rules(wildcard="No umbrellas.")
    groups = assemble("oner", plan(*shots(2), shot("SH9", place="LOC_LAMP_ROOM")), by)
    assert groups[0].prompt_directive.startswith("One continuous take")
    assert [group.prompt_directive.endswith("No umbrellas.") for group in groups] == [True, True]
    assert assemble("continuity", plan(*shots(2)))[0].prompt_directive == ""


def test_only_a_oner_that_is_made_in_one_piece_is_told_not_to_cut() -> None:
    def directive(*listed: Shot) -> str:
        return assemble("oner", plan(*listed))[0].prompt_directive

    assert "never cuts" in directive(*shots(2))
    assert directive(*shots(2, seconds=1.5)) == ""
    assert directive(shot()) == ""


def test_the_coverage_grouping_without_a_pass_is_refused() -> None:
    with pytest.raises(UsageError, match="at least one coverage pass"):
        assemble("coverage", plan(*shots(2)))


@pytest.mark.parametrize(
    ("passes", "named"),
    [
        ((coverage("PASS_1", "SH0010", "SH9999", "SH8888"),), "SH9999, SH8888"),
        ((coverage("PASS_1", "SH0010"), coverage("PASS_1", "SH0020")), "'PASS_1' is selected twice"),
        ((coverage("PASS_1", "SH0010", "SH0020", "SH0010"),), "names shots twice: SH0010"),
        ((coverage("PASS_1", focus_character="NOBODY"),), "covers no shot of ep_001"),
        ((coverage("PASS_1", "SH0010", focus_character="NOBODY"),), "covers no shot of ep_001"),
        ((coverage("PASS_1"),), "covers 7 shots"),
        ((coverage("PASS_1", "SH0010", "SH0020", "SH0030", "SH0040", "SH0050", "SH0060"),), "of 18 s"),
    ],
)
def test_a_coverage_pass_that_does_not_fit_the_plan_is_refused(
    passes: tuple[CoveragePass, ...], named: str
) -> None:
    with pytest.raises(UsageError, match=named) as refused:
        assemble("coverage", plan(*shots(7)), rules(coverage_passes=passes))
    assert refused.value.cure


@pytest.mark.parametrize("duration_s", [0, -1.0, 60.5, math.nan, math.inf])
def test_a_segment_has_a_length_that_a_shot_can_have(duration_s: float) -> None:
    with pytest.raises(ValidationError):
        CoverageSegment(shot_id="SH0010", duration_s=duration_s)


@pytest.mark.parametrize("pass_id", ["", "../../state", "PASS 1", "PASS.1", "PASS_1\n", "P" * 65])
def test_a_pass_id_that_could_not_be_part_of_a_beat_id_is_refused(pass_id: str) -> None:
    with pytest.raises(ValidationError):
        CoveragePass(pass_id=pass_id)


def test_a_pass_without_segments_covers_the_whole_episode_in_story_order() -> None:
    (group,) = assemble("coverage", plan(*shots(4)), rules(coverage_passes=(coverage("PASS_1"),)))
    assert group.identity.shot_ids == ("SH0010", "SH0020", "SH0030", "SH0040")


def test_a_pass_with_a_focus_keeps_the_shots_that_character_is_in() -> None:
    of = plan(shot("SH1", cast=("IVO",)), shot("SH2", cast=("MAREN",)), shot("SH3", cast=("MAREN", "IVO")))
    passes = (coverage("PASS_1", camera_side="B", focus_character="IVO"),)
    (group,) = assemble("coverage", of, rules(coverage_passes=passes))
    assert group.identity.shot_ids == ("SH1", "SH3")
    assert group.element_config == {"camera_side": "B", "focus_character": "IVO"}
    assert group.prompt_directive == "Coverage from camera side B. Favour IVO."


def test_a_segment_sees_its_shot_its_own_way_and_leaves_the_plan_alone() -> None:
    seen = CoverageSegment(shot_id="SH0010", shot_type="OTS", duration_s=5.0, prompt="Over his shoulder.")
    unseen = CoverageSegment(shot_id="SH0020")
    of = plan(*shots(2, description="Plain.", shot_type="WS"))
    passes = (coverage("PASS_1", segments=(seen, unseen)),)
    (group,) = assemble("coverage", of, rules(coverage_passes=passes))
    first, second = group.shots
    assert (first.shot_type, first.duration_s, first.description) == ("OTS", 5.0, "Over his shoulder.")
    assert second == of.shots[1]
    assert of.shots[0].description == "Plain."


def test_a_segment_may_be_shorter_than_a_second_and_as_long_as_a_shot() -> None:
    assert CoverageSegment(shot_id="SH0010", duration_s=0.5).duration_s == 0.5
    assert CoverageSegment(shot_id="SH0010", duration_s=60).duration_s == 60


def test_a_pass_without_a_number_counts_by_its_place_until_it_has_a_key() -> None:
    passes = (coverage("SIDE_A", "SH0010"), coverage("SIDE_B", "SH0020"))
    groups = assemble("coverage", plan(*shots(2)), rules(coverage_passes=passes))
    assert [group.identity.ordinal for group in groups] == [1, 2]


def test_passes_make_groups_in_the_order_they_were_chosen() -> None:
    passes = (coverage("PASS_9", "SH0020"), coverage("PASS_2", "SH0010"))
    groups = assemble("coverage", plan(*shots(2)), rules(coverage_passes=passes))
    assert [group.identity.source_pass_id for group in groups] == ["PASS_9", "PASS_2"]
    assert [group.identity.ordinal for group in groups] == [9, 2]


@pytest.mark.parametrize(
    ("pass_id", "ordinal"),
    [
        ("PASS_2", 2),
        ("COV_07", 7),
        ("EP001_PASS_12_B", 12),
        ("EP001_COV_003", 3),
        ("PASS_1234", 55),
        ("BYPASS_2", 55),
        ("PASS2", 55),
        ("PASS_2B", 55),
        ("SIDE_B", 55),
    ],
)
def test_a_coverage_ordinal_is_the_number_in_the_pass_id(pass_id: str, ordinal: int) -> None:
    assert coverage_ordinal(pass_id, otherwise=55) == ordinal
