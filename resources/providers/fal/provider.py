"""The fal provider: ``ports.Provider`` over fal's queue.

Every operation opens connections of its own, so that the provider belongs to no event loop, and a POST never
meets a connection that the server closed meanwhile.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from recoil_assets.domain.errors import PayloadBuildError, ProviderError, UsageError
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.ports import (
    Bill,
    Capabilities,
    Fit,
    JobState,
    JobStatus,
    PreparedJob,
    SentReference,
    Submission,
)
from resources.environment import read_environment
from resources.providers.account import SharedAccount, limits_of
from resources.providers.account_rules import Limits
from resources.providers.addresses import is_fetchable
from resources.providers.fal.asking import asking
from resources.providers.fal.billing import FalRecords, Rates
from resources.providers.fal.images import require_images
from resources.providers.fal.jobs import read_job
from resources.providers.fal.mapping import map_request
from resources.providers.fal.models import Endpoint, endpoints
from resources.providers.fal.submitting import submit_once, usual_handles
from resources.providers.fal.uploads import Uploads
from resources.providers.fal.wire import VARIABLE, FalHosts
from resources.providers.media_download import DownloadRules, download_media
from resources.providers.secret import Secret, secret_from_environment

USUAL_LIMITS = Limits(concurrency=40, per_minute=900)
"""fal runs 2 to 40 jobs of an account at once and queues the rest; 40 are polled 800 times a minute."""
POLL_EVERY_S = 3.0
_UNREADABLE_IMAGES = ("file_download_error", "image_load_error")


class FalProvider:
    """Boards and takes made at fal.

    Args:
        account: the account as all runs on this machine share it.
        poll_every_s: seconds between two questions about a job.
        callback_url: where fal tells that a job has ended; empty where jobs are polled alone.
    """

    name = "fal"

    def __init__(
        self,
        key: Secret,
        account: SharedAccount,
        hosts: FalHosts = FalHosts(),  # noqa: B008  frozen
        poll_every_s: float = POLL_EVERY_S,
        callback_url: str = "",
    ) -> None:
        self.account: SharedAccount = account
        self._key = key
        self._hosts = hosts
        self._poll_every_s = poll_every_s
        self._callback_url = callback_url
        self._uploads = Uploads(key, account, hosts)
        self._rates = Rates(key, hosts)
        self._records = FalRecords(key, hosts)

    def capabilities(self, model: str) -> Capabilities:
        """See ``ports.Provider``."""
        found = endpoints().get(model)
        if not found:
            raise UsageError(f"fal has no model {model!r}", cure=f"use one of: {', '.join(endpoints())}")
        return Capabilities(
            modalities=frozenset(modality for item in found for modality in item.makes),
            max_references=max(item.references.most if item.references else 0 for item in found),
            honours=frozenset(name for item in found for name in _honours(item)),
            concurrency=USUAL_LIMITS.concurrency,
            poll_every_s=self._poll_every_s,
        )

    def fit(self, request: GenerationRequest) -> Fit:
        """See ``ports.Provider``."""
        try:
            return Fit(unhonoured=map_request(request).unhonoured)
        except PayloadBuildError as error:
            return Fit(refusal=error.message)

    async def prepare(
        self, attempt_id: str, request: GenerationRequest, references: Sequence[SentReference]
    ) -> PreparedJob:
        """See ``ports.Provider``."""
        mapped = map_request(request, nonce=attempt_id)
        by_digest = {item.sha256: item for item in references}
        files = [item for item in mapped.images if not item.is_url]
        if missing := [item.path for item in files if item.sha256 not in by_digest]:
            raise PayloadBuildError(
                f"the bytes of {', '.join(missing)} are not at hand", cure="materialise references again"
            )
        require_images(mapped.endpoint, [by_digest[item.sha256] for item in files])
        urls = {item.path: item.path for item in mapped.images if item.is_url}
        for item in files:
            urls[item.path] = await self._uploads.url_of(by_digest[item.sha256])
        return PreparedJob(
            attempt_id=attempt_id,
            request=request,
            references=tuple(references),
            endpoint=mapped.endpoint.endpoint,
            payload=mapped.payload(urls),
        )

    async def submit(self, job: PreparedJob) -> Submission:
        """See ``ports.Provider``; ``submit_once`` says what it raises."""
        return await submit_once(
            self._key, self.account, self._hosts, job.endpoint, job.payload, callback_url=self._callback_url
        )

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:
        """See ``ports.Provider``; ``read_job`` says what it raises."""
        submission = self._with_handles(submission, request)
        async with asking(self._hosts.queue, self._key, self.account) as asker:
            status = await read_job(asker, submission, self._rates)
        if status.failure and status.failure.error_type in _UNREADABLE_IMAGES:
            await asyncio.to_thread(self._uploads.forget, [item.sha256 for item in request.all_references])
        if status.state is JobState.COMPLETED and (left_out := _left_out(request)):
            status = replace(status, result={**status.result, "left_out_references": left_out})
        return status

    async def fetch(
        self,
        submission: Submission,
        status: JobStatus,
        request: GenerationRequest,  # noqa: ARG002  the result says where its media is
        references: Sequence[SentReference],  # noqa: ARG002
        destination: Path,
    ) -> None:
        """See ``ports.Provider``; ``download_media`` says what it raises."""
        media: Any = status.result.get("media")
        if not isinstance(media, dict):
            raise ProviderError(
                f"the record of fal's job {submission.request_id} names no media",
                cure="look at the job in fal's dashboard",
            )
        rules = DownloadRules(
            kind=media["kind"], size_bytes=media.get("file_size"), loopback=self._hosts.on_this_machine
        )
        await download_media(media["url"], destination, rules)

    async def cancel(self, submission: Submission, request: GenerationRequest) -> None:
        """See ``ports.Provider``. A job that is done already, or unknown, is not an error.

        Raises:
            ProviderError: fal could not be asked, or refused.
        """
        cancel_url = self._with_handles(submission, request).handles["cancel_url"]
        async with asking(self._hosts.queue, self._key, self.account) as asker:
            answer = await asker.ask("PUT", cancel_url)
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) or answer.status >= HTTPStatus(
            500
        ):
            raise ProviderError(
                f"fal did not take the wish to cancel {submission.request_id} ({answer.said})",
                cure="cancel it in fal's dashboard",
            )

    def _with_handles(self, submission: Submission, request: GenerationRequest) -> Submission:
        """The submission; where a person, or a bill, said which job it is, with fal's usual URLs."""
        if submission.handles:
            return submission
        endpoint = map_request(request).endpoint.endpoint
        handles = usual_handles(self._hosts, endpoint, submission.request_id)
        return replace(submission, handles=handles)

    async def bills(self, since: str, until: str) -> Sequence[Bill]:
        """See ``ports.ProviderRecords``; ``FalRecords`` says what it raises."""
        return await self._records.bills(since, until)

    async def close(self) -> None:
        """See ``ports.Provider``. Nothing is open between two operations."""


def open_fal() -> FalProvider | None:
    """The provider with the key of the environment; ``None`` where it has none.

    ``FAL_BASE_URL`` names a gateway that fal is behind, see ``FalHosts.behind``.

    Raises:
        UsageError: what the environment has can not be a key, or may not be sent to that gateway.
    """
    key = secret_from_environment(VARIABLE)
    if key is None:
        return None
    account = SharedAccount("fal", key, limits_of("fal", USUAL_LIMITS))
    base_url = os.environ.get("FAL_BASE_URL", "").strip().rstrip("/")
    hosts = FalHosts.behind(base_url) if base_url else FalHosts()
    if not is_fetchable(hosts.queue, loopback=True):
        raise UsageError("FAL_BASE_URL is not https", cure="the key is sent there: use https, or unset it")
    return FalProvider(key, account, hosts, callback_url=read_environment().callback_url("fal"))


def _honours(endpoint: Endpoint) -> list[str]:
    taken = {
        "seed": endpoint.seed,
        "audio": endpoint.audio,
        "references": endpoint.references,
        "start_frame": endpoint.start_frame,
        "end_frame": endpoint.end_frame,
    }
    return [name for name, field in taken.items() if field]


def _left_out(request: GenerationRequest) -> list[str]:
    """Paths of the references that were not sent; none where today's table can not say."""
    try:
        mapped = map_request(request)
    except PayloadBuildError:
        return []
    return [item.path for item in mapped.left_out]
