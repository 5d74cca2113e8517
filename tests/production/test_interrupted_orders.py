"""A take that was ordered to become the primary becomes it, also where its run ended between the two."""

import pytest

from recoil_assets.production.beat_takes import read_decisions, take_marks
from recoil_assets.production.cell_work import Reroll
from recoil_assets.production.outcome import Displaced
from recoil_assets.production.stages import TAKES
from recoil_assets.production.take_review import TakeAction, TakeSaid, review_take
from tests.support.show import EPISODE, STAGES, Show, cell, settings
from tests.support.watched import PowerCutError, Watch

FIRST = cell(1)
BEAT = "SH0001"
ORDER = Reroll(beat=BEAT, make_primary=True)


def cut(show: Show, step: str, order: Reroll = ORDER) -> None:
    """The power goes before ``step`` of the ordered take."""
    show.refit = Watch(cut_at=step).refit
    with pytest.raises(PowerCutError):
        show.make(stages=[TAKES], reroll=order)
    show.refit = lambda studio: studio


def primary(show: Show) -> int:
    with show.studio() as studio:
        take = read_decisions(studio, EPISODE, show.beat(FIRST)).takes.primary
        return take.intent.number if take else 0


def say(show: Show, action: TakeAction, take: int = 0) -> None:
    with show.studio() as studio:
        review_take(studio, EPISODE, BEAT, TakeSaid(action=action, reviewer="pat", take=take))


@pytest.fixture
def made(quoted: Show) -> Show:
    assert quoted.make(stages=[TAKES]).finished(FIRST)
    return quoted


@pytest.fixture
def interrupted(made: Show) -> Show:
    """Take 2 is paid for and booked, and its run ended before it became the primary."""
    cut(made, "primaries.choose")
    assert [attempt.succeeded for attempt in made.attempts(FIRST)] == [True, True]
    assert primary(made) == 1
    return made


def test_the_next_run_of_the_cell_makes_it_the_primary_and_sends_nothing(interrupted: Show) -> None:
    before = interrupted.records[FIRST][TAKES]
    assert interrupted.make(stages=[TAKES]).finished(FIRST)
    assert primary(interrupted) == 2
    assert interrupted.records[FIRST][TAKES] != before
    assert len(interrupted.lab.submitted) == 2


def test_a_run_that_nobody_asked_for_does_so_too(interrupted: Show) -> None:
    assert interrupted.make(stages=[TAKES], resume_only=True).finished(FIRST)
    assert primary(interrupted) == 2


def test_the_same_order_given_again_takes_it_up_and_pays_for_no_other(interrupted: Show) -> None:
    assert interrupted.make(stages=[TAKES], reroll=ORDER).finished(FIRST)
    assert (primary(interrupted), len(interrupted.lab.submitted)) == (2, 2)
    assert interrupted.make(stages=[TAKES], reroll=ORDER).finished(FIRST)
    assert (primary(interrupted), len(interrupted.lab.submitted)) == (3, 3), "that is an order of its own"


def test_until_then_it_is_told_apart_in_every_list(interrupted: Show) -> None:
    with interrupted.studio() as studio:
        decisions = read_decisions(studio, EPISODE, interrupted.beat(FIRST))
    marks = [take_marks(decisions, attempt) for attempt in decisions.takes.attempts]
    assert [(mark["primary"], mark["ordered"]) for mark in marks] == [("primary", ""), ("", "to be primary")]


@pytest.mark.parametrize("step", ["journal.record completed", "media.publish", "journal.record settled"])
def test_a_take_that_others_fetched_becomes_the_primary_where_that_was_ordered(made: Show, step: str) -> None:
    cut(made, step)
    made.make(cells=[], stages=[])
    assert made.attempts(FIRST)[-1].succeeded
    assert made.make(stages=[TAKES]).finished(FIRST)
    assert (primary(made), len(made.lab.submitted)) == (2, 2)


def test_a_take_that_was_not_ordered_as_primary_does_not_become_it(made: Show) -> None:
    cut(made, "journal.record settled", Reroll(beat=BEAT))
    assert made.make(stages=[TAKES]).finished(FIRST)
    assert primary(made) == 1


def test_an_approval_since_the_order_makes_it_void(interrupted: Show) -> None:
    say(interrupted, TakeAction.APPROVE, 1)
    assert interrupted.make(stages=[TAKES]).finished(FIRST)
    assert primary(interrupted) == 1


def test_an_order_that_an_approval_made_void_stays_void_when_that_is_taken_back(interrupted: Show) -> None:
    say(interrupted, TakeAction.APPROVE, 1)
    say(interrupted, TakeAction.UNAPPROVE, 1)
    with interrupted.studio() as studio:
        decisions = read_decisions(studio, EPISODE, interrupted.beat(FIRST))
    assert [take_marks(decisions, attempt)["ordered"] for attempt in decisions.takes.attempts] == ["", ""]
    assert interrupted.make(stages=[TAKES]).finished(FIRST)
    assert (primary(interrupted), len(interrupted.lab.submitted)) == (1, 2)


def test_an_order_that_is_given_when_an_approval_was_taken_back_holds(made: Show) -> None:
    say(made, TakeAction.APPROVE, 1)
    say(made, TakeAction.UNAPPROVE, 1)
    cut(made, "primaries.choose")
    assert made.make(stages=[TAKES]).finished(FIRST)
    assert (primary(made), len(made.lab.submitted)) == (2, 2)


def test_a_choice_since_the_order_makes_it_void_and_the_same_run_again_does_not_take_it_back(
    made: Show,
) -> None:
    assert made.make(stages=[TAKES], reroll=ORDER, run="one order").finished(FIRST)
    assert primary(made) == 2
    say(made, TakeAction.PRIMARY, 1)
    assert made.make(stages=[TAKES], reroll=ORDER, run="one order").finished(FIRST)
    assert (primary(made), len(made.lab.submitted)) == (1, 2)


def test_a_take_of_a_request_that_changed_since_does_not_become_the_primary(interrupted: Show) -> None:
    interrupted.change_settings(settings(choices={"style": "noir"}))
    assert interrupted.make(stages=STAGES).finished(FIRST)
    assert primary(interrupted) == 3, "a take of the present request was rendered"


def test_where_another_primary_can_not_be_recorded_the_old_record_is_displaced(made: Show) -> None:
    """Lost media was released: the cut has a take that the cell no longer has."""
    (take,) = made.attempts(FIRST)
    (made.root / take.intent.media_path).unlink()
    say(made, TakeAction.RELEASE)
    before = made.records[FIRST][TAKES]
    ended = made.make(stages=[TAKES], resume_only=True)
    displaced = [item for item in ended.of(FIRST) if isinstance(item, Displaced)]
    assert [item.facts["primaries"].rows[0]["primary"] for item in displaced] == ["none"]  # type: ignore[union-attr]
    assert made.records[FIRST][TAKES] != before
    again = made.make(stages=[TAKES], resume_only=True)
    assert not any(isinstance(item, Displaced) for item in again.of(FIRST)), "it is said once"


def test_a_cell_that_waits_with_the_primaries_it_had_displaces_nothing(made: Show) -> None:
    made.change_settings(settings(choices={"style": "noir"}))
    ended = made.make(resume_only=True)
    assert ended.blocked(FIRST).reason == "resume_only"
    assert not any(isinstance(item, Displaced) for item in ended.of(FIRST))
