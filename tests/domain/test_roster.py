from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.roster import MOST_BATCH_KEYS, Roster, check_show_keys, match_by_overlap
from recoil_assets.domain.shot import Shot

from .samples import coverage, plan, roster, scenes, shot, shots

PLACES = "ABCDEFGH"


def pairs(places: str) -> list[Shot]:
    """Two shots in each place: as many batches as there are letters."""
    return [shot(f"{place}{number}", place=f"LOC_{place}") for place in places for number in (1, 2)]


def batches(of: Roster) -> dict[str, tuple[str, ...]]:
    return {entry.batch: entry.group.identity.shot_ids for entry in of.batches}


def test_an_unknown_grouping_is_refused() -> None:
    with pytest.raises(UsageError, match="montage"):
        roster(plan(shot()), main="montage")


def test_more_batches_than_an_episode_can_have_keys_are_refused() -> None:
    with pytest.raises(UsageError, match=r"ep_001 needs 100 batch keys .* at most 99") as refused:
        roster(plan(*shots(100)), main="solo")
    assert "split the episode" in refused.value.cure
    assert len(roster(plan(*shots(99)), main="solo").batches) == MOST_BATCH_KEYS == 99


def test_retired_keys_count_against_the_limit_since_they_are_never_deleted() -> None:
    first = roster(plan(*shots(60)), main="solo")
    replaced = [shot(f"NEW{number}") for number in range(40)]
    with pytest.raises(UsageError, match="needs 40 batch keys and has 60 retired ones"):
        roster(plan(*replaced), first, main="solo")


def test_coverage_keys_count_against_the_limit() -> None:
    passes = (coverage("PASS_1", "SH0010"),)
    with pytest.raises(UsageError, match="needs 100 batch keys"):
        roster(plan(*shots(99)), main="solo", coverage_passes=passes)


class TestTheKeysThatEpisodesShare:
    LONG = roster(plan(*shots(80), episode="ep_001"), main="solo")
    FILMED_AGAIN = staticmethod(
        lambda passes: roster(
            plan(*shots(10), episode="ep_002"),
            main="solo",
            coverage_passes=tuple(coverage(f"PASS_{number}", "SH0010") for number in range(1, passes + 1)),
        )
    )

    def test_an_episode_that_the_show_has_no_room_for_is_refused_with_the_keys_it_needs(self) -> None:
        with pytest.raises(
            UsageError, match=r"ep_002 needs 20 .*COV_01 to COV_20.* has 80; .*at most 99"
        ) as refused:
            check_show_keys(self.FILMED_AGAIN(20), None, [self.LONG])
        assert "a project of its own" in refused.value.cure

    def test_keys_of_the_same_name_are_one_key(self) -> None:
        check_show_keys(self.FILMED_AGAIN(19), None, [self.LONG])
        check_show_keys(self.LONG, None, [self.LONG.model_copy(update={"episode": "ep_003"})])

    def test_the_retired_keys_of_another_episode_are_there_for_good(self) -> None:
        shortened = roster(plan(*shots(5), episode="ep_001"), self.LONG, main="solo")
        with pytest.raises(UsageError, match="has 80;"):
            check_show_keys(self.FILMED_AGAIN(20), None, [shortened])

    def test_an_episode_that_needs_no_new_key_goes_on_in_a_show_that_has_too_many(self) -> None:
        other = self.FILMED_AGAIN(20)
        edited = roster(plan(*shots(10, description="Edited."), episode="ep_002"), other, main="solo")
        check_show_keys(edited, other, [self.LONG])


def test_keys_are_numbered_in_story_order_the_first_time() -> None:
    called = roster(plan(*pairs("ABC")))
    assert batches(called) == {
        "BATCH_001": ("A1", "A2"),
        "BATCH_002": ("B1", "B2"),
        "BATCH_003": ("C1", "C2"),
    }
    assert (called.episode, called.grouping, called.retired) == ("ep_001", "continuity", {})
    assert called.plan_digest == plan(*pairs("ABC")).digest


def test_the_same_plan_again_changes_nothing() -> None:
    first = roster(plan(*pairs("ABC")))
    again = roster(plan(*pairs("ABC")), first)
    assert again == first
    assert again.digest == first.digest


def test_inserting_a_batch_in_the_middle_changes_no_other_batchs_scene() -> None:
    first = roster(plan(*pairs("ABC")))
    longer = roster(plan(*pairs("AXBC")), first)
    assert longer.keys == ("BATCH_001", "BATCH_004", "BATCH_002", "BATCH_003")
    before, after = scenes(first), scenes(longer)
    assert all(after[key].digest == before[key].digest for key in before)
    assert after["BATCH_004"].grouping.ordinal == 4


def test_a_batch_whose_shots_left_the_plan_is_retired_and_its_key_is_not_given_to_another() -> None:
    shorter = roster(plan(*pairs("AC")), roster(plan(*pairs("ABC"))))
    assert shorter.retired == {"BATCH_002": ("B1", "B2")}
    assert shorter.group("BATCH_002") is None
    grown = roster(plan(*pairs("AXC")), shorter)
    assert batches(grown)["BATCH_004"] == ("X1", "X2")
    assert grown.retired == {"BATCH_002": ("B1", "B2")}


def test_a_retired_key_comes_alive_again_with_its_shots() -> None:
    shorter = roster(plan(*pairs("AC")), roster(plan(*pairs("ABC"))))
    back = roster(plan(*pairs("ABC")), shorter)
    assert back == roster(plan(*pairs("ABC")))


def test_batches_that_change_places_keep_their_keys() -> None:
    turned = roster(plan(*pairs("CBA")), roster(plan(*pairs("ABC"))))
    assert turned.keys == ("BATCH_003", "BATCH_002", "BATCH_001")


def test_a_batch_that_gains_or_loses_a_shot_keeps_its_key() -> None:
    first = roster(plan(*pairs("AB")))
    gained = roster(plan(*pairs("A"), shot("A3", place="LOC_A"), *pairs("B")), first)
    assert batches(gained) == {"BATCH_001": ("A1", "A2", "A3"), "BATCH_002": ("B1", "B2")}
    assert batches(roster(plan(*pairs("AB")[1:]), gained)) == {
        "BATCH_001": ("A2",),
        "BATCH_002": ("B1", "B2"),
    }


def test_of_a_split_batch_the_larger_half_keeps_the_key() -> None:
    three = [shot(f"A{number}", place="LOC_A") for number in (1, 2, 3)]
    first = roster(plan(*three))
    split = [three[0].model_copy(update={"location_id": "LOC_B"}), *three[1:]]
    assert batches(roster(plan(*split), first)) == {"BATCH_002": ("A1",), "BATCH_001": ("A2", "A3")}


def test_another_grouping_of_the_same_shots_keeps_the_keys_of_what_is_most_alike() -> None:
    first = roster(plan(*pairs("AB")))
    alone = roster(plan(*pairs("AB")), first, main="solo")
    assert batches(alone) == {
        "BATCH_001": ("A1",),
        "BATCH_003": ("A2",),
        "BATCH_002": ("B1",),
        "BATCH_004": ("B2",),
    }
    assert batches(roster(plan(*pairs("AB")), alone)) == batches(first)


@pytest.mark.parametrize(
    ("groups", "known", "kept"),
    [
        ([("A",)], {"K1": ("B",)}, {}),
        ([("A",), ("A",)], {"K1": ("A",)}, {0: "K1"}),
        ([("A",)], {"K1": ("A",), "K2": ("A",)}, {0: "K1"}),
        ([("A",)], {"K1": ("A", "B"), "K2": ("A",)}, {0: "K2"}),
        ([("A", "B")], {"K1": ("A",), "K2": ("A", "B", "C")}, {0: "K2"}),
        ([("A",), ("A", "B")], {"K1": ("A", "B")}, {1: "K1"}),
        ([()], {"K1": ()}, {}),
    ],
)
def test_a_key_goes_to_the_group_with_most_shots_in_common_then_most_alike_then_by_age(
    groups: list[tuple[str, ...]], known: dict[str, tuple[str, ...]], kept: dict[int, str]
) -> None:
    assert match_by_overlap(groups, known) == kept


def test_coverage_stands_beside_the_main_grouping_as_an_alternate() -> None:
    called = roster(plan(*pairs("AB")), coverage_passes=(coverage("PASS_7", "A1", "A2"),))
    assert called.keys == ("BATCH_001", "BATCH_002", "COV_01")
    assert called.main_keys == ("BATCH_001", "BATCH_002")
    assert called.group("COV_01") is not None
    assert [entry.is_coverage for entry in called.batches] == [False, False, True]


def test_selecting_coverage_changes_no_main_batchs_scene() -> None:
    first = roster(plan(*pairs("AB")))
    beside = roster(plan(*pairs("AB")), first, coverage_passes=(coverage("PASS_7", "A1", "A2"),))
    assert {key: body.digest for key, body in scenes(beside).items() if key in first.keys} == {
        key: body.digest for key, body in scenes(first).items()
    }


def test_where_coverage_is_the_main_grouping_the_cut_is_made_of_it() -> None:
    called = roster(plan(*pairs("AB")), main="coverage", coverage_passes=(coverage("PASS_7", "A1", "B1"),))
    assert called.keys == called.main_keys == ("COV_01",)


def test_a_numbered_pass_keeps_its_number_whatever_its_key() -> None:
    called = roster(plan(*pairs("AB")), coverage_passes=(coverage("PASS_7", "A1"), coverage("SIDE_B", "B1")))
    assert {entry.batch: entry.group.identity.ordinal for entry in called.batches if entry.is_coverage} == {
        "COV_01": 7,
        "COV_02": 2,
    }


class TestPassesOverTheSameShots:
    A, B, UNNUMBERED = (
        coverage("A_PASS_1", "A1", "A2"),
        coverage("B_PASS_2", "A1", "A2"),
        coverage("SIDE_C", "B1"),
    )
    OF = plan(*pairs("AB"))
    BOTH: ClassVar[dict[str, str]] = {"A_PASS_1": "COV_01", "B_PASS_2": "COV_02"}

    def test_a_deselected_pass_leaves_the_others_key_alone(self) -> None:
        both = roster(self.OF, coverage_passes=(self.A, self.B))
        assert both.keys_by_pass() == self.BOTH
        one = roster(self.OF, both, coverage_passes=(self.B,))
        assert one.keys[-1:] == ("COV_02",)
        assert one.retired == {"COV_01": ("A1", "A2")}
        assert scenes(one)["COV_02"].digest == scenes(both)["COV_02"].digest
        assert roster(self.OF, one, coverage_passes=(self.A, self.B)).keys_by_pass() == self.BOTH

    def test_the_order_of_selection_does_not_matter_again(self) -> None:
        both = roster(self.OF, coverage_passes=(self.A, self.B))
        turned = roster(self.OF, both, coverage_passes=(self.B, self.A))
        assert turned.keys_by_pass() == self.BOTH
        assert {key: body.digest for key, body in scenes(turned).items()} == {
            key: body.digest for key, body in scenes(both).items()
        }

    def test_selecting_another_pass_before_it_does_not_renumber_an_unnumbered_one(self) -> None:
        alone = roster(self.OF, coverage_passes=(self.UNNUMBERED,))
        after = roster(self.OF, alone, coverage_passes=(self.A, self.UNNUMBERED))
        assert after.keys_by_pass()["SIDE_C"] == "COV_01"
        assert scenes(after)["COV_01"].digest == scenes(alone)["COV_01"].digest

    def test_of_two_passes_that_were_deselected_each_gets_its_own_key_back(self) -> None:
        both = roster(self.OF, coverage_passes=(self.A, self.B))
        neither = roster(self.OF, both)
        assert neither.keys == ("BATCH_001", "BATCH_002")
        assert neither.keys_by_pass() == self.BOTH
        back = roster(self.OF, neither, coverage_passes=(self.B,))
        assert back.keys == ("BATCH_001", "BATCH_002", "COV_02")
        assert scenes(back)["COV_02"].digest == scenes(both)["COV_02"].digest
        assert roster(self.OF, back, coverage_passes=(self.A, self.B)) == both

    def test_a_pass_that_comes_back_over_other_shots_has_its_own_key_still(self) -> None:
        first = roster(self.OF, coverage_passes=(self.A, self.UNNUMBERED))
        neither = roster(self.OF, first)
        moved = roster(self.OF, neither, coverage_passes=(coverage("A_PASS_1", "B1", "B2"),))
        assert moved.keys[-1] == "COV_01"

    def test_a_new_pass_never_takes_the_key_of_one_that_was_deselected(self) -> None:
        first = roster(self.OF, coverage_passes=(self.A,))
        other = roster(self.OF, first, coverage_passes=(coverage("A2_PASS_1", "A1", "A2"),))
        assert other.keys_by_pass() == {"A_PASS_1": "COV_01", "A2_PASS_1": "COV_02"}
        assert other.retired == {"COV_01": ("A1", "A2")}

    def test_keys_are_kept_by_pass_where_coverage_becomes_the_main_grouping(self) -> None:
        beside = roster(self.OF, coverage_passes=(self.A, self.B))
        main = roster(self.OF, beside, main="coverage", coverage_passes=(self.B,))
        assert main.keys == ("COV_02",)
        assert roster(self.OF, main, coverage_passes=(self.A, self.B)) == beside

    def test_a_roster_read_back_still_knows_whose_its_retired_keys_are(self) -> None:
        neither = roster(self.OF, roster(self.OF, coverage_passes=(self.A, self.B)))
        read_back = Roster.model_validate_json(neither.model_dump_json())
        assert read_back == neither
        assert roster(self.OF, read_back, coverage_passes=(self.B,)).keys[-1] == "COV_02"


def test_a_rosters_digest_follows_the_plan_and_the_choices() -> None:
    first = roster(plan(*pairs("AB")))
    assert roster(plan(*pairs("AC")), first).digest != first.digest
    assert roster(plan(*pairs("AB")), first, wildcard="No umbrellas.").digest != first.digest
    assert roster(plan(*pairs("AB")), first, main="oner").digest != first.digest


class EditedEpisode(RuleBasedStateMachine):
    """A plan edited again and again: what holds for its keys, whatever the edits were."""

    @initialize(places=st.lists(st.sampled_from(PLACES), min_size=1, max_size=8))
    def first_plan(self, places: list[str]) -> None:
        self.made = 0
        self.listed: list[Shot] = []
        for place in places:
            self._add(len(self.listed), place)
        self.roster: Roster | None = None
        self.ever: set[str] = set()
        self._derive()

    def _add(self, at: int, place: str) -> None:
        self.made += 1
        self.listed.insert(at, shot(f"SH{self.made:04d}", place=f"LOC_{place}"))

    def _derive(self, main: str = "continuity") -> None:
        before = self.roster
        self.roster = roster(plan(*self.listed), before, main=main)
        live = set(self.roster.keys)
        self.fresh = live - self.ever
        if before is not None:
            self._nothing_unchanged_lost_its_key(before)
        assert not self.fresh or not self.ever or min(self.fresh) > max(self.ever)
        self.ever |= live

    def _nothing_unchanged_lost_its_key(self, before: Roster) -> None:
        assert self.roster is not None
        now = {shots: key for key, shots in batches(self.roster).items()}
        assert all(now[shots] == key for key, shots in batches(before).items() if shots in now)

    @rule(at=st.integers(0, 20), place=st.sampled_from(PLACES))
    def insert(self, at: int, place: str) -> None:
        if len(self.listed) < 12 and len(self.ever) < 60:
            self._add(at % (len(self.listed) + 1), place)
            self._derive()

    @rule(at=st.integers(0, 20))
    def remove(self, at: int) -> None:
        if len(self.listed) > 1:
            del self.listed[at % len(self.listed)]
            self._derive()

    @rule(at=st.integers(0, 20), to=st.integers(0, 20))
    def move(self, at: int, to: int) -> None:
        moved = self.listed.pop(at % len(self.listed))
        self.listed.insert(to % (len(self.listed) + 1), moved)
        self._derive()

    @rule(at=st.integers(0, 20), place=st.sampled_from(PLACES))
    def relocate(self, at: int, place: str) -> None:
        index = at % len(self.listed)
        self.listed[index] = self.listed[index].model_copy(update={"location_id": f"LOC_{place}"})
        self._derive()

    @rule(main=st.sampled_from(["continuity", "oner", "solo"]))
    def regroup(self, main: str) -> None:
        if len(self.ever) < 60:
            self._derive(main)

    @invariant()
    def every_key_ever_given_is_live_or_retired_and_never_both(self) -> None:
        if self.roster is not None:
            assert len(set(self.roster.keys)) == len(self.roster.keys)
            assert not set(self.roster.keys) & set(self.roster.retired)
            assert set(self.roster.keys) | set(self.roster.retired) == self.ever

    @invariant()
    def every_shot_has_exactly_one_batch_in_story_order(self) -> None:
        if self.roster is not None:
            told = [shot_id for entry in self.roster.batches for shot_id in entry.group.identity.shot_ids]
            assert told == [shot.shot_id for shot in self.listed]


def test_keys_are_never_renumbered_reused_or_deleted_however_a_plan_is_edited() -> None:
    run_state_machine_as_test(EditedEpisode, settings=settings(max_examples=25, stateful_step_count=12))
