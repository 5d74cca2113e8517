"""Every way an episode is derived: what is staged, what is generated, and when it counts as cleanly derived."""

import pytest

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.derivation import DerivationRecord
from recoil_assets.domain.errors import UsageError
from recoil_assets.production.derivation import view_derivation
from recoil_assets.production.scenes import conform, revert
from recoil_assets.production.stages import BOARDS, SCENE_VERSIONS, TAKES
from resources.project_store.layout import Layout
from tests.store.test_flat_scenes import flat
from tests.store.test_flat_scenes import put as put_flat_scene
from tests.support.project import plan, shot
from tests.support.show import Ended, Show, cell, settings

from .conftest import MakeShow

COVERAGE = """
[[episodes.ep_001.coverage]]
pass_id = "PASS_1"
camera_side = "A"
"""


def derive(show: Show, *cells: Cell) -> Ended:
    return show.make(stages=[SCENE_VERSIONS], cells=cells or None)


def versions(show: Show, of: Cell) -> tuple[int, list[str]]:
    """The active version's number, and every version's derivation."""
    with show.studio() as studio:
        manifest = studio.scenes.manifest(of)
    assert manifest is not None
    return manifest.active, [version.derivation for version in manifest.versions]


def record(show: Show) -> DerivationRecord | None:
    with show.studio() as studio:
        return studio.derivations.get("ep_001")


def pending(show: Show) -> tuple[str, ...]:
    with show.studio() as studio:
        return view_derivation(studio, "ep_001").pending


def replanned(show: Show, *, batches: int = 2, shots_each: int = 1, **changes: object) -> None:
    document = plan("ep_001", batches=batches, shots_each=shots_each)
    document["shots"][0] |= changes  # type: ignore[index]
    show.rewrite_plan(document)


class TestDerivingAgain:
    def test_the_same_plan_stages_nothing(self, show: Show) -> None:
        for _ in range(3):
            derive(show)
        assert versions(show, cell(1)) == (1, ["derived"])

    def test_chosen_batches_alone_are_derived(self, show: Show) -> None:
        derive(show)
        replanned(show, batches=2, description="something else")
        ended = derive(show, cell(2))
        assert {outcome.cell for outcome in ended.outcomes} == {cell(2)}
        assert versions(show, cell(1)) == (1, ["derived"])
        assert pending(show) == ("BATCH_001 is at v1, the plan's scene is not derived",)

    def test_deriving_alone_dispatches_nothing(self, show: Show) -> None:
        derive(show)
        assert show.lab.submitted == show.animatic.submitted == []

    def test_same_topology_with_other_content_stages_a_candidate_and_dispatches_nothing(
        self, show: Show
    ) -> None:
        derive(show)
        replanned(show, mood="a field nobody renders")
        ended = show.make()
        assert versions(show, cell(1)) == (1, ["derived", "derived"])
        assert ended.blocked(cell(1)).reason == "scene_drifted"
        assert ended.finished(cell(2))

    def test_another_topology_stages_a_candidate_that_waits_for_its_board(self, make_show: MakeShow) -> None:
        show = make_show(plan("ep_001", batches=1, shots_each=2))
        derive(show)
        replanned(show, batches=1, shots_each=3)
        ended = show.make()
        assert versions(show, cell(1)) == (1, ["derived", "not_derived"])
        assert ended.blocked(cell(1)).reason == "scene_drifted"
        assert show.lab.submitted == []

    def test_an_active_version_without_structure_stages_a_candidate_and_dispatches_nothing(
        self, make_show: MakeShow
    ) -> None:
        show = make_show(plan("ep_001", batches=1, shots_each=2))
        put_flat_scene(Layout(show.root), flat(shot=None, batch_shots=None))
        ended = show.make()
        assert versions(show, cell(1)) == (1, ["derived", "not_derived"])
        assert ended.blocked(cell(1)).reason == "scene_drifted"
        assert show.lab.submitted == []

    def test_a_batch_that_is_inserted_in_the_middle_makes_no_other_beat_stale(self, show: Show) -> None:
        first = show.make()
        document = plan("ep_001", batches=2, shots_each=1)
        document["shots"].insert(1, shot(77, cast=["MARA"], place="NEW"))  # type: ignore[attr-defined]
        roster = show.rewrite_plan(document)
        assert roster.keys == ("BATCH_001", "BATCH_003", "BATCH_002")
        second = show.make()
        for number in (1, 2):
            assert second.versions(cell(number)) == first.versions(cell(number))
        assert [intent.split(".")[0] for intent, *_ in show.lab.submitted] == ["ep_001"] * 3


class TestCoverage:
    @pytest.fixture
    def covered(self, make_show: MakeShow) -> Show:
        text = settings(choices={"grouping": "continuity", "coverage_passes": ["PASS_1"]}) + COVERAGE
        return make_show(plan("ep_001", batches=1, shots_each=2), text=text)

    def test_an_identical_refresh_goes_on_to_dispatch(self, covered: Show) -> None:
        pass_cell = Cell("ep_001", "COV_01")
        assert covered.make().finished(pass_cell)
        sent = len(covered.lab.submitted)
        assert covered.make().finished(pass_cell)
        assert versions(covered, pass_cell) == (1, ["derived"])
        assert len(covered.lab.submitted) == sent

    def test_a_changed_refresh_stages_a_candidate_and_dispatches_nothing(self, covered: Show) -> None:
        pass_cell = Cell("ep_001", "COV_01")
        covered.make()
        sent = len(covered.lab.submitted)
        covered.change_settings(
            (covered.root / "recoil.toml").read_text().replace('camera_side = "A"', 'camera_side = "B"')
        )
        covered.take_in()
        told = covered.make(cells=[pass_cell]).of(pass_cell)[0]
        assert "staged as v2" in told.awaits  # type: ignore[union-attr]
        assert versions(covered, pass_cell) == (1, ["derived", "not_derived"])
        assert len(covered.lab.submitted) == sent

    def test_a_pass_that_waits_does_not_keep_the_episode_from_being_cleanly_derived(
        self, covered: Show
    ) -> None:
        derive(covered, cell(1))
        assert pending(covered) == ()


class TestTheDerivationRecord:
    def test_it_is_stamped_when_every_batch_is_derived_even_by_several_runs(self, show: Show) -> None:
        derive(show, cell(1))
        assert record(show) is None
        assert pending(show) == ("BATCH_002 is not derived",)
        derive(show, cell(2))
        stamped = record(show)
        assert stamped is not None
        assert set(stamped.scenes) == {"BATCH_001", "BATCH_002"}

    def test_a_staged_candidate_keeps_the_old_record(self, show: Show) -> None:
        derive(show)
        before = record(show)
        replanned(show, description="something else")
        derive(show)
        assert record(show) == before
        assert pending(show) == ("BATCH_001 is at v1, v2 waits",)

    def test_a_conform_completes_it_and_a_revert_leaves_it_as_it_was_true(self, show: Show) -> None:
        derive(show)
        replanned(show, description="something else")
        derive(show)
        with show.studio() as studio:
            conform(studio, cell(1))
        stamped = record(show)
        assert stamped is not None
        assert pending(show) == ()
        with show.studio() as studio:
            revert(studio, cell(1))
        assert record(show) == stamped
        assert pending(show) == ("BATCH_001 is at v1, v2 waits",)

    def test_a_conformed_version_counts_from_when_its_board_is_drawn(self, make_show: MakeShow) -> None:
        show = make_show(plan("ep_001", batches=1))
        derive(show)
        before = record(show)
        replanned(show, batches=1, shots_each=2, description="something else")
        derive(show)
        with show.studio() as studio:
            conform(studio, cell(1))
        assert pending(show) == ("BATCH_001 is at v2, whose board is not drawn yet",)
        derive(show)
        assert record(show) == before
        show.make(stages=[BOARDS])
        assert pending(show) == ()
        assert record(show) != before

    def test_a_plan_that_only_gained_a_batch_is_not_cleanly_derived_until_it_is(self, show: Show) -> None:
        derive(show)
        replanned(show, batches=3)
        assert pending(show) == ("BATCH_003 is not derived",)
        derive(show)
        assert pending(show) == ()

    def test_deriving_the_same_again_writes_no_new_record(self, show: Show) -> None:
        derive(show)
        before = record(show)
        derive(show)
        assert record(show) == before

    def test_it_tells_which_script_each_shot_was_derived_from(self, make_show: MakeShow) -> None:
        document = plan("ep_001", batches=1, shots_each=1)
        document["shots"][0]["source_text_hash"] = "abc"  # type: ignore[index]
        show = make_show(document)
        derive(show)
        stamped = record(show)
        assert stamped is not None
        assert stamped.script_hashes == {"SH0001": "abc"}


class TestChoosing:
    def test_a_batch_that_left_the_plan_can_not_be_chosen(self, show: Show) -> None:
        derive(show)
        replanned(show, batches=1)
        with show.studio() as studio, pytest.raises(UsageError, match="has no batch BATCH_002"):
            conform(studio, cell(2), 1)

    def test_a_reverted_version_is_generated_from_only_while_the_plan_asks_for_it(self, show: Show) -> None:
        derive(show)
        replanned(show, description="something else")
        derive(show)
        with show.studio() as studio:
            conform(studio, cell(1))
            revert(studio, cell(1))
        assert show.make().blocked(cell(1)).reason == "scene_drifted"
        replanned(show)
        assert show.make().finished(cell(1))

    def test_a_version_that_is_taken_back_has_its_takes_and_nothing_is_sent_for_it(self, show: Show) -> None:
        first = show.make()
        replanned(show, description="something else")
        derive(show)
        with show.studio() as studio:
            conform(studio, cell(1))
            revert(studio, cell(1))
        sent = len(show.lab.submitted)
        again = show.make()
        assert again.versions(cell(1))[TAKES] == first.versions(cell(1))[TAKES]
        assert len(show.lab.submitted) == sent
        told = again.of(cell(1))[0]
        assert "staged as v2" in told.awaits  # type: ignore[union-attr]
