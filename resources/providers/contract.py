"""What every provider adapter has to do, as tests that its own package runs.

A package makes a subclass of ``ProviderContract`` (free, like a renderer on this machine) or of
``PaidProviderContract`` (anything that can charge), with a fixture ``bench`` that gives a ``Bench``. pytest collects
the tests from there. The tests know nothing of any provider; what they need to know, the bench says.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import pytest

from recoil_assets.domain.errors import ProviderError, RecoilError, UsageError
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import (
    AccountRefusedError,
    Billed,
    JobState,
    JobStatus,
    NotSentError,
    PreparedJob,
    Provider,
    SentReference,
    Submission,
    SubmissionUnknownError,
)

T = TypeVar("T")
_MOST_POLLS = 500


class Fault(StrEnum):
    """What the service under a paid provider does to the next submission."""

    UNREACHABLE = "nobody listens at its address"
    LOST_BEFORE = "the connection breaks, and the service never saw the job"
    LOST_AFTER = "the service took the job, and its answer is lost"
    SERVER_FAULT = "the service answers 500 and took no job"
    BUSY = "the service answers 429 and took no job"
    KEY_REFUSED = "the service answers 401"
    REQUEST_REFUSED = "the service finds fault with the request and took no job"
    JOB_FAILS = "the service takes the job, and the job fails at no cost"


@dataclass(frozen=True, kw_only=True)
class Bench:
    """An adapter and the service under it, as a test needs them.

    Attributes:
        open: a fresh adapter over the same service, as every run opens one.
        request: something it can make, small.
        references: the bytes of the request's references.
        jobs: how many jobs the service has taken so far.
        misbehave: makes the service do this at the next submission; a free provider has none.
        secret: the key, which must be seen nowhere; empty where there is none.
        billed_usd: what the service has charged so far, by its own bill.
    """

    open: Callable[[], Provider]
    request: GenerationRequest
    jobs: Callable[[], int]
    references: Sequence[SentReference] = ()
    misbehave: Callable[[Fault], None] | None = None
    secret: str = ""
    billed_usd: Callable[[], Decimal] = field(default=lambda: Decimal(0))

    def run(self, use: Callable[[Provider], Coroutine[Any, Any, T]]) -> T:
        """Use a fresh adapter in an event loop of its own, and close it."""

        async def used() -> T:
            provider = self.open()
            try:
                return await use(provider)
            finally:
                await provider.close()

        return run_loop(used())

    async def prepared(self, provider: Provider, attempt: str = "contract.t01") -> PreparedJob:
        """The request, ready to be sent."""
        return await provider.prepare(attempt, self.request, self.references)

    async def finished(self, provider: Provider, submission: Submission) -> JobStatus:
        """How the job ended."""
        pause_s = min(provider.capabilities(self.request.model).poll_every_s, 0.05)
        for _ in range(_MOST_POLLS):
            status = await provider.poll(submission, self.request)
            if status.state in (JobState.COMPLETED, JobState.FAILED):
                return status
            await asyncio.sleep(pause_s)
        raise AssertionError(f"the job was not done after {_MOST_POLLS} polls")

    def submitted(self, attempt: str = "contract.t01") -> Submission:
        """The request, sent."""

        async def submit(provider: Provider) -> Submission:
            return await provider.submit(await self.prepared(provider, attempt))

        return self.run(submit)


class ProviderContract:
    """What every adapter does. ``bench`` is a fixture of the subclass."""

    def test_it_has_a_name_of_one_word(self, bench: Bench) -> None:
        """Small letters, digits, underscores and dashes."""
        name = bench.open().name
        assert name
        assert name == name.lower()
        assert name.replace("_", "").replace("-", "").isalnum()

    def test_it_says_what_its_models_can_do(self, bench: Bench) -> None:
        """Of the request's model; a run waits by these numbers."""
        able = bench.open().capabilities(bench.request.model)
        assert bench.request.modality in able.modalities
        assert able.concurrency >= 1
        assert able.poll_every_s > 0
        assert able.max_references >= 0

    def test_a_model_it_does_not_have_is_wrong_usage(self, bench: Bench) -> None:
        """With a cure."""
        with pytest.raises(UsageError) as caught:
            bench.open().capabilities("no-such-model-anywhere")
        assert caught.value.cure

    def test_it_says_how_a_request_fits_without_asking_anybody(self, bench: Bench) -> None:
        """A quote asks this of every beat, and a quote works without a network."""
        provider = bench.open()
        if bench.misbehave:
            bench.misbehave(Fault.UNREACHABLE)
        assert provider.fit(bench.request) == provider.fit(bench.request)
        assert provider.fit(bench.request).refusal == ""

    def test_what_it_can_not_make_is_refused_before_it_is_sent(self, bench: Bench) -> None:
        """By ``fit``, in words, and by ``prepare``."""
        able = bench.open().capabilities(bench.request.model)
        other = next(
            (name for name in ("board", "video_i2v", "r2v_multi") if name not in able.modalities), None
        )
        if other is None:
            pytest.skip("its model makes everything there is")
        wrong = bench.request.model_copy(update={"modality": other})

        async def prepare(provider: Provider) -> None:
            await provider.prepare("contract.wrong", wrong, bench.references)

        assert bench.open().fit(wrong).refusal
        with pytest.raises(RecoilError):
            bench.run(prepare)
        assert bench.jobs() == 0

    def test_making_ready_costs_nothing_and_is_the_same_each_time(self, bench: Bench) -> None:
        """What is prepared is written down, so it is JSON."""

        async def prepare_twice(provider: Provider) -> tuple[PreparedJob, PreparedJob]:
            return await bench.prepared(provider), await bench.prepared(provider)

        one, two = bench.run(prepare_twice)
        assert one.attempt_id == "contract.t01"
        assert one.request == bench.request
        assert one.payload == two.payload
        assert json.loads(json.dumps(one.payload)) == one.payload
        assert bench.jobs() == 0

    def test_a_submission_can_be_written_down(self, bench: Bench) -> None:
        """A request id, and handles that are text by text."""
        submission = bench.submitted()
        assert submission.request_id
        assert all(isinstance(part, str) for item in submission.handles.items() for part in item)

    def test_a_job_is_found_again_by_what_was_written_down(self, bench: Bench) -> None:
        """After a crash another process asks, with a fresh adapter, in another event loop."""
        submission = json.loads(json.dumps([(one := bench.submitted()).request_id, one.handles]))
        again = Submission(request_id=submission[0], handles=submission[1])
        first = bench.run(lambda provider: bench.finished(provider, again))
        second = bench.run(lambda provider: bench.finished(provider, again))
        assert first.state is JobState.COMPLETED
        assert second == first, "asking changes nothing"
        assert json.loads(json.dumps(first.result)) == first.result
        assert first.cost_usd is None or isinstance(first.cost_usd, Decimal)

    def test_the_media_is_written_and_may_be_fetched_again(self, bench: Bench, tmp_path: Path) -> None:
        """Into the very file that was named, by a fresh adapter, whatever lay there before."""
        submission = bench.submitted()
        folder = tmp_path / "media"
        folder.mkdir()
        destination = folder / "take.part"
        destination.write_bytes(b"what a killed run left")

        async def fetch(provider: Provider) -> None:
            status = await bench.finished(provider, submission)
            await provider.fetch(submission, status, bench.request, bench.references, destination)

        bench.run(fetch)
        first = destination.read_bytes()
        bench.run(fetch)
        assert len(first) > len(b"what a killed run left")
        assert destination.read_bytes() == first
        assert list(folder.iterdir()) == [destination], "nothing is left beside it"

    def test_a_wish_to_cancel_a_job_that_is_done_is_no_crash(self, bench: Bench) -> None:
        """A provider that can not cancel says so as a ``ProviderError``."""
        submission = bench.submitted()

        async def cancel(provider: Provider) -> None:
            await bench.finished(provider, submission)
            await provider.cancel(submission, bench.request)

        try:
            bench.run(cancel)
        except ProviderError as error:
            assert error.message

    def test_it_may_be_closed_twice(self, bench: Bench) -> None:
        """Every run closes what it opened."""

        async def close(provider: Provider) -> None:
            await provider.close()
            await provider.close()

        bench.run(close)

    def test_its_account_is_open_and_has_a_place(self, bench: Bench) -> None:
        """A closed account says why in a sentence; an open one says nothing."""

        async def take_place(provider: Provider) -> str:
            async with provider.account.slot():
                return provider.account.closed()

        assert bench.run(take_place) == ""


class PaidProviderContract(ProviderContract):
    """What every adapter does that can charge. The bench has ``misbehave``, ``secret`` and ``billed_usd``."""

    def _error(self, bench: Bench, fault: Fault, attempt: str = "contract.t01") -> ProviderError:
        assert bench.misbehave is not None, "the bench of a paid provider makes its service misbehave"
        bench.misbehave(fault)
        with pytest.raises(ProviderError) as caught:
            bench.submitted(attempt)
        assert bench.secret not in f"{caught.value}{caught.value!r}"
        return caught.value

    def test_one_submission_is_one_job(self, bench: Bench) -> None:
        """Counted by the service."""
        bench.submitted("contract.one")
        bench.submitted("contract.two")
        assert bench.jobs() == 2

    def test_a_lost_answer_is_never_a_second_job(self, bench: Bench) -> None:
        """Either the job is found again, or nobody knows; it is not said to be unsent, and not sent again."""
        assert bench.misbehave is not None
        bench.misbehave(Fault.LOST_AFTER)
        try:
            submission = bench.submitted()
        except SubmissionUnknownError as error:
            assert error.message
        else:
            status = bench.run(lambda provider: bench.finished(provider, submission))
            assert status.state is JobState.COMPLETED
        assert bench.jobs() == 1

    @pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.SERVER_FAULT])
    def test_what_may_have_been_taken_is_not_called_unsent(self, bench: Bench, fault: Fault) -> None:
        """A broken connection and a fault of the server prove nothing."""
        assert isinstance(self._error(bench, fault), SubmissionUnknownError)
        assert bench.jobs() == 0

    def test_where_nobody_listens_nothing_was_sent(self, bench: Bench) -> None:
        """The one fault of a connection that proves it."""
        assert isinstance(self._error(bench, Fault.UNREACHABLE), NotSentError)

    def test_a_busy_service_says_when_to_come_back(self, bench: Bench) -> None:
        """429 is the one answer after which the same attempt is sent again."""
        error = self._error(bench, Fault.BUSY)
        assert isinstance(error, NotSentError)
        assert error.retry_after_s is not None
        assert error.retry_after_s >= 0

    def test_a_refused_key_is_told_apart_from_a_refused_request(self, bench: Bench) -> None:
        """The first stops everything that is sent with the key."""
        assert isinstance(self._error(bench, Fault.KEY_REFUSED), AccountRefusedError)

    def test_a_refused_request_is_not_sent_again(self, bench: Bench) -> None:
        """Nothing was taken, and it would be refused again."""
        error = self._error(bench, Fault.REQUEST_REFUSED)
        assert isinstance(error, NotSentError)
        assert not isinstance(error, AccountRefusedError)
        assert error.retry_after_s is None

    def test_a_job_that_fails_says_so_and_what_it_cost(self, bench: Bench) -> None:
        """A failure is an answer of ``poll``, with words, never an exception."""
        assert bench.misbehave is not None
        bench.misbehave(Fault.JOB_FAILS)
        submission = bench.submitted()
        status = bench.run(lambda provider: bench.finished(provider, submission))
        assert status.state is JobState.FAILED
        assert status.error
        assert status.billed is Billed.NO
        assert bench.billed_usd() == 0

    def test_what_a_job_cost_is_what_the_service_charged(self, bench: Bench) -> None:
        """Where the adapter names an amount and calls it billed, the service's bill says the same."""
        submission = bench.submitted()
        status = bench.run(lambda provider: bench.finished(provider, submission))
        if status.cost_is_billed:
            assert status.cost_usd == bench.billed_usd()

    def test_the_key_is_not_printed(self, bench: Bench) -> None:
        """By no representation of the adapter, its account or a job."""
        assert bench.secret, "the bench of a paid provider names the key"
        provider = bench.open()
        job = bench.run(bench.prepared)
        seen = [provider, vars(provider), provider.account, vars(provider.account), job]
        assert all(bench.secret not in f"{thing}{thing!r}" for thing in seen)
