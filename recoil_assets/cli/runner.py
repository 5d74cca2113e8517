"""What several commands share: opening the project, and carrying an episode through the graph."""

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from recoil_assets.cli.output import Exit
from recoil_assets.cli.run_result import Awaited, RunResult
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import ProjectError, UsageError
from recoil_assets.domain.roster import Roster
from recoil_assets.production.stages import (
    CELL_STAGES,
    DAILIES,
    PLANS,
    SCENE_VERSIONS,
    SPEND_REPORT,
    STORYBOARD_STAGES,
    TAKES,
)
from recoil_assets.production.studio import Studio
from resources.environment import project_root
from resources.opening import open_studio
from resources.project_store.layout import SETTINGS_FILE, Layout, find_project

if TYPE_CHECKING:
    from recoil_assets.cli.graph import Graph


SCENES = (PLANS, SCENE_VERSIONS)
STORYBOARDS = (PLANS, *STORYBOARD_STAGES)
GENERATED = (PLANS, *(stage.name for stage in CELL_STAGES))
EVERYTHING = (*GENERATED, DAILIES, SPEND_REPORT)
"""How far a run may go, as the assets it makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChoices:
    """The choices the command line offers for one run; empty and None leave the settings as they are.

    Attributes:
        tier_map: ``GROUPING=TIER`` each.
    """

    grouping: str = ""
    coverage_passes: tuple[str, ...] = ()
    model: str = ""
    tier: str = ""
    tier_map: tuple[str, ...] = ()
    wildcard: str = ""
    single_batch: bool = False
    single_batch_shots: tuple[str, ...] = ()
    pass_id: str = ""
    audio: bool | None = None
    seed: int | None = None
    max_takes: int | None = None
    concurrency: int | None = None


def choices_of(chosen: RunChoices) -> dict[str, object]:
    """The run configuration these choices make, by setting name; ``UsageError`` where one is not to be read."""
    named: dict[str, object] = {
        "grouping": chosen.grouping or None,
        "coverage_passes": list(chosen.coverage_passes) or None,
        "model_override": chosen.model or None,
        "tier": chosen.tier or None,
        "tier_map": dict(map(_tier_of, chosen.tier_map)) or None,
        "wildcard": chosen.wildcard or None,
        "single_batch": chosen.single_batch or None,
        "single_batch_shots": list(chosen.single_batch_shots) or None,
        "pass_id": chosen.pass_id or None,
        "audio": chosen.audio,
        "seed": chosen.seed,
        "max_takes": chosen.max_takes,
        "concurrency": chosen.concurrency,
    }
    return {name: value for name, value in named.items() if value is not None}


def _tier_of(text: str) -> tuple[str, str]:
    grouping, _, tier = text.partition("=")
    if not grouping or not tier:
        raise UsageError(
            f"{text!r} names no grouping and its tier", cure="write GROUPING=TIER, such as oner=high"
        )
    return grouping, tier


@contextmanager
def opened(project: Path | None, *, or_without: bool = False) -> Iterator[Studio]:
    """The studio of the project.

    Args:
        project: the project directory as named on the command line, or None.
        or_without: where there is no project and none was named, work on default settings in an empty,
            temporary one.
    """
    root = project_root(project)
    try:
        find_project(root)
    except ProjectError:
        if not or_without or project is not None:
            raise
        with tempfile.TemporaryDirectory(prefix="recoil-") as folder:
            (Path(folder) / SETTINGS_FILE).write_text("")
            with open_studio(Path(folder)) as studio:
                yield studio
        return
    with open_studio(root) as studio:
        yield studio


def layout_of(project: Path | None) -> Layout:
    """The layout of the project named, or found."""
    return find_project(project_root(project))


@dataclass(slots=True)
class EpisodeRun:
    """Everything the runs of one command did."""

    results: list[RunResult] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """What failed, a text a run."""
        return [result.failure for result in self.results if result.failure]

    @property
    def awaited(self) -> list[Awaited]:
        """What is blocked, in the order it was met."""
        return [item for result in self.results for item in result.awaited]

    @property
    def exit(self) -> Exit:
        """The exit code: failed before blocked before done."""
        if self.failures:
            return Exit.FAILED
        return Exit.BLOCKED if self.awaited else Exit.DONE

    def made(self, asset: str) -> list[str]:
        """Partitions of an asset that were materialised."""
        return [
            partition for result in self.results for name, partition in result.materialised if name == asset
        ]


def taken_in_episodes(studio: Studio, named: Sequence[str] | None) -> list[str]:
    """The episodes named, each known; or all that were taken in."""
    known = studio.rosters.episodes()
    unknown = [name for name in named or () if name not in known]
    for name in unknown:
        studio.plans.read(name)
        raise UsageError(f"{name} was not taken in yet", cure=f"recoil run {name} --until scenes")
    return list(named or known)


def chosen_batches(roster: Roster, batches: Sequence[str]) -> list[Cell]:
    """The cells of the batches named, or of all live ones; ``UsageError`` naming those the episode has."""
    unknown = [batch for batch in batches if batch not in roster.keys]
    if unknown:
        raise UsageError(
            f"{roster.episode} has no batch {', '.join(unknown)} (batches: {', '.join(roster.keys)})",
            cure=f"name batches of the episode; its plan says which: recoil plan check {roster.episode}",
        )
    return [Cell(roster.episode, batch) for batch in (batches or roster.keys)]


def run_episode(
    graph: "Graph",
    studio: Studio,
    episode: str,
    *,
    batches: Sequence[str] = (),
    assets: Collection[str] = EVERYTHING,
    choices: dict[str, object],
    run: EpisodeRun,
) -> None:
    """Carry an episode through ``assets``, in the order of the graph.

    Cells that await somebody stop where they are; the others go on. Where takes are made, dailies are cut only
    where every batch has them. Where the run's own ``choices`` force a single batch and no batches are named, it
    is that one alone.

    Raises:
        UsageError: ``plans`` is left out, and the episode's plan was never taken in.
    """
    studio.plans.read(episode)
    if PLANS in assets:
        taken_in = graph.take_in(episode, choices)
        run.results.append(taken_in)
        if taken_in.failed:
            return
    else:
        taken_in_episodes(studio, [episode])
    roster = studio.rosters.get(episode)
    if roster is None:
        return
    if choices.get("single_batch") and not batches:
        batches = [roster.keys_by_pass()[str(choices["pass_id"])]]
    cells = chosen_batches(roster, batches)
    stages = [stage.name for stage in CELL_STAGES if stage.name in assets]
    cell_runs = graph.materialise_cells(cells, stages, choices) if stages else []
    run.results.extend(cell_runs)
    if TAKES not in assets or set(roster.main_keys) <= _done(cell_runs, batches, roster):
        for asset in (DAILIES, SPEND_REPORT):
            if asset in assets:
                run.results.append(graph.materialise_episode(episode, asset))


def _done(runs: Sequence[RunResult], batches: Sequence[str], roster: Roster) -> set[str]:
    """Batches that have takes as far as this command knows: those made now, and those it was not asked for."""
    made = {
        Cell.parse(partition).batch for run in runs for asset, partition in run.materialised if asset == TAKES
    }
    return made | (set(roster.keys) - set(batches) if batches else set())
