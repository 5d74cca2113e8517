"""``recoil take approve|unapprove|primary|release`` and ``recoil take reroll``: deciding about takes."""

import getpass
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
    to_copy,
)
from recoil_assets.cli.progress import Progress
from recoil_assets.cli.run_result import say_awaited
from recoil_assets.cli.runner import EpisodeRun, layout_of, opened, taken_in_episodes
from recoil_assets.domain.money import show
from recoil_assets.domain.retry.change import StrategyName
from recoil_assets.domain.take_approval import BeatDecisions
from recoil_assets.production.beat_takes import read_decisions
from recoil_assets.production.cell_work import Reroll
from recoil_assets.production.reroll_preview import RerollPreview, preview_reroll
from recoil_assets.production.stages import TAKES
from recoil_assets.production.studio import Studio
from recoil_assets.production.take_review import TakeAction, TakeSaid, review_take

EpisodeArgument = Annotated[str, typer.Argument(help="The episode.")]
BeatArgument = Annotated[str, typer.Argument(help="The beat, or its batch where that has one beat.")]
TakeArgument = Annotated[int, typer.Argument(help="The number of the take; the latest where left out.")]
ReviewerOption = Annotated[str, typer.Option(help="Who decides; else the user who is logged in.")]
NoteOption = Annotated[str, typer.Option(help="Why; kept with it.")]


def approve(
    episode: EpisodeArgument,
    beat: BeatArgument,
    take: TakeArgument = 0,
    digest: Annotated[
        str, typer.Option(help="SHA-256 of the media that was looked at, or the start of it.")
    ] = "",
    reviewer: ReviewerOption = "",
    note: NoteOption = "",
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Approve a take: from now on nothing renders its beat again unless the beat is named."""
    said = TakeSaid(
        action=TakeAction.APPROVE, reviewer=_who(reviewer), take=take, seen_sha256=digest, note=note
    )
    _review(project, episode, beat, said, as_json=as_json)


def unapprove(
    episode: EpisodeArgument,
    beat: BeatArgument,
    take: TakeArgument = 0,
    reviewer: ReviewerOption = "",
    note: NoteOption = "",
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take the approval of a take back. The primary stays as it is."""
    said = TakeSaid(action=TakeAction.UNAPPROVE, reviewer=_who(reviewer), take=take, note=note)
    _review(project, episode, beat, said, as_json=as_json)


def primary(
    episode: EpisodeArgument,
    beat: BeatArgument,
    take: TakeArgument = 0,
    reviewer: ReviewerOption = "",
    note: NoteOption = "",
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Choose the take that the cut uses."""
    said = TakeSaid(action=TakeAction.PRIMARY, reviewer=_who(reviewer), take=take, note=note)
    _review(project, episode, beat, said, as_json=as_json)


def release(
    episode: EpisodeArgument,
    beat: BeatArgument,
    reviewer: ReviewerOption = "",
    note: NoteOption = "",
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Leave a beat without its primary, where that is stale or its media lost. The next success becomes it."""
    said = TakeSaid(action=TakeAction.RELEASE, reviewer=_who(reviewer), note=note)
    _review(project, episode, beat, said, as_json=as_json)


def reroll(
    episode: EpisodeArgument,
    beat: Annotated[str, typer.Argument(help="The beat, or its batch where that has one beat.")] = "",
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**31 - 1, help="The seed; a new one if left out.")
    ] = None,
    note: NoteOption = "",
    strategy: Annotated[StrategyName | None, typer.Option(help="What to change beside the seed.")] = None,
    make_primary: Annotated[
        bool, typer.Option("--make-primary", help="A success replaces the beat's primary.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only say what it would be called and cost, and what is in the way."),
    ] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make one new take of one beat, approved or exhausted ones too. One attempt, never more."""
    order = Reroll(beat=beat, seed=seed, note=note, strategy=strategy, make_primary=make_primary)
    with answering(as_json=as_json), opened(project) as studio:
        (named,) = taken_in_episodes(studio, [episode])
        preview = preview_reroll(studio, named, order)
        if dry_run:
            _say_preview(preview, as_json=as_json)
            raise typer.Exit(Exit.BLOCKED if preview.in_the_way else Exit.DONE)
        run = EpisodeRun()
        cell = preview.scene.cell
        with open_graph(layout_of(project), Progress(aside, quiet=as_json)) as graph:
            run.results.extend(graph.materialise_cells([cell], (TAKES,), {"reroll": _config(order)}))
        _say_rerolled(studio, preview, run, as_json=as_json)
        raise typer.Exit(run.exit)


def _who(reviewer: str) -> str:
    return reviewer or getpass.getuser()


def _config(order: Reroll) -> dict[str, object]:
    """The order as run configuration, where an enumeration goes by its name."""
    named: dict[str, object] = {
        "beat": order.beat,
        "seed": order.seed,
        "note": order.note,
        "strategy": order.strategy.name if order.strategy else None,
        "make_primary": order.make_primary,
    }
    return {name: value for name, value in named.items() if value is not None}


def _review(project: ProjectOption, episode: str, beat: str, said: TakeSaid, *, as_json: bool) -> None:
    """Record the decision, then what ``takes`` is now; nothing is sent."""
    with answering(as_json=as_json), opened(project) as studio:
        (named,) = taken_in_episodes(studio, [episode])
        reviewed = review_take(studio, named, beat, said)
        run = EpisodeRun()
        with open_graph(layout_of(project), Progress(aside, quiet=as_json)) as graph:
            choices = studio.run_choices.get(reviewed.cell)
            run.results.extend(graph.materialise_cells([reviewed.cell], (TAKES,), choices, resume_only=True))
        recorded = reviewed.cell.key in run.made(TAKES)
        if as_json:
            say_json(
                {
                    "cell": reviewed.cell.key,
                    "beat": reviewed.beat.beat_id,
                    "take": reviewed.take,
                    "did": said.action.value,
                    "standing": reviewed.decisions.standing,
                    "recorded": recorded,
                }
            )
            return
        people.print(
            f"{said.action.value}: take {reviewed.take} of {reviewed.beat.beat_id} by {said.reviewer}; "
            f"{reviewed.decisions.standing}"
        )
        if not recorded:
            say_awaited(run.awaited)


def _say_preview(preview: RerollPreview, *, as_json: bool) -> None:
    found = preview.found
    strategies = [change.strategy.value for change in found.changes]
    document = {
        "cell": preview.scene.cell.key,
        "beat": found.payload.beat.beat_id,
        "take": found.name.take,
        "file": preview.file_name,
        "at_most_usd": str(found.usd),
        "strategies": strategies,
        "in_the_way": list(preview.in_the_way),
    }
    if as_json:
        say_json(document)
        return
    people.print(f"would make take {found.name.take} of {document['beat']}: {preview.file_name}")
    people.print(f"for at most {show(found.usd)}, by {', '.join(strategies)}")
    for sentence in preview.in_the_way:
        people.print(f"in the way: {sentence}")


def _say_rerolled(studio: Studio, preview: RerollPreview, run: EpisodeRun, *, as_json: bool) -> None:
    beat, cell = preview.found.payload.beat, preview.scene.cell
    decisions = read_decisions(studio, cell.episode, beat)
    made = next(
        (item for item in decisions.takes.attempts if item.intent.number == preview.found.name.take), None
    )
    taken_up = _taken_up(preview, decisions) if made is None else None
    if as_json:
        say_json(
            {
                "cell": cell.key,
                "beat": beat.beat_id,
                "take": made.intent.number if made else None,
                "taken_up": taken_up,
                "succeeded": bool(made and made.succeeded),
                "file": made.intent.media_path if made and made.succeeded else None,
                "cost_usd": str(made.cost_usd) if made else "0",
                "standing": decisions.standing,
                "failures": run.failures,
                "awaited": [item.document() for item in run.awaited],
            }
        )
        return
    if made is not None and made.succeeded:
        people.print(f"take {made.intent.number} of {beat.beat_id}: {made.intent.media_path}")
        people.print(f"it cost {show(made.cost_usd)}; {decisions.standing}")
        people.print(
            to_copy(f"to approve it: recoil take approve {cell.episode} {beat.beat_id} {made.intent.number}")
        )
    if taken_up is not None:
        people.print(
            f"take {taken_up} was ordered before, by a run that ended too early: it is the primary now, and nothing "
            "more was sent; order again for another take"
        )
    say_awaited(run.awaited)
    for failure in run.failures:
        say_failure(failure)


def _taken_up(preview: RerollPreview, decisions: BeatDecisions) -> int | None:
    """The number of the take that became the primary although no new one was made; None where none did."""
    primary = decisions.takes.primary
    before = preview.primary.attempt_id if preview.primary else ""
    return primary.intent.number if primary and primary.attempt_id != before else None
