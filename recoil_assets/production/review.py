"""``board_reviews``, and the act of deciding: approve or reject exactly the board that was seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from recoil_assets.domain.board import (
    NOT_REQUIRED,
    Board,
    BoardStanding,
    Decision,
    Review,
    board_cure,
    with_finish,
)
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import short
from recoil_assets.domain.errors import BlockedError, RecoilError, UsageError
from recoil_assets.domain.money import show
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.gates import BoardView, check_freshness, require_manifest, view_board
from recoil_assets.production.outcome import Fact, Materialised, Table
from recoil_assets.production.stages import BOARD_REVIEWS, BOARDS
from recoil_assets.production.studio import Studio

_UNDECIDED = (BoardStanding.PROPOSED, BoardStanding.SUPERSEDED)


async def settle_review(work: CellWork) -> Materialised:
    """The cell's decision as a node of the lineage.

    Raises:
        BlockedError: the board was never drawn for the active version, or the gate is on and nobody decided
            about it yet.
    """
    consumed = work.consumed(BOARD_REVIEWS)
    manifest, body = work.scene()
    check_freshness(manifest, body)
    view = view_board(work.studio, body)
    work.require_recorded(BOARDS, view.board.version if view.board else NOT_REQUIRED)
    gate_on = work.studio.board_gate_on(work.cell.episode)
    if view.review is None and (view.standing is BoardStanding.NOT_REQUIRED or not gate_on):
        why = "the approval gate is off" if view.board else "no board applies"
        return Materialised(
            cell=work.cell,
            stage=BOARD_REVIEWS,
            data_version=NOT_REQUIRED,
            consumed=consumed,
            facts={"state": NOT_REQUIRED, "why": why},
        )
    if view.review is None:
        raise BlockedError(
            view.standing.value,
            f"the board of {work.cell} awaits a decision ({view.named})",
            cure=board_cure(view.standing, work.cell.episode, work.cell.batch),
        )
    return _decided(work.cell, view, view.review, consumed)


def recorded_review(studio: Studio, cell: Cell, recorded: Mapping[str, str]) -> Materialised | None:
    """The result of ``board_reviews`` for a cell that was just decided about.

    Args:
        recorded: data version of every stage's latest record.

    Returns:
        None where the board that is recorded is not the one that was decided about.
    """
    manifest = require_manifest(studio, cell)
    view = view_board(studio, studio.scenes.body(cell, manifest.active_version.digest))
    if view.board is None or view.review is None or recorded.get(BOARDS) != view.board.version:
        return None
    return _decided(cell, view, view.review, {BOARDS: view.board.version})


def _decided(cell: Cell, view: BoardView, review: Review, consumed: Mapping[str, str]) -> Materialised:
    return Materialised(
        cell=cell,
        stage=BOARD_REVIEWS,
        data_version=with_finish(review.digest, view.board.finish if view.board else None),
        consumed=consumed,
        facts=_facts(review, view.reviews),
        awaits=""
        if review.decision is Decision.APPROVED
        else f"rejected by {review.reviewer}: {review.note or 'no note'}",
    )


def _facts(review: Review, history: Sequence[Review]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        "decision": review.decision.value,
        "reviewer": review.reviewer,
        "decided_at": review.decided_at,
        "board": review.board_digest,
        "note": review.note,
    }
    if review.price_ceiling_usd is not None:
        facts["price_ceiling_usd"] = review.price_ceiling_usd
    facts["history"] = Table(tuple(history_row(item) for item in history))
    return facts


def history_row(review: Review) -> dict[str, str]:
    """One decision as a table row: when, what, by whom, on which board, up to which price, why."""
    ceiling = review.price_ceiling_usd
    return {
        "decided": review.decided_at[:16],
        "decision": review.decision.value,
        "reviewer": review.reviewer,
        "board": short(review.board_digest),
        "ceiling": "" if ceiling is None else show(ceiling),
        "note": review.note,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person says about a board.

    Attributes:
        seen_digest: the board they looked at; another one on disk refuses the decision. Empty takes the one
            that is there.
    """

    decision: Decision
    reviewer: str
    note: str = ""
    seen_digest: str = ""
    price_ceiling_usd: Decimal | None = None


def undecided(studio: Studio, episode: str) -> tuple[Cell, ...]:
    """The batches whose board, as it is now, nobody has decided about, in story order. Reads only."""
    roster = studio.rosters.get(episode)
    cells = [Cell(episode, batch) for batch in (roster.keys if roster else ())]
    return tuple(cell for cell in cells if _standing(studio, cell) in _UNDECIDED)


def _standing(studio: Studio, cell: Cell) -> BoardStanding:
    manifest = studio.scenes.manifest(cell)
    if manifest is None:
        return BoardStanding.NO_BOARD
    return view_board(studio, studio.scenes.body(cell, manifest.active_version.digest)).standing


def decide(studio: Studio, cell: Cell, verdict: Verdict) -> Review:
    """Record a decision about the cell's present board.

    Raises:
        UsageError: the cell has no board to decide about, or the verdict names nobody.
        BlockedError: the board that was seen is not the one that is there.
    """
    board, view = _decidable(studio, cell)
    if not verdict.reviewer.strip():
        raise UsageError("a decision needs a reviewer", cure="name one with --reviewer")
    if verdict.seen_digest and not board.digest.startswith(verdict.seen_digest):
        raise BlockedError(
            "board_changed",
            f"the board of {cell} was redrawn since {verdict.seen_digest[:12]} was seen; nothing was decided",
            cure="look at the board that is there now, then decide",
        )
    picture = studio.references.resolve("board", cell.batch, board.picture)
    if picture.fault or picture.sha256 != board.picture_digest:
        raise RecoilError(
            f"the picture {board.picture} {picture.fault or 'is not the one that was drawn'}; nothing was decided",
            cure="materialise boards for this cell, then look again",
        )
    review = Review(
        number=len(view.reviews) + 1,
        episode=cell.episode,
        batch=cell.batch,
        shot_set=board.shot_set,
        decision=verdict.decision,
        board_digest=board.digest,
        picture_digest=board.picture_digest,
        reviewer=verdict.reviewer.strip(),
        note=verdict.note,
        price_ceiling_usd=verdict.price_ceiling_usd,
        decided_at=studio.clock.now(),
    )
    studio.reviews.append(review)
    studio.note(
        f"board_{verdict.decision.value}",
        cell=cell.key,
        board=board.digest,
        reviewer=review.reviewer,
        note=review.note,
    )
    return review


def _decidable(studio: Studio, cell: Cell) -> tuple[Board, BoardView]:
    roster = studio.rosters.get(cell.episode)
    if roster is None or roster.group(cell.batch) is None:
        known = ", ".join(roster.keys) if roster else "none"
        raise UsageError(
            f"{cell.episode} has no batch {cell.batch!r} (batches: {known})",
            cure="name a batch of the episode",
        )
    manifest = require_manifest(studio, cell)
    view = view_board(studio, studio.scenes.body(cell, manifest.active_version.digest))
    if view.standing is BoardStanding.NOT_REQUIRED:
        raise UsageError(
            f"{cell} has no board: its shots are generated one by one", cure="nothing to approve here"
        )
    if view.board is None:
        raise UsageError(
            f"the board of {cell} is not drawn yet",
            cure=board_cure(BoardStanding.NO_BOARD, cell.episode, cell.batch),
        )
    return view.board, view
