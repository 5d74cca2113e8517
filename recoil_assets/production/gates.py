"""The gates: what has to hold for a cell before money moves. Looked at again at the moment of spending."""

from dataclasses import dataclass

from recoil_assets.domain.board import (
    Board,
    BoardStanding,
    Decision,
    Review,
    board_cure,
    board_standing,
    current_review,
)
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import BlockedError, RecoilError
from recoil_assets.domain.scene import SceneBody, SceneManifest
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class BoardView:
    """A cell's board as it stands now. ``approved`` is the board that may join the references, or None.

    Attributes:
        board: the one that was drawn for, or attached to, exactly this version; another version's is not shown,
            decided about or sent.
        reviews: every decision about boards of exactly these shots, oldest first.
        why: what is another than it should be; empty where nothing is.
    """

    board: Board | None
    reviews: tuple[Review, ...]
    standing: BoardStanding
    why: str = ""

    @property
    def review(self) -> Review | None:
        """The decision about exactly this board, or None."""
        return current_review(self.board, self.reviews)

    @property
    def named(self) -> str:
        """The standing by its name, and what is another than it should be."""
        return f"{self.standing.value}: {self.why}" if self.why else self.standing.value

    @property
    def approved(self) -> Board | None:
        """The board, if a person approved exactly this picture and shot list."""
        return self.board if self.standing is BoardStanding.APPROVED else None


def view_board(studio: Studio, body: SceneBody) -> BoardView:
    """The board of a scene and where it stands."""
    beat = body.board_beat
    if beat is None:
        return BoardView(board=None, reviews=(), standing=BoardStanding.NOT_REQUIRED)
    latest = usable(studio, studio.boards.latest(body.episode, beat.shot_set))
    reviews = studio.reviews.history(body.episode, beat.shot_set)
    if latest is not None and latest.scene_digest != body.digest:
        why = "the one of these shots was drawn for another version"
        return BoardView(board=None, reviews=reviews, standing=BoardStanding.NO_BOARD, why=why)
    if latest is not None and not reviews and (other := _approved_for_other_shots(studio, body)):
        approval, shot_ids = other
        standing = board_standing(latest, [approval], has_board_beat=True)
        why = f"approved were {', '.join(shot_ids)}, these are {', '.join(beat.shot_ids)}"
        return BoardView(board=latest, reviews=(), standing=standing, why=why)
    standing = board_standing(latest, reviews, has_board_beat=True)
    why = "another picture of these shots was approved" if standing is BoardStanding.SUPERSEDED else ""
    return BoardView(board=latest, reviews=reviews, standing=standing, why=why)


def usable(studio: Studio, board: Board | None) -> Board | None:
    """The board; without a finish that can not be used where the gate is off: the drawing will do there."""
    if board is None or board.finish is None or studio.board_gate_now(board.episode):
        return board
    return board.model_copy(update={"finish": None}) if picture_fault(studio, board)[0] else board


def picture_fault(studio: Studio, board: Board) -> tuple[str, str]:
    """Why the picture that a board is sent as can not be used, and the cure; both empty where it can."""
    path, sha256 = board.sent
    picture = studio.references.resolve("board", board.batch, path)
    if picture.fault:
        return picture.fault, picture.cure
    return ("is not the picture that was made", "") if picture.sha256 != sha256 else ("", "")


def _approved_for_other_shots(studio: Studio, body: SceneBody) -> tuple[Review, tuple[str, ...]] | None:
    """The latest approval that another version of the cell had for its own shots, and what those are."""
    cell = Cell(body.episode, body.batch)
    manifest = studio.scenes.manifest(cell)
    found = []
    for version in manifest.versions if manifest else ():
        beat = studio.scenes.body(cell, version.digest).board_beat
        last = studio.reviews.history(cell.episode, beat.shot_set)[-1:] if beat else ()
        found += [(review, beat.shot_ids) for review in last if beat and review.decision is Decision.APPROVED]
    return max(found, key=lambda item: item[0].decided_at, default=None)


def check_freshness(manifest: SceneManifest, body: SceneBody) -> None:
    """Refuse an active version whose board was never drawn. Always on; single-shot scenes have no board.

    Raises:
        BlockedError: ``active_version_not_derived``.
        RecoilError: a multi-shot beat does not name the batch whose versions these are: nobody can say whether it
            is fresh, and that is a fault and no wait.
    """
    for beat in body.beats:
        if beat.multi_shot and beat.batch != manifest.batch:
            raise RecoilError(
                f"beat {beat.beat_id} of {manifest.episode} names {beat.batch or 'no batch'}, "
                f"and is in a version of {manifest.batch}",
                cure=f"derive it anew: recoil scene rederive {manifest.episode} {manifest.batch}, then conform",
            )
    if body.board_beat is not None and manifest.active_version.derivation == "not_derived":
        raise BlockedError(
            "active_version_not_derived",
            f"v{manifest.active} of {body.batch} is active, but its board was never drawn",
            cure="materialise boards for this cell, look at the new board and decide",
        )


def check_board(studio: Studio, body: SceneBody) -> None:
    """Refuse a scene whose board a person has not approved as it is, where the episode's gate is on.

    Raises:
        BlockedError: with the board's standing as the reason, or with the picture's fault.
    """
    view = view_board(studio, body)
    if view.standing is BoardStanding.NOT_REQUIRED or not studio.board_gate_now(body.episode):
        return
    if view.board is None or view.standing is not BoardStanding.APPROVED:
        raise BlockedError(
            view.standing.value,
            f"the board of {body.episode} {body.batch} is not approved ({view.named})",
            cure=board_cure(view.standing, body.episode, body.batch),
        )
    fault, cure = picture_fault(studio, view.board)
    if fault and view.board.finish:
        raise BlockedError(
            "finish_missing",
            f"the finish {view.board.finish.picture} of the approved board {fault}",
            cure="restore it from a backup, or pay for it again: recoil board finish "
            f"{body.episode} {body.batch} --recover",
        )
    if fault:
        raise BlockedError(
            "no_board",
            f"the approved board {view.board.picture} {fault}",
            cure=cure or "restore it from a backup, or materialise boards and decide again",
        )


def check_no_drift(cell: Cell, manifest: SceneManifest, planned: SceneBody) -> None:
    """Refuse to spend on a version that is not what the plan says now.

    Raises:
        BlockedError: ``scene_drifted``, naming the candidate that waits.
    """
    if planned.digest == manifest.active_version.digest:
        return
    candidate = manifest.candidate(planned.digest)
    number = f"v{candidate.number}" if candidate else "a version not derived yet"
    raise BlockedError(
        "scene_drifted",
        f"the plan of {cell} is {number}, the active version is v{manifest.active}",
        cure=f"restore the plan, or: {conform_command(cell, candidate.number)}"
        if candidate
        else "materialise scene_versions",
    )


def conform_command(cell: Cell, number: int) -> str:
    """The command that makes a version of a cell the active one."""
    return f"recoil scene conform {cell.episode} {cell.batch} --version {number}"


def require_manifest(studio: Studio, cell: Cell) -> SceneManifest:
    """The cell's versions; ``BlockedError`` where it was never derived, or not since it came alive."""
    manifest = studio.scenes.manifest(cell)
    if manifest is None:
        raise BlockedError(
            "upstream_missing", f"{cell} has no scene version", cure="materialise scene_versions for it"
        )
    return manifest
