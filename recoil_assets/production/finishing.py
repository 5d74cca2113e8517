"""Finishing: a photoreal picture made from an approved drawing, when a person asks for it."""

from recoil_assets.domain.attempt import AttemptIntent
from recoil_assets.domain.board import Board, BoardStanding, Finish, board_cure
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import BlockedError, UsageError
from recoil_assets.domain.price import Estimate
from recoil_assets.domain.scene import Beat, SceneBody, SceneManifest
from recoil_assets.production.attempts import Order
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.gates import require_manifest, view_board
from recoil_assets.production.pictures import digest_of_media, is_whole, made_picture
from recoil_assets.production.price_ceiling import check_price_ceiling
from recoil_assets.production.requests import finish_request, rate_of
from recoil_assets.production.studio import Studio


async def finish_board(work: CellWork, manifest: SceneManifest, beat: Beat) -> Board:
    """The cell's board with a finish of it as it is approved: the one that answers already, or a new one.

    The finish stands in the board it was made from, so the approval stays, and a redrawn board has none. From
    then on it is sent instead of the drawing: what was made with that is stale.

    Raises:
        BlockedError: the drawing is not approved, its approval's price ceiling is reached, or a paid finish is gone.
        UsageError: no model is set for it.
    """
    studio = work.studio
    _, board = _approved(work)
    request = finish_request(studio, beat, work.choices, board)
    with studio.locks.beat(work.cell.episode, beat.shot_set):
        known = board.finish
        answers = known is not None and known.request_digest == request.digest
        if known and answers and is_whole(studio, known.picture, known.picture_digest):
            return board
        order = Order(kind="finish", beat=beat, request=request, manifest=manifest, board_digest=board.digest)
        attempt = await made_picture(work, order, lambda intent: _require_still(work, board, intent))
        finish = Finish(
            picture=attempt.intent.media_path,
            picture_digest=digest_of_media(attempt),
            request_digest=request.digest,
            attempt_id=attempt.attempt_id,
            provider=attempt.intent.provider,
            model=request.model,
        )
        finished = board.model_copy(update={"finish": finish})
        studio.boards.attach(finished)
    studio.note("board_finished", cell=work.cell.key, board=board.digest, finish=finish.picture)
    return finished


def finish_quote(studio: Studio, cell: Cell) -> Estimate:
    """What a finish of the cell's board costs at most; asks nobody and writes nothing.

    Raises:
        UsageError: no model is set for it, or the cell has no board to finish.
    """
    manifest = require_manifest(studio, cell)
    body = studio.scenes.body(cell, manifest.active_version.digest)
    beat, board = body.board_beat, view_board(studio, body).board
    if beat is None or board is None:
        raise UsageError(
            f"{cell} has no board to finish", cure=f"see where they stand: recoil board list {cell.episode}"
        )
    request = finish_request(studio, beat, studio.choices(cell.episode), board)
    return studio.estimate(request, rate_of(studio, beat, request.model))


def _approved(work: CellWork) -> tuple[SceneBody, Board]:
    _, body = work.scene()
    view = view_board(work.studio, body)
    if view.board is None or view.standing is not BoardStanding.APPROVED:
        raise BlockedError(
            view.standing.value,
            f"the board of {work.cell} is not approved ({view.named}): only an approved drawing is finished",
            cure=board_cure(view.standing, work.cell.episode, work.cell.batch),
        )
    return body, view.board


def _require_still(work: CellWork, board: Board, intent: AttemptIntent) -> None:
    """Refuse to pay for the finish of a drawing taken back or redrawn, or for more than its approval allows."""
    body, now = _approved(work)
    if now.digest != board.digest:
        raise BlockedError(
            "board_changed",
            f"the board of {work.cell} was redrawn while its finish was prepared",
            cure="look at the board that is there now, decide, and finish that",
        )
    check_price_ceiling(work.studio, body, intent)
