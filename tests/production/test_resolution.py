"""A person says what became of an unknown attempt: recorded with who and why, booked by new entries only."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.errors import BlockedError, RecoilError, UsageError
from recoil_assets.domain.ledger import Balance, EntryKind, Evidence
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.ports import Billed, JobState, JobStatus, Submission
from recoil_assets.production.resolution import Finding, Resolution, resolve
from recoil_assets.production.stages import TAKES
from tests.support.attempt_lines import attempt_path, cut_line
from tests.support.later_clock import later
from tests.support.show import EPISODE, Show, cell

from .broken_ports import BrokenJournal, FullDisk
from .labs import AnsweringLab, Lab
from .test_power_cuts import cut

NOTHING = Balance(spent=Decimal(0), reserved=Decimal(0))


class RememberingLab(Lab):
    """Knows its jobs by their request id alone."""

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:  # noqa: ARG002
        assert submission.request_id == "job-7"
        return JobStatus(state=JobState.COMPLETED, cost_usd=self.cost, cost_is_billed=True)


def word(finding: Finding, **more: Any) -> Resolution:
    facts = {"resolved_by": "pat", "why": "the dashboard", **more}
    return Resolution(finding=finding, **facts)


def said(show: Show, finding: Finding, **more: object) -> Attempt:
    (attempt, *_) = show.attempts(cell(1))
    with show.studio() as studio:
        return resolve(studio, EPISODE, attempt.attempt_id, word(finding, **more))


@contextmanager
def beat_owned(show: Show) -> Iterator[None]:
    with show.studio() as studio, studio.locks.beat(EPISODE, show.beat(cell(1)).shot_set):
        yield


BILLED = {"billed_usd": Decimal("0.11")}


@pytest.mark.parametrize(
    ("finding", "more"),
    [
        (Finding.NEVER_TAKEN, {"why": " "}),
        (Finding.NEVER_TAKEN, {"resolved_by": ""}),
        (Finding.TAKEN, {}),
        (Finding.TAKEN, {"request_id": "  "}),
        (Finding.BILLED, {}),
        (Finding.BILLED, {"billed_usd": Decimal(0)}),
        (Finding.BILLED, {"billed_usd": Decimal(-1)}),
        (Finding.NOT_BILLED, BILLED),
        (Finding.NEVER_TAKEN, {"request_id": "job-7"}),
    ],
)
def test_a_word_that_says_too_little_or_too_much_is_refused_and_changes_nothing(
    unknown: Show, finding: Finding, more: dict[str, object]
) -> None:
    before = unknown.attempts(cell(1))
    with pytest.raises(UsageError):
        said(unknown, finding, **more)
    assert unknown.attempts(cell(1)) == before
    assert unknown.balance().reserved == Decimal("0.30")


def test_an_attempt_of_another_episode_or_of_none_is_refused(unknown: Show) -> None:
    (attempt,) = unknown.attempts(cell(1))
    with unknown.studio() as studio:
        with pytest.raises(UsageError, match="not of ep_002"):
            resolve(studio, "ep_002", attempt.attempt_id, word(Finding.NEVER_TAKEN))
        for wrong in ("nonsense", f"{attempt.attempt_id[:-4]}0099", "../../etc.take.x.0001"):
            with pytest.raises(RecoilError):
                resolve(studio, EPISODE, wrong, word(Finding.NEVER_TAKEN))


def test_while_a_run_owns_the_beat_nothing_is_resolved(unknown: Show) -> None:
    before = unknown.attempts(cell(1))
    with beat_owned(unknown), pytest.raises(BlockedError) as refused:
        said(unknown, Finding.NEVER_TAKEN)
    assert refused.value.reason == "in_progress_elsewhere"
    assert unknown.attempts(cell(1)) == before


@pytest.mark.parametrize("finding", [Finding.NEVER_TAKEN, Finding.NOT_BILLED])
def test_what_is_settled_needs_no_resolution(quoted: Show, finding: Finding) -> None:
    quoted.make(stages=[TAKES])
    with pytest.raises(BlockedError, match="nothing to resolve"):
        said(quoted, finding)
    assert quoted.balance().spent == Decimal("0.25")


def test_a_job_with_a_request_id_was_taken_whatever_anybody_says(quoted: Show) -> None:
    quoted.lab = AnsweringLab(JobStatus(state=JobState.FAILED, error="nsfw", billed=Billed.UNKNOWN))
    quoted.make(stages=[TAKES]).unsettled(cell(1))
    for finding, more in ((Finding.NEVER_TAKEN, {}), (Finding.TAKEN, {"request_id": "job-7"})):
        with pytest.raises(BlockedError, match="was taken, as instant-1"):
            said(quoted, finding, **more)
    settled = said(quoted, Finding.BILLED, **BILLED)
    assert settled.state is AttemptState.SETTLED
    assert quoted.balance() == Balance(spent=Decimal("0.11"), reserved=Decimal(0))


def test_what_was_never_taken_is_released_and_the_beat_is_made_at_last(unknown: Show) -> None:
    settled = said(unknown, Finding.NEVER_TAKEN)
    facts = settled.records[-1].facts
    assert (facts["resolved_as"], facts["resolved_by"], facts["why"]) == (
        "never_taken",
        "pat",
        "the dashboard",
    )
    assert "lab never took it, says pat" in settled.error
    assert unknown.balance() == NOTHING
    assert unknown.make(stages=[TAKES]).finished(cell(1))
    assert len(unknown.lab.submitted) == 2


@pytest.mark.parametrize(
    ("finding", "more", "spent"), [(Finding.BILLED, BILLED, "0.11"), (Finding.NOT_BILLED, {}, "0")]
)
def test_a_failure_is_booked_as_the_person_says(
    unknown: Show, finding: Finding, more: dict[str, object], spent: str
) -> None:
    said(unknown, finding, **more)
    assert unknown.balance() == Balance(spent=Decimal(spent), reserved=Decimal(0))
    assert unknown.make(stages=[TAKES]).finished(cell(1)), "the beat is open again"


def test_a_job_that_was_taken_is_polled_and_its_result_fetched_without_sending_again(unknown: Show) -> None:
    lab = RememberingLab()
    unknown.lab = lab
    submitted = said(unknown, Finding.TAKEN, request_id=" job-7 ")
    assert submitted.state is AttemptState.SUBMITTED
    assert unknown.make(stages=[TAKES]).finished(cell(1))
    assert (lab.submitted, lab.fetched) == ([], ["job-7"])
    assert unknown.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))


@pytest.mark.parametrize(
    ("finding", "more", "spent"),
    [
        (Finding.BILLED, BILLED, "0.11"),
        (Finding.NOT_BILLED, {}, "0"),
        (Finding.NEVER_TAKEN, {}, "0"),
        (Finding.TAKEN, {"request_id": "job-7"}, "0.25"),
    ],
)
def test_what_was_written_off_is_corrected_by_new_entries(
    unknown: Show, finding: Finding, more: dict[str, object], spent: str
) -> None:
    unknown.refit = later(72.1)
    unknown.make(stages=[TAKES])
    with unknown.studio() as studio:
        before = studio.ledger.entries()
    unknown.lab = RememberingLab()
    said(unknown, finding, **more)
    if finding is Finding.TAKEN:
        assert unknown.make(stages=[TAKES]).finished(cell(1))
    assert unknown.balance() == Balance(spent=Decimal(spent), reserved=Decimal(0))
    with unknown.studio() as studio:
        after = studio.ledger.entries()
    assert after[: len(before)] == before
    assert [entry.kind for entry in after[len(before) :]] == [EntryKind.CORRECTION]


def test_a_crash_between_money_and_record_is_finished_by_saying_it_again(unknown: Show) -> None:
    (attempt,) = unknown.attempts(cell(1))
    with unknown.studio() as studio:
        broken = BrokenJournal(studio.journal, attempt.attempt_id, OSError("power cut"))
        with pytest.raises(OSError, match="power cut"):
            resolve(
                replace(studio, journal=broken), EPISODE, attempt.attempt_id, word(Finding.BILLED, **BILLED)
            )
    assert unknown.balance().spent == Decimal("0.11")
    unknown.make(stages=[TAKES]).unsettled(cell(1))
    assert said(unknown, Finding.BILLED, **BILLED).state is AttemptState.SETTLED
    assert unknown.balance() == Balance(spent=Decimal("0.11"), reserved=Decimal(0))
    with unknown.studio() as studio:
        assert [entry.kind for entry in studio.ledger.entries()] == ["reserve", "charge"]
        assert studio.ledger.entries()[-1].evidence is Evidence.PERSON


def test_a_job_whose_result_is_gone_ends_by_a_persons_word(quoted: Show) -> None:
    quoted.lab = AnsweringLab(*[RecoilError("404: no such job")] * 50)
    quoted.make(stages=[TAKES]).unsettled(cell(1))
    settled = said(quoted, Finding.BILLED, **BILLED)
    assert settled.state is AttemptState.SETTLED
    assert quoted.balance() == Balance(spent=Decimal("0.11"), reserved=Decimal(0))


@pytest.mark.parametrize("finding", [Finding.NOT_BILLED, Finding.BILLED])
@pytest.mark.parametrize("cut_before", [AttemptState.FAILED, AttemptState.SETTLED])
@pytest.mark.parametrize("a_run_between", [False, True])
def test_a_word_on_a_submitted_job_that_a_crash_cut_short_leaves_no_second_truth(
    quoted: Show, finding: Finding, cut_before: AttemptState, *, a_run_between: bool
) -> None:
    """The job answers again by the time a run asks for it, and has succeeded."""
    more = BILLED if finding is Finding.BILLED else {}
    quoted.lab = AnsweringLab(RecoilError("404: no such job"))
    quoted.make(stages=[TAKES]).unsettled(cell(1))
    (attempt,) = quoted.attempts(cell(1))
    with quoted.studio() as studio:
        broken = FullDisk(studio.journal, cut_before)
        with pytest.raises(OSError, match="No space"):
            resolve(replace(studio, journal=broken), EPISODE, attempt.attempt_id, word(finding, **more))
    if a_run_between:
        quoted.make(stages=[TAKES])
    if quoted.attempts(cell(1))[0].is_open:
        assert said(quoted, finding, **more).state is AttemptState.SETTLED
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    costs = sum((item.cost_usd for item in quoted.attempts(cell(1))), Decimal(0))
    assert quoted.balance() == Balance(spent=costs, reserved=Decimal(0))


@pytest.mark.parametrize("finding", [Finding.NEVER_TAKEN, Finding.BILLED])
def test_a_job_that_turns_out_to_be_taken_after_another_word_was_half_booked_is_held_and_charged(
    unknown: Show, finding: Finding
) -> None:
    more = BILLED if finding is Finding.BILLED else {}
    (attempt,) = unknown.attempts(cell(1))
    with unknown.studio() as studio:
        broken = replace(studio, journal=FullDisk(studio.journal, AttemptState.SETTLED))
        with pytest.raises(OSError, match="No space"):
            resolve(broken, EPISODE, attempt.attempt_id, word(finding, **more))
    said(unknown, Finding.TAKEN, request_id="job-7")
    assert unknown.balance().committed == Decimal("0.30"), "it counts against the caps again"
    unknown.lab = RememberingLab()
    assert unknown.make(stages=[TAKES]).finished(cell(1))
    assert unknown.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))
    assert unknown.lab.submitted == []


def test_of_two_who_resolve_at_once_one_is_refused_and_it_is_booked_once(unknown: Show) -> None:
    (attempt,) = unknown.attempts(cell(1))
    start, outcomes = threading.Barrier(2), []

    def say(finding: Finding) -> None:
        start.wait()
        try:
            resolve(studio, EPISODE, attempt.attempt_id, word(finding))
            outcomes.append("resolved")
        except RecoilError:
            outcomes.append("refused")

    with unknown.studio() as studio:
        threads = [
            threading.Thread(target=say, args=[item]) for item in (Finding.NEVER_TAKEN, Finding.NOT_BILLED)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(outcomes) == ["refused", "resolved"]
    assert unknown.balance() == NOTHING


def test_a_send_that_a_power_cut_left_torn_holds_its_money_until_a_person_says_what_it_was(
    quoted: Show,
) -> None:
    cut(quoted, "provider.submit")
    (attempt,) = quoted.attempts(cell(1))
    cut_line(attempt_path(quoted.root, attempt.attempt_id), "sending", 40)

    quoted.make(stages=[TAKES]).unsettled(cell(1))
    assert quoted.balance() == Balance(spent=Decimal(0), reserved=Decimal("0.30"))
    assert quoted.lab.submitted == []

    said(quoted, Finding.NEVER_TAKEN)
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert quoted.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))
