"""Boards and their reviews: the pictures a producer decides on, and the decision.

An approval is bound to the digest of the picture and of the ordered shot set, not to a batch name: it
survives a re-conform with the same shots and dies with a changed picture or shot list.
"""

from collections.abc import Sequence
from enum import StrEnum

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.money import Usd
from recoil_assets.domain.value import Value

NOT_REQUIRED = "not_required"
"""Data version of a board or review that does not apply to its cell."""

VOID = "void"
"""Data version of every stage of a cell that no plan names."""


class Finish(Value):
    """A photoreal picture made from a drawing that was approved; it stands in the board that it was made from.

    Attributes:
        picture: path of the picture, relative to the project.
        picture_digest: SHA-256 of the picture's bytes.
        request_digest: the request it answers, which names the drawing by its bytes.
    """

    picture: str
    picture_digest: str
    request_digest: str
    attempt_id: str
    provider: str
    model: str


class Board(Value):
    """A drawn storyboard.

    Attributes:
        picture: path of the picture, relative to the project.
        picture_digest: SHA-256 of the picture's bytes.
        shot_set: the shot set it was drawn for.
        scene_digest: the scene version it was drawn for.
        request_digest: the drawing request it answers; the same request is never drawn twice.
        finish: the picture that was made from the drawing and is sent instead of it, or None.
    """

    episode: str
    batch: str
    picture: str
    picture_digest: str
    shot_set: str
    shot_ids: tuple[str, ...]
    scene_digest: str
    request_digest: str
    attempt_id: str
    provider: str
    model: str
    finish: Finish | None = None

    @property
    def digest(self) -> str:
        """Digest of drawing and ordered shot set: what an approval is bound to. Finishing keeps it."""
        return digest_of([self.picture_digest, self.shot_set])

    @property
    def version(self) -> str:
        """Digest of the board and its finish: another one makes what was made from the board unsynced."""
        return with_finish(self.digest, self.finish)

    @property
    def sent(self) -> tuple[str, str]:
        """Path and SHA-256 of the picture that joins a request: the finish where there is one."""
        return (
            (self.finish.picture, self.finish.picture_digest)
            if self.finish
            else (self.picture, self.picture_digest)
        )


def with_finish(digest: str, finish: Finish | None) -> str:
    """``digest`` of a board or of a decision about it, as long as nothing was finished; else of both."""
    return digest_of([digest, finish.picture_digest]) if finish else digest


class Decision(StrEnum):
    """What a person decided about a board."""

    APPROVED = "approved"
    REJECTED = "rejected"


class Review(Value):
    """One decision on one board. Reviews are only ever appended.

    Attributes:
        number: from 1 within the shot set.
        price_ceiling_usd: the most that may be spent on the strength of this approval, or None.
    """

    number: int
    episode: str
    batch: str
    shot_set: str
    decision: Decision
    board_digest: str
    picture_digest: str
    reviewer: str
    note: str = ""
    price_ceiling_usd: Usd | None = None
    decided_at: str

    @property
    def digest(self) -> str:
        """Digest of the decision and what it decided on; the same decision twice is the same digest."""
        ceiling = None if self.price_ceiling_usd is None else str(self.price_ceiling_usd)
        return digest_of([self.decision, self.board_digest, ceiling])


class BoardStanding(StrEnum):
    """Where a batch's board stands, as the gate and the producer see it."""

    NOT_REQUIRED = "not_required"
    NO_BOARD = "no_board"
    PROPOSED = "board_proposed"
    REJECTED = "board_rejected"
    SUPERSEDED = "board_ssot_not_approved"
    APPROVED = "approved"


_CURES = {
    BoardStanding.NO_BOARD: "materialise boards for this cell",
    BoardStanding.PROPOSED: "look at the board, then approve or reject it: {approve}",
    BoardStanding.REJECTED: "change the shots, or approve the board after all: {approve}",
    BoardStanding.SUPERSEDED: "picture or shot list changed since it was approved; look and decide anew: {approve}",
}


def board_cure(standing: BoardStanding, episode: str, batch: str) -> str:
    """What a person does about a board that is not approved as it is."""
    return _CURES.get(standing, "its shots are generated one by one: there is nothing to approve").format(
        approve=f"recoil board approve {episode} {batch}"
    )


def board_standing(board: Board | None, reviews: Sequence[Review], *, has_board_beat: bool) -> BoardStanding:
    """Where the board stands given every review of its shot set, oldest first. The latest review counts.

    Args:
        has_board_beat: whether the batch has a multi-shot beat, the only kind a board is drawn for.
    """
    if not has_board_beat:
        return BoardStanding.NOT_REQUIRED
    if board is None:
        return BoardStanding.NO_BOARD
    last = reviews[-1] if reviews else None
    if last is None:
        return BoardStanding.PROPOSED
    if last.board_digest != board.digest:
        return BoardStanding.SUPERSEDED if last.decision is Decision.APPROVED else BoardStanding.PROPOSED
    return BoardStanding.APPROVED if last.decision is Decision.APPROVED else BoardStanding.REJECTED


def current_review(board: Board | None, reviews: Sequence[Review]) -> Review | None:
    """The latest review if it decided on exactly this board, else ``None``."""
    if board is None or not reviews or reviews[-1].board_digest != board.digest:
        return None
    return reviews[-1]
