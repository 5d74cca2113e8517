"""The adapter of the queue server, and that server with its accounts, as the suite asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import httpx

from recoil_assets.domain.errors import ProviderError
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.fit import fit_by_capabilities
from recoil_assets.production.ports import (
    Account,
    Bill,
    Billed,
    Capabilities,
    Fit,
    JobState,
    JobStatus,
    NotSentError,
    PreparedJob,
    SentReference,
    Submission,
    SubmissionUnknownError,
)
from resources.providers.account import OpenAccount
from tests.crash.laboratory import Job, Wire
from tests.crash.started import StartedServer, jobs_at
from tests.support.show import PRICE_BOOK

_STATES = {"queued": JobState.QUEUED, "running": JobState.RUNNING, "failed": JobState.FAILED}
_CONCURRENCY = 4
_TIMEOUT_S = 30.0


class QueueLab:
    """``production.ports.Provider`` over httpx: every POST once and over a connection of its own."""

    name = "lab"

    def __init__(self, url: str, wire: Wire) -> None:
        self._url = url
        self._wire = wire
        self._asking = httpx.AsyncClient(transport=wire(), timeout=_TIMEOUT_S)

    @property
    def account(self) -> Account:
        return OpenAccount()

    def capabilities(self, model: str) -> Capabilities:  # noqa: ARG002
        return Capabilities(
            modalities=frozenset({"board", "video_i2v", "r2v_multi"}),
            max_references=12,
            honours=frozenset({"seed", "references", "start_frame", "end_frame"}),
            concurrency=_CONCURRENCY,
            poll_every_s=0.01,
        )

    def fit(self, request: GenerationRequest) -> Fit:
        return fit_by_capabilities(request, self.capabilities(request.model))

    async def prepare(
        self, attempt_id: str, request: GenerationRequest, references: Sequence[SentReference]
    ) -> PreparedJob:
        return PreparedJob(
            attempt_id=attempt_id,
            request=request,
            references=tuple(references),
            endpoint=f"{self._url}/jobs",
            payload={
                "reference": attempt_id,
                "kind": "board" if request.modality == "board" else "take",
                "prompt": request.prompt,
                "seconds": request.duration_s,
            },
        )

    async def submit(self, job: PreparedJob) -> Submission:
        try:
            async with httpx.AsyncClient(transport=self._wire(), timeout=_TIMEOUT_S) as once:
                reply = await once.post(job.endpoint, json=job.payload)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotSentError(f"{job.endpoint} can not be reached: {error!r}") from error
        except httpx.HTTPError as error:
            raise SubmissionUnknownError(f"{job.endpoint} gave no reply: {error!r}") from error
        if reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise NotSentError("too many requests", retry_after_s=float(reply.headers["Retry-After"]))
        if not reply.is_success:
            raise SubmissionUnknownError(f"{job.endpoint} answered {reply.status_code}")
        taken = reply.json()
        return Submission(request_id=taken["id"], handles={"status_url": taken["status_url"]})

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:  # noqa: ARG002
        said = (await self._get(self._status_url(submission))).json()
        if said["state"] != "completed":
            cost = Decimal(said.get("cost_usd", "0"))
            return JobStatus(
                state=_STATES[said["state"]],
                error="it was not to be",
                cost_usd=cost or None,
                cost_is_billed=bool(cost),
                billed=Billed.YES if cost else Billed.NO,
            )
        result = (await self._get(said["result_url"])).json()
        return JobStatus(
            state=JobState.COMPLETED, result=result, cost_usd=Decimal(said["cost_usd"]), cost_is_billed=True
        )

    async def fetch(
        self,
        submission: Submission,  # noqa: ARG002
        status: JobStatus,
        request: GenerationRequest,  # noqa: ARG002
        references: Sequence[SentReference],  # noqa: ARG002
        destination: Path,
    ) -> None:
        try:
            async with self._asking.stream("GET", status.result["media_url"]) as reply:
                reply.raise_for_status()
                with destination.open("wb", buffering=0) as file:
                    async for block in reply.aiter_raw():
                        file.write(block)
        except httpx.HTTPError as error:
            raise ProviderError(f"the media broke off: {error!r}") from error

    async def bills(self, since: str, until: str) -> list[Bill]:
        jobs = (await self._get(f"{self._url}/bill")).json()["jobs"]
        return [
            Bill(
                request_id=job["id"],
                endpoint=f"{self._url}/jobs",
                at=job["at"],
                usd=Decimal(job["cost_usd"]),
                attempt_id=job["reference"],
            )
            for job in jobs
            if Decimal(job["cost_usd"]) and since <= job["at"] <= until
        ]

    async def cancel(self, submission: Submission, request: GenerationRequest) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        await self._asking.aclose()

    def _status_url(self, submission: Submission) -> str:
        """As it was answered; built from the id where a person found no more than that."""
        return submission.handles.get("status_url") or f"{self._url}/jobs/{submission.request_id}"

    async def _get(self, url: str) -> httpx.Response:
        try:
            return (await self._asking.get(url)).raise_for_status()
        except httpx.HTTPError as error:
            raise ProviderError(f"{url} can not be asked: {error!r}") from error


@dataclass(frozen=True)
class QueueAccount:
    """``laboratory.Account`` at the queue server."""

    url: str
    model = "reel"
    board_model = "reel-board"
    price_book = PRICE_BOOK

    def provider(self, wire: Wire) -> QueueLab:
        return QueueLab(self.url, wire)

    def call(self, request: httpx.Request) -> str:
        if request.method == "POST":
            return "submit"
        if request.url.path.endswith("/result"):
            return "result"
        return "media" if "/media/" in request.url.path else "status"

    def jobs(self) -> list[Job]:
        return jobs_at(f"{self.url}/bill")


class StartedQueueServer(StartedServer[QueueAccount]):
    """``laboratory.Server``: the queue server in a process of its own."""

    module = "tests.crash.queue_server"

    def at(self, url: str, folder: Path) -> QueueAccount:  # noqa: ARG002
        return QueueAccount(url)
