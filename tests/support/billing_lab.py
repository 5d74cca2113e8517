"""A lab that keeps a bill of its own, as a provider does: what it took and what it charges for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from recoil_assets.domain.errors import ProviderError
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.ports import Bill, JobState, JobStatus, PreparedJob, Submission
from tests.support.instant_provider import InstantProvider


@dataclass
class BillingLab(InstantProvider):
    """``production.ports.Provider`` and ``ProviderRecords``.

    Attributes:
        record: its bill; the tests add to it and take away from it.
        echoes: whether its bill names our attempts.
        loses_answer: it takes the job, and its answer does not arrive.
        record_error: reading its record fails so.
    """

    name: str = "lab"
    cost: Decimal = Decimal("0.25")
    record: list[Bill] = field(default_factory=list)
    echoes: bool = True
    loses_answer: bool = False
    record_error: ProviderError | None = None

    async def submit(self, job: PreparedJob) -> Submission:
        submission = await super().submit(job)
        self.charge(submission.request_id, self.cost, job.attempt_id if self.echoes else "")
        if self.loses_answer:
            raise TimeoutError
        return Submission(submission.request_id)

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:  # noqa: ARG002
        """By the request id alone, at the cost its reply names, which is not yet the bill."""
        assert submission.request_id.startswith("instant-")
        return JobStatus(state=JobState.COMPLETED, cost_usd=self.cost)

    async def bills(self, since: str, until: str) -> Sequence[Bill]:
        if self.record_error is not None:
            raise self.record_error
        return [bill for bill in self.record if since <= bill.at <= until]

    def charge(self, request_id: str, usd: Decimal, attempt_id: str = "", at: str = "") -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self.record.append(Bill(request_id, "reel", at or now, usd, attempt_id))
