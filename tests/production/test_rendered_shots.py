"""``rendered_shot_ids``: the shots something was really sent for in a run, however the run ends."""

import pytest

from recoil_assets.production.ports import NotSentError
from tests.support.project import plan
from tests.support.show import Show, cell, settings

from .conftest import MakeShow
from .labs import RefusingLab


def rendered(show: Show) -> list[object]:
    """What every run so far said it rendered."""
    return [event["rendered_shot_ids"] for event in show.events() if event["event"] == "run_ended"]


def test_a_run_says_what_it_rendered_and_the_next_one_that_it_rendered_nothing(show: Show) -> None:
    assert show.make().finished(cell(1), cell(2))
    assert sorted(rendered(show)[-1]) == ["SH0001", "SH0002"]  # type: ignore[call-overload]
    show.make()
    assert rendered(show)[-1] == []


def test_what_a_cap_or_a_stop_kept_from_being_sent_is_not_rendered(make_show: MakeShow) -> None:
    plans = plan("ep_001", batches=3, shots_each=1)
    capped = make_show(plans, text=settings(caps={"project_usd": "0.30"}, choices={"concurrency": 1}))
    capped.make()
    assert len(rendered(capped)[-1]) == len(capped.lab.submitted) == 1  # type: ignore[arg-type]
    stopped = make_show(plans, text=settings(choices={"concurrency": 1}))
    stopped.make(stopped=lambda: bool(stopped.lab.submitted))
    assert len(rendered(stopped)[-1]) == len(stopped.lab.submitted) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [TimeoutError(), KeyError("request_id")])
def test_a_send_nobody_knows_about_counts_as_rendered(quoted: Show, error: Exception) -> None:
    quoted.lab.submit_error = error
    quoted.make().unsettled(cell(1))
    assert rendered(quoted)[-1] == ["SH0001"]


def test_a_failed_take_counts_and_a_refused_send_does_not(quoted: Show) -> None:
    quoted.lab = RefusingLab([NotSentError("down")])
    quoted.make().failed(cell(1))
    assert rendered(quoted)[-1] == []
    quoted.lab.fail_first = 99
    quoted.make().failed(cell(1))
    assert rendered(quoted)[-1] == ["SH0001"]


def test_what_is_only_resumed_was_rendered_by_the_run_before(quoted: Show) -> None:
    quoted.lab.submit_error = None
    stop: list[bool] = []
    quoted.make(stopped=lambda: bool(quoted.lab.submitted or stop))
    before = rendered(quoted)[-1]
    quoted.make()
    assert (before, rendered(quoted)[-1]) == (["SH0001"], [])


def test_boards_are_no_rendered_shots(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=1, shots_each=2), text=settings(gate=True))
    show.make().blocked(cell(1))
    assert show.attempts(cell(1), "board")
    assert rendered(show)[-1] == []
