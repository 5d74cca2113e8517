"""Holding what impact foretells against what becomes of the episode once the edit is made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from recoil_assets.domain.board import BoardStanding
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.impact import (
    ApprovalFate,
    BoardFate,
    CellImpact,
    Impact,
    Rendering,
    TakeFate,
)
from recoil_assets.domain.plan import read_plan
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.beat_takes import read_takes
from recoil_assets.production.gates import view_board
from recoil_assets.production.impact import Edit, impact_of
from recoil_assets.production.payloads import cell_payloads
from recoil_assets.production.ports import JobStatus, SentReference, Submission
from recoil_assets.production.scenes import planned_version
from recoil_assets.production.stages import SCENE_VERSIONS
from tests.support.instant_provider import InstantProvider, tiny_png
from tests.support.project import shot
from tests.support.show import Show, cell

from .conftest import BEFORE_TAKES

MARA = "refs/characters/MARA.png"
PAID_BOARDS = {"board_model": "reel-board"}


class DistinctLab(InstantProvider):
    """No two requests get the same picture from it."""

    async def fetch(
        self,
        submission: Submission,
        status: JobStatus,  # noqa: ARG002
        request: GenerationRequest,
        references: Sequence[SentReference],  # noqa: ARG002
        destination: Path,
    ) -> None:
        self.fetched.append(submission.request_id)
        destination.write_bytes(tiny_png(1) + b"\0" * 200 + request.digest.encode())  # noqa: ASYNC240  tiny


def script() -> dict[str, Any]:
    """Four batches: a pair, a single shot, three that are too short for a board, and a pair elsewhere."""
    return {
        "episode": "ep_001",
        "title": "One",
        "shots": [
            shot(1, cast=["MARA"], place="QUAY"),
            shot(2, cast=["MARA"], place="QUAY"),
            shot(3, cast=["IVO"], place="ROOF", end_frame="frames/last.png"),
            shot(4, cast=[], place="HALL", seconds=1.0),
            shot(5, cast=[], place="HALL", seconds=1.0),
            shot(6, cast=[], place="HALL", seconds=1.0),
            shot(7, cast=["MARA", "IVO"], place="YARD"),
            shot(8, cast=["IVO"], place="YARD"),
        ],
    }


def prepared(show: Show) -> Show:
    """``show`` with laboratories whose pictures differ, cheap enough for every estimate."""
    show.lab = DistinctLab(name="lab", cost=Decimal("0.01"))
    show.animatic = DistinctLab()
    return show


def finish(show: Show) -> None:
    """Every board drawn and approved, every take made."""
    show.make()
    with show.studio() as studio:
        undecided = [
            item
            for item in show.records
            if studio.scenes.manifest(item)
            and view_board(studio, show.body(item)).standing
            in (BoardStanding.PROPOSED, BoardStanding.SUPERSEDED)
        ]
    for item in undecided:
        show.decide(item)
    show.make()


def foretold(
    show: Show, *documents: dict[str, Any], repainted: Sequence[str] = (), choices: bool = False
) -> Impact:
    with show.studio() as studio:
        plans = tuple(
            read_plan(document, source="a proposal", default_episode="ep_001") for document in documents
        )
        files = frozenset((show.root / name).resolve() for name in repainted)
        return impact_of(studio, Edit(plans=plans, repainted=files, settings=choices))


def told(found: Impact, number: int, episode: str = "ep_001") -> CellImpact:
    return next(item for part in found.episodes for item in part.cells if item.cell == cell(number, episode))


@dataclass(frozen=True)
class Truth:
    """An episode as the machinery has it: approved boards by cell, takes by whether they are current."""

    approved: Mapping[Cell, str]
    current: Mapping[str, bool]
    listed: frozenset[str]
    boards: int
    takes: int


def truth(show: Show) -> Truth:
    approved: dict[Cell, str] = {}
    current: dict[str, bool] = {}
    with show.studio() as studio:
        roster = studio.rosters.get("ep_001")
        assert roster is not None
        for item in (Cell("ep_001", key) for key in roster.keys):
            manifest = studio.scenes.manifest(item)
            assert manifest is not None
            body = studio.scenes.body(item, manifest.active_version.digest)
            view = view_board(studio, body)
            if view.approved:
                approved[item] = view.approved.digest
            for payload in cell_payloads(studio, body, studio.cell_choices(item)):
                for attempt in read_takes(studio, "ep_001", payload.beat).attempts:
                    current[attempt.attempt_id] = attempt.intent.basis == payload.request.digest
        ids = studio.journal.ids()
    takes = frozenset(name for name in ids if ".take." in name)
    return Truth(approved, current, takes, len(ids) - len(takes), len(takes))


def accept(show: Show, document: dict[str, Any] | None) -> None:
    """Take in the plan, derive, conform to what it asks for, and make everything up to the takes."""
    if document is not None:
        show.rewrite_plan(document)
    show.make(stages=[SCENE_VERSIONS])
    with show.studio() as studio:
        roster = studio.rosters.get("ep_001")
        assert roster is not None
        for key in roster.keys:
            manifest = studio.scenes.manifest(Cell("ep_001", key))
            assert manifest is not None
            version = planned_version(studio, Cell("ep_001", key), manifest)
            studio.scenes.conform(Cell("ep_001", key), version.number, expected=manifest.active)
    show.make(stages=BEFORE_TAKES)


def spent_on(show: Show, kind: str, known: frozenset[str]) -> Decimal:
    """The estimates of every attempt of a kind that was not known before, USD."""
    with show.studio() as studio:
        new = [name for name in studio.journal.ids() if name.split(".")[1] == kind and name not in known]
        return sum((studio.journal.attempt(name).intent.estimate_usd for name in new), Decimal(0))


def fate_of(was: bool | None, will_be: bool | None) -> TakeFate:
    if will_be is None:
        return TakeFate.DROPPED
    if will_be:
        return TakeFate.KEPT if was else TakeFate.CURRENT_AGAIN
    return TakeFate.STALE if was else TakeFate.STALE_ALREADY


def approval(was: str | None, will_be: str | None) -> ApprovalFate:
    if will_be is None:
        return ApprovalFate.DIES if was else ApprovalFate.NONE
    return ApprovalFate.KEPT if will_be == was else ApprovalFate.BACK


def check_foretold(
    show: Show, document: dict[str, Any] | None, make: Callable[[], None], **edit: Any
) -> Impact:
    """Ask, make the edit, and hold every word of the answer against what became of the episode."""
    before = truth(show)
    known = all_ids(show)
    found = foretold(show, *([document] if document else []), **edit)
    assert truth(show) == before
    make()
    accept(show, document)
    after = truth(show)
    cells = {item.cell: item for part in found.episodes for item in part.cells}
    for item in {*before.approved, *after.approved, *cells}:
        really = approval(before.approved.get(item), after.approved.get(item))
        said = cells[item].approval if item in cells else really
        assert said is really, item
        assert item in cells or really in (ApprovalFate.KEPT, ApprovalFate.NONE)
    fates = {take.attempt_id: take.fate for item in cells.values() for take in item.takes}
    for name in {*before.current, *after.current, *fates}:
        really = fate_of(before.current.get(name), after.current.get(name))
        if name in fates:
            assert fates[name] is really, name
        else:
            assert really in (TakeFate.KEPT, TakeFate.STALE_ALREADY), name
    drawn = [item for item in cells.values() if item.board in (BoardFate.DRAW, BoardFate.REDRAW)]
    assert after.boards - before.boards == len(drawn)
    assert spent_on(show, "board", known) == sum((item.board_usd or 0 for item in drawn), Decimal(0))
    finish(show)
    rendered = [
        beat
        for item in cells.values()
        for beat in item.beats
        if beat.rendering in (Rendering.AGAIN, Rendering.FIRST)
    ]
    assert all(truth(show).current[name] for name in all_ids(show) - known if ".take." in name)
    if all(before.current.values()):
        assert truth(show).takes - before.takes == len(rendered)
        assert spent_on(show, "take", known) == sum((beat.usd or 0 for beat in rendered), Decimal(0))
    return found


def all_ids(show: Show) -> frozenset[str]:
    with show.studio() as studio:
        return frozenset(studio.journal.ids())


def nothing() -> None:
    pass


def repaint(show: Show, name: str = MARA, shade: int = 200) -> Callable[[], None]:
    def do() -> None:
        (show.root / name).parent.mkdir(parents=True, exist_ok=True)
        (show.root / name).write_bytes(tiny_png(shade) + b"\0" * 100)

    return do


def edited(change: Callable[[list[dict[str, Any]]], object]) -> dict[str, Any]:
    document = script()
    change(document["shots"])
    return document
