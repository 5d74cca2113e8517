"""``recoil run``: carry episodes through the graph."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from recoil_assets.cli.derived import Derived, derived_since, versions_before
from recoil_assets.cli.instance import open_graph
from recoil_assets.cli.output import (
    JsonOption,
    ProjectOption,
    answering,
    aside,
    counted,
    people,
    say_failure,
    say_json,
    say_line,
    to_copy,
)
from recoil_assets.cli.progress import Progress
from recoil_assets.cli.rendered import Rendered, rendered_since, succeeded_attempts
from recoil_assets.cli.run_result import say_awaited
from recoil_assets.cli.runner import (
    EVERYTHING,
    GENERATED,
    SCENES,
    STORYBOARDS,
    EpisodeRun,
    RunChoices,
    choices_of,
    layout_of,
    opened,
    run_episode,
)
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.money import show
from recoil_assets.production.dailies import dailies_files
from recoil_assets.production.plan_intake import preview_plan
from recoil_assets.production.review import undecided
from recoil_assets.production.stages import (
    BOARD_REVIEWS,
    BOARDS,
    CELL_STAGES,
    DAILIES,
    DISPATCH_PAYLOADS,
    PLANS,
    REFERENCES,
    SCENE_VERSIONS,
    SPEND_REPORT,
    TAKES,
)
from recoil_assets.production.studio import Studio


class Until(StrEnum):
    """How far to go."""

    SCENES = "scenes"
    BOARDS = "boards"
    TAKES = "takes"
    DAILIES = "dailies"

    @property
    def assets(self) -> tuple[str, ...]:
        """What is made on the way there."""
        return {Until.SCENES: SCENES, Until.BOARDS: STORYBOARDS, Until.TAKES: GENERATED}.get(self, EVERYTHING)


class Asset(StrEnum):
    """An asset of the graph, by the name that the UI shows."""

    PLANS = PLANS
    SCENE_VERSIONS = SCENE_VERSIONS
    BOARDS = BOARDS
    BOARD_REVIEWS = BOARD_REVIEWS
    REFERENCES = REFERENCES
    DISPATCH_PAYLOADS = DISPATCH_PAYLOADS
    TAKES = TAKES
    DAILIES = DAILIES
    SPEND_REPORT = SPEND_REPORT


def run(
    episodes: Annotated[list[str], typer.Argument(help="Episodes to carry through, in this order.")],
    project: ProjectOption = None,
    as_json: JsonOption = False,
    batch: Annotated[list[str] | None, typer.Option(help="Only these batches; may be repeated.")] = None,
    until: Annotated[Until, typer.Option(help="Stop after scenes, boards or takes.")] = Until.DAILIES,
    derive_only: Annotated[
        bool, typer.Option("--derive-only", help="Derive scenes and nothing more: --until scenes.")
    ] = False,
    only: Annotated[
        list[Asset] | None,
        typer.Option(
            help="Materialise this asset and no other; may be repeated. Takes spend, boards where their model "
            "is paid for, the others never.",
        ),
    ] = None,
    grouping: Annotated[str, typer.Option(help="continuity, coverage, oner or solo.")] = "",
    coverage_pass: Annotated[list[str] | None, typer.Option(help="A coverage pass; may be repeated.")] = None,
    model: Annotated[str, typer.Option(help="Model for every beat, before the shots' own.")] = "",
    tier: Annotated[str, typer.Option(help="Generation tier.")] = "",
    tier_map: Annotated[
        list[str] | None,
        typer.Option(metavar="GROUPING=TIER", help="The tier of a grouping, before --tier; may be repeated."),
    ] = None,
    wildcard: Annotated[str, typer.Option(help="A directive put into every prompt.")] = "",
    single_batch: Annotated[
        bool,
        typer.Option("--single-batch", help="Force shots into one batch, and make that one; see --pass-id."),
    ] = False,
    shot: Annotated[
        list[str] | None, typer.Option(help="A shot of the forced batch, in story order; may be repeated.")
    ] = None,
    pass_id: Annotated[str, typer.Option(help="The forced batch's name, such as PASS_9.")] = "",
    audio: Annotated[bool | None, typer.Option(help="Generate sound, where the model can.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**31 - 1, help="Seed.")] = None,
    max_takes: Annotated[int | None, typer.Option(min=1, max=99, help="Attempts per beat.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, max=64, help="Beats in flight at once.")] = None,
    recover: Annotated[
        list[str] | None,
        typer.Option(help="Pay again for lost media of this batch, where it is gone; may be repeated."),
    ] = None,
) -> None:
    """Derive, draw, generate and cut: as far as approvals and caps allow. Renders only what is missing or stale."""
    chosen = RunChoices(
        grouping=grouping,
        coverage_passes=tuple(coverage_pass or ()),
        model=model,
        tier=tier,
        tier_map=tuple(tier_map or ()),
        wildcard=wildcard,
        single_batch=single_batch,
        single_batch_shots=tuple(shot or ()),
        pass_id=pass_id,
        audio=audio,
        seed=seed,
        max_takes=max_takes,
        concurrency=concurrency,
    )
    with answering(as_json=as_json), opened(project) as studio:
        done = EpisodeRun()
        choices = choices_of(chosen)
        _refuse_early(studio, episodes, [*(batch or []), *(recover or [])], choices)
        agreed = [Cell(episode, name).key for episode in episodes for name in recover or ()]
        config = {**choices, **({"recover": agreed} if agreed else {})}
        assets = _assets(until, only, derive_only=derive_only, single_batch=single_batch)
        last = next((stage.name for stage in reversed(CELL_STAGES) if stage.name in assets), "")
        versions = {episode: versions_before(studio, episode) for episode in episodes}
        before = {episode: succeeded_attempts(studio, episode) for episode in episodes}
        with open_graph(layout_of(project), Progress(aside, quiet=as_json)) as graph:
            for episode in episodes:
                run_episode(
                    graph, studio, episode, batches=batch or [], assets=assets, choices=config, run=done
                )
        runs = [result.run_id for result in done.results]
        rendered = {episode: rendered_since(studio, episode, before[episode], runs) for episode in episodes}
        derived = [
            derived_since(studio, episode, versions[episode], _of(episode, done.made(SCENE_VERSIONS)))
            for episode in (episodes if last == SCENE_VERSIONS else ())
        ]
        if as_json:
            say_json(_document(studio, episodes, done, rendered) | {"derived": _rows(derived)})
        else:
            for item in derived:
                item.show()
            _show(studio, episodes, done, rendered)
            if last == BOARDS:
                _show_undecided(studio, episodes)
        raise typer.Exit(done.exit)


def _assets(
    until: Until, only: Sequence[Asset] | None, *, derive_only: bool, single_batch: bool
) -> tuple[str, ...]:
    """What the run is to make, in the order of the graph."""
    if not only:
        return (Until.SCENES if derive_only else until).assets
    if derive_only or until is not Until.DAILIES:
        raise UsageError("--only says all that is made", cure="leave --until and --derive-only out")
    if single_batch and PLANS not in only:
        raise UsageError(
            "--single-batch makes a batch as the plan is taken in",
            cure=f"add --only {PLANS}, or leave it out",
        )
    return tuple(name for name in EVERYTHING if name in only)


def _of(episode: str, partitions: list[str]) -> list[str]:
    return [partition for partition in partitions if Cell.parse(partition).episode == episode]


def _rows(derived: list[Derived]) -> list[dict[str, object]]:
    return [row for item in derived for row in item.rows]


def _refuse_early(
    studio: Studio, episodes: list[str], batches: list[str], choices: dict[str, object]
) -> None:
    """Everything that can be known to be wrong before anything is started."""
    if batches and len(episodes) > 1:
        raise UsageError("--batch and --recover go with one episode", cure="name one episode")
    for episode in episodes:
        preview_plan(studio, studio.plans.read(episode), choices)


def _document(
    studio: Studio, episodes: list[str], done: EpisodeRun, rendered: Mapping[str, Rendered]
) -> dict[str, object]:
    return {
        "episodes": episodes,
        "rendered": {
            episode: {"boards": made.boards, "takes": made.takes, "rendered_shot_ids": list(made.shot_ids)}
            for episode, made in rendered.items()
        },
        "runs": [result.run_id for result in done.results],
        "materialised": {name: len(done.made(name)) for name in (SCENE_VERSIONS, BOARDS, TAKES, DAILIES)},
        "awaited": [item.document() for item in done.awaited],
        "undecided_boards": [cell.key for episode in episodes for cell in _undecided(studio, episode)],
        "failures": done.failures,
        "spent_usd": str(studio.ledger.balance().spent),
        "dailies": {name: str(dailies_files(studio, name).video) for name in done.made(DAILIES)},
        "exit": done.exit.name.lower(),
    }


def _show(studio: Studio, episodes: list[str], done: EpisodeRun, rendered: Mapping[str, Rendered]) -> None:
    for name in done.made(DAILIES):
        files = dailies_files(studio, name)
        say_line(f": {files.video}", lead=f"{name} dailies", style="bold green")
        people.print(f"  timeline {files.timeline}\n  contact sheet {files.contact_sheet}")
    say_awaited(done.awaited)
    for failure in done.failures:
        say_failure(failure)
    for episode in episodes:
        balance = studio.ledger.balance(episode=episode)
        batches = len(_live_with_takes(studio, episode, done))
        has = f"; {counted(batches, 'batch', 'batches')} with takes" if batches else ""
        money = f"spent {show(balance.spent)}, held {show(balance.reserved)}"
        people.print(f"{episode}: {rendered[episode]}{has}; {money}")


def _show_undecided(studio: Studio, episodes: list[str]) -> None:
    """What there is to do after boards were drawn, and by which commands."""
    for episode in episodes:
        if cells := _undecided(studio, episode):
            people.print(
                f"{counted(len(cells), 'board awaits', 'boards await')} your decision: "
                + ", ".join(cell.batch for cell in cells)
            )
            people.print(to_copy(f"  look at them: recoil board list {episode}"))
            people.print(to_copy(f"  then decide:  recoil board approve {episode} --all"))
            people.print(
                to_copy(f"  or:           recoil board reject {episode} {cells[0].batch} --note WHY")
            )


def _undecided(studio: Studio, episode: str) -> tuple[Cell, ...]:
    """The batches whose board awaits a decision; none where the episode's gate is off."""
    return undecided(studio, episode) if studio.board_gate_on(episode) else ()


def _live_with_takes(studio: Studio, episode: str, done: EpisodeRun) -> list[str]:
    """Batches of the plan whose takes are there; a void one has none, although its record is made too."""
    roster = studio.rosters.get(episode)
    made = set(done.made(TAKES))
    return [batch for batch in (roster.keys if roster else ()) if Cell(episode, batch).key in made]
