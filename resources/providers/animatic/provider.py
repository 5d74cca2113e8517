"""The animatic provider: draws boards and renders takes on this machine, at no cost.

It implements ``ports.Provider`` like any paid service: a job is submitted, polled and fetched. All of the
work is done when a job is fetched, because nothing has to be paid for or waited for before.
"""

import asyncio
import os
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

from recoil_assets.domain.errors import ProviderError, UsageError
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.fit import fit_by_capabilities
from recoil_assets.production.ports import (
    Capabilities,
    Fit,
    JobState,
    JobStatus,
    PreparedJob,
    SentReference,
    Submission,
)
from resources.providers.account import OpenAccount
from resources.providers.animatic.film.take import render_take
from resources.providers.animatic.pictures import open_pictures
from resources.providers.animatic.sheet.board import draw_board

_MODELS: dict[str, frozenset[str]] = {
    "animatic-board": frozenset({"board"}),
    "animatic": frozenset({"video_i2v", "r2v_multi"}),
}
_HONOURS = frozenset({"seed", "references", "start_frame", "end_frame"})
_MOST_REFERENCES = 12


class AnimaticProvider:
    """Boards and takes drawn here."""

    name = "animatic"

    def __init__(self) -> None:
        self.account = OpenAccount()
        self._workers = os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="animatic")

    def capabilities(self, model: str) -> Capabilities:
        """See ``ports.Provider``."""
        if model not in _MODELS:
            raise UsageError(
                f"the animatic provider has no model {model!r}",
                cure=f"use one of: {', '.join(_MODELS)}",
            )
        return Capabilities(
            modalities=_MODELS[model],
            max_references=_MOST_REFERENCES,
            honours=_HONOURS if model == "animatic" else _HONOURS - {"start_frame", "end_frame"},
            concurrency=self._workers,
        )

    def fit(self, request: GenerationRequest) -> Fit:
        """See ``ports.Provider``."""
        return fit_by_capabilities(request, self.capabilities(request.model))

    async def prepare(
        self, attempt_id: str, request: GenerationRequest, references: Sequence[SentReference]
    ) -> PreparedJob:
        """See ``ports.Provider``. References are read when the job is fetched."""
        self._require(request)
        return PreparedJob(attempt_id=attempt_id, request=request, references=tuple(references))

    async def submit(self, job: PreparedJob) -> Submission:
        """See ``ports.Provider``. Nothing is sent; the job's name follows from the request."""
        return Submission(request_id=f"animatic-{job.request.digest[:24]}")

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:  # noqa: ARG002
        """See ``ports.Provider``. A job is always complete, and free.

        A reference that is a URL is not fetched; the result names those left out.
        """
        left_out = [reference.path for reference in request.all_references if reference.is_url]
        result = {"left_out_references": left_out} if left_out else {}
        return JobStatus(JobState.COMPLETED, result=result, cost_usd=Decimal(0), cost_is_billed=True)

    async def fetch(
        self,
        submission: Submission,  # noqa: ARG002  the request says everything
        status: JobStatus,  # noqa: ARG002
        request: GenerationRequest,
        references: Sequence[SentReference],
        destination: Path,
    ) -> None:
        """See ``ports.Provider``. Renders in a worker thread; a fetch that is cancelled stops at its next frame.

        Raises:
            ProviderError: a reference can not be read, or rendering failed; nothing is at ``destination``.
        """
        self._require(request)
        stop = threading.Event()
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._pool, _render, request, references, destination, stop.is_set)
        except asyncio.CancelledError:
            stop.set()
            raise

    async def cancel(self, submission: Submission, request: GenerationRequest) -> None:
        """See ``ports.Provider``. There is nothing to stop: work is done while it is fetched."""

    async def close(self) -> None:
        """See ``ports.Provider``."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _require(self, request: GenerationRequest) -> None:
        modalities = self.capabilities(request.model).modalities
        if request.modality not in modalities:
            raise UsageError(
                f"the animatic provider's model {request.model!r} makes no {request.modality!r}",
                cure=f"it makes: {', '.join(sorted(modalities))}",
            )


def _render(
    request: GenerationRequest,
    references: Sequence[SentReference],
    destination: Path,
    stopped: Callable[[], bool],
) -> None:
    """Render beside ``destination`` and move the whole file there: what is there is always complete."""
    pictures = open_pictures(references)
    partial = destination.with_name(f"{destination.name}.{uuid.uuid4().hex[:12]}")
    try:
        if request.modality == "board":
            partial.write_bytes(draw_board(request, pictures))
        else:
            render_take(partial, request, pictures, stopped)
        partial.replace(destination)
    except OSError as error:
        raise ProviderError(
            f"rendering {destination.name} failed: {error}",
            cure="see that the disk has room and can be written",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
