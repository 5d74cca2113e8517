"""What an edit makes of one batch, in plain words: its scene, its board, its takes."""

from collections.abc import Iterator

from recoil_assets.domain.impact import (
    ApprovalFate,
    BeatImpact,
    BoardFate,
    CellImpact,
    Change,
    Rendering,
    SceneFate,
    TakeFate,
    TakeImpact,
)

_CHANGES = {
    Change.SCENE: "the scene changes",
    Change.REFERENCES: "reference images change",
    Change.REQUEST: "what is asked of the model changes",
}
_BOARDS = {
    BoardFate.EARLIER: "an earlier board counts again",
    BoardFate.DRAW: "a board is drawn",
    BoardFate.REDRAW: "the board is drawn again",
    BoardFate.DROPPED: "the board is not needed any more",
}
_APPROVALS = {
    ApprovalFate.DIES: "its approval ends",
    ApprovalFate.BACK: "that one was approved before",
}
_TAKES = {
    TakeFate.STALE: "goes stale",
    TakeFate.CURRENT_AGAIN: "is current again",
    TakeFate.DROPPED: "has no beat any more",
}
_RENDERINGS = {
    Rendering.AGAIN: "would be rendered again",
    Rendering.FIRST: "would be rendered for the first time",
    Rendering.KEPT: "is approved and kept",
}


def told_of(cell: CellImpact) -> Iterator[str]:
    """What becomes of a batch, a few words each: what is rendered first, and why last."""
    for beat in cell.beats:
        yield from _beat(cell, beat)
    if board := _BOARDS.get(cell.board):
        yield board
    if approval := _APPROVALS.get(cell.approval):
        yield approval
    if scene := _scene(cell):
        yield scene
    # A request changes wherever the scene or a reference does: it is a reason of its own only where neither does.
    changes = [change for change in cell.changes if change is not Change.REQUEST] or cell.changes
    if changes:
        yield "because " + " and ".join(_CHANGES.get(change, change.value) for change in changes)


def _scene(cell: CellImpact) -> str:
    return {
        SceneFate.NEW: "the batch is new",
        SceneFate.CANDIDATE: f"its v{cell.version} waits for a conform",
        SceneFate.EARLIER: f"its v{cell.version} waits for a conform",
        SceneFate.ACTIVE: "the plan says again what is active",
        SceneFate.VOID: "the plan has the batch no longer",
    }.get(cell.scene, "")


def _beat(cell: CellImpact, beat: BeatImpact) -> Iterator[str]:
    """What becomes of the takes of a beat that the edit is about, and whether it is rendered."""
    name = "the take" if beat.beat_id == cell.cell.batch else beat.beat_id
    for take in beat.takes:
        if take.fate in _TAKES:
            yield f"{_take(cell, beat, take)} {_TAKES[take.fate]}"
    if beat.rendering is not Rendering.NONE:
        yield f"{name} {_RENDERINGS.get(beat.rendering, beat.rendering.value)}"


def _take(cell: CellImpact, beat: BeatImpact, take: TakeImpact) -> str:
    of = "" if beat.beat_id == cell.cell.batch else f" of {beat.beat_id}"
    return f"take no. {take.number}{of}{' (in the cut)' if take.in_cut else ''}"
