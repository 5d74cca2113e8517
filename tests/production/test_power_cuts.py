"""The power is cut before every durable step; then everything is opened afresh and run again."""

from dataclasses import replace
from decimal import Decimal

import pytest

from recoil_assets.domain.errors import ProviderError
from recoil_assets.domain.ledger import Balance
from recoil_assets.production.outcome import Unsettled
from recoil_assets.production.ports import NotSentError
from recoil_assets.production.stages import SCENE_VERSIONS, TAKES
from tests.support.attempt_lines import INTENT, attempt_path, cut_line
from tests.support.show import Show, cell, settings
from tests.support.watched import PowerCutError, Watch

from .broken_ports import BrokenJournal
from .labs import AnsweringLab, RefusingLab

STEPS_OF_A_TAKE = [
    *("journal.open", "ledger.reserve", "journal.make_room", "journal.record sending", "provider.submit"),
    *("journal.record submitted", "provider.poll", "journal.record completed", "provider.fetch"),
    *("media.publish", "journal.record downloaded", "ledger.charge", "journal.record settled"),
    "primaries.choose",
]
AMBIGUOUS = {"provider.submit", "journal.record submitted"}
"""The one window that is left: ``sending`` is on disk, and no request id."""


def cut(show: Show, step: str, on: int = 1) -> None:
    """Run until the power is cut before the ``on``-th ``step``."""
    watch = Watch(cut_at=step, cut_on=on)
    show.refit = watch.refit
    with pytest.raises(PowerCutError):
        show.make(stages=[TAKES])
    assert watch.dead
    show.refit = lambda studio: studio


def billed(show: Show) -> Decimal:
    """What the provider charged: every job it took and finished."""
    return show.lab.cost * len(show.lab.submitted)


def check_that_nothing_is_lost_or_paid_twice(show: Show) -> None:
    """The rule itself: one POST an attempt, one job a beat, and every dollar booked or honestly held."""
    ended = show.make(stages=[TAKES])
    sent = [attempt_id for attempt_id, _ in show.lab.submitted]
    assert len(sent) == len(set(sent)) <= 1
    unknown = [attempt for attempt in show.attempts(cell(1)) if attempt.state == "unknown"]
    balance = show.balance()
    if unknown:
        assert isinstance(ended.of(cell(1))[-1], Unsettled)
        assert balance == Balance(spent=Decimal(0), reserved=Decimal("0.30"))
    else:
        assert ended.finished(cell(1))
        assert balance == Balance(spent=billed(show), reserved=Decimal(0))
    before = (len(show.lab.submitted), show.records, show.balance())
    show.make(stages=[TAKES])
    assert (len(show.lab.submitted), show.records, show.balance()) == before


@pytest.mark.parametrize("step", STEPS_OF_A_TAKE)
def test_nothing_is_lost_or_paid_twice_when_the_power_is_cut_before(quoted: Show, step: str) -> None:
    cut(quoted, step)
    check_that_nothing_is_lost_or_paid_twice(quoted)
    unknown = [attempt for attempt in quoted.attempts(cell(1)) if attempt.state == "unknown"]
    assert bool(unknown) == (step in AMBIGUOUS), "only where nobody can know"


@pytest.mark.parametrize("step", STEPS_OF_A_TAKE)
def test_nothing_is_lost_or_paid_twice_when_the_ledger_goes_with_the_power(quoted: Show, step: str) -> None:
    cut(quoted, step)
    quoted.close()
    (quoted.root / "ledger.duckdb").unlink(missing_ok=True)
    check_that_nothing_is_lost_or_paid_twice(quoted)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("journal.record submitted", "journal.record unknown"),
        ("provider.fetch", "journal.record downloaded"),
        ("provider.fetch", "primaries.choose"),
        ("ledger.charge", "ledger.charge"),
        ("ledger.charge", "journal.record settled"),
        ("journal.make_room", "ledger.release"),
    ],
)
def test_a_second_cut_while_the_first_is_mended_changes_nothing(
    quoted: Show, first: str, second: str
) -> None:
    cut(quoted, first)
    cut(quoted, second)
    check_that_nothing_is_lost_or_paid_twice(quoted)


@pytest.mark.parametrize(
    "step", ["journal.record refused", "journal.record abandoned", "ledger.release", "journal.record settled"]
)
def test_a_refused_attempt_frees_its_money_whenever_the_power_is_cut(quoted: Show, step: str) -> None:
    quoted.lab = RefusingLab([NotSentError("down")])
    cut(quoted, step)
    ended = quoted.make(stages=[TAKES])
    if step == "journal.record refused":
        assert isinstance(ended.of(cell(1))[-1], Unsettled), "nobody wrote down that it was refused"
        assert quoted.balance() == Balance(spent=Decimal(0), reserved=Decimal("0.30"))
    else:
        assert ended.finished(cell(1))
        assert quoted.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))


@pytest.mark.parametrize(
    "step", ["journal.record failed", "ledger.release", "journal.record settled", "journal.open"]
)
def test_a_failed_job_is_settled_once_whenever_the_power_is_cut(quoted: Show, step: str) -> None:
    quoted.lab.fail_first = 1
    cut(quoted, step, on=2 if step == "journal.open" else 1)
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert len(quoted.lab.submitted) == 2
    assert quoted.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))
    assert [attempt.succeeded for attempt in quoted.attempts(cell(1))] == [False, True]


def test_an_attempt_of_a_cell_nobody_selected_is_resumed_all_the_same(quoted: Show) -> None:
    cut(quoted, "provider.fetch")
    quoted.make(cells=[], stages=[TAKES])
    (attempt,) = quoted.attempts(cell(1))
    assert attempt.succeeded
    assert quoted.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))


def test_a_run_that_only_resumes_settles_what_was_sent_and_sends_nothing_new(quoted: Show) -> None:
    cut(quoted, "provider.poll")
    assert quoted.make(stages=[TAKES], resume_only=True).finished(cell(1))
    other = quoted.copied(quoted.root.parent / "other")
    other.rewrite_plan(PLAN_OF_ANOTHER_SHOT)
    blocked = other.make(resume_only=True, cells=[cell(2)]).blocked(cell(2))
    assert blocked.reason == "resume_only"
    assert other.lab.submitted == []
    other.close()


PLAN_OF_ANOTHER_SHOT = {
    "episode": "ep_001",
    "shots": [
        {"shot_id": "SH0001", "duration_s": 3.0, "location_id": "PLACE_B0"},
        {"shot_id": "SH0009", "duration_s": 3.0, "location_id": "ELSEWHERE"},
    ],
}


def test_a_late_result_of_another_request_is_kept_and_does_not_become_the_primary(quoted: Show) -> None:
    cut(quoted, "provider.poll")
    quoted.change_settings(settings(choices={"style": "noir"}))
    ended = quoted.make()
    assert ended.finished(cell(1))
    late, current = quoted.attempts(cell(1))
    assert (late.succeeded, current.succeeded) == (True, True)
    with quoted.studio() as studio:
        primary = studio.primaries.current("ep_001", late.intent.shot_set)
        assert studio.media.present(late.intent.media_path), "its file was paid for"
    assert primary is not None
    assert primary.attempt_id == current.attempt_id
    assert quoted.balance() == Balance(spent=Decimal("0.50"), reserved=Decimal(0))


def test_a_late_result_of_the_present_request_becomes_the_primary_without_a_second_one(quoted: Show) -> None:
    cut(quoted, "journal.record settled")
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert len(quoted.attempts(cell(1))) == 1


def test_an_attempt_whose_provider_is_gone_waits_and_stops_nobody(quoted: Show) -> None:
    cut(quoted, "provider.poll")
    lab = quoted.lab
    quoted.refit = lambda studio: replace(studio, providers={"animatic": quoted.animatic})
    quoted.make(stages=[TAKES])
    said = [str(event["error"]) for event in quoted.events() if event["event"] == "attempt_not_resumed"]
    assert said
    assert all("which is not set up here" in error for error in said)
    quoted.refit = lambda studio: studio
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert len(lab.submitted) == 1


@pytest.mark.parametrize("fault", [OSError("input/output error"), KeyError("result")])
def test_an_attempt_that_can_not_be_resumed_stops_no_other(show: Show, fault: Exception) -> None:
    show.lab = AnsweringLab(*[ProviderError("502")] * 2)
    show.make().unsettled(cell(1))
    broken, other = sorted(attempt_id for attempt_id, _ in show.lab.submitted)
    show.refit = lambda studio: replace(studio, journal=BrokenJournal(studio.journal, broken, fault))
    assert show.make(stages=[SCENE_VERSIONS]).versions(cell(1)), "the run goes on"
    (said,) = [event for event in show.events() if event["event"] == "attempt_not_resumed"]
    assert (said["attempt_id"], type(fault).__name__ in str(said["error"])) == (broken, True)
    show.refit = lambda studio: studio
    states = {item.attempt_id: item.state for key in show.records for item in show.attempts(key)}
    assert states == {broken: "submitted", other: "settled"}
    assert show.make().finished(cell(1), cell(2))
    assert len(show.lab.submitted) == 2


def test_an_attempt_whose_intent_is_damaged_stops_only_its_own_cell(show: Show) -> None:
    show.lab = AnsweringLab(*[ProviderError("502")] * 2)
    show.make().unsettled(cell(2))
    (damaged,) = show.attempts(cell(1))
    file = attempt_path(show.root, damaged.attempt_id)
    whole = file.read_bytes()
    cut_line(file, INTENT, 1)
    ended = show.make()
    assert ended.finished(cell(2))
    assert "damaged" in ended.failed(cell(1)).message
    file.write_bytes(whole)
    assert show.make().finished(cell(1))
    assert len(show.lab.submitted) == 2


def test_an_unsent_attempt_is_freed_although_its_provider_is_gone(quoted: Show) -> None:
    cut(quoted, "journal.record sending")
    quoted.refit = lambda studio: replace(studio, providers={"animatic": quoted.animatic})
    quoted.make(cells=[])
    assert quoted.balance() == Balance(spent=Decimal(0), reserved=Decimal(0))


def test_a_downloaded_take_is_settled_although_its_provider_is_gone(quoted: Show) -> None:
    cut(quoted, "ledger.charge")
    quoted.refit = lambda studio: replace(studio, providers={"animatic": quoted.animatic})
    quoted.make(cells=[])
    assert quoted.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))
