"""The FLORA provider: ``ports.Provider`` and ``ports.ProviderRecords`` over FLORA's API."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from recoil_assets.domain.errors import PayloadBuildError, ProviderError, RecoilError, UsageError
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.ports import (
    Bill,
    Capabilities,
    Fit,
    JobState,
    JobStatus,
    NotSentError,
    PreparedJob,
    SentReference,
    Submission,
)
from resources.environment import read_environment
from resources.providers.account import SharedAccount, limits_of
from resources.providers.account_rules import Limits
from resources.providers.addresses import is_fetchable
from resources.providers.flora.jobs import read_run
from resources.providers.flora.mapping import Mapped, map_request
from resources.providers.flora.models import FloraModel, flora_models
from resources.providers.flora.records import family, family_of, made_ms, moment, moment_ms, runs_since
from resources.providers.flora.submitting import Looks, submit_once
from resources.providers.flora.uploads import Uploads
from resources.providers.flora.wire import BASE_URL, Place, Wire, amount, is_run_id
from resources.providers.media_download import DownloadRules, MediaGoneError, download_media
from resources.providers.secret import Secret, secret_from_environment

VARIABLE = "FLORA_API_KEY"
_AGAIN_S = 10.0
"""Before a job is made ready again whose pictures could not be uploaded."""
POLL_EVERY_S = 3.0
"""FLORA asks for 2 to 5 seconds between polls."""
USUAL_LIMITS = Limits(concurrency=8, per_minute=120)
"""FLORA publishes no limits; these are modest, and the environment may say others."""


class FloraProvider:
    """Boards and takes made at FLORA.

    Args:
        key: opens the workspace.
        place: whose generations they are.
        account: the workspace as all runs on this machine share it.
        poll_every_s: seconds between two questions about a run.
        looks: how the run of a POST whose answer was lost is looked for.
    """

    name = "flora"

    def __init__(
        self,
        key: Secret,
        place: Place,
        account: SharedAccount,
        *,
        poll_every_s: float = POLL_EVERY_S,
        looks: Looks = Looks(),  # noqa: B008  frozen
    ) -> None:
        self.account = account
        self._place = place
        self._poll_every_s = poll_every_s
        self._looks = looks
        self._wire = Wire(key, place, account)
        self._uploads = Uploads(self._wire)

    def capabilities(self, model: str) -> Capabilities:
        """See ``ports.Provider``."""
        known = self._model(model)
        honours = {"references"} | ({"start_frame"} if known.image else set())
        return Capabilities(
            modalities=frozenset(known.makes),
            max_references=known.most_images,
            honours=frozenset(honours),
            concurrency=USUAL_LIMITS.concurrency,
            poll_every_s=self._poll_every_s,
        )

    def fit(self, request: GenerationRequest) -> Fit:
        """See ``ports.Provider``."""
        try:
            return Fit(unhonoured=self._mapped(request).unhonoured)
        except PayloadBuildError as error:
            return Fit(refusal=error.message)

    async def prepare(
        self, attempt_id: str, request: GenerationRequest, references: Sequence[SentReference]
    ) -> PreparedJob:
        """See ``ports.Provider``."""
        mapped = self._mapped(request)
        by_digest = {item.sha256: item for item in references}
        addresses = []
        for picture in mapped.pictures:
            if not picture.is_url and picture.sha256 not in by_digest:
                raise PayloadBuildError(
                    f"the bytes of {picture.path} are not at hand", cure="materialise references again"
                )
            addresses.append(
                picture.path if picture.is_url else await self._uploads.address_of(by_digest[picture.sha256])
            )
        return PreparedJob(
            attempt_id=attempt_id,
            request=request,
            references=tuple(references),
            endpoint=family(mapped.endpoint),
            payload={
                "type": mapped.kind,
                "prompt": request.prompt,
                "model": mapped.endpoint,
                "workspace_id": self._place.workspace,
                "project_id": self._place.project,
                "params": mapped.with_addresses(addresses),
                **({"callback_url": self._place.callback_url} if self._place.callback_url else {}),
            },
        )

    async def submit(self, job: PreparedJob) -> Submission:
        """See ``ports.Provider``; ``submit_once`` says what it raises.

        The job may have waited for its place for long: it is sent with addresses of its pictures that are good now.
        """
        try:
            ready = await self.prepare(job.attempt_id, job.request, job.references)
            pictures = [item.sha256 for item in self._mapped(job.request).pictures if not item.is_url]
        except RecoilError as error:
            raise NotSentError(
                f"nothing was sent, for it could not be made ready again: {error.message}",
                retry_after_s=_AGAIN_S,
                cure=error.cure,
            ) from error
        return await submit_once(self._wire, ready, self._looks, partial(self._uploads.are_good, pictures))

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:
        """See ``ports.Provider``; ``read_run`` says what it raises."""
        run = await self._run(submission)
        status = read_run(run, "image" if request.modality == "board" else "video")
        if status.failure and status.failure.error_type == "input_unreachable":
            await asyncio.to_thread(self._uploads.forget, [item.sha256 for item in request.all_references])
        if status.state is JobState.COMPLETED and (left_out := self._left_out(request)):
            return replace(status, result={**status.result, "left_out_references": left_out})
        return status

    async def fetch(
        self,
        submission: Submission,
        status: JobStatus,
        request: GenerationRequest,
        references: Sequence[SentReference],  # noqa: ARG002  FLORA has them
        destination: Path,
    ) -> None:
        """See ``ports.Provider``. An address that is no longer good is asked for again, once.

        Raises:
            ProviderError: what ``download_media`` raises, and what ``poll`` does.
        """
        kind: Literal["image", "video"] = "image" if request.modality == "board" else "video"
        rules = DownloadRules(kind=kind, loopback=self._place.on_this_machine)
        try:
            await download_media(_address(status, submission), destination, rules)
        except MediaGoneError:
            fresh = await self.poll(submission, request)
            await download_media(_address(fresh, submission), destination, rules)

    async def cancel(
        self,
        submission: Submission,
        request: GenerationRequest,  # noqa: ARG002
    ) -> None:
        """See ``ports.Provider``. FLORA has no way to stop a run.

        Raises:
            ProviderError: always.
        """
        raise ProviderError(
            f"FLORA has no way to stop run {submission.request_id}",
            cure="wait for it; it is paid for already",
        )

    async def bills(self, since: str, until: str) -> Sequence[Bill]:
        """See ``ports.ProviderRecords``. The runs of Recoil's project, by FLORA's own list.

        A run that has no charge yet has no line. FLORA lists no key of ours, so no line names an attempt.
        """
        runs = await runs_since(self._wire, moment_ms(since))
        lines = ((run, amount(run.get("charged_cost"))) for run in runs if made_ms(run) <= moment_ms(until))
        return [
            Bill(str(run["run_id"]), family_of(run), moment(made_ms(run)), cost)
            for run, cost in lines
            if cost is not None and run.get("status") in ("completed", "failed")
        ]

    async def close(self) -> None:
        """See ``ports.Provider``. Nothing is open between two exchanges."""

    async def _run(self, submission: Submission) -> dict[str, Any]:
        if not is_run_id(submission.request_id):
            raise ProviderError(
                f"{submission.request_id[:60]!r} is not the id of a run", cure="run recoil doctor"
            )
        answer = await self._wire.ask(f"/runs/{submission.request_id}")
        if answer.body.get("run_id", submission.request_id) != submission.request_id:
            raise ProviderError(f"FLORA answered about another run than {submission.request_id}")
        return answer.body

    def _mapped(self, request: GenerationRequest) -> Mapped:
        return map_request(request, self._model(request.model))

    def _left_out(self, request: GenerationRequest) -> list[str]:
        """Paths of the references that were not sent; none where today's table can not say."""
        try:
            sent = self._mapped(request).pictures
        except (PayloadBuildError, UsageError):
            return []
        return [item.path for item in request.all_references if item not in sent]

    def _model(self, model: str) -> FloraModel:
        known = flora_models().get(model)
        if known is None:
            raise UsageError(
                f"FLORA has no model {model!r} here", cure=f"use one of: {', '.join(flora_models())}"
            )
        return known


def _address(status: JobStatus, submission: Submission) -> str:
    media: Any = status.result.get("media")
    if not isinstance(media, dict) or not media.get("url"):
        raise ProviderError(
            f"FLORA names no media of run {submission.request_id}", cure="look at the run in FLORA"
        )
    return str(media["url"])


def open_flora() -> FloraProvider | None:
    """FLORA as the environment sets it up; ``None`` where there is no ``FLORA_API_KEY``.

    Raises:
        UsageError: a key without a workspace and a project, or a value that can not be one.
    """
    key = secret_from_environment(VARIABLE)
    if key is None:
        return None
    named = {name: os.environ.get(name, "").strip() for name in ("FLORA_WORKSPACE_ID", "FLORA_PROJECT_ID")}
    for (name, value), prefix in zip(named.items(), ("ws_", "prj_"), strict=True):
        if not value.startswith(prefix):
            raise UsageError(
                f"FLORA_API_KEY is set and {name} is {value or 'not set'}",
                cure=f"set {name} to the id that begins with {prefix}; give Recoil a project of its own",
            )
    base_url = os.environ.get("FLORA_BASE_URL", "").strip().rstrip("/") or BASE_URL
    place = Place(
        named["FLORA_WORKSPACE_ID"],
        named["FLORA_PROJECT_ID"],
        base_url,
        callback_url=read_environment().callback_url("flora"),
    )
    if not is_fetchable(base_url, loopback=True):
        raise UsageError("FLORA_BASE_URL is not https", cure="the key is sent there: use https, or unset it")
    account = SharedAccount("flora", key, limits_of("flora", USUAL_LIMITS))
    return FloraProvider(key, place, account)
