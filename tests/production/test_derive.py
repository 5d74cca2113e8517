"""Deriving: v1, the version that is there, or a candidate; and taking plans in before it."""

import pytest

from recoil_assets.domain.errors import InvalidPlanError, UsageError
from recoil_assets.production.outcome import Materialised
from recoil_assets.production.plan_intake import take_in_plan
from recoil_assets.production.scenes import planned_version
from recoil_assets.production.stages import SCENE_VERSIONS
from tests.support.project import plan, write_plan
from tests.support.show import Show, cell

from .conftest import MakeShow


def derived(show: Show) -> Materialised:
    outcome = show.make(stages=[SCENE_VERSIONS]).of(cell(1))[-1]
    assert isinstance(outcome, Materialised)
    return outcome


def changed(**changes: object) -> dict[str, object]:
    document = plan("ep_001", batches=2, shots_each=1)
    document["shots"][0] |= changes
    return document


def test_a_cell_is_derived_once_and_then_found(show: Show) -> None:
    first = derived(show)
    assert first.facts["active_version"].startswith("v1 (")
    assert first.awaits == ""
    again = derived(show)
    assert again.data_version == first.data_version == show.body(cell(1)).digest


def test_a_changed_plan_stages_a_candidate_and_the_data_version_stays_the_active_one(show: Show) -> None:
    first = derived(show)
    show.rewrite_plan(changed(description="something else"))
    staged = derived(show)
    assert staged.data_version == first.data_version
    assert staged.facts["candidate"] == "v2"
    assert "recoil scene conform ep_001 BATCH_001" in staged.awaits
    assert derived(show).facts["candidate"] == "v2", "the same plan stages no second candidate"


def test_a_conform_makes_the_candidate_the_data_version(show: Show) -> None:
    first = derived(show)
    show.rewrite_plan(changed(description="something else"))
    derived(show)
    with show.studio() as studio:
        studio.scenes.conform(cell(1), 2, expected=1)
    conformed = derived(show)
    assert conformed.data_version == show.body(cell(1)).digest != first.data_version
    assert conformed.awaits == ""


def test_a_plan_that_is_restored_leaves_its_candidate_and_awaits_nobody(show: Show) -> None:
    derived(show)
    show.rewrite_plan(changed(description="something else"))
    derived(show)
    show.rewrite_plan(changed())
    assert derived(show).awaits == ""


def test_a_plan_that_comes_back_to_an_older_version_awaits_that_one(show: Show) -> None:
    first = derived(show)
    show.rewrite_plan(changed(description="something else"))
    derived(show)
    with show.studio() as studio:
        studio.scenes.conform(cell(1), 2, expected=1)
    show.rewrite_plan(changed())
    back = derived(show)
    assert "staged as v1" in back.awaits
    with show.studio() as studio:
        manifest = studio.scenes.manifest(cell(1))
        assert manifest is not None
        assert len(manifest.versions) == 2
        wanted = planned_version(studio, cell(1), manifest)
        studio.scenes.conform(cell(1), wanted.number, expected=2)
    assert (derived(show).awaits, derived(show).data_version) == ("", first.data_version)


def test_a_batch_that_the_plan_lost_has_no_version_that_it_asks_for(show: Show) -> None:
    derived(show)
    show.rewrite_plan(plan("ep_001", batches=1, shots_each=1, first=2))
    with show.studio() as studio:
        manifest = studio.scenes.manifest(cell(1))
        assert manifest is not None
        with pytest.raises(UsageError, match="has no batch BATCH_001 now"):
            planned_version(studio, cell(1), manifest)


def test_a_plan_that_was_not_derived_yet_asks_for_no_version(show: Show) -> None:
    derived(show)
    show.rewrite_plan(changed(description="something else"))
    with show.studio() as studio:
        manifest = studio.scenes.manifest(cell(1))
        assert manifest is not None
        with pytest.raises(UsageError, match="is no version yet"):
            planned_version(studio, cell(1), manifest)


def test_an_invalid_plan_is_refused_as_a_whole_and_the_batches_stay(show: Show) -> None:
    with show.studio() as studio:
        before = studio.rosters.get("ep_001")
        write_plan(show.root, {"episode": "ep_001", "shots": [{"shot_id": "SH0001"}, {}]})
        with pytest.raises(InvalidPlanError) as refused:
            take_in_plan(studio, "ep_001")
        assert studio.rosters.get("ep_001") == before
    assert len(refused.value.problems) > 1


def test_a_plan_that_is_taken_in_again_writes_nothing(show: Show) -> None:
    roster = show.root / "state" / "rosters" / "ep_001.json"
    before = (roster.stat().st_mtime_ns, roster.stat().st_ino, show.events())
    show.take_in()
    assert (roster.stat().st_mtime_ns, roster.stat().st_ino, show.events()) == before


def test_a_plan_edited_after_it_was_taken_in_changes_nothing_until_it_is_taken_in(
    make_show: MakeShow,
) -> None:
    show = make_show()
    first = derived(show)
    write_plan(show.root, changed(description="not taken in"))
    assert derived(show).data_version == first.data_version
    assert derived(show).awaits == ""
