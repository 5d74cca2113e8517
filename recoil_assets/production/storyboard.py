"""``boards``: drawing a cell's storyboard, or re-attaching the one that answers the same request."""

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.board import NOT_REQUIRED, Board
from recoil_assets.domain.digest import short
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.money import ZERO
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.scene import Beat, SceneBody, SceneManifest
from recoil_assets.production.attempts import Order, open_intent, read_references
from recoil_assets.production.carrying_out import carry_out, media_missing, require_asked_for, unsettled
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.dispatch import Clearance
from recoil_assets.production.outcome import Materialised, Picture
from recoil_assets.production.requests import board_request, rate_of
from recoil_assets.production.stages import BOARDS, SCENE_VERSIONS
from recoil_assets.production.studio import Studio

THUMBNAIL_BYTES = 22_000
"""A picture in Dagster metadata is stored in the event log: base64 of this stays under 32 KB."""


async def draw_board(work: CellWork) -> Materialised:
    """The board of the cell's active version; ``not_required`` where the batch is below threshold.

    A board that answers the same drawing request is re-attached, so no approval is lost and nothing is drawn
    or paid for twice. Drawing for a version marks it derived.
    """
    consumed = work.consumed(BOARDS)
    manifest, body = work.scene()
    work.require_recorded(SCENE_VERSIONS, body.digest)
    beat = body.board_beat
    if beat is None:
        return Materialised(
            cell=work.cell,
            stage=BOARDS,
            data_version=NOT_REQUIRED,
            consumed=consumed,
            facts={"state": NOT_REQUIRED, "why": "below threshold: generated shot by shot, without a board"},
        )
    board = await _board_for(work, manifest, body, beat)
    work.studio.scenes.mark_derived(work.cell, body.digest)
    picture = work.studio.media.path(board.picture)
    return Materialised(
        cell=work.cell,
        stage=BOARDS,
        data_version=board.digest,
        consumed=consumed,
        facts={
            "board": Picture(
                webp=work.studio.editorial.thumbnail(picture, max_bytes=THUMBNAIL_BYTES),
                path=picture,
                caption=f"{work.cell.episode} {work.cell.batch}: {', '.join(board.shot_ids)}",
            ),
            "picture": picture,
            "digest": board.digest,
            "shots": ", ".join(board.shot_ids),
            "drawn_by": f"{board.provider} {board.model}",
        },
    )


async def _board_for(work: CellWork, manifest: SceneManifest, body: SceneBody, beat: Beat) -> Board:
    studio, episode = work.studio, work.cell.episode
    request = board_request(beat, work.choices)
    with studio.locks.beat(episode, beat.shot_set):
        board = answering_board(studio, body, beat, request)
        if board is None:
            attempt = await _drawn(work, manifest, beat, request)
            board = _board_of(attempt, body, beat)
        studio.boards.attach(board)
        return board


def answering_board(studio: Studio, body: SceneBody, beat: Beat, request: GenerationRequest) -> Board | None:
    """The board that answers a drawing request already, with its picture; ``None`` where one is to be drawn."""
    known = studio.boards.find(body.episode, beat.shot_set, request.digest)
    if known is None or not _is_whole(studio, known.picture, known.picture_digest):
        return None
    return known.model_copy(update={"batch": body.batch, "scene_digest": body.digest})


async def _drawn(work: CellWork, manifest: SceneManifest, beat: Beat, request: GenerationRequest) -> Attempt:
    """A succeeded drawing of ``request``: one that is there already, or a new one.

    Raises:
        UnsettledError: an earlier drawing may have been sent, or is still with the provider.
        BlockedError: a paid picture is gone or altered; it is not bought again unasked.
    """
    earlier = work.studio.journal.attempts(work.cell.episode, "board", beat.shot_set)
    if any(attempt.is_open for attempt in earlier):
        raise unsettled(f"the board of {work.cell}", earlier)
    work.studio.media.require_root()
    made = [attempt for attempt in earlier if attempt.succeeded and attempt.intent.basis == request.digest]
    for attempt in reversed(made):
        if await _picture_is_there(work, attempt):
            return attempt
        altered = work.studio.media.present(attempt.intent.media_path)
        if attempt.intent.estimate_usd > ZERO and (altered or work.cell.batch not in work.options.recover):
            quoted = work.studio.estimate(request, rate_of(work.studio, beat, request.model)).usd
            raise media_missing(work, attempt, quoted, altered=altered)
    require_asked_for(work, BOARDS)
    references = read_references(work.studio, request)
    intent = open_intent(work, Order(kind="board", beat=beat, request=request, manifest=manifest), earlier)

    def look_again() -> None:
        work.require_planned_still()
        now, _ = work.scene()
        work.require_recorded(SCENE_VERSIONS, now.active_version.digest)

    attempt = await carry_out(work, intent, Clearance(look_again=look_again, references=references))
    if attempt.is_open:
        raise unsettled(f"the board of {work.cell}", [attempt])
    if not attempt.succeeded:
        raise RecoilError(
            f"the board of {work.cell} was not drawn: {attempt.error}",
            cure="materialise boards for this cell again",
        )
    return attempt


async def _picture_is_there(work: CellWork, attempt: Attempt) -> bool:
    """Whether the picture of a succeeded drawing is on disk as it was drawn; a missing one is fetched again."""
    path = attempt.intent.media_path
    if not work.studio.media.present(path):
        return await work.dispatcher.refetch(attempt, ())
    downloaded = attempt.record(AttemptState.DOWNLOADED)
    return downloaded is not None and _is_whole(work.studio, path, str(downloaded.facts["sha256"]))


def _is_whole(studio: Studio, path: str, sha256: str) -> bool:
    return studio.media.present(path) and studio.media.digest(path) == sha256


def _board_of(attempt: Attempt, body: SceneBody, beat: Beat) -> Board:
    downloaded = attempt.record(AttemptState.DOWNLOADED)
    if downloaded is None:
        raise RecoilError(
            f"drawing {short(attempt.intent.basis)} has no picture", cure="materialise boards again"
        )
    return Board(
        episode=body.episode,
        batch=body.batch,
        picture=attempt.intent.media_path,
        picture_digest=str(downloaded.facts["sha256"]),
        shot_set=beat.shot_set,
        shot_ids=beat.shot_ids,
        scene_digest=body.digest,
        request_digest=attempt.intent.basis,
        attempt_id=attempt.attempt_id,
        provider=attempt.intent.provider,
        model=attempt.intent.request.model,
    )
