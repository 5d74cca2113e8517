"""A paid provider whose server is a folder, so that it outlives the processes that ask it."""

import json
import os
from decimal import Decimal
from pathlib import Path

from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.ports import JobState, JobStatus, PreparedJob, Submission
from tests.support.instant_provider import InstantProvider, attempt_of


class FolderLab(InstantProvider):
    """Takes every job at once and for good: a file a job, numbered. Every job is billed at 25 cents."""

    def __init__(self, server: Path) -> None:
        super().__init__(name="lab", cost=Decimal("0.25"))
        self._server = server
        server.mkdir(exist_ok=True)

    def taken(self) -> list[str]:
        """The attempt of every job the server took, in its order."""
        jobs = sorted(self._server.glob("job-*"))
        return [json.loads(job.read_text())["attempt_id"] for job in jobs]

    def billed(self) -> Decimal:
        """What the server charged so far."""
        return self.cost * len(self.taken())

    async def submit(self, job: PreparedJob) -> Submission:
        number = 1
        while True:
            try:
                handle = os.open(self._server / f"job-{number:04d}", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            except FileExistsError:
                number += 1
                continue
            with os.fdopen(handle, "w") as taken:
                json.dump({"attempt_id": attempt_of(job)}, taken)
            return Submission(request_id=f"job-{number:04d}")

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:  # noqa: ARG002
        assert (self._server / submission.request_id).exists()
        return JobStatus(state=JobState.COMPLETED, cost_usd=self.cost, cost_is_billed=True)
