"""``boards``: drawing a cell's storyboard, or re-attaching the one that answers the same request."""

from recoil_assets.domain.attempt import Attempt
from recoil_assets.domain.board import NOT_REQUIRED, Board
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.scene import Beat, SceneBody, SceneManifest
from recoil_assets.production.attempts import Order
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.finishing import finish_board
from recoil_assets.production.gates import usable
from recoil_assets.production.outcome import Fact, Materialised, Picture
from recoil_assets.production.pictures import digest_of_media, is_whole, made_picture
from recoil_assets.production.requests import board_request
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
    if work.cell in work.options.finish:
        board = await finish_board(work, manifest, beat)
    board = usable(work.studio, board) or board
    return Materialised(
        cell=work.cell,
        stage=BOARDS,
        data_version=board.version,
        consumed=consumed,
        facts={
            "board": _shown(work, board.picture, ", ".join(board.shot_ids)),
            **_finish_facts(work, board),
            "picture": work.studio.media.path(board.picture),
            "digest": board.digest,
            "shots": ", ".join(board.shot_ids),
            "drawn_by": f"{board.provider} {board.model}",
        },
    )


def _finish_facts(work: CellWork, board: Board) -> dict[str, Fact]:
    """The finish, to be seen beside the drawing that it was made from; nothing where there is none on disk."""
    finish = board.finish
    if finish is None:
        return {}
    made = {"finished_by": f"{finish.provider} {finish.model}", "finish_attempt": finish.attempt_id}
    if not work.studio.media.present(finish.picture):
        return {**made, "finish": f"{finish.picture} is missing"}
    return {**made, "finish": _shown(work, finish.picture, "finish")}


def _shown(work: CellWork, relative: str, what: str) -> Picture:
    path = work.studio.media.path(relative)
    return Picture(
        webp=work.studio.editorial.thumbnail(path, max_bytes=THUMBNAIL_BYTES),
        path=path,
        caption=f"{work.cell.episode} {work.cell.batch}: {what}",
    )


async def _board_for(work: CellWork, manifest: SceneManifest, body: SceneBody, beat: Beat) -> Board:
    studio, episode = work.studio, work.cell.episode
    request = board_request(beat, work.choices)
    with studio.locks.beat(episode, beat.shot_set):
        board = answering_board(studio, body, beat, request)
        if board is None:
            order = Order(kind="board", beat=beat, request=request, manifest=manifest)
            attempt = await made_picture(work, order, lambda _: None)
            board = _board_of(attempt, body, beat)
        studio.boards.attach(board)
        return board


def answering_board(studio: Studio, body: SceneBody, beat: Beat, request: GenerationRequest) -> Board | None:
    """The board that answers a drawing request already, with its picture; ``None`` where one is to be drawn."""
    known = studio.boards.find(body.episode, beat.shot_set, request.digest)
    if known is None or not is_whole(studio, known.picture, known.picture_digest):
        return None
    return known.model_copy(update={"batch": body.batch, "scene_digest": body.digest})


def _board_of(attempt: Attempt, body: SceneBody, beat: Beat) -> Board:
    return Board(
        episode=body.episode,
        batch=body.batch,
        picture=attempt.intent.media_path,
        picture_digest=digest_of_media(attempt),
        shot_set=beat.shot_set,
        shot_ids=beat.shot_ids,
        scene_digest=body.digest,
        request_digest=attempt.intent.basis,
        attempt_id=attempt.attempt_id,
        provider=attempt.intent.provider,
        model=attempt.intent.sent.model,
    )
