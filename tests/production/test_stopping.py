"""A stop: nothing new is sent, what was sent is settled or left to be resumed, nothing is held for the rest."""

from decimal import Decimal

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.domain.ledger import Balance
from recoil_assets.production.ports import NotSentError
from recoil_assets.production.stages import DISPATCH_PAYLOADS, TAKES
from tests.support.project import plan
from tests.support.show import Show, cell, settings
from tests.support.watched import Watch

from .conftest import MakeShow
from .labs import RefusingLab, SlowLab

NOTHING = Balance(spent=Decimal(0), reserved=Decimal(0))


def test_after_a_stop_nothing_is_sent_and_nothing_is_held(show: Show) -> None:
    ended = show.make(stopped=lambda: True)
    for item in (cell(1), cell(2)):
        assert ended.blocked(item).reason == "stopped"
        assert "dispatch_payloads" in ended.versions(item), "what costs nothing goes on"
    assert show.lab.submitted == []
    assert show.balance() == NOTHING
    assert show.make().finished(cell(1), cell(2))


def test_a_stop_in_the_last_moment_before_the_post_is_heard(quoted: Show) -> None:
    seen: list[str] = []
    quoted.refit = Watch(look=seen.append).refit
    blocked = quoted.make(stages=[TAKES], stopped=lambda: "ledger.reserve" in seen).blocked(cell(1))
    assert blocked.reason == "stopped"
    assert quoted.lab.submitted == []
    assert quoted.balance() == NOTHING


def test_what_was_sent_before_the_stop_is_settled_and_the_rest_is_not_sent(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=4, shots_each=1), text=settings(choices={"concurrency": 1}))
    ended = show.make(stopped=lambda: bool(show.lab.submitted))
    (sent,) = [item for item in show.records if ended.finished(item)]
    assert len(show.lab.submitted) == 1
    assert show.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))
    assert [ended.blocked(item).reason for item in show.records if item != sent] == ["stopped"] * 3


def test_a_job_that_still_runs_at_the_stop_is_left_and_resumed_without_another_post(quoted: Show) -> None:
    quoted.lab = slow = SlowLab()
    unsettled = quoted.make(stages=[TAKES], stopped=lambda: bool(slow.submitted)).unsettled(cell(1))
    assert "take 1 is submitted with $0.30 held" in unsettled.message
    assert [attempt.state for attempt in quoted.attempts(cell(1))] == [AttemptState.SUBMITTED]
    slow.finish.set()
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert len(slow.submitted) == 1
    assert quoted.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))


def test_a_failed_job_is_not_tried_again_after_a_stop(quoted: Show) -> None:
    quoted.lab.fail_first = 99
    quoted.make(stages=[TAKES], stopped=lambda: bool(quoted.lab.submitted)).blocked(cell(1))
    assert len(quoted.lab.submitted) == 1
    assert quoted.balance() == NOTHING


def test_a_stop_while_the_provider_asks_to_wait_ends_the_wait_and_sends_nothing(quoted: Show) -> None:
    """Five minutes' wait would outlast this test: the stop has to end it."""
    stop: list[bool] = []
    quoted.lab = lab = RefusingLab([NotSentError("429", retry_after_s=300)], then=lambda: stop.append(True))
    blocked = quoted.make(stages=[TAKES], stopped=lambda: bool(stop)).blocked(cell(1))
    assert blocked.reason == "stopped"
    assert lab.posts == 1
    assert lab.submitted == []
    assert quoted.balance() == NOTHING
    assert [attempt.was_sent for attempt in quoted.attempts(cell(1))] == [False]


def test_a_run_that_only_settles_records_a_take_that_was_made_with_choices_of_its_run(quoted: Show) -> None:
    lab = quoted.lab = SlowLab()
    stopped = quoted.make(
        stages=[DISPATCH_PAYLOADS, TAKES], choices={"seed": 7}, stopped=lambda: bool(lab.submitted)
    )
    stopped.unsettled(cell(1))
    lab.finish.set()
    assert quoted.make(stages=[TAKES], resume_only=True).finished(cell(1))
    assert len(lab.submitted) == 1
