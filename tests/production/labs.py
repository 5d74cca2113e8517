"""Laboratories that misbehave, each in one way."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from recoil_assets.domain.digest import digest_of_bytes
from recoil_assets.domain.errors import ProviderError
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.ports import (
    JobState,
    JobStatus,
    NotSentError,
    PreparedJob,
    SentReference,
    Submission,
)
from tests.support.instant_provider import InstantProvider


class Lab(InstantProvider):
    """A provider whose successes are billed at 25 cents. ``posts`` counts every POST, refused ones too."""

    def __init__(self) -> None:
        super().__init__(name="lab", cost=Decimal("0.25"))
        self.posts = 0


class RefusingLab(Lab):
    """Answers the first submits with these errors and takes the others."""

    def __init__(self, errors: Sequence[Exception], *, then: Callable[[], None] | None = None) -> None:
        super().__init__()
        self._errors = list(errors)
        self._then = then

    async def submit(self, job: PreparedJob) -> Submission:
        self.posts += 1
        if self._errors:
            if self._then is not None:
                self._then()
            raise self._errors.pop(0)
        return await super().submit(job)


class NamelessLab(Lab):
    """Takes every job and says no request id."""

    async def submit(self, job: PreparedJob) -> Submission:
        await super().submit(job)
        return Submission(request_id="")


class SlowLab(Lab):
    """Its jobs run until ``finish`` is set. ``asked`` is called at every poll."""

    def __init__(self) -> None:
        super().__init__()
        self.finish = threading.Event()
        self.asked: Callable[[], None] = lambda: None

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:
        self.asked()
        if not self.finish.is_set():
            return JobStatus(state=JobState.RUNNING)
        return await super().poll(submission, request)


class HeldLab(Lab):
    """Keeps every submit waiting until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.go = threading.Event(), threading.Event()

    async def submit(self, job: PreparedJob) -> Submission:
        submission = await super().submit(job)
        self.entered.set()
        assert await asyncio.to_thread(self.go.wait, 60)
        return submission


class AnsweringLab(Lab):
    """Answers the first polls with these, errors raised."""

    def __init__(self, *answers: JobStatus | Exception) -> None:
        super().__init__()
        self._answers = list(answers)

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:
        if not self._answers:
            return await super().poll(submission, request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class CarefulLab(Lab):
    """Keeps the digests of the very bytes it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[str] = []

    async def submit(self, job: PreparedJob) -> Submission:
        self.received += [digest_of_bytes(reference.data) for reference in job.references]
        return await super().submit(job)


class ForgetfulLab(Lab):
    """Gives every result once; then other bytes, nothing at all, or an empty file."""

    def __init__(self, later: bytes | None) -> None:
        super().__init__()
        self._later = later

    async def fetch(
        self,
        submission: Submission,
        status: JobStatus,
        request: GenerationRequest,
        references: Sequence[SentReference],
        destination: Path,
    ) -> None:
        if submission.request_id not in self.fetched:
            await super().fetch(submission, status, request, references, destination)
            return
        self.fetched.append(submission.request_id)
        if self._later is None:
            raise ProviderError("404: the result is no longer there")
        await asyncio.to_thread(destination.write_bytes, self._later)


class EmptyLab(Lab):
    """Gives an empty file (or none) the first ``times``, then the real one."""

    def __init__(self, times: int, *, writes: bool = True) -> None:
        super().__init__()
        self._times, self._writes = times, writes

    async def fetch(
        self,
        submission: Submission,
        status: JobStatus,
        request: GenerationRequest,
        references: Sequence[SentReference],
        destination: Path,
    ) -> None:
        if self._times:
            self._times -= 1
            if self._writes:
                await asyncio.to_thread(destination.touch)
            return
        await super().fetch(submission, status, request, references, destination)


class PonderingLab(Lab):
    """Takes one job and is half a second about saying so; meanwhile it turns every other one down."""

    async def submit(self, job: PreparedJob) -> Submission:
        if self.submitted:
            await asyncio.sleep(0.1)
            raise NotSentError("one at a time")
        submission = await super().submit(job)
        await asyncio.sleep(0.5)
        return submission
