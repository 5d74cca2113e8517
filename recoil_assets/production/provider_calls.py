"""Calls of a provider, and what counts as an answer: a submit is made once, asking is repeated at will."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from recoil_assets.domain.attempt import Attempt
from recoil_assets.domain.errors import ProviderError, RecoilError
from recoil_assets.production.job_facts import completed_of, submission_of
from recoil_assets.production.ports import (
    JobStatus,
    PreparedJob,
    Provider,
    SentReference,
    Submission,
    SubmissionUnknownError,
)

FETCH_TRIES = 3
_FETCH_PAUSE_S = 0.5


async def prepare(provider: Provider, attempt: Attempt, references: Sequence[SentReference]) -> PreparedJob:
    """The job as it will be sent; ``ProviderError`` where it can not be made ready now."""
    with _asking(provider, "make its job ready"):
        return await provider.prepare(attempt.intent.job_name, attempt.intent.sent, references)


async def submit(provider: Provider, job: PreparedJob) -> Submission:
    """Send the job, once. Raises what the provider raises; without a request id nobody knows."""
    submission = await provider.submit(job)
    if not submission.request_id:
        raise SubmissionUnknownError(f"{provider.name} gave no request id")
    return submission


async def poll(provider: Provider, attempt: Attempt) -> JobStatus:
    """Ask how the job is; ``ProviderError`` where it can not be asked now."""
    submission = submission_of(attempt)
    if submission is None:
        raise RecoilError(f"attempt {attempt.attempt_id} has no request id to poll", cure="run recoil doctor")
    with _asking(provider):
        return await provider.poll(submission, attempt.intent.sent)


async def cancel(provider: Provider, attempt: Attempt) -> None:
    """Ask the provider to stop the job; ``ProviderError`` where that can not be asked."""
    submission = submission_of(attempt)
    if submission is None:
        raise RecoilError(
            f"attempt {attempt.attempt_id} has no request id to cancel", cure="run recoil doctor"
        )
    with _asking(provider, "be asked to stop its job"):
        await provider.cancel(submission, attempt.intent.request)


async def fetch(
    provider: Provider,
    attempt: Attempt,
    references: Sequence[SentReference],
    partial: Path,
    *,
    tries: int = FETCH_TRIES,
) -> None:
    """Write the completed job's media to ``partial``; ``ProviderError``, and no file, where none came."""
    while True:
        tries -= 1
        try:
            await _fetch_once(provider, attempt, references, partial)
        except ProviderError:
            await asyncio.to_thread(partial.unlink, missing_ok=True)
            if tries <= 0:
                raise
            await asyncio.sleep(_FETCH_PAUSE_S)
        else:
            return


async def _fetch_once(
    provider: Provider, attempt: Attempt, references: Sequence[SentReference], partial: Path
) -> None:
    submission, status = submission_of(attempt), completed_of(attempt)
    if submission is None or status is None:
        raise RecoilError(f"attempt {attempt.attempt_id} has no result to fetch", cure="run recoil doctor")
    with _asking(provider):
        await provider.fetch(submission, status, attempt.intent.sent, references, partial)
    if not _holds_something(partial):
        raise ProviderError(f"{provider.name} gave nothing for {submission.request_id}")


def _holds_something(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


@contextmanager
def _asking(provider: Provider, what: str = "be asked about its job") -> Iterator[None]:
    """Whatever goes wrong around a POST is one provider's failure, not the end of a run."""
    try:
        yield
    except RecoilError:
        raise
    except Exception as error:
        raise ProviderError(
            f"{provider.name} could not {what} ({type(error).__name__}: {error})",
            cure="nothing is sent again; materialise the cell again to go on from here",
        ) from error
