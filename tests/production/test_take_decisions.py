"""Deciding about takes: what is approved is not rendered again unnamed, and the primary is where people put it."""

from collections.abc import Callable

import pytest

from recoil_assets.domain.errors import BlockedError, ProviderError, UsageError
from recoil_assets.production.beat_takes import read_decisions
from recoil_assets.production.cell_work import Reroll
from recoil_assets.production.dailies import assemble_cut
from recoil_assets.production.outcome import Table
from recoil_assets.production.stages import DISPATCH_PAYLOADS, REFERENCES, TAKES
from recoil_assets.production.studio import InProgressElsewhereError
from recoil_assets.production.take_review import Reviewed, TakeAction, TakeSaid, review_take
from recoil_assets.production.takes import recorded_takes
from tests.support.project import plan
from tests.support.show import EPISODE, Show, cell, settings

MakeShow = Callable[..., Show]
FIRST = cell(1)
BEAT = "SH0001"


@pytest.fixture
def made(quoted: Show) -> Show:
    """One beat with its take."""
    assert quoted.make(stages=[TAKES]).finished(FIRST)
    return quoted


@pytest.fixture
def two(made: Show) -> Show:
    """One beat with two takes of the same request; the first is the primary."""
    made.make(stages=[TAKES], reroll=Reroll(beat=BEAT))
    return made


def say(show: Show, action: TakeAction, take: int = 0, **said: object) -> Reviewed:
    with show.studio() as studio:
        return review_take(
            studio, EPISODE, BEAT, TakeSaid(**{"action": action, "reviewer": "pat", "take": take, **said})
        )


def standing(show: Show) -> str:
    with show.studio() as studio:
        return read_decisions(studio, EPISODE, show.beat(FIRST)).standing


def restyle(show: Show) -> None:
    show.change_settings(settings(choices={"style": "noir"}))


def test_a_decision_needs_a_name_a_beat_and_a_take(made: Show) -> None:
    with pytest.raises(UsageError, match="needs a name"):
        say(made, TakeAction.APPROVE, reviewer=" ")
    with pytest.raises(UsageError, match="has no take 7"):
        say(made, TakeAction.APPROVE, 7)
    with made.studio() as studio, pytest.raises(UsageError, match="no beat 'SH9'"):
        review_take(studio, EPISODE, "SH9", TakeSaid(action=TakeAction.APPROVE, reviewer="pat"))


def test_an_approval_that_names_other_media_than_is_there_is_refused(made: Show) -> None:
    with pytest.raises(BlockedError, match="not what was looked at") as refused:
        say(made, TakeAction.APPROVE, seen_sha256="0" * 64)
    assert refused.value.reason == "take_changed"


def test_nothing_is_decided_about_a_beat_that_a_run_owns(made: Show) -> None:
    with (
        made.studio() as studio,
        studio.locks.beat(EPISODE, made.beat(FIRST).shot_set),
        pytest.raises(InProgressElsewhereError),
    ):
        review_take(studio, EPISODE, BEAT, TakeSaid(action=TakeAction.APPROVE, reviewer="pat"))


def test_a_stale_approved_beat_is_reported_and_not_rendered(made: Show) -> None:
    say(made, TakeAction.APPROVE)
    restyle(made)
    blocked = made.make().blocked(FIRST)
    assert (blocked.stage, blocked.reason) == (TAKES, "approved_take_stale")
    assert len(made.lab.submitted) == 1
    say(made, TakeAction.UNAPPROVE)
    assert made.make().finished(FIRST)
    assert len(made.lab.submitted) == 2


def test_a_late_result_does_not_take_the_place_of_an_approved_take(made: Show) -> None:
    """A take of the new request was made before the old one was approved: it is not adopted."""
    restyle(made)
    assert made.make().finished(FIRST)
    made.change_settings(settings())
    assert made.make().finished(FIRST), "the old request is back, and its take is adopted"
    say(made, TakeAction.APPROVE, 1)
    restyle(made)
    assert made.make().blocked(FIRST).reason == "approved_take_stale"
    assert len(made.lab.submitted) == 2


def test_an_approved_beat_whose_request_is_back_is_done(made: Show) -> None:
    say(made, TakeAction.APPROVE)
    restyle(made)
    made.make().blocked(FIRST)
    made.change_settings(settings())
    assert made.make().finished(FIRST)
    assert len(made.lab.submitted) == 1


def test_lost_media_of_an_approved_take_is_not_paid_for_again_as_another_take(made: Show) -> None:
    say(made, TakeAction.APPROVE)
    (made.root / made.attempts(FIRST)[0].intent.media_path).unlink()
    made.lab.fetch_error = ProviderError("404")
    blocked = made.make(stages=[TAKES], recover=[FIRST]).blocked(FIRST)
    assert blocked.reason == "media_missing"
    assert "unapprove" in blocked.cure
    assert len(made.lab.submitted) == 1


def test_the_latest_and_the_latest_approved_are_told_apart_on_the_cell_and_in_the_cut(two: Show) -> None:
    assert standing(two) == "latest t002, none approved"
    say(two, TakeAction.APPROVE, 1)
    assert standing(two) == "latest t002 not approved, latest approved t001"
    (made,) = two.make(stages=[TAKES]).of(FIRST)
    table = made.facts["takes"]  # type: ignore[union-attr]
    assert isinstance(table, Table)
    assert table.rows[0]["stands"] == "latest t002 not approved, latest approved t001"
    with two.studio() as studio:
        (clip,) = assemble_cut(studio, EPISODE, {"BATCH_001": two.records[FIRST][TAKES]}).clips
    assert clip.slate == "SH0001 t001 APPROVED (latest t002)"


def test_approving_a_newer_take_makes_it_the_primary_where_none_was_approved(two: Show) -> None:
    assert say(two, TakeAction.APPROVE, 2).primary_moved
    say(two, TakeAction.APPROVE, 1)
    with two.studio() as studio:
        primary = read_decisions(studio, EPISODE, two.beat(FIRST)).takes.primary
    assert primary is not None
    assert primary.intent.number == 2
    assert two.make(stages=[TAKES], reroll=Reroll(beat=BEAT)).finished(FIRST)
    with pytest.raises(BlockedError, match="stays its primary"):
        say(two, TakeAction.PRIMARY, 3)


def test_what_somebody_chose_is_what_takes_record(two: Show) -> None:
    say(two, TakeAction.PRIMARY, 2)
    with two.studio() as studio:
        now = recorded_takes(studio, FIRST, two.records[FIRST])
    assert now is not None
    assert now.data_version != two.records[FIRST][TAKES]
    assert two.make(stages=[TAKES]).versions(FIRST)[TAKES] == now.data_version
    assert len(two.lab.submitted) == 2


def test_a_take_of_another_request_is_not_made_the_primary(made: Show) -> None:
    restyle(made)
    assert made.make().finished(FIRST)
    for action in (TakeAction.PRIMARY, TakeAction.APPROVE):
        with pytest.raises(BlockedError) as refused:
            say(made, action, 1)
        assert refused.value.reason == "take_stale"
    with made.studio() as studio:
        assert studio.take_decisions.history(EPISODE, made.beat(FIRST).shot_set) == ()


def test_a_stale_primary_can_be_approved_as_it_is(made: Show) -> None:
    restyle(made)
    made.make(stages=[REFERENCES, DISPATCH_PAYLOADS])
    say(made, TakeAction.APPROVE, 1)
    assert made.make(stages=[TAKES]).blocked(FIRST).reason == "approved_take_stale"
    with made.studio() as studio:
        assert recorded_takes(studio, FIRST, made.records[FIRST]) is None


def test_a_take_that_did_not_succeed_is_not_approved(made: Show) -> None:
    made.lab.fail_first = 2
    made.make(stages=[TAKES], reroll=Reroll(beat=BEAT)).failed(FIRST)
    with pytest.raises(BlockedError, match="it was not to be"):
        say(made, TakeAction.APPROVE, 2)


def test_only_a_stale_or_lost_primary_is_released(made: Show) -> None:
    with pytest.raises(BlockedError) as refused:
        say(made, TakeAction.RELEASE)
    assert refused.value.reason == "primary_usable"
    say(made, TakeAction.APPROVE)
    restyle(made)
    with pytest.raises(BlockedError, match="approved and stays its primary"):
        say(made, TakeAction.RELEASE)


def test_decisions_are_in_the_operations_log(made: Show) -> None:
    say(made, TakeAction.APPROVE, note="lovely")
    (event,) = [item for item in made.events() if item["event"] == "take_approved"]
    assert (event["beat_id"], event["reviewer"], event["note"]) == (BEAT, "pat", "lovely")
    assert event["standing"] == "latest t001, approved"


def test_an_approved_beat_stops_no_other_beat_of_its_cell(make_show: MakeShow) -> None:
    text = settings(choices={"threshold_shots": 3})
    show = make_show(plan("ep_001", batches=1, shots_each=2), text=text)
    assert show.make().finished(FIRST)
    say(show, TakeAction.APPROVE)
    show.change_settings(settings(choices={"threshold_shots": 3, "style": "noir"}))
    assert show.make().blocked(FIRST).reason == "approved_take_stale"
    assert [request.shots[0].shot_id for _, request in show.lab.submitted[2:]] == ["SH0002"]
