"""Impact in words: what an edit makes of scenes, boards, approvals and takes, and what that costs at most."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from recoil_assets.domain.board import Board
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.money import ZERO
from recoil_assets.domain.price import Estimate
from recoil_assets.domain.scene import SceneBody, SceneManifest


class Change(StrEnum):
    """What of a batch an edit changes."""

    SCENE = "scene"
    REFERENCES = "references"
    REQUEST = "request"


class SceneFate(StrEnum):
    """What becomes of a batch's scene."""

    KEPT = "kept"
    NEW = "new"  # its first version
    CANDIDATE = "candidate"  # a version to be derived, which waits for a conform
    EARLIER = "earlier"  # a version that is there and not active, which waits for a conform
    ACTIVE = "active again"  # the plan comes back to what is active
    VOID = "void"  # no plan names the batch any more


class BoardFate(StrEnum):
    """What becomes of a batch's board."""

    NOT_REQUIRED = "not required"
    UNDRAWN = "undrawn"  # there is none, and the edit is not why
    KEPT = "kept"
    EARLIER = "earlier"  # another one, drawn before, answers the same request
    DRAW = "draw"  # its first one
    REDRAW = "redraw"
    DROPPED = "dropped"  # the batch has no use for one any more


class ApprovalFate(StrEnum):
    """What becomes of the approval of a batch's board."""

    NONE = "none"
    KEPT = "kept"
    DIES = "dies"
    BACK = "back"  # the board that counts then was approved before


class TakeFate(StrEnum):
    """What becomes of a take."""

    KEPT = "kept"
    STALE = "stale"  # it is of the present request, and will not be; it stays in the cut
    STALE_ALREADY = "stale already"
    CURRENT_AGAIN = "current again"
    DROPPED = "dropped"  # no beat has its shots in this form any more; it leaves the cut


class Rendering(StrEnum):
    """Whether a beat is to be rendered after the edit."""

    NONE = ""
    AGAIN = "again"  # there is a current take of its shots now
    FIRST = "first"  # there is none
    KEPT = "approved, kept"  # a person approved a take of it: nothing renders it unless it is named


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeImpact:
    """What becomes of one succeeded take.

    Attributes:
        in_cut: whether the episode's cut shows it now: it is the primary of a beat of the main grouping.
    """

    attempt_id: str
    number: int
    primary: bool
    in_cut: bool
    fate: TakeFate


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatImpact:
    """What becomes of one beat.

    Attributes:
        quote: what rendering it costs at most; None where it is not to be rendered, or is no more.
    """

    beat_id: str
    shot_ids: tuple[str, ...]
    takes: tuple[TakeImpact, ...]
    rendering: Rendering = Rendering.NONE
    quote: Estimate | None = None

    @property
    def usd(self) -> Decimal | None:
        """Upper bound of rendering it, USD; None where it has no price."""
        return ZERO if self.quote is None else self.quote.usd


@dataclass(frozen=True, slots=True, kw_only=True)
class CellImpact:
    """What becomes of one batch.

    Attributes:
        version: number of the scene version that it would have; None where it is void.
        board_quote: what drawing its board costs at most; None where none is to be drawn.
        fault: why its requests could not be built after the edit; empty where they can.
    """

    cell: Cell
    changes: tuple[Change, ...]
    scene: SceneFate
    version: int | None
    board: BoardFate
    approval: ApprovalFate
    beats: tuple[BeatImpact, ...]
    board_quote: Estimate | None = None
    fault: str = ""

    @property
    def matters(self) -> bool:
        """Whether anything at all becomes of it."""
        return bool(self.changes or self.fault) or self.scene is not SceneFate.KEPT or self._board_moves

    @property
    def usd(self) -> Decimal | None:
        """Upper bound of its board and its beats, USD; None where any has no price."""
        return None if self.fault else added((self.board_usd, *(beat.usd for beat in self.beats)))

    @property
    def board_usd(self) -> Decimal | None:
        """Upper bound of drawing its board, USD; None where it has no price."""
        return ZERO if self.board_quote is None else self.board_quote.usd

    @property
    def takes(self) -> tuple[TakeImpact, ...]:
        """The takes of all its beats."""
        return tuple(take for beat in self.beats for take in beat.takes)

    @property
    def _board_moves(self) -> bool:
        return self.board not in (BoardFate.KEPT, BoardFate.NOT_REQUIRED, BoardFate.UNDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeImpact:
    """What becomes of an episode.

    Attributes:
        cells: the batches that something becomes of, in story order, those that become void last.
        batches: how many live batches it has after the edit.
        dailies: the video of its dailies as they are, or None where none were cut.
    """

    episode: str
    cells: tuple[CellImpact, ...]
    batches: int
    dailies: Path | None

    @property
    def usd(self) -> Decimal | None:
        """Upper bound of everything to be drawn and rendered, USD; None where any of it has no price."""
        return added(cell.usd for cell in self.cells)

    @property
    def boards_usd(self) -> Decimal | None:
        """The part of it that is for boards."""
        return added(cell.board_usd for cell in self.cells)

    def rendering_usd(self, rendering: Rendering) -> Decimal | None:
        """The part of it that is for beats to be rendered again, or for the first time."""
        if any(cell.fault for cell in self.cells):
            return None
        return added(beat.usd for cell in self.cells for beat in cell.beats if beat.rendering is rendering)

    @property
    def kept(self) -> int:
        """How many beats stay as they are because a take of them is approved."""
        return sum(beat.rendering is Rendering.KEPT for cell in self.cells for beat in cell.beats)

    def takes(self, fate: TakeFate, *, in_cut: bool = False) -> tuple[TakeImpact, ...]:
        """Its takes of that fate; only those that its cut shows where ``in_cut``."""
        found = (take for cell in self.cells for take in cell.takes if take.fate is fate)
        return tuple(take for take in found if take.in_cut or not in_cut)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What becomes of a show.

    Attributes:
        episodes: those that something becomes of.
        used: repainted files that a batch is made from, absolute paths.
    """

    episodes: tuple[EpisodeImpact, ...]
    used: frozenset[Path]

    @property
    def usd(self) -> Decimal | None:
        """Upper bound of everything to be drawn and rendered, USD; None where any of it has no price."""
        return added(episode.usd for episode in self.episodes)


def added(costs: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of upper bounds, USD; None where any is not known."""
    known = list(costs)
    return None if None in known else sum((cost for cost in known if cost is not None), ZERO)


def scene_fate(
    manifest: SceneManifest | None, before: SceneBody | None, after: SceneBody | None, *, replanned: bool
) -> tuple[SceneFate, int | None]:
    """What becomes of a scene, and the number of the version that the batch would have.

    Args:
        before, after: its active version as it is and would be; None where the batch is void, or never derived.
        replanned: whether the plan says something else of it.
    """
    if after is None:
        return SceneFate.VOID, None
    if manifest is None:
        return SceneFate.NEW, 1
    known = manifest.find(after.digest)
    if known is None:
        return SceneFate.CANDIDATE, max(version.number for version in manifest.versions) + 1
    if known.number != manifest.active:
        return SceneFate.EARLIER, known.number
    came_back = replanned or before is None
    return (SceneFate.ACTIVE if came_back else SceneFate.KEPT), known.number


def board_fate(before: Board | None, after: Board | None, *, required: bool, decided_anew: bool) -> BoardFate:
    """What becomes of a board.

    Args:
        before, after: the board that counts; None where there is none.
        required: whether the batch has a beat that a board is drawn for, after the edit.
        decided_anew: whether the edit makes it a question which board answers.
    """
    if not required:
        return BoardFate.NOT_REQUIRED if before is None else BoardFate.DROPPED
    if after is not None:
        return BoardFate.KEPT if before is not None and before.digest == after.digest else BoardFate.EARLIER
    if not decided_anew:
        return BoardFate.UNDRAWN
    return BoardFate.DRAW if before is None else BoardFate.REDRAW


def approval_fate(before: Board | None, after: Board | None) -> ApprovalFate:
    """What becomes of an approval, by the board that is approved before and after; None for none."""
    if after is None:
        return ApprovalFate.NONE if before is None else ApprovalFate.DIES
    return ApprovalFate.KEPT if before is not None and before.digest == after.digest else ApprovalFate.BACK


def take_fate(basis: str, *, before: str, after: str) -> TakeFate:
    """What becomes of a take, by its basis and the digest of its beat's request before and after the edit."""
    if basis == after:
        return TakeFate.KEPT if basis == before else TakeFate.CURRENT_AGAIN
    return TakeFate.STALE if basis == before else TakeFate.STALE_ALREADY
