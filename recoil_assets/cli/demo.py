"""``recoil demo``: the example show, from its plans to its dailies, on the animatic provider."""

import shutil
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recoil_assets.cli.instance import open_graph
from recoil_assets.cli.output import (
    Exit,
    JsonOption,
    answering,
    aside,
    people,
    say_failure,
    say_json,
    say_line,
    say_table,
)
from recoil_assets.cli.plan_commands import comparison, show_comparison
from recoil_assets.cli.progress import Progress
from recoil_assets.cli.project_commands import lay_out
from recoil_assets.cli.run_result import say_awaited
from recoil_assets.cli.runner import STORYBOARDS, EpisodeRun, run_episode
from recoil_assets.domain.board import BoardStanding, Decision
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import RecoilError, UsageError
from recoil_assets.domain.money import show
from recoil_assets.production.dailies import dailies_files
from recoil_assets.production.gates import view_board
from recoil_assets.production.quote import quote_plan
from recoil_assets.production.review import Verdict, decide
from recoil_assets.production.spending import report_spending
from recoil_assets.production.studio import Studio
from resources.opening import open_studio
from resources.project_store.layout import SETTINGS_FILE, Layout

if TYPE_CHECKING:
    from recoil_assets.cli.graph import Graph

SHOW = "saltlight"
REVIEWER = "recoil demo"


def demo(
    directory: Annotated[Path, typer.Argument(help="Where the demo project is to be.")] = Path("demo"),
    as_json: JsonOption = False,
) -> None:
    """Make the example show: derive, draw, approve on your behalf, generate at $0, and cut dailies."""
    with answering(as_json=as_json):
        layout = Layout(directory.resolve())
        _copy_example(layout)
        with open_studio(layout.root) as studio, open_graph(layout, Progress(aside, quiet=as_json)) as graph:
            done = _make(studio, graph, quiet=as_json)
            if as_json:
                say_json(_document(studio, layout, done))
            else:
                _show(studio, layout, done)
        raise typer.Exit(done.exit)


def _copy_example(layout: Layout) -> None:
    """Lay the example show out in the project directory; an existing demo is carried on.

    Raises:
        UsageError: what is there is no demo, or no longer: what approves on somebody's behalf does so only where
            nothing can cost anything.
    """
    if layout.settings.exists():
        _require_unchanged(layout)
        return
    if layout.root.exists() and (not layout.root.is_dir() or any(layout.root.iterdir())):
        raise UsageError(
            f"{layout.root} exists and is not empty", cure="name another directory: recoil demo DIRECTORY"
        )
    example = example_show()
    for folder in ("plans", "refs"):
        shutil.copytree(example / folder, layout.root / folder)
    lay_out(layout, (example / SETTINGS_FILE).read_text(encoding="utf-8"))


def _require_unchanged(layout: Layout) -> None:
    """Refuse a project whose settings or plans are not those of the example show."""
    example = example_show()
    shipped = {example / SETTINGS_FILE, *(example / "plans").iterdir()}
    there = {layout.settings, *(layout.plans.iterdir() if layout.plans.is_dir() else ())}

    def contents(paths: set[Path], root: Path) -> dict[Path, bytes]:
        return {path.relative_to(root): path.read_bytes() for path in paths if path.is_file()}

    if contents(shipped, example) != contents(there, layout.root):
        raise UsageError(
            f"{layout.root} is a project of its own, and the demo approves boards on somebody's behalf: "
            "nothing was done",
            cure="name another directory: recoil demo DIRECTORY, or carry this one on with recoil run EPISODE",
        )


def example_show() -> Path:
    """The folder of the example show: in the package, or in the repository beside it."""
    package = Path(str(files("recoil_assets")))
    for folder in (package / "example_shows" / SHOW, package.parent / "examples" / SHOW):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    raise RecoilError(
        "the example show is not installed with this copy of Recoil", cure="install Recoil again"
    )


def _make(studio: Studio, graph: "Graph", *, quiet: bool) -> EpisodeRun:
    """Boards first, then approval on the user's behalf, then takes and dailies."""
    episodes = studio.plans.episodes()
    boards, final = EpisodeRun(), EpisodeRun()
    for episode in episodes:
        run_episode(graph, studio, episode, assets=STORYBOARDS, choices={}, run=boards)
    if boards.failures:
        return boards
    approved = [cell.key for episode in episodes for cell in _approve(studio, episode)]
    if approved and not quiet:
        people.print(f"approved on your behalf, as a producer would after looking: {', '.join(approved)}")
    for episode in episodes:
        run_episode(graph, studio, episode, choices={}, run=final)
    return final


def _approve(studio: Studio, episode: str) -> list[Cell]:
    roster = studio.rosters.get(episode)
    approved = []
    for batch in roster.keys if roster else ():
        cell = Cell(episode, batch)
        manifest = studio.scenes.manifest(cell)
        if manifest is None:
            continue
        view = view_board(studio, studio.scenes.body(cell, manifest.active_version.digest))
        if view.board is not None and view.standing is BoardStanding.PROPOSED:
            verdict = Verdict(
                decision=Decision.APPROVED,
                reviewer=REVIEWER,
                note="approved on the user's behalf",
                seen_digest=view.board.digest,
            )
            decide(studio, cell, verdict)
            approved.append(cell)
    return approved


def _document(studio: Studio, layout: Layout, done: EpisodeRun) -> dict[str, object]:
    quotes = tuple(quote_plan(studio, studio.plans.read(episode)) for episode in studio.plans.episodes())
    return {
        "project": layout.root,
        "dailies": {
            episode: {
                "video": dailies_files(studio, episode).video,
                "timeline": dailies_files(studio, episode).timeline,
                "contact_sheet": dailies_files(studio, episode).contact_sheet,
            }
            for episode in studio.plans.episodes()
        },
        "spent_usd": str(studio.ledger.balance().spent),
        "models": comparison(studio, quotes),
        "failures": done.failures,
        "awaited": [item.document() for item in done.awaited],
    }


def _show(studio: Studio, layout: Layout, done: EpisodeRun) -> None:
    for failure in done.failures:
        say_failure(failure)
    say_awaited(done.awaited)
    episodes = studio.plans.episodes()
    for episode in episodes:
        files_ = dailies_files(studio, episode)
        if files_.complete:
            say_line(f" — {studio.plans.read(episode).title}", lead=f"\n{episode}", style="bold green")
            for name in ("video", "timeline", "edit_list", "contact_sheet"):
                people.print(f"  {name.replace('_', ' '):14} {getattr(files_, name)}")
    people.print()
    say_table("Spent", [_spend_row(studio, episode) for episode in episodes])
    quotes = tuple(quote_plan(studio, studio.plans.read(episode)) for episode in episodes)
    show_comparison(studio, quotes)
    people.print(f"\nproject: {layout.root}")
    people.print("look at it in Dagster: make ui   (or: recoil ui --project " + str(layout.root) + ")")
    if done.exit is not Exit.DONE:
        say_failure("the demo did not end well; see above")


def _spend_row(studio: Studio, episode: str) -> dict[str, object]:
    report = report_spending(studio, episode)
    kinds = [line.kind for line in report.lines]
    return {
        "episode": episode,
        "boards": kinds.count("board"),
        "takes": kinds.count("take"),
        "spent": show(report.balance.spent),
        "held": show(report.balance.reserved),
        "models": ", ".join(sorted({line.model for line in report.lines})),
    }
