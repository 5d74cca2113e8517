"""``recoil scene``: look at scene versions, derive them again, choose the active one."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from recoil_assets.cli.derived import derived_since, versions_before
from recoil_assets.cli.instance import open_graph
from recoil_assets.cli.output import (
    JsonOption,
    ProjectOption,
    answering,
    aside,
    people,
    say_failure,
    say_json,
    say_table,
    to_copy,
)
from recoil_assets.cli.progress import Progress
from recoil_assets.cli.run_result import say_awaited
from recoil_assets.cli.runner import SCENES, EpisodeRun, layout_of, opened, run_episode, taken_in_episodes
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import short
from recoil_assets.production import scenes
from recoil_assets.production.derivation import plan_not_taken_in, view_derivation
from recoil_assets.production.scenes import Comparison, Move
from recoil_assets.production.stages import SCENE_VERSIONS
from recoil_assets.production.studio import Studio

scene_app = typer.Typer(help="Look at scene versions, and choose the active one.", no_args_is_help=True)

EpisodeArgument = Annotated[str, typer.Argument(help="The episode.")]
BatchArgument = Annotated[str, typer.Argument(help="The batch.")]
ExpectedOption = Annotated[int | None, typer.Option(min=1, help="Refuse where another version is active.")]


@scene_app.command("list")
def list_scenes(
    episodes: Annotated[list[str] | None, typer.Argument(help="Episodes; all where left out.")] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every version of every scene, and whether each episode is cleanly derived from its plan."""
    with answering(as_json=as_json), opened(project) as studio:
        named = taken_in_episodes(studio, episodes)
        rows = [row for episode in named for row in _version_rows(studio, episode)]
        pending = {episode: view_derivation(studio, episode).pending for episode in named}
        if as_json:
            say_json({"versions": rows, "pending": pending})
            return
        shown = [{**row, "derived": str(row["derived"])[:10]} for row in rows]
        say_table("Scene versions", shown, empty="no scene was derived yet")
        for episode, sentences in pending.items():
            people.print(f"{episode}: {'; '.join(sentences) or 'cleanly derived from its plan'}")


def _version_rows(studio: Studio, episode: str) -> list[dict[str, object]]:
    roster = studio.rosters.get(episode)
    rows: list[dict[str, object]] = []
    for batch in roster.keys if roster else ():
        cell = Cell(episode, batch)
        manifest = studio.scenes.manifest(cell)
        rows.extend(
            {
                "cell": cell.key,
                "version": f"v{version.number}",
                "active": "active" if manifest and version.number == manifest.active else "",
                "beats": len(studio.scenes.body(cell, version.digest).beats),
                "derivation": version.derivation,
                "digest": short(version.digest),
                "derived": version.created_at[:16],
            }
            for version in (manifest.versions if manifest else ())
        )
    return rows


@scene_app.command()
def diff(
    episode: EpisodeArgument,
    batches: Annotated[list[str] | None, typer.Argument(help="Batches; all where left out.")] = None,
    older: Annotated[
        int | None, typer.Option("--from", min=1, help="The version to compare with; else the active one.")
    ] = None,
    newer: Annotated[
        int | None,
        typer.Option("--to", min=1, help="The version to tell of; else the one the plan asks for."),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """What differs between two versions, shot by shot, in words. Changes nothing."""
    with answering(as_json=as_json), opened(project) as studio:
        (named,) = taken_in_episodes(studio, [episode])
        roster = studio.rosters.get(named)
        cells = [
            scenes.live_cell(studio, named, batch) for batch in (batches or (roster.keys if roster else ()))
        ]
        compared = [scenes.compare(studio, cell, older, newer) for cell in cells]
        unread = "" if newer else plan_not_taken_in(studio, named)
        if as_json:
            say_json(
                {"scenes": [_comparison(item) for item in compared], "pending": [unread] if unread else []}
            )
            return
        if unread:
            people.print(to_copy(f"{named}: {unread}; it is told of after: recoil scene rederive {named}"))
        differing = [item for item in compared if item.diff]
        for item in differing:
            people.print(f"{item.cell}: v{item.older.number} → v{item.newer.number}")
            for sentence in item.diff.sentences:
                people.print(f"  {sentence}")
        if not differing:
            people.print("nothing differs" + (" by the plan that was taken in" if unread else ""))


def _comparison(item: Comparison) -> dict[str, object]:
    return {
        "cell": item.cell.key,
        "from": item.older.number,
        "to": item.newer.number,
        "added": [shot.shot_id for shot in item.diff.added],
        "removed": [shot.shot_id for shot in item.diff.removed],
        "moved": list(item.diff.moved),
        "changed": {shot.shot_id: list(shot.changes) for shot in item.diff.changed},
        "settings": list(item.diff.settings),
        "sentences": list(item.diff.sentences),
    }


@scene_app.command()
def rederive(
    episode: EpisodeArgument,
    batches: Annotated[list[str] | None, typer.Argument(help="Batches; all where left out.")] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take the plan in and derive its scenes, and nothing more: what differs is staged beside the active versions."""
    with answering(as_json=as_json), opened(project) as studio:
        done = EpisodeRun()
        before = versions_before(studio, episode)
        with open_graph(layout_of(project), Progress(aside, quiet=as_json)) as graph:
            run_episode(graph, studio, episode, batches=batches or [], assets=SCENES, choices={}, run=done)
        derived = derived_since(studio, episode, before, done.made(SCENE_VERSIONS))
        if as_json:
            say_json({**derived.document(), "failures": done.failures})
        else:
            derived.show()
            say_awaited(done.awaited)
            for failure in done.failures:
                say_failure(failure)
        raise typer.Exit(done.exit)


@scene_app.command()
def conform(
    episode: EpisodeArgument,
    batch: BatchArgument,
    version: Annotated[
        int | None, typer.Option(min=1, help="The version; the one the plan asks for where left out.")
    ] = None,
    expected: ExpectedOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a version active. The board has to be drawn and decided for it before anything is generated."""
    with answering(as_json=as_json):
        _move(
            project,
            lambda studio: scenes.conform(
                studio, scenes.live_cell(studio, episode, batch), version, expected=expected
            ),
            as_json=as_json,
        )


@scene_app.command()
def revert(
    episode: EpisodeArgument,
    batch: BatchArgument,
    expected: ExpectedOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take the last conform back: the version that was active before it is so again."""
    with answering(as_json=as_json):
        _move(
            project,
            lambda studio: scenes.revert(studio, scenes.live_cell(studio, episode, batch), expected=expected),
            as_json=as_json,
        )


def _move(project: Path | None, move: Callable[[Studio], Move], *, as_json: bool) -> None:
    """Move an active version, and record at once what ``scene_versions`` is now.

    Where it is active already, a command that was killed before it recorded that may have moved it.
    """
    with opened(project) as studio:
        moved = move(studio)
        run = EpisodeRun()
        active = scenes.versions_of(studio, moved.cell).active_version.digest
        with open_graph(layout_of(project), Progress(aside, quiet=as_json)) as graph:
            if graph.recorded(SCENE_VERSIONS, moved.cell) != active:
                run.results.extend(graph.materialise_cells([moved.cell], (SCENE_VERSIONS,), {}))
        recorded = moved.cell.key in run.made(SCENE_VERSIONS)
    if as_json:
        say_json({"cell": moved.cell.key, "active": moved.now, "was": moved.was, "recorded": recorded})
        return
    if moved.now == moved.was:
        done = "it is on record now" if recorded else "nothing was changed"
        people.print(f"{moved.cell}: v{moved.now} is active already; {done}")
        return
    people.print(
        to_copy(
            f"{moved.cell}: v{moved.now} is active (was v{moved.was}). Next: recoil run {moved.cell.episode}"
        )
    )
    if not recorded:
        say_awaited(run.awaited)
