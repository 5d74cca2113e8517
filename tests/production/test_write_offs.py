"""What nobody found out about in time: charged at its estimate, for accounting's sake, and no beat opens by it."""

from decimal import Decimal

import pytest

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.domain.ledger import Balance, Evidence
from recoil_assets.production.bookkeeping import reconcile
from recoil_assets.production.stages import TAKES
from resources.opening import open_studio
from tests.support.later_clock import later
from tests.support.show import Show, cell, settings

SPENT = Balance(spent=Decimal("0.30"), reserved=Decimal(0))
HELD = Balance(spent=Decimal(0), reserved=Decimal("0.30"))


@pytest.mark.parametrize("hours", [-100.0, 0.0, 71.9])
def test_what_is_unknown_stays_held_until_its_time_also_where_the_clock_goes_back(
    unknown: Show, hours: float
) -> None:
    unknown.refit = later(hours)
    unknown.make(stages=[TAKES]).unsettled(cell(1))
    assert unknown.balance() == HELD


def test_what_is_unknown_for_too_long_is_written_off_and_its_beat_stays_closed(unknown: Show) -> None:
    unknown.refit = later(72.1)
    for _ in range(2):
        unknown.make(stages=[TAKES]).unsettled(cell(1))
    assert unknown.balance() == SPENT
    assert len(unknown.lab.submitted) == 1
    (attempt,) = unknown.attempts(cell(1))
    assert attempt.state is AttemptState.UNKNOWN
    with unknown.studio() as studio:
        assert studio.ledger.entries()[-1].evidence is Evidence.WRITTEN_OFF
    assert [event["event"] for event in unknown.events()].count("attempt_written_off") == 1


def test_a_write_off_counts_against_the_caps(unknown: Show) -> None:
    unknown.change_settings(settings(caps={"day_usd": "0.30"}))
    unknown.refit = later(72.1)
    unknown.make(stages=[TAKES])
    with unknown.studio() as studio:
        booked = studio.ledger.entries()[0]
        assert studio.ledger.balance(day=booked.day).spent == Decimal("0.30"), "the day it was sent on"


def test_the_hours_are_the_projects_own(unknown: Show) -> None:
    unknown.change_settings("write_off_after_h = 1\n" + settings())
    unknown.refit = later(1.1)
    unknown.make(stages=[TAKES])
    assert unknown.balance() == SPENT


@pytest.mark.parametrize("hours", ["0", "-1", "nan", "inf", "9000"])
def test_hours_that_are_none_are_refused(unknown: Show, hours: str) -> None:
    unknown.change_settings(f"write_off_after_h = {hours}\n" + settings())
    with pytest.raises(Exception, match="write_off_after_h"), open_studio(unknown.root):
        pass


def test_a_write_off_that_a_lost_ledger_forgot_is_held_again_and_written_off_again(unknown: Show) -> None:
    unknown.refit = later(72.1)
    unknown.make(stages=[TAKES])
    unknown.close()
    (unknown.root / "ledger.duckdb").unlink()
    with unknown.studio() as studio:
        reconcile(studio)
        reconcile(studio)
    assert unknown.balance() == SPENT
