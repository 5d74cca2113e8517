"""``recoil board``: look at boards and decide about them."""

import getpass
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

import typer

from recoil_assets.cli.instance import open_graph
from recoil_assets.cli.output import (
    Exit,
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
from recoil_assets.cli.run_result import Awaited, say_awaited
from recoil_assets.cli.runner import EpisodeRun, chosen_batches, layout_of, opened
from recoil_assets.domain.board import Decision, Review
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import short
from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.money import show, usd
from recoil_assets.domain.roster import Roster
from recoil_assets.production.finishing import finish_quote
from recoil_assets.production.gates import require_manifest, view_board
from recoil_assets.production.review import Verdict, decide, history_row, undecided
from recoil_assets.production.stages import BOARD_REVIEWS, BOARDS
from recoil_assets.production.studio import Studio

board_app = typer.Typer(help="Look at storyboards, approve or reject them.", no_args_is_help=True)

EpisodeArgument = Annotated[str, typer.Argument(help="The episode.")]
BatchesArgument = Annotated[list[str] | None, typer.Argument(help="Batches of the episode.")]
ReviewerOption = Annotated[str, typer.Option(help="Who decides; else the user who is logged in.")]
NoteOption = Annotated[str, typer.Option(help="Why; kept with the decision.")]
DigestOption = Annotated[
    str, typer.Option(help="The board that was looked at (its digest, or the start of it).")
]


@board_app.command("list")
def list_boards(
    episode: Annotated[
        str | None, typer.Argument(help="The episode; all that have boards where left out.")
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where every board stands."""
    with answering(as_json=as_json), opened(project) as studio:
        episodes = (episode,) if episode else studio.rosters.episodes()
        rows = [_row(studio, cell) for name in episodes for cell in _cells(_roster(studio, name))]
        if as_json:
            say_json({"boards": rows})
        else:
            shown = [{**row, "digest": short(str(row["digest"]))} for row in rows]
            say_table(
                "Boards",
                shown,
                empty="no episode was taken in yet: recoil run EPISODE --until boards",
                notes=("picture",),
            )


def _roster(studio: Studio, episode: str) -> Roster:
    roster = studio.rosters.get(episode)
    if roster is None:
        studio.plans.read(episode)
        raise UsageError(f"{episode} was not taken in yet", cure=f"recoil run {episode} --until boards")
    return roster


def _cells(roster: Roster) -> list[Cell]:
    return [Cell(roster.episode, batch) for batch in roster.keys]


def _row(studio: Studio, cell: Cell) -> dict[str, object]:
    manifest = studio.scenes.manifest(cell)
    if manifest is None:
        return {"cell": cell.key, "stands": "not derived", "digest": "", "picture": "", "decided": ""}
    view = view_board(studio, studio.scenes.body(cell, manifest.active_version.digest))
    review = view.review
    return {
        "cell": cell.key,
        "stands": view.standing.value,
        "digest": view.board.digest if view.board else "",
        "picture": str(studio.media.path(view.board.picture)) if view.board else "",
        "decided": f"{review.decision} by {review.reviewer} {review.decided_at[:16]} {review.note}".strip()
        if review
        else "",
    }


@board_app.command()
def history(
    episode: EpisodeArgument,
    batches: BatchesArgument = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every decision about boards of the shots that are active now, oldest first."""
    with answering(as_json=as_json), opened(project) as studio:
        rows = [
            {"cell": cell.key, **history_row(review)}
            for cell in chosen_batches(_roster(studio, episode), batches or [])
            for review in _reviews(studio, cell)
        ]
        if as_json:
            say_json({"reviews": rows})
        else:
            shown = [_shown_decision(row) for row in rows]
            say_table("Decisions", shown, empty="nobody decided about a board yet", notes=("by",))


def _shown_decision(row: Mapping[str, str]) -> dict[str, object]:
    """A decision as a row of 80 columns: who decided, up to which price and why is one note."""
    ceiling = f", at most {row['ceiling']}" if row["ceiling"] else ""
    why = f": {row['note']}" if row["note"] else ""
    return {
        **{name: row[name] for name in ("cell", "decided", "decision", "board")},
        "by": f"{row['reviewer']}{ceiling}{why}",
    }


def _reviews(studio: Studio, cell: Cell) -> tuple[Review, ...]:
    manifest = studio.scenes.manifest(cell)
    if manifest is None:
        return ()
    return view_board(studio, studio.scenes.body(cell, manifest.active_version.digest)).reviews


@board_app.command()
def approve(
    episode: EpisodeArgument,
    batches: BatchesArgument = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    all_proposed: Annotated[bool, typer.Option("--all", help="Every board that awaits a decision.")] = False,
    digest: DigestOption = "",
    reviewer: ReviewerOption = "",
    note: NoteOption = "",
    price_ceiling: Annotated[
        str, typer.Option(help="The most that may be spent on this approval, USD.")
    ] = "",
) -> None:
    """Approve boards: exactly the picture and shot list that are there now."""
    with answering(as_json=as_json):
        verdict = Verdict(
            decision=Decision.APPROVED,
            reviewer=reviewer or getpass.getuser(),
            note=note,
            seen_digest=digest,
            price_ceiling_usd=_ceiling(price_ceiling),
        )
        _decide(project, episode, batches or [], verdict, all_proposed=all_proposed, as_json=as_json)


@board_app.command()
def reject(
    episode: EpisodeArgument,
    batches: BatchesArgument = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    digest: DigestOption = "",
    reviewer: ReviewerOption = "",
    note: NoteOption = "",
) -> None:
    """Reject boards: nothing is generated for these batches."""
    with answering(as_json=as_json):
        verdict = Verdict(
            decision=Decision.REJECTED, reviewer=reviewer or getpass.getuser(), note=note, seen_digest=digest
        )
        _decide(project, episode, batches or [], verdict, all_proposed=False, as_json=as_json)


@board_app.command()
def finish(
    episode: EpisodeArgument,
    batches: Annotated[list[str], typer.Argument(help="Batches whose boards are approved.")],
    project: ProjectOption = None,
    as_json: JsonOption = False,
    recover: Annotated[
        bool, typer.Option(help="Pay again for a finish whose file is gone and that can not be fetched.")
    ] = False,
) -> None:
    """Make a photoreal picture of approved boards: it is sent with the takes instead of the drawing. Spends."""
    with answering(as_json=as_json), opened(project) as studio:
        cells = chosen_batches(_roster(studio, episode), batches)
        quotes = {cell.key: finish_quote(studio, cell) for cell in cells}
        for key, quote in quotes.items():
            price = f"at most {show(quote.usd)}" if quote.usd is not None else quote.refusal
            aside.print(f"{key}: a finish costs {price}")
        named = [cell.key for cell in cells]
        config: dict[str, object] = {"finish": named, **({"recover": named} if recover else {})}
        with open_graph(layout_of(project), Progress(aside, quiet=as_json)) as graph:
            results = graph.materialise_cells(cells, [BOARDS, BOARD_REVIEWS], config)
        run = EpisodeRun(results=list(results))
        rows = [_finish_row(studio, cell) for cell in cells]
        if as_json:
            say_json({"finishes": rows, "failures": run.failures, "exit": run.exit.name.lower()})
        else:
            say_table("Finishes", rows, empty="no board was named", notes=("finish",))
            say_awaited(run.awaited)
            for failure in run.failures:
                say_failure(failure)
        raise typer.Exit(run.exit)


def _finish_row(studio: Studio, cell: Cell) -> dict[str, object]:
    manifest = require_manifest(studio, cell)
    view = view_board(studio, studio.scenes.body(cell, manifest.active_version.digest))
    made = view.board.finish if view.board else None
    return {
        "cell": cell.key,
        "stands": view.standing.value,
        "model": made.model if made else "",
        "finish": str(studio.media.path(made.picture)) if made else "not finished",
    }


def _ceiling(text: str) -> Decimal | None:
    return usd(text) if text else None


def _decide(
    project: ProjectOption,
    episode: str,
    batches: list[str],
    verdict: Verdict,
    *,
    all_proposed: bool,
    as_json: bool,
) -> None:
    with opened(project) as studio:
        cells = _chosen(studio, episode, batches, all_proposed=all_proposed)
        if verdict.seen_digest and len(cells) != 1:
            raise UsageError("--digest goes with one batch", cure="name one batch")
        reviews = [decide(studio, cell, verdict) for cell in cells]
        with open_graph(layout_of(project), Progress(aside, quiet=as_json)) as graph:
            results = graph.materialise_cells(cells, [BOARD_REVIEWS], {})
        failures = [result.failure for result in results if result.failure]
        awaited = [
            item for result in results for item in result.awaited if verdict.decision is Decision.APPROVED
        ]
        if as_json:
            say_json(
                {
                    "reviews": [_review_row(review) for review in reviews],
                    "failures": failures,
                    "awaited": [item.document() for item in awaited],
                }
            )
        else:
            _show(reviews, failures, awaited, episode)
        if failures:
            raise typer.Exit(Exit.FAILED)


def _chosen(studio: Studio, episode: str, batches: list[str], *, all_proposed: bool) -> list[Cell]:
    roster = _roster(studio, episode)
    if all_proposed == bool(batches):
        raise UsageError(
            "nothing says which boards are meant",
            cure=f"name batches, or approve every one that awaits you: recoil board approve {episode} --all",
        )
    if batches:
        return chosen_batches(roster, batches)
    cells = list(undecided(studio, episode))
    if not cells:
        raise UsageError(
            f"no board of {episode} awaits a decision",
            cure=f"see where they stand: recoil board list {episode}",
        )
    return cells


def _review_row(review: Review) -> dict[str, object]:
    return {
        "cell": f"{review.episode}|{review.batch}",
        "decision": review.decision.value,
        "board": review.board_digest,
        "reviewer": review.reviewer,
        "note": review.note,
    }


def _show(reviews: list[Review], failures: list[str], awaited: list[Awaited], episode: str) -> None:
    for review in reviews:
        people.print(f"{review.decision.value}: {review.episode}|{review.batch} by {review.reviewer}")
    for text in failures:
        say_failure(text)
    if awaited:
        aside.print("the lineage does not show it yet:")
        say_awaited(awaited, to=aside)
    if not failures and any(review.decision is Decision.APPROVED for review in reviews):
        people.print(
            to_copy(f"to generate: recoil run {episode}")
            + "   (or the approval sensor does, while 'recoil ui' is running)"
        )
