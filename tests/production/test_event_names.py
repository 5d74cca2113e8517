"""The names of events: those of productions before Recoil, so that what reads their log reads this one."""

from collections.abc import Callable

import pytest

from recoil_assets.domain.errors import PayloadBuildError
from recoil_assets.production.stages import TAKES
from tests.support.project import plan
from tests.support.show import Show, cell, settings

from .conftest import MakeShow
from .test_preparing import UnreadyLab


def take_in(show: Show) -> None:
    show.take_in()


def render(show: Show) -> None:
    assert show.make().finished(cell(1), cell(2))


def use_up(show: Show) -> None:
    show.lab.fail_first = 99
    show.make()


def build_wrongly(show: Show) -> None:
    show.lab = UnreadyLab(PayloadBuildError("no picture wider than 4096"))
    show.make()


def break_a_reference(show: Show) -> None:
    show.make(stages=["scene_versions"])
    (show.root / "refs" / "characters" / "MARA.png").write_bytes(b"no picture")
    show.make()


SCENARIOS: dict[str, Callable[[Show], None]] = {
    "batches_planned": take_in,
    "sequence_started": render,
    "take_dispatched": render,
    "take_completed": render,
    "beat_primary_selected": render,
    "sequence_complete": render,
    "batch_complete": render,
    "beat_exhausted": use_up,
    "take_payload_build_error": build_wrongly,
    "ref_integrity_blocked": break_a_reference,
}
"""Where an event is not listed, what it told of is not: a plan without shots is refused with its problems, a dry
run is a quote, and a take that ended without a reason can not be; those of retries are told in their own tests."""


@pytest.mark.parametrize("event", SCENARIOS)
def test_what_happens_is_logged_by_its_name(show: Show, event: str) -> None:
    SCENARIOS[event](show)
    found = [said for said in show.events() if said["event"] == event]
    assert found
    assert all(said.get("episode") == "ep_001" for said in found)


def test_a_run_with_nothing_to_render_starts_no_sequence(show: Show) -> None:
    render(show)
    before = [event["event"] for event in show.events()].count("sequence_started")
    render(show)
    assert [event["event"] for event in show.events()].count("sequence_started") == before == 2


def test_a_take_that_did_not_succeed_always_says_why(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=1, shots_each=1), text=settings(choices={"max_takes": 2}))
    show.lab.fail_first = 1
    show.make()
    ended = [
        event for event in show.events() if event["event"] == "take_completed" and event["kind"] == "take"
    ]
    assert [(event["status"], bool(event["error"])) for event in ended] == [
        ("failed", True),
        ("succeeded", False),
    ]
    assert TAKES in show.records[cell(1)]
