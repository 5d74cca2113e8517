"""Making one picture, a drawing or a finish: a paid attempt like any, and none where it was made already."""

from collections.abc import Callable

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptState
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.money import ZERO
from recoil_assets.production.attempts import Order, open_intent, read_references
from recoil_assets.production.carrying_out import (
    carry_out,
    cure_of_refusal,
    media_missing,
    require_asked_for,
    unsettled,
)
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.dispatch import Clearance
from recoil_assets.production.requests import rate_of
from recoil_assets.production.stages import BOARDS, SCENE_VERSIONS
from recoil_assets.production.studio import Studio


async def made_picture(work: CellWork, order: Order, still: Callable[[AttemptIntent], None]) -> Attempt:
    """A succeeded picture of what is ordered: one that is there already, or a new one. The caller owns the beat.

    Args:
        still: raises where something besides plan and version does not hold for the attempt: asked before it
            begins, and at the moment of spending.

    Raises:
        UnsettledError: an earlier picture may have been sent, or is still with the provider.
        BlockedError: a paid picture is gone or altered; it is not bought again unasked.
    """
    beat, request = order.beat, order.request
    what = f"the {order.kind} of {work.cell}"
    earlier = work.studio.journal.attempts(work.cell.episode, order.kind, beat.shot_set)
    if any(attempt.is_open for attempt in earlier):
        raise unsettled(what, earlier)
    work.studio.media.require_root()
    made = [attempt for attempt in earlier if attempt.succeeded and attempt.intent.basis == request.digest]
    for attempt in reversed(made):
        if await _picture_is_there(work, attempt):
            return attempt
        altered = work.studio.media.present(attempt.intent.media_path)
        if attempt.intent.estimate_usd > ZERO and (altered or work.cell not in work.options.recover):
            quoted = work.studio.estimate(request, rate_of(work.studio, beat, request.model)).usd
            raise media_missing(work, attempt, quoted, altered=altered)
    require_asked_for(work, BOARDS)
    references = read_references(work.studio, request)
    intent = open_intent(work, order, earlier)
    still(intent)

    def look_again() -> None:
        work.require_planned_still()
        now, _ = work.scene()
        work.require_recorded(SCENE_VERSIONS, now.active_version.digest)
        still(intent)

    attempt = await carry_out(work, intent, Clearance(look_again=look_again, references=references))
    if attempt.is_open:
        raise unsettled(what, [attempt])
    if not attempt.succeeded:
        raise RecoilError(
            f"{what} was not made: {attempt.error}",
            cure="see to the reason, then ask for it again" if attempt.was_sent else cure_of_refusal(attempt),
        )
    return attempt


async def _picture_is_there(work: CellWork, attempt: Attempt) -> bool:
    """Whether the picture of a succeeded drawing is on disk as it was drawn; a missing one is fetched again."""
    path = attempt.intent.media_path
    if not work.studio.media.present(path):
        return await work.dispatcher.refetch(attempt, ())
    downloaded = attempt.record(AttemptState.DOWNLOADED)
    return downloaded is not None and is_whole(work.studio, path, str(downloaded.facts["sha256"]))


def is_whole(studio: Studio, path: str, sha256: str) -> bool:
    """Whether the file is there and is what was fetched."""
    return studio.media.holds(path, sha256)


def digest_of_media(attempt: Attempt) -> str:
    """SHA-256 of what a succeeded attempt fetched."""
    downloaded = attempt.record(AttemptState.DOWNLOADED)
    if downloaded is None:
        raise RecoilError(f"attempt {attempt.attempt_id} has no picture", cure="run recoil doctor")
    return str(downloaded.facts["sha256"])
