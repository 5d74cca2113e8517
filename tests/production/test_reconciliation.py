"""Our books beside a provider's own: what differs is said, and put right by new entries, once."""

import shutil
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.errors import BlockedError, ProviderError
from recoil_assets.domain.ledger import Balance, EntryKind, Evidence, LedgerEntry, Outcome
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import Billed, Submission
from recoil_assets.production.reconciliation import (
    Comparison,
    Discrepancy,
    Mismatch,
    apply,
    compare_with_record,
    records_of,
)
from recoil_assets.production.stages import TAKES
from tests.support.billing_lab import BillingLab
from tests.support.later_clock import later
from tests.support.show import Show, cell

EVER = {"since": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}


@pytest.fixture
def lab() -> BillingLab:
    return BillingLab()


@pytest.fixture
def billing(quoted: Show, lab: BillingLab) -> Show:
    quoted.lab = lab
    return quoted


@pytest.fixture
def made(billing: Show) -> Show:
    """One take was made, at the $0.25 the reply named, and the bill says so too."""
    assert billing.make(stages=[TAKES]).finished(cell(1))
    return billing


@pytest.fixture
def lost(billing: Show, lab: BillingLab) -> Show:
    """The take was taken and billed; its answer got lost."""
    lab.loses_answer = True
    billing.make(stages=[TAKES]).unsettled(cell(1))
    lab.loses_answer = False
    return billing


def later_than(attempt: Attempt) -> str:
    """A moment after everything that was billed for it so far."""
    moment = datetime.fromisoformat(attempt.records[-1].at) + timedelta(hours=1)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def compared(show: Show, **span: str) -> Comparison:
    with show.studio() as studio:
        records = records_of(studio)["lab"]
        return run_loop(compare_with_record(studio, "lab", records, **{**EVER, **span}))


def found(show: Show) -> list[tuple[Mismatch, Decimal | None, Decimal | None]]:
    return [(item.mismatch, item.ours_usd, item.billed_usd) for item in compared(show).discrepancies]


def put_right(show: Show) -> list[Discrepancy]:
    """Apply everything, twice, and look again."""
    for _ in range(2):
        for item in compared(show).discrepancies:
            with show.studio() as studio:
                apply(studio, item)
    return list(compared(show).discrepancies)


def entries(show: Show) -> list[LedgerEntry]:
    with show.studio() as studio:
        assert studio.ledger.verify() == []
        return studio.ledger.entries()


# Refusals


def test_a_record_that_can_not_be_read_is_said_and_nothing_is_concluded(made: Show, lab: BillingLab) -> None:
    lab.record_error = ProviderError("401 from the billing page")
    with pytest.raises(ProviderError, match="401"):
        compared(made)


def test_a_bill_of_nobody_is_listed_and_never_booked(made: Show, lab: BillingLab) -> None:
    lab.charge("instant-99", Decimal(7))
    before = entries(made)
    (item,) = compared(made).discrepancies
    assert (item.mismatch, item.attempt) == (Mismatch.UNKNOWN_TO_US, None)
    with made.studio() as studio, pytest.raises(BlockedError, match="no attempt of ours"):
        apply(studio, item)
    assert entries(made) == before


def test_a_bill_that_names_an_attempt_we_never_made_is_nobodys(made: Show, lab: BillingLab) -> None:
    lab.charge("instant-99", Decimal(7), "ep_001.take.abc.0009")
    assert found(made) == [(Mismatch.UNKNOWN_TO_US, None, Decimal(7))]


def test_a_bill_of_another_show_at_the_same_account_is_nobodys(
    made: Show, lab: BillingLab, tmp_path: Path
) -> None:
    """Both shows have an ep_001 with the same shots, and so attempts of the same id."""
    other = made.copied(tmp_path / "other")
    with other.studio() as studio:
        name = made.attempts(cell(1))[0].intent.media_path
        studio.media.path(name).unlink()
    shutil.rmtree(other.root / "state" / "attempts")
    shutil.rmtree(other.root / "state" / "media_claims", ignore_errors=True)
    (other.root / "ledger.duckdb").unlink()
    other.lab = lab
    assert other.make(stages=[TAKES]).finished(cell(1))
    (ours,), (theirs,) = made.attempts(cell(1)), other.attempts(cell(1))
    other.close()
    assert ours.attempt_id == theirs.attempt_id
    assert found(made) == [(Mismatch.UNKNOWN_TO_US, None, Decimal("0.25"))]


def test_a_bill_that_is_missing_is_not_zero(made: Show, lab: BillingLab) -> None:
    lab.record.clear()
    before = entries(made)
    assert found(made) == [(Mismatch.NOT_BILLED_YET, Decimal("0.25"), None)]
    (item,) = compared(made).discrepancies
    with made.studio() as studio, pytest.raises(BlockedError, match="not billed yet"):
        apply(studio, item)
    assert entries(made) == before


def test_an_attempt_of_another_time_is_not_missed_in_a_bill(made: Show, lab: BillingLab) -> None:
    lab.record.clear()
    assert compared(made, until="2001-01-01T00:00:00Z").discrepancies == ()


def test_a_part_of_a_bill_is_not_taken_for_the_whole(made: Show, lab: BillingLab) -> None:
    """The attempt was billed before the first day that is looked at, and a little more after it."""
    since = later_than(made.attempts(cell(1))[0])
    lab.charge("instant-1", Decimal("0.05"), at=since)
    comparison = compared(made, since=since)
    assert (comparison.agreed, comparison.discrepancies) == (0, ())
    assert found(made) == [(Mismatch.DIFFERS, Decimal("0.25"), Decimal("0.30"))]


def test_more_money_back_than_was_ever_paid_is_a_persons_affair(made: Show, lab: BillingLab) -> None:
    lab.charge("instant-1", Decimal(-1))
    (item,) = compared(made).discrepancies
    with made.studio() as studio, pytest.raises(BlockedError):
        apply(studio, item)
    assert made.balance().spent == Decimal("0.25")


def test_a_job_in_flight_settles_itself(billing: Show, lab: BillingLab) -> None:
    async def never(*_: object) -> object:
        raise ProviderError("503")

    lab.poll = never
    billing.make(stages=[TAKES]).unsettled(cell(1))
    assert found(billing) == []


def test_while_a_run_owns_the_beat_nothing_of_it_is_put_right(lost: Show) -> None:
    (item,) = compared(lost).discrepancies
    shot_set = lost.beat(cell(1)).shot_set
    with (
        lost.studio() as studio,
        studio.locks.beat("ep_001", shot_set),
        pytest.raises(BlockedError) as refused,
    ):
        apply(studio, item)
    assert refused.value.reason == "in_progress_elsewhere"
    assert lost.attempts(cell(1))[0].state is AttemptState.UNKNOWN


# What agrees, and what is put right


def test_what_was_billed_as_it_was_booked_agrees(made: Show) -> None:
    assert compared(made) == Comparison("lab", 1, ())


@pytest.mark.parametrize("more", ["0.05", "-0.05"])
def test_an_amount_that_differs_is_corrected_once_by_a_new_entry(
    made: Show, lab: BillingLab, more: str
) -> None:
    lab.charge("instant-1", Decimal(more))
    billed = Decimal("0.25") + Decimal(more)
    assert found(made) == [(Mismatch.DIFFERS, Decimal("0.25"), billed)]
    before = entries(made)
    assert put_right(made) == []
    assert entries(made)[: len(before)] == before
    (correction,) = entries(made)[len(before) :]
    assert (correction.kind, correction.amount_usd) == (EntryKind.CORRECTION, Decimal(more))
    assert (correction.outcome, correction.evidence) == (Outcome.SUCCEEDED, Evidence.BILLED)
    assert correction.note == "billed as instant-1"


def test_comparing_writes_nothing(lost: Show, lab: BillingLab) -> None:
    lab.charge("instant-99", Decimal(7))
    before, attempts = entries(lost), lost.attempts(cell(1))
    compared(lost)
    assert (entries(lost), lost.attempts(cell(1))) == (before, attempts)


def test_a_job_that_was_released_and_billed_after_all_is_spent(billing: Show, lab: BillingLab) -> None:
    lab.fail_first, lab.failure_billed = 99, Billed.NO

    async def failed(submission: Submission, request: object) -> object:
        handles = {"number": submission.request_id.removeprefix("instant-")}
        return await super(BillingLab, lab).poll(Submission(submission.request_id, handles), request)

    lab.poll = failed
    billing.make(stages=[TAKES])
    assert billing.balance().spent == 0
    attempts = len(billing.attempts(cell(1)))
    assert [item[:1] for item in found(billing)] == [(Mismatch.DIFFERS,)] * attempts
    assert put_right(billing) == []
    assert billing.balance() == Balance(spent=Decimal("0.25") * attempts, reserved=Decimal(0))
    assert entries(billing)[-1].outcome is Outcome.FAILED_BUT_BILLED


def test_a_job_that_was_billed_twice_is_booked_at_both(made: Show, lab: BillingLab) -> None:
    (attempt,) = made.attempts(cell(1))
    lab.charge("instant-2", Decimal("0.25"), attempt.intent.job_name)
    assert found(made) == [(Mismatch.DIFFERS, Decimal("0.25"), Decimal("0.50"))]
    assert put_right(made) == []
    assert made.balance().spent == Decimal("0.50")


@pytest.mark.parametrize("hours", [0.0, 72.1])
def test_a_bill_that_names_an_unknown_attempt_turns_it_into_one_charge_and_its_result_is_fetched(
    lost: Show, lab: BillingLab, hours: float
) -> None:
    """Held, or written off already."""
    lost.refit = later(hours)
    lost.make(stages=[TAKES]).unsettled(cell(1))
    (item,) = compared(lost).discrepancies
    assert (item.mismatch, item.billed_usd) == (Mismatch.EXPLAINED, Decimal("0.25"))
    assert put_right(lost) == []
    (attempt,) = lost.attempts(cell(1))
    submitted = attempt.records[-1]
    assert (submitted.state, submitted.facts["request_id"]) == (AttemptState.SUBMITTED, "instant-1")
    assert submitted.facts["resolved_by"] == "the record of lab"
    assert lost.make(stages=[TAKES]).finished(cell(1))
    assert (len(lab.submitted), lab.fetched) == (1, ["instant-1"])
    assert lost.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))
    assert compared(lost) == Comparison("lab", 1, ())


def test_a_job_that_failed_and_was_perhaps_billed_is_settled_by_its_bill(
    billing: Show, lab: BillingLab
) -> None:
    lab.fail_first, lab.failure_billed = 99, Billed.UNKNOWN

    async def failed(submission: Submission, request: object) -> object:
        handles = {"number": submission.request_id.removeprefix("instant-")}
        return await super(BillingLab, lab).poll(Submission(submission.request_id, handles), request)

    lab.poll = failed
    billing.make(stages=[TAKES]).unsettled(cell(1))
    assert billing.balance().reserved == Decimal("0.30")
    assert put_right(billing) == []
    assert billing.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))
    assert entries(billing)[-1].evidence is Evidence.BILLED


def test_a_bill_that_names_nobody_is_a_candidate_where_model_and_time_agree(
    billing: Show, lab: BillingLab
) -> None:
    lab.echoes, lab.loses_answer = False, True
    billing.make(stages=[TAKES]).unsettled(cell(1))
    (item,) = compared(billing).discrepancies
    assert (item.mismatch, item.request_ids) == (Mismatch.CANDIDATE, ("instant-1",))
    with billing.studio() as studio, pytest.raises(BlockedError, match="may be it"):
        apply(studio, item)
    assert billing.attempts(cell(1))[0].state is AttemptState.UNKNOWN


@pytest.mark.parametrize("at", ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])
def test_a_bill_of_another_time_is_no_candidate(billing: Show, lab: BillingLab, at: str) -> None:
    lab.echoes, lab.loses_answer = False, True
    billing.make(stages=[TAKES]).unsettled(cell(1))
    lab.record.clear()
    lab.charge("instant-1", Decimal("0.25"), at=at)
    assert [item[0] for item in found(billing)] == [Mismatch.UNKNOWN_TO_US]


def test_a_provider_without_a_record_is_not_among_those_that_have_one(made: Show) -> None:
    with made.studio() as studio:
        assert set(records_of(studio)) == {"lab"}
        assert set(studio.providers) == {"animatic", "lab"}


def test_a_bill_that_may_go_on_after_the_days_looked_at_is_not_held_against_its_attempt(
    made: Show, lab: BillingLab
) -> None:
    """The job ended after the last day: what is billed of it so far is no bill, and none so far is not missing."""
    (attempt,) = made.attempts(cell(1))
    sending, completed = (attempt.record(state) for state in (AttemptState.SENDING, AttemptState.COMPLETED))
    assert sending is not None
    assert completed is not None
    cut = lab.record[0].at
    assert sending.at < cut < completed.at
    lab.charge("instant-1", Decimal("0.05"), at=later_than(attempt))
    assert compared(made, until=cut) == Comparison("lab", 0, ())
    lab.record.clear()
    assert compared(made, until=cut) == Comparison("lab", 0, ())
    assert [item.mismatch for item in compared(made).discrepancies] == [Mismatch.NOT_BILLED_YET]
