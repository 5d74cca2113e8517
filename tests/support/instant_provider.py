"""A provider that answers at once with files that are real but tiny. Records every call."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path

from PIL import Image

from recoil_assets.domain.errors import ProviderError
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.fit import fit_by_capabilities
from recoil_assets.production.ports import (
    Account,
    Billed,
    Capabilities,
    Fit,
    JobState,
    JobStatus,
    PreparedJob,
    SentReference,
    Submission,
)
from resources.providers.account import OpenAccount


@cache
def tiny_png(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), (shade % 256, 80, 120)).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass
class InstantProvider:
    """Completes every job at once. ``fail_first`` jobs fail; ``cost`` is what every success is billed at."""

    name: str = "animatic"
    cost: Decimal = Decimal(0)
    fail_first: int = 0
    failure_billed: Billed = Billed.NO
    submit_error: Exception | None = None
    fetch_error: ProviderError | None = None
    submitted: list[tuple[str, GenerationRequest]] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    sent_references: list[tuple[str, ...]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    account: Account = field(default_factory=OpenAccount)

    def capabilities(self, model: str) -> Capabilities:  # noqa: ARG002
        return Capabilities(
            modalities=frozenset({"board", "video_i2v", "r2v_multi"}),
            max_references=12,
            honours=frozenset({"seed", "references", "start_frame", "end_frame"}),
            concurrency=16,
            poll_every_s=0.01,
        )

    def fit(self, request: GenerationRequest) -> Fit:
        return fit_by_capabilities(request, self.capabilities(request.model))

    async def prepare(
        self, attempt_id: str, request: GenerationRequest, references: Sequence[SentReference]
    ) -> PreparedJob:
        return PreparedJob(attempt_id=attempt_id, request=request, references=tuple(references))

    async def submit(self, job: PreparedJob) -> Submission:
        self.submitted.append((attempt_of(job), job.request))
        self.sent_references.append(tuple(reference.sha256 for reference in job.references))
        if self.submit_error is not None:
            raise self.submit_error
        return Submission(
            request_id=f"instant-{len(self.submitted)}", handles={"number": str(len(self.submitted))}
        )

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:  # noqa: ARG002
        if int(submission.handles["number"]) <= self.fail_first:
            return JobStatus(state=JobState.FAILED, error="it was not to be", billed=self.failure_billed)
        return JobStatus(state=JobState.COMPLETED, cost_usd=self.cost, cost_is_billed=True)

    async def fetch(
        self,
        submission: Submission,
        status: JobStatus,  # noqa: ARG002
        request: GenerationRequest,
        references: Sequence[SentReference],  # noqa: ARG002
        destination: Path,
    ) -> None:
        self.fetched.append(submission.request_id)
        if self.fetch_error is not None:
            raise self.fetch_error
        destination.write_bytes(tiny_png(int(request.digest[:2], 16)) + b"\0" * 200)  # noqa: ASYNC240  tiny

    async def cancel(self, submission: Submission, request: GenerationRequest) -> None:  # noqa: ARG002
        self.cancelled.append(submission.request_id)

    async def close(self) -> None:
        pass


def attempt_of(job: PreparedJob) -> str:
    """The id of the attempt a job is of: its name but for the mark."""
    return job.attempt_id.rpartition(".")[0]
