from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoil_assets.domain.attempt import TRANSITIONS, Attempt, AttemptState, StateRecord

from .samples import AT, attempt

INTENT, SENDING, REFUSED, SUBMITTED, COMPLETED, FAILED, DOWNLOADED, UNKNOWN, ABANDONED, SETTLED = AttemptState
UNSENT = {INTENT, REFUSED, ABANDONED}
SUCCESS = (SENDING, SUBMITTED, COMPLETED, DOWNLOADED, SETTLED)


def reachable(start: AttemptState) -> set[AttemptState]:
    found, waiting = {start}, [start]
    while waiting:
        for state in TRANSITIONS[waiting.pop()] - found:
            found.add(state)
            waiting.append(state)
    return found


@st.composite
def histories(draw: st.DrawFn) -> tuple[AttemptState, ...]:
    """A way through the table from ``intent``, ended anywhere."""
    taken: list[AttemptState] = []
    for _ in range(draw(st.integers(0, 9))):
        made = attempt(*taken)
        following = sorted(state for state in AttemptState if made.may_become(state))
        if not following:
            break
        taken.append(draw(st.sampled_from(following)))
    return tuple(taken)


def test_the_table_of_transitions_is_closed() -> None:
    assert set(TRANSITIONS) == set(AttemptState)
    assert set().union(*TRANSITIONS.values()) <= set(AttemptState)
    assert all(state not in following for state, following in TRANSITIONS.items())


def test_every_state_can_be_reached_from_intent_and_nothing_leads_back_to_it() -> None:
    assert reachable(INTENT) == set(AttemptState)
    assert not any(INTENT in following for following in TRANSITIONS.values())


def test_only_settled_is_final_and_every_state_can_still_get_there() -> None:
    assert [state for state, following in TRANSITIONS.items() if not following] == [SETTLED]
    assert all(SETTLED in reachable(state) for state in AttemptState)


@pytest.mark.parametrize(
    ("state", "then"),
    [
        (INTENT, SUBMITTED),
        (SENDING, INTENT),
        (SENDING, ABANDONED),
        (SENDING, SENDING),
        (SENDING, SETTLED),
        (SUBMITTED, SENDING),
        (SUBMITTED, REFUSED),
        (SUBMITTED, UNKNOWN),
        (SUBMITTED, SETTLED),
        (COMPLETED, SENDING),
        (COMPLETED, SETTLED),
        (FAILED, SENDING),
        (UNKNOWN, SENDING),
        (UNKNOWN, REFUSED),
        (UNKNOWN, ABANDONED),
        (ABANDONED, SENDING),
        (DOWNLOADED, FAILED),
        (SETTLED, SENDING),
    ],
)
def test_no_way_leads_from_what_may_have_been_sent_to_sending_again(
    state: AttemptState, then: AttemptState
) -> None:
    assert then not in TRANSITIONS[state]


def test_only_what_was_never_sent_may_be_sent_or_given_up() -> None:
    for then in (SENDING, ABANDONED):
        assert {state for state in AttemptState if then in TRANSITIONS[state]} == {INTENT, REFUSED}


def test_the_whole_way_of_a_success_is_possible() -> None:
    assert all(attempt(*SUCCESS[:count]).may_become(then) for count, then in enumerate(SUCCESS))


def test_an_unknown_send_may_turn_out_to_be_submitted_and_a_failed_job_never_again() -> None:
    uncertain = attempt(SENDING, UNKNOWN)
    perhaps_billed = attempt(SENDING, UNKNOWN, SUBMITTED, FAILED, UNKNOWN)
    assert {state for state in AttemptState if uncertain.may_become(state)} == {SUBMITTED, SETTLED}
    assert {state for state in AttemptState if perhaps_billed.may_become(state)} == {SETTLED}


@given(histories())
def test_only_sends_refusals_and_doubts_happen_more_than_once(history: tuple[AttemptState, ...]) -> None:
    for state in set(AttemptState) - {SENDING, REFUSED, UNKNOWN}:
        assert history.count(state) <= 1
    assert history.count(UNKNOWN) <= 2


@given(histories())
def test_an_attempt_was_sent_unless_its_every_send_was_refused(history: tuple[AttemptState, ...]) -> None:
    made = attempt(*history)
    assert made.was_sent == (history.count(SENDING) > history.count(REFUSED))
    assert made.sends == history.count(SENDING)
    if made.state in UNSENT:
        assert not made.was_sent
    if made.state in {SENDING, SUBMITTED, COMPLETED, FAILED, DOWNLOADED, UNKNOWN}:
        assert made.was_sent


@given(histories())
def test_an_attempt_is_open_until_it_is_settled(history: tuple[AttemptState, ...]) -> None:
    assert attempt(*history).is_open == (SETTLED not in history)


@given(histories())
def test_an_attempt_succeeded_only_where_its_media_arrived_and_its_money_is_booked(
    history: tuple[AttemptState, ...],
) -> None:
    assert attempt(*history).succeeded == (DOWNLOADED in history and SETTLED in history)


@given(histories())
def test_a_settled_attempt_without_media_always_has_an_error_text(history: tuple[AttemptState, ...]) -> None:
    made = attempt(*history)
    if made.state is SETTLED and not made.succeeded:
        assert made.error


def test_an_attempts_error_is_the_latest_that_was_recorded() -> None:
    facts = {REFUSED: {"error": "HTTP 429"}, FAILED: {"error": "the content filter refused it"}}
    failed = attempt(SENDING, REFUSED, SENDING, SUBMITTED, FAILED, facts=facts)
    assert failed.error == "the content filter refused it"
    settled = attempt(SENDING, SUBMITTED, FAILED, SETTLED, facts={FAILED: {"error": "out of memory"}})
    assert settled.error == "out of memory"


def test_an_attempt_that_is_under_way_has_no_error() -> None:
    assert attempt().error == attempt(SENDING, SUBMITTED).error == ""


def test_an_attempt_that_succeeded_after_a_refusal_has_no_error() -> None:
    assert attempt(SENDING, REFUSED, *SUCCESS, facts={REFUSED: {"error": "HTTP 429"}}).error == ""


def test_an_attempt_that_is_sent_again_after_a_refusal_has_no_error_yet() -> None:
    facts = {REFUSED: {"error": "HTTP 429"}}
    assert attempt(SENDING, REFUSED, facts=facts).error == "HTTP 429"
    assert attempt(SENDING, REFUSED, SENDING, facts=facts).error == ""


def test_a_doubt_about_a_send_that_its_request_id_ended_is_no_error() -> None:
    facts = {UNKNOWN: {"error": "ReadTimeout"}}
    assert attempt(SENDING, UNKNOWN, facts=facts).error == "ReadTimeout"
    assert attempt(SENDING, UNKNOWN, *SUCCESS[1:], facts=facts).error == ""


def test_what_was_refused_for_good_says_why() -> None:
    facts = {REFUSED: {"error": "HTTP 429"}}
    assert attempt(SENDING, REFUSED, ABANDONED, SETTLED, facts=facts).error == "HTTP 429"


def test_an_attempt_without_records_is_an_intent() -> None:
    made = attempt()
    assert (made.state, made.sends, made.was_sent, made.is_open) == (INTENT, 0, False, True)
    assert made.attempt_id == made.intent.attempt_id


def test_an_attempt_costs_nothing_until_it_is_settled() -> None:
    charged = {SETTLED: {"cost_usd": "0.420000"}}
    assert attempt(SENDING, SUBMITTED, COMPLETED, DOWNLOADED, facts=charged).cost_usd == Decimal(0)
    assert attempt(*SUCCESS, facts=charged).cost_usd == Decimal("0.42")
    assert attempt(ABANDONED, SETTLED).cost_usd == Decimal(0)


def test_of_a_state_reached_twice_the_latest_record_counts() -> None:
    made = attempt(SENDING, REFUSED, SENDING)
    assert made.record(SENDING) is made.records[2]
    assert made.record(DOWNLOADED) is None


def test_a_state_is_recorded_as_of_the_first_send_unless_it_says_otherwise() -> None:
    assert StateRecord(state=SENDING, at=AT).ordinal == 1


def test_an_attempt_read_back_is_the_same_attempt() -> None:
    made = attempt(*SUCCESS, facts={SETTLED: {"cost_usd": "0.42"}})
    assert Attempt.model_validate_json(made.model_dump_json()) == made
