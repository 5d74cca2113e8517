"""What a job is, by fal's own words: a failure that is called COMPLETED, a result, doubt that stays."""

import json
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from recoil_assets.domain.diagnosis.classify import classify
from recoil_assets.domain.diagnosis.mode import FailureMode
from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.ports import Billed, JobState
from resources.providers.evidence import Evidence
from resources.providers.fal.answers import failure_in
from resources.providers.fal.provider import FalProvider
from resources.providers.fal.wire import answer_of
from tests.fal.fake.script import Ending, Script
from tests.fal.fake.server import FakeFal, HandClock, open_fake
from tests.fal.samples import at_fal, ended, request, run, submitted


def test_a_job_is_queued_then_running_then_done(tmp_path: Path) -> None:
    clock = HandClock()
    with open_fake(tmp_path, clock) as fal:
        provider = at_fal(fal.hosts, tmp_path)
        fal.script(Script(queued_s=10, running_s=20))
        submission = run(submitted(provider))
        assert run(provider.poll(submission, request())).state is JobState.QUEUED
        clock.now_s += 15
        assert run(provider.poll(submission, request())).state is JobState.RUNNING
        clock.now_s += 20
        assert run(provider.poll(submission, request())).state is JobState.COMPLETED


def test_a_good_result_names_its_media_and_what_its_units_cost(fal: FakeFal, provider: FalProvider) -> None:
    status = run(ended(provider, run(submitted(provider))))
    assert status.state is JobState.COMPLETED
    assert status.result["media"]["kind"] == "video"
    assert status.cost_usd == fal.books.bill.total()
    assert status.cost_usd > Decimal("1.8")
    assert not status.cost_is_billed, "units are fal's word; its bill is the truth"


@pytest.mark.parametrize("missing", ["units", "prices"])
def test_without_units_or_prices_a_good_result_is_good_and_its_cost_is_not_said(
    fal: FakeFal, provider: FalProvider, missing: str
) -> None:
    fal.script(Script(header_units=missing != "units"))
    fal.prices_known = missing != "prices"
    status = run(ended(provider, run(submitted(provider))))
    assert (status.state, status.cost_usd) == (JobState.COMPLETED, None)


def test_a_good_result_of_zero_units_is_not_said_to_be_free(fal: FakeFal, provider: FalProvider) -> None:
    """Its estimate counts against the caps until the bill is there: a film at a price that is known was no gift."""
    fal.script(Script(ending=Ending.MEDIA_OF_NO_UNITS))
    status = run(ended(provider, run(submitted(provider))))
    assert (status.state, status.cost_usd) == (JobState.COMPLETED, None)
    assert status.result["billable_units"] == "0"


@pytest.mark.parametrize(
    ("ending", "error_type", "billed"),
    [
        (Ending.INPUT_BLOCKED, "content_policy_violation", Billed.UNKNOWN),
        (Ending.INPUT_BLOCKED_FREE, "content_policy_violation", Billed.NO),
        (Ending.OUTPUT_BLOCKED, "content_policy_violation", Billed.UNKNOWN),
        (Ending.OUTPUT_BLOCKED_BILLED, "content_policy_violation", Billed.YES),
        (Ending.MODEL_ERROR, "internal_server_error", Billed.NO),
        (Ending.START_TIMEOUT, "request_timeout", Billed.NO),
        (Ending.RUNNER_LOST, "runner_disconnected", Billed.NO),
        (Ending.FILE_DOWNLOAD_ERROR, "file_download_error", Billed.NO),
        (Ending.NO_MEDIA, "no_media_in_result", Billed.UNKNOWN),
        (Ending.ERROR_IN_STATUS, "runner_disconnected", Billed.UNKNOWN),
        (Ending.CANCELLED, "client_cancelled", Billed.UNKNOWN),
    ],
)
def test_completed_may_be_a_failure_and_is_billed_by_evidence_alone(
    fal: FakeFal, provider: FalProvider, ending: Ending, error_type: str, billed: Billed
) -> None:
    fal.script(Script(ending=ending))
    status = run(ended(provider, run(submitted(provider))))
    assert (status.state, status.billed) == (JobState.FAILED, billed)
    assert status.failure is not None
    assert status.failure.error_type == error_type
    assert error_type in status.error


def test_a_block_says_where_and_why_in_fals_own_names(fal: FakeFal, provider: FalProvider) -> None:
    fal.script(Script(ending=Ending.INPUT_BLOCKED), Script(ending=Ending.OUTPUT_BLOCKED_BILLED))
    inputs = run(ended(provider, run(submitted(provider)))).failure
    assert inputs is not None
    assert (inputs.location, inputs.reason, inputs.http_status) == (
        "body.image_urls",
        "partner_validation_failed",
        422,
    )
    status = run(ended(provider, run(submitted(provider))))
    assert status.failure is not None
    assert status.failure.location == "body.generated_video"
    assert status.cost_usd == fal.books.bill.total()


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        ({"extra_info": {"reason": "partner_validation_failed"}}, "partner_validation_failed"),
        ({"extra_info": {"reason": "partner_validation_failed", "cause": "copyright"}}, "copyright"),
        ({"extra_info": {"reason": "partner_validation_failed"}, "cause": "copyright"}, "copyright"),
        ({"extra_info": {"reason": "policy"}, "cause": ["copyright"]}, "policy"),
    ],
)
def test_what_a_blocked_result_was_blocked_for_is_told_by_the_finer_word(
    context: dict[str, object], reason: str
) -> None:
    """By it a block that comes again with every seed is known, and is not drawn again at full price."""
    block = {"type": "content_policy_violation", "loc": ["body", "generated_video"], "ctx": context}
    text = json.dumps({"detail": [block]})
    failure = failure_in(answer_of(Evidence(422, httpx.Headers(), text)))
    assert failure is not None
    assert failure.reason == reason
    hard = classify(failure).mode is FailureMode.CONTENT_HARD_OUTPUT
    assert hard == (reason == "copyright")


def test_what_fal_hints_about_trying_again_is_kept(fal: FakeFal, provider: FalProvider) -> None:
    fal.script(Script(ending=Ending.MODEL_ERROR))
    failure = run(ended(provider, run(submitted(provider)))).failure
    assert failure is not None
    assert failure.retryable_hint is True


@pytest.mark.parametrize("ending", [Ending.GONE, Ending.STILL_IN_PROGRESS])
def test_a_result_that_nobody_can_read_is_no_failure_and_no_success(
    fal: FakeFal, provider: FalProvider, ending: Ending
) -> None:
    fal.script(Script(ending=ending))
    submission = run(submitted(provider))
    with pytest.raises(ProviderError, match="nobody can say"):
        run(provider.poll(submission, request()))
    assert len(fal.jobs) == 1


def test_an_unknown_job_is_no_failure(fal: FakeFal, provider: FalProvider) -> None:
    submission = run(submitted(provider))
    fal.books.jobs.clear()
    with pytest.raises(ProviderError, match="NOT_FOUND"):
        run(provider.poll(submission, request()))


@pytest.mark.parametrize("faults", [(0, 503), (429, 502), (408, 504), (500, 500)])
def test_questions_are_asked_again_through_drops_limits_and_proxies(
    fal: FakeFal, provider: FalProvider, faults: tuple[int, ...]
) -> None:
    fal.script(Script(poll_faults=faults, result_faults=faults))
    assert run(ended(provider, run(submitted(provider)))).state is JobState.COMPLETED
    assert len(fal.jobs) == 1


def test_a_server_that_never_answers_leaves_the_job_open(fal: FakeFal, provider: FalProvider) -> None:
    fal.script(Script(poll_faults=(503,) * 50))
    submission = run(submitted(provider))
    with pytest.raises(ProviderError, match="503"):
        run(provider.poll(submission, request()))
    assert fal.jobs[0].polls == 4


def test_a_key_that_is_refused_while_asking_is_not_the_jobs_failure(
    fal: FakeFal, provider: FalProvider
) -> None:
    submission = run(submitted(provider))
    fal.key = "another"
    with pytest.raises(ProviderError, match="refuses to say"):
        run(provider.poll(submission, request()))


@pytest.mark.parametrize("late", [False, True])
def test_a_job_that_is_cancelled_too_late_is_made_and_billed(
    fal: FakeFal, provider: FalProvider, late: bool
) -> None:
    fal.script(Script(running_s=0.2, cancel_is_late=late))
    submission = run(submitted(provider))
    run(provider.cancel(submission, request()))
    status = run(ended(provider, submission))
    assert status.state is (JobState.COMPLETED if late else JobState.FAILED)
    assert bool(fal.books.bill.lines()) is late


def test_cancelling_what_is_done_or_unknown_is_no_error(fal: FakeFal, provider: FalProvider) -> None:
    submission = run(submitted(provider))
    run(ended(provider, submission))
    run(provider.cancel(submission, request()))
    fal.books.jobs.clear()
    run(provider.cancel(submission, request()))
