"""What each answer of a provider means for the account, without files or waiting."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.providers.account_rules import (
    MOST_PAUSE_S,
    OUTAGES,
    PROBE_AFTER_S,
    AccountState,
    Asking,
    Limits,
)

T0 = 1_800_000_000.0
SUBMITS = OUTAGES[Asking.SUBMIT].failures


def failed(times: int, asking: Asking = Asking.SUBMIT, *, every_s: float = 0.0) -> AccountState:
    state = AccountState()
    for number in range(times):
        state = state.failed(asking, T0 + number * every_s, "503")
    return state


def test_an_account_nothing_is_known_of_is_open() -> None:
    assert AccountState().closed(T0) == ""


def test_failed_submits_in_a_row_close_it_with_a_reason_and_since_when() -> None:
    assert failed(SUBMITS - 1).closed(T0) == ""
    why = failed(SUBMITS, every_s=1).closed(T0 + 3)
    assert "out of service since 2027-01-15 08:00:00Z" in why
    assert "3 failures, the last: 503" in why
    assert "tried again at 2027-01-15 08:00:32Z" in why


def test_one_answer_between_failures_starts_the_count_anew() -> None:
    state = failed(SUBMITS - 1).answered(Asking.SUBMIT).failed(Asking.SUBMIT, T0, "503")
    assert state.closed(T0) == ""


def test_many_polls_that_fail_at_one_blip_are_no_outage_and_those_that_go_on_failing_are() -> None:
    assert failed(50, Asking.POLL).closed(T0) == ""
    assert failed(6, Asking.POLL, every_s=2).closed(T0 + 10) != ""


def test_polls_that_are_answered_do_not_hide_submits_that_fail() -> None:
    state = failed(SUBMITS - 1).answered(Asking.POLL).failed(Asking.SUBMIT, T0, "503")
    assert state.closed(T0) != ""
    assert failed(6, Asking.POLL, every_s=2).answered(Asking.POLL).closed(T0 + 10) == ""


def test_after_a_while_one_may_find_out_and_what_it_finds_counts() -> None:
    state = failed(SUBMITS)
    later = T0 + PROBE_AFTER_S
    assert state.closed(later - 1) != ""
    assert not state.probing(later - 1)
    assert state.closed(later) == ""
    assert state.probing(later)
    assert state.failed(Asking.SUBMIT, later, "503").closed(later + 1) != ""
    assert not state.answered(Asking.SUBMIT).probing(later)


def test_a_refused_account_stays_closed_whatever_is_answered_later() -> None:
    state = AccountState().refused_by(T0, "401 no such key").answered(Asking.SUBMIT)
    why = state.closed(T0 + 1e7)
    assert why == "it refuses the account since 2027-01-15 08:00:00Z: 401 no such key"
    assert state.refused_by(T0 + 5, "403 another").closed(T0) == why, "the first word is the one to act on"


def test_a_pause_holds_for_as_long_as_it_was_asked_for_and_no_longer_than_is_borne() -> None:
    assert AccountState().paused(T0, 7).wait_s(T0 + 2) == 5
    assert AccountState().paused(T0, None).wait_s(T0) > 0
    assert AccountState().paused(T0, 1e9).wait_s(T0) == MOST_PAUSE_S
    assert AccountState().paused(T0, 60).paused(T0 + 1, 2).wait_s(T0 + 1) == 59, "the longer one stands"


@pytest.mark.parametrize("ahead_s", [3600.0, 1e9])
def test_a_clock_that_was_set_back_makes_nobody_wait_longer(ahead_s: float) -> None:
    past = T0 - ahead_s
    limits = Limits(concurrency=1, per_minute=60, burst=1)
    assert AccountState().paused(T0, 60).wait_s(past) <= MOST_PAUSE_S
    assert AccountState().paused(T0, 60).paused(past, 1).wait_s(past) <= 1
    assert failed(SUBMITS).closed(past) == "", "one may find out at once"
    empty, _ = AccountState().took(T0, limits)
    assert empty.took(past, limits)[1] <= 1


@given(st.lists(st.floats(min_value=0, max_value=30), min_size=1, max_size=60))
def test_never_more_requests_than_burst_and_rate_allow(gaps: list[float]) -> None:
    limits = Limits(concurrency=1, per_minute=60, burst=3)
    state, now, granted = AccountState(), T0, []
    for gap in gaps:
        now += gap
        state, wait_s = state.took(now, limits)
        if wait_s == 0:
            granted.append(now)
        else:
            assert state.took(now + wait_s + 1e-3, limits)[1] == 0, "it says how long to wait, truly"
    for index, first in enumerate(granted):
        for last in range(index, len(granted)):
            allowed = limits.burst + (granted[last] - first) * limits.per_minute / 60
            assert last - index + 1 <= allowed + 1e-2


def test_a_pause_goes_before_the_rate() -> None:
    state, wait_s = AccountState().paused(T0, 30).took(T0, Limits(concurrency=1))
    assert wait_s == 30
    assert state == AccountState().paused(T0, 30), "nothing was taken"
    assert replace(state, paused_until=0).took(T0, Limits(concurrency=1))[1] == 0
