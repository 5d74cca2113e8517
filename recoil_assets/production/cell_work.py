"""One cell being worked on: what it is, what is recorded upstream of it, and what its stages agree on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recoil_assets.domain.board import VOID
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import BlockedError
from recoil_assets.domain.grouping.group import Group
from recoil_assets.domain.retry.change import StrategyName
from recoil_assets.domain.roster import Roster
from recoil_assets.domain.scene import SceneBody, SceneManifest
from recoil_assets.domain.settings import Choices
from recoil_assets.production.dispatch import Dispatcher
from recoil_assets.production.gates import require_manifest
from recoil_assets.production.lanes import Lanes
from recoil_assets.production.last_made import LastMade
from recoil_assets.production.planned_scene import planned_scene
from recoil_assets.production.ports import Stopped
from recoil_assets.production.retries import Retries
from recoil_assets.production.stages import PLANS, stage_named
from recoil_assets.production.studio import Studio

if TYPE_CHECKING:
    from recoil_assets.production.payloads import BeatPayload


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroll:
    """A person's order for one new take of one beat.

    Attributes:
        beat: the beat's id, or the batch where that has one beat.
        seed: the seed to draw with; None draws a new one, unless a strategy is named.
        strategy: what to change, by the name of a retry strategy; None changes nothing else.
        make_primary: whether a success becomes the primary where the beat has one.
    """

    beat: str
    seed: int | None = None
    note: str = ""
    strategy: StrategyName | None = None
    make_primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a run was asked for.

    Attributes:
        run_id: the run that does the work.
        root_run_id: the run or backfill a person started; the run cap follows it.
        choices: run configuration, on top of show and episode.
        finish: cells whose approved board a person wants a finish of.
        recover: cells whose lost media a person agreed to pay for again.
        reroll: one new take of one beat, in place of what the cell would render.
        resume_only: settle what was sent before and send nothing new: for runs nobody asked for.
    """

    run_id: str
    root_run_id: str
    choices: Mapping[str, object] = field(default_factory=dict)
    recover: frozenset[Cell] = frozenset()
    finish: frozenset[Cell] = frozenset()
    reroll: Reroll | None = None
    resume_only: bool = False


@dataclass(slots=True, kw_only=True)
class CellWork:
    """The state of one cell during a run.

    Attributes:
        recorded: data version of every stage's latest record for this cell (``plans``: the episode's),
            as it was before the run, and then as the run's own stages make it.
        planned, payloads: the scene that the plan asks for, and its requests, as they were last made.
    """

    cell: Cell
    studio: Studio
    options: RunOptions
    dispatcher: Dispatcher
    lanes: Lanes
    stopped: Stopped
    retries: Retries
    choices: Choices
    roster: Roster | None
    recorded: dict[str, str]
    planned: LastMade[SceneBody] = field(default_factory=LastMade)
    payloads: "LastMade[tuple[BeatPayload, ...]]" = field(default_factory=LastMade)

    def consumed(self, stage: str) -> dict[str, str]:
        """The upstream data versions ``stage`` is made from.

        Raises:
            BlockedError: an upstream was never materialised. A stage never consumes a missing one.
        """
        upstream = stage_named(stage).upstream
        missing = [name for name in upstream if name not in self.recorded]
        if missing:
            raise BlockedError(
                "upstream_missing",
                f"{stage} of {self.cell} needs {', '.join(missing)} first",
                cure=f"materialise {', '.join(missing)} for this cell, then {stage}",
            )
        return {name: self.recorded[name] for name in upstream}

    def require_recorded(self, stage: str, found: str) -> None:
        """Refuse to go on where the record of ``stage`` is not what is on disk now.

        Raises:
            BlockedError: ``upstream_changed``; the record and the state it stands for must be the same.
        """
        if self.recorded.get(stage) != found:
            raise BlockedError(
                "upstream_changed",
                f"{stage} of {self.cell} changed since it was last materialised",
                cure=f"materialise {stage} for this cell, then what comes after it",
            )

    def group(self) -> Group | None:
        """The group behind the cell, or ``None`` where no plan names it: a void cell.

        Raises:
            BlockedError: the plan was never materialised, or changed since.
        """
        if self.roster is None or PLANS not in self.recorded:
            raise BlockedError(
                "upstream_missing",
                f"the plan of {self.cell.episode} was never materialised",
                cure=f"materialise plans for {self.cell.episode}",
            )
        return self.roster.group(self.cell.batch)

    def planned_body(self) -> SceneBody | None:
        """The scene the plan asks for, or ``None`` for a void cell."""
        return None if self.is_void() else self.planned_beside(self.studio.scenes.manifest(self.cell))

    def planned_beside(self, manifest: SceneManifest | None) -> SceneBody | None:
        """``planned_body``, where the cell's versions were just read; None where it has none yet."""
        group = self.group()
        if group is None:
            return None
        return self.planned.of(
            (group, manifest), lambda: planned_scene(self.studio, self.cell, group, manifest)
        )

    def require_planned_still(self) -> None:
        """Refuse to go on where the plan was taken in again meanwhile and says something else of this cell.

        Raises:
            BlockedError: ``upstream_changed``.
        """
        now = self.studio.rosters.get(self.cell.episode)
        if now is None or now.group(self.cell.batch) != self.group():
            raise BlockedError(
                "upstream_changed",
                f"the plan of {self.cell} was changed while it was being worked on",
                cure=f"materialise plans for {self.cell.episode}, then this cell",
            )

    def is_void(self) -> bool:
        """Whether no plan names the cell."""
        return self.group() is None

    def scene(self) -> tuple[SceneManifest, SceneBody]:
        """The cell's versions and its active body, which must be what is recorded."""
        manifest = require_manifest(self.studio, self.cell)
        digest = manifest.active_version.digest
        return manifest, self.studio.scenes.body(self.cell, digest)


def void_facts() -> dict[str, str]:
    """What a void cell shows."""
    return {"state": VOID, "why": "no plan names this batch in this episode; there is nothing to make"}
