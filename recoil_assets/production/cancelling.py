"""Asking a provider to stop a job. Nothing else changes: what became of the job is found out by polling it.

A provider may finish a job it was asked to stop, and bill it. So the attempt stays as it is and its money stays
held; the next run asks how the job is, and books what the provider says.
"""

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.errors import BlockedError, UsageError
from recoil_assets.production import provider_calls
from recoil_assets.production.ports import Provider
from recoil_assets.production.studio import Studio


async def cancel(studio: Studio, episode: str, attempt_id: str, *, asked_by: str) -> Attempt:
    """Ask the provider to stop the job of an attempt of ``episode``; who asked is kept in the operations log.

    The beat is owned meanwhile: a run that polls the job would take its end for a failure like any other, and
    might send it anew.

    Returns:
        the attempt, as it was.

    Raises:
        UsageError: nobody is named, or the attempt is another episode's.
        RecoilError: there is no such attempt.
        BlockedError: ``in_progress_elsewhere`` while a run owns its beat; ``request_id_unknown`` where nobody knows
            which job it is; ``nothing_to_cancel`` where no job of it runs.
        ProviderError: the provider could not be asked, refused, or has no way to stop a job.
    """
    if not asked_by.strip():
        raise UsageError("a wish to cancel says whose it is", cure="name them: --by NAME")
    intent = studio.journal.attempt(attempt_id).intent
    if intent.episode != episode:
        raise UsageError(
            f"attempt {attempt_id} is of {intent.episode}, not of {episode}", cure=f"name {intent.episode}"
        )
    with studio.locks.beat(episode, intent.shot_set):
        attempt = _running(studio.journal.attempt(attempt_id))
        await provider_calls.cancel(_provider(studio, attempt), attempt)
    studio.note("cancel_asked", attempt_id=attempt_id, provider=intent.provider, asked_by=asked_by)
    return attempt


def _running(attempt: Attempt) -> Attempt:
    """The attempt, where a job of it is with its provider and is known by its id."""
    if attempt.state in (AttemptState.SENDING, AttemptState.UNKNOWN) and not attempt.record(
        AttemptState.SUBMITTED
    ):
        raise BlockedError(
            "request_id_unknown",
            f"nobody knows which job attempt {attempt.attempt_id} is, or whether there is one",
            cure="find it in the provider's own list, then recoil take resolve with --taken REQUEST_ID",
        )
    if attempt.state is not AttemptState.SUBMITTED:
        raise BlockedError(
            "nothing_to_cancel",
            f"attempt {attempt.attempt_id} is {attempt.state}: no job of it runs",
            cure="recoil take list shows what became of it",
        )
    return attempt


def _provider(studio: Studio, attempt: Attempt) -> Provider:
    provider = studio.providers.get(attempt.intent.provider)
    if provider is None:
        raise UsageError(
            f"attempt {attempt.attempt_id} is with {attempt.intent.provider!r}, which is not set up here",
            cure="set that provider up, or cancel the job in its own pages",
        )
    return provider
