"""A forced single batch, and the other choices that decide how an episode is grouped."""

import pytest

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import InvalidSettingsError, UsageError
from recoil_assets.domain.roster import Roster
from recoil_assets.production.plan_intake import take_in_plan
from recoil_assets.production.stages import PLANS, SCENE_VERSIONS
from tests.support.project import plan
from tests.support.show import Show, cell, settings

from .conftest import MakeShow

DEFINED = """
[[episodes.ep_001.coverage]]
pass_id = "PASS_1"
camera_side = "A"
"""
FORCED = {"single_batch": True, "pass_id": "PASS_9"}


@pytest.fixture
def two(make_show: MakeShow) -> Show:
    """Two batches of two shots, and a coverage pass that is defined and not selected."""
    return make_show(plan("ep_001", batches=2), text=settings() + DEFINED)


def regroup(show: Show, **choices: object) -> Roster:
    with show.studio() as studio:
        return take_in_plan(studio, "ep_001", choices).roster


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"single_batch": True}, "needs a pass id"),
        ({"pass_id": "PASS_9"}, "no single batch is forced"),
        ({"single_batch_shots": ["SH0001"]}, "no single batch is forced"),
        ({"single_batch": True, "pass_id": "PASS_1"}, "is a coverage pass that ep_001 defines"),
        ({**FORCED, "single_batch_shots": ["SH0404"]}, "SH0404"),
        ({**FORCED, "single_batch_shots": ["SH0001", "SH0001"]}, "names shots twice"),
    ],
)
def test_a_forced_batch_that_can_not_be_named_or_filled_is_refused_and_nothing_is_written(
    two: Show, choices: dict[str, object], told: str
) -> None:
    with two.studio() as studio:
        before = studio.rosters.get("ep_001")
        with pytest.raises(UsageError, match=told):
            take_in_plan(studio, "ep_001", choices)
        assert studio.rosters.get("ep_001") == before


def test_a_pass_id_that_no_file_can_be_named_by_is_refused(two: Show) -> None:
    with pytest.raises(InvalidSettingsError):
        regroup(two, **FORCED | {"pass_id": "../x"})


def test_a_forced_batch_of_more_shots_than_one_generation_takes_is_refused(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=4))
    with pytest.raises(UsageError, match="covers 8 shots"):
        regroup(show, **FORCED)


def test_a_forced_batch_is_a_coverage_group_beside_the_episode_s_own(two: Show) -> None:
    before = list(regroup(two).batches)
    roster = regroup(two, **FORCED)
    assert roster.keys == ("BATCH_001", "BATCH_002", "COV_01")
    assert list(roster.batches[:2]) == before, "no other batch is touched"
    assert roster.main_keys == ("BATCH_001", "BATCH_002"), "the cut stays the episode's own"
    forced = roster.batches[-1].group
    assert forced.identity.strategy == "coverage"
    assert (forced.identity.source_pass_id, forced.identity.ordinal) == ("PASS_9", 9)
    assert forced.identity.shot_ids == ("SH0001", "SH0002", "SH0003", "SH0004")
    assert forced.modality == "r2v_multi"


def test_a_forced_batch_takes_the_shots_that_are_named_across_batches(two: Show) -> None:
    roster = regroup(two, **FORCED, single_batch_shots=["SH0002", "SH0003"])
    assert roster.batches[-1].group.identity.shot_ids == ("SH0002", "SH0003")


def test_two_forced_batches_over_the_same_shots_are_two_and_each_keeps_its_key(two: Show) -> None:
    first = regroup(two, **FORCED)
    second = regroup(two, **FORCED | {"pass_id": "PASS_8"})
    again = regroup(two, **FORCED)
    assert (first.keys[-1], second.keys[-1], again.keys[-1]) == ("COV_01", "COV_02", "COV_01")


def test_a_forced_batch_alone_is_generated_and_paid_for(two: Show) -> None:
    forced = Cell("ep_001", "COV_01")
    two.records[forced] = {PLANS: regroup(two, **FORCED).digest}
    two.make(cells=[forced])
    assert [attempt.intent.beat_id for attempt in two.attempts(forced)] == ["PASS_9__cov"]
    assert len(two.lab.submitted) == 1


def test_a_wildcard_and_a_tier_by_grouping_are_part_of_the_scenes_they_make(two: Show) -> None:
    two.make(stages=[SCENE_VERSIONS])
    before = two.body(cell(1)).digest
    roster = regroup(two, wildcard="Rain.", tier_map={"continuity": "fast"})
    group = roster.batches[0].group
    assert (group.prompt_directive, group.generation_config) == ("Rain.", {"tier": "fast"})
    for batch in roster.keys:
        two.records[Cell("ep_001", batch)][PLANS] = roster.digest
    staged = two.make(stages=[SCENE_VERSIONS]).of(cell(1))[-1]
    assert staged.facts["outcome"] == "staged as v2 beside the active v1"  # type: ignore[union-attr]
    assert two.body(cell(1)).digest == before
