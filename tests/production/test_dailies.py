"""Dailies: every primary in story order, nothing missing, stale takes labelled."""

import pytest

from recoil_assets.domain.cut import Cut
from recoil_assets.domain.errors import BlockedError, UsageError
from recoil_assets.production.dailies import assemble_cut, lacking_of, make_dailies
from recoil_assets.production.derivation import view_derivation
from recoil_assets.production.stages import SCENE_VERSIONS, TAKES
from recoil_assets.production.takes import is_generated
from tests.support.project import plan
from tests.support.show import STAGES, Show, cell, settings

from .conftest import MakeShow


@pytest.fixture
def three(make_show: MakeShow) -> Show:
    return make_show(plan("ep_001", batches=3, shots_each=1))


def recorded(show: Show) -> dict[str, str]:
    return {item.batch: record[TAKES] for item, record in show.records.items() if TAKES in record}


def cut(show: Show, takes: dict[str, str] | None = None) -> Cut:
    with show.studio() as studio:
        return assemble_cut(studio, "ep_001", recorded(show) if takes is None else takes)


def blocked_cut(show: Show, takes: dict[str, str] | None = None) -> BlockedError:
    with pytest.raises(BlockedError) as blocked:
        cut(show, takes)
    return blocked.value


def test_an_episode_that_was_never_taken_in_has_no_dailies(three: Show) -> None:
    with three.studio() as studio, pytest.raises(UsageError, match="materialise plans for ep_009"):
        assemble_cut(studio, "ep_009", {})


def test_dailies_are_blocked_while_takes_are_missing_and_list_every_such_batch(three: Show) -> None:
    three.make(cells=[cell(2)])
    blocked = blocked_cut(three)
    assert blocked.reason == "takes_missing"
    assert "BATCH_001, BATCH_003" in blocked.message
    assert "BATCH_002" not in blocked.message


def test_the_cut_has_every_primary_in_story_order(three: Show) -> None:
    three.make()
    made = cut(three)
    assert [clip.batch for clip in made.clips] == ["BATCH_001", "BATCH_002", "BATCH_003"]
    assert [clip.stale for clip in made.clips] == [False] * 3
    assert made.cost_usd == three.balance().spent
    with three.studio() as studio:
        for clip in made.clips:
            assert studio.media.digest(clip.media_path) == clip.media_sha256
        files = make_dailies(studio, made)
    assert files.complete
    assert three.desk.cuts == [made]


def test_story_order_is_the_plans_and_not_the_keys(three: Show) -> None:
    three.make()
    document = plan("ep_001", batches=3, shots_each=1)
    document["shots"].reverse()
    three.rewrite_plan(document)
    assert three.make().finished(*three.records)
    assert [clip.batch for clip in cut(three).clips] == ["BATCH_003", "BATCH_002", "BATCH_001"]
    assert len(three.lab.submitted) == 3, "another order of batches renders nothing"


def test_the_same_takes_are_the_same_cut(three: Show) -> None:
    three.make()
    first = cut(three).digest
    three.make()
    assert cut(three).digest == first


def test_a_stale_take_is_in_the_cut_and_is_labelled_stale(three: Show) -> None:
    three.make()
    first = cut(three)
    document = plan("ep_001", batches=3, shots_each=1)
    document["shots"][1]["characters"] = []
    three.rewrite_plan(document)
    three.make(stages=STAGES[:-1])
    assert [clip.stale for clip in cut(three).clips] == [False] * 3, "a candidate is not the active version"
    with three.studio() as studio:
        studio.scenes.conform(cell(2), 2, expected=1)
    stale = cut(three)
    assert [clip.stale for clip in stale.clips] == [False, True, False]
    assert stale.digest != first.digest
    three.make()
    assert [clip.stale for clip in cut(three).clips] == [False] * 3


def test_a_cut_of_stale_takes_or_of_another_plan_says_what_it_lacks(three: Show) -> None:
    def lacking() -> str:
        with three.studio() as studio:
            return lacking_of(cut(three), view_derivation(studio, "ep_001").pending)

    three.make()
    assert lacking() == ""
    document = plan("ep_001", batches=3, shots_each=1)
    document["shots"][1]["description"] = "another action"
    three.rewrite_plan(document)
    three.make(stages=[SCENE_VERSIONS])
    assert "BATCH_002 is at v1, v2 waits" in lacking()
    with three.studio() as studio:
        studio.scenes.conform(cell(2), 2, expected=1)
    assert "stale: 1 of 3 clips (BATCH_002)" in lacking()
    three.make()
    assert lacking() == ""


def test_a_change_of_style_makes_every_take_stale_until_it_is_made_again(three: Show) -> None:
    three.make()
    three.change_settings(settings(choices={"style": "noir"}))
    assert [clip.stale for clip in cut(three).clips] == [True] * 3
    three.make()
    assert [clip.stale for clip in cut(three).clips] == [False] * 3


def test_takes_that_are_not_what_was_recorded_are_not_cut(three: Show) -> None:
    three.make()
    takes = {**recorded(three), "BATCH_002": "another take"}
    blocked = blocked_cut(three, takes)
    assert blocked.reason == "upstream_changed"
    assert "BATCH_002" in blocked.message


def test_a_primary_without_its_media_is_not_cut(three: Show) -> None:
    three.make()
    (attempt,) = three.attempts(cell(2))
    (three.root / attempt.intent.media_path).unlink()
    blocked = blocked_cut(three)
    assert blocked.reason == "takes_missing"
    assert "has no playable primary" in blocked.message


def test_a_take_made_with_choices_of_its_run_is_not_stale(three: Show) -> None:
    three.make(choices={"style": "noir"})
    assert [clip.stale for clip in cut(three).clips] == [False] * 3


def test_a_take_is_stale_when_its_requests_were_built_again_without_the_choices_of_its_run(
    three: Show,
) -> None:
    three.make(choices={"style": "noir"})
    three.make(stages=STAGES[:-1], cells=[cell(2)])
    assert [clip.stale for clip in cut(three).clips] == [False, True, False]
    assert three.make(choices={"style": "noir"}).finished(*three.records)
    assert [clip.stale for clip in cut(three).clips] == [False] * 3
    assert len(three.lab.submitted) == 3


def test_a_take_made_with_choices_of_its_run_is_stale_when_the_show_changes(three: Show) -> None:
    three.make(choices={"style": "noir"})
    three.change_settings(settings(choices={"resolution": "480p"}))
    assert [clip.stale for clip in cut(three).clips] == [True] * 3


def test_a_take_made_with_choices_of_its_run_counts_as_generated(quoted: Show) -> None:
    """Else the sensor would have every approved cell rendered again, and paid for again."""
    quoted.make(choices={"style": "noir"})
    with quoted.studio() as studio:
        assert is_generated(studio, cell(1))


def test_a_file_that_is_not_what_its_take_fetched_is_not_shown(three: Show) -> None:
    three.make()
    (attempt,) = three.attempts(cell(2))
    path = three.root / attempt.intent.media_path
    data = path.read_bytes()
    path.write_bytes(b"X" * len(data))
    blocked = blocked_cut(three)
    assert blocked.reason == "media_altered"
    assert attempt.intent.media_path in blocked.message
    assert "backup" in blocked.cure
    path.write_bytes(data)
    assert len(cut(three).clips) == 3


def test_an_episode_without_a_batch_to_cut_says_so(three: Show) -> None:
    with three.studio() as studio:
        roster = studio.rosters.get("ep_001")
        assert roster is not None
        studio.rosters.put(roster.model_copy(update={"batches": ()}))
    assert blocked_cut(three).reason == "nothing_to_cut"
