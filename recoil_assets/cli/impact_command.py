"""``recoil impact``: what an edit would cost, and which approved work it would end. Writes nothing."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from recoil_assets.cli.impact_words import told_of
from recoil_assets.cli.output import (
    JsonOption,
    ProjectOption,
    answering,
    counted,
    people,
    say_json,
    say_line,
    say_table,
    to_copy,
)
from recoil_assets.cli.plan_commands import read_named_plan
from recoil_assets.cli.runner import layout_of, opened
from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.impact import (
    ApprovalFate,
    BeatImpact,
    BoardFate,
    CellImpact,
    EpisodeImpact,
    Impact,
    Rendering,
    SceneFate,
    TakeFate,
    added,
)
from recoil_assets.domain.money import show
from recoil_assets.domain.plan import Plan
from recoil_assets.production.impact import Edit, impact_of
from recoil_assets.production.studio import Studio
from resources.project_store.layout import Layout

_CURE = "name reference images that batches are made from, refs/, a plan in plans/, plans/, or recoil.toml"


def impact(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Reference images that would change, plans edited in place, recoil.toml; or the folders of such.",
        ),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    plan: Annotated[
        list[str] | None,
        typer.Option(help="A plan file anywhere, as if it were accepted; may be repeated."),
    ] = None,
) -> None:
    """What an edit would make stale and what that costs at most, before it is made or accepted. Writes nothing."""
    with answering(as_json=as_json), opened(project) as studio:
        asked = _Asked(layout_of(project), studio)
        if not paths and not plan:
            raise UsageError(
                "nothing says what is to change",
                cure="name files, as in: recoil impact refs/characters/MAREN.png; or a proposal with --plan",
            )
        for name in paths or ():
            asked.take(name)
        for name in plan or ():
            asked.plan(read_named_plan(studio, name), name)
        found = impact_of(studio, asked.edit())
        asked.refuse_unknown(found)
        if as_json:
            say_json(_document(found))
        else:
            _show(found)


@dataclass
class _Asked:
    """What the command line names, sorted by what it is.

    Attributes:
        named: resolved paths of the files that would be repainted, by the name they were given.
        beside: those that a folder brought along.
    """

    layout: Layout
    studio: Studio
    plans: dict[str, Plan] = field(default_factory=dict)
    named: dict[str, Path] = field(default_factory=dict)
    beside: set[Path] = field(default_factory=set)
    settings: bool = False

    def take(self, name: str) -> None:
        """One path: settings, a plan, a reference image, or a folder of such."""
        path = self._located(name)
        if path == self.layout.settings:
            self.settings = True
        elif path == self.layout.plans:
            for episode in self.studio.plans.episodes():
                self.plan(self.studio.plans.read(episode), name)
        elif path.parent == self.layout.plans and path.suffix == ".json":
            self.plan(self.studio.plans.read(path.stem), name)
        elif not path.is_dir():
            self.named[name] = path.resolve()
        elif self._is_reference(path):
            self.beside.update(file.resolve() for file in path.rglob("*") if file.is_file())
        else:
            raise UsageError(f"{name} holds neither plans nor references", cure=_CURE)

    def plan(self, plan: Plan, name: str) -> None:
        """A plan of an episode; each episode has one."""
        if plan.episode in self.plans:
            raise UsageError(f"{name} is a second plan of {plan.episode}", cure="name one plan an episode")
        self.plans[plan.episode] = plan

    def edit(self) -> Edit:
        """Everything named, as one edit."""
        return Edit(
            plans=tuple(self.plans.values()),
            repainted=frozenset(self.beside.union(self.named.values())),
            settings=self.settings,
        )

    def refuse_unknown(self, found: Impact) -> None:
        """Refuse files that no batch is made from, other than references that are there.

        Raises:
            UsageError: naming them all.
        """
        unknown = [
            name
            for name, path in self.named.items()
            if path not in found.used and not (path.is_file() and self._is_reference(path))
        ]
        if unknown:
            raise UsageError(f"nothing is made from {', '.join(unknown)}", cure=_CURE)

    def _is_reference(self, path: Path) -> bool:
        return path.is_relative_to(self.layout.references)

    def _located(self, name: str) -> Path:
        """Where a name leads, from here or else from the project. It need not exist; a link is not followed."""
        ways = [_in_its_folder(Path(name)), _in_its_folder(self.layout.root / name)]
        inside = [way for way in ways if way.is_relative_to(self.layout.root)]
        if not inside:
            raise UsageError(
                f"{name} is outside the project {self.layout.root}",
                cure="name files of the project; a plan that is not in it yet goes with --plan",
            )
        return next((way for way in inside if way.exists()), inside[0])


def _in_its_folder(path: Path) -> Path:
    """``path`` made absolute, its folder's links followed and its own not."""
    return path.resolve() if path.name in ("", "..") else path.parent.resolve() / path.name


def _document(found: Impact) -> dict[str, object]:
    return {"usd": found.usd, "episodes": [_episode_document(item) for item in found.episodes]}


def _episode_document(item: EpisodeImpact) -> dict[str, object]:
    return {
        "episode": item.episode,
        "batches": item.batches,
        "usd": item.usd,
        "usd_again": item.rendering_usd(Rendering.AGAIN),
        "usd_first": item.rendering_usd(Rendering.FIRST),
        "usd_boards": item.boards_usd,
        "approvals_that_die": sum(cell.approval is ApprovalFate.DIES for cell in item.cells),
        "takes_made_stale": len(item.takes(TakeFate.STALE)),
        "takes_dropped": len(item.takes(TakeFate.DROPPED)),
        "stale_in_cut": len(item.takes(TakeFate.STALE, in_cut=True)),
        "dropped_from_cut": len(item.takes(TakeFate.DROPPED, in_cut=True)),
        "approved_and_kept": item.kept,
        "dailies": item.dailies,
        "touched": [_cell_document(cell) for cell in item.cells],
    }


def _cell_document(cell: CellImpact) -> dict[str, object]:
    return {
        "batch": cell.cell.batch,
        "changes": list(cell.changes),
        "scene": cell.scene,
        "version": cell.version,
        "board": cell.board,
        "approval": cell.approval,
        "usd": cell.usd,
        "usd_board": cell.board_usd,
        "fault": cell.fault,
        "beats": [
            {
                "beat": beat.beat_id,
                "shots": list(beat.shot_ids),
                "render": beat.rendering,
                "usd": beat.usd,
                "refusal": beat.quote.refusal if beat.quote else "",
                "takes": [asdict(take) for take in beat.takes],
            }
            for beat in cell.beats
        ],
    }


def _show(found: Impact) -> None:
    for item in found.episodes:
        rows = [_row(cell) for cell in item.cells]
        columns = [name for name in rows[0] if name != "why" or any(row["why"] for row in rows)]
        touched = f"{len(item.cells)} touched, {counted(item.batches, 'batch', 'batches')} in all"
        say_table(
            f"{item.episode}: {touched}, at most {_usd(item.usd)}",
            [{name: row[name] for name in columns} for row in rows],
            notes=("why",) if "why" in columns else (),
        )
        if item.dailies and (shown := _from_cut(item)):
            people.print(
                f"     {counted(shown, 'of these clips is', 'of these clips are')} in {item.dailies}"
            )
    if not found.episodes:
        say_line(": nothing would go stale, and no approval would die", lead="Impact")
        return
    for line in _summary(found):
        people.print(line)


def _row(cell: CellImpact) -> dict[str, object]:
    """A batch: what becomes of it in words, and for how much."""
    return {
        "batch": cell.cell.batch,
        "what happens": "; ".join(told_of(cell)),
        "at most": "?" if cell.fault else _usd(cell.usd),
        "why": "; ".join(why for beat in cell.beats or (None,) for why in _why(cell, beat)),
    }


def _why(cell: CellImpact, beat: BeatImpact | None) -> Iterator[str]:
    """Why there is no price."""
    if cell.fault:
        yield cell.fault
    for quote in (cell.board_quote, beat.quote if beat else None):
        if quote is not None and quote.refusal:
            yield f"{quote.model} {quote.refusal}"


def _summary(found: Impact) -> Iterator[str]:
    cells = [cell for item in found.episodes for cell in item.cells]
    dying = sum(cell.approval is ApprovalFate.DIES for cell in cells)
    boards = sum(cell.board in (BoardFate.DRAW, BoardFate.REDRAW) for cell in cells)
    stale, dropped = (_takes_of(found, fate) for fate in (TakeFate.STALE, TakeFate.DROPPED))
    in_cut = sum(_from_cut(item) for item in found.episodes)
    yield (
        f"{counted(dying, 'approval dies', 'approvals die')}, {counted(boards, 'board')} to draw, "
        f"{counted(stale, 'take goes', 'takes go')} stale, {counted(dropped, 'take')} dropped; "
        f"{in_cut} of them in the cut"
    )
    again, first = (
        _usd(added(item.rendering_usd(kind) for item in found.episodes))
        for kind in (Rendering.AGAIN, Rendering.FIRST)
    )
    on_boards = _usd(added(item.boards_usd for item in found.episodes))
    yield f"at most {_usd(found.usd)}: rendered again {again}, for the first time {first}, boards {on_boards}"
    if kept := sum(item.kept for item in found.episodes):
        yield f"{counted(kept, 'beat')} approved, kept: rendered again only by name, recoil take reroll"
    if any(cell.scene in (SceneFate.CANDIDATE, SceneFate.EARLIER) for cell in cells):
        yield to_copy("A changed scene waits as a candidate until somebody conforms: recoil scene conform")


def _takes_of(found: Impact, fate: TakeFate) -> int:
    return sum(len(item.takes(fate)) for item in found.episodes)


def _from_cut(item: EpisodeImpact) -> int:
    """How many clips of the cut go stale, or leave it."""
    return sum(len(item.takes(fate, in_cut=True)) for fate in (TakeFate.STALE, TakeFate.DROPPED))


def _usd(cost: Decimal | None) -> str:
    return "unknown" if cost is None else show(cost)
