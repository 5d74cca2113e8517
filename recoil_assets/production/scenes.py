"""What a person does with scene versions: look at them, tell two apart, choose the active one."""

from collections.abc import Mapping
from dataclasses import dataclass

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.roster import Roster
from recoil_assets.domain.scene import SceneBody, SceneManifest, SceneVersion
from recoil_assets.domain.scene_diff import SceneDiff, diff_scenes
from recoil_assets.production.derivation import stamp_derivation
from recoil_assets.production.derive import scene_result
from recoil_assets.production.outcome import Materialised
from recoil_assets.production.planned_scene import planned_scene
from recoil_assets.production.stages import PLANS
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two versions of a cell, and what differs in the newer one."""

    cell: Cell
    older: SceneVersion
    newer: SceneVersion
    diff: SceneDiff


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A cell whose active version was moved; ``now`` is ``was`` where it was active already."""

    cell: Cell
    was: int
    now: int


def live_cell(studio: Studio, episode: str, batch: str) -> Cell:
    """The cell of a batch that the episode has; ``UsageError`` naming those it has."""
    roster = _roster(studio, episode)
    if roster.group(batch) is None:
        raise UsageError(
            f"{episode} has no batch {batch} (batches: {', '.join(roster.keys)})",
            cure=f"name a batch of the episode; its plan says which: recoil plan check {episode}",
        )
    return Cell(episode, batch)


def versions_of(studio: Studio, cell: Cell) -> SceneManifest:
    """The versions of a live cell; ``UsageError`` where it was never derived."""
    live_cell(studio, cell.episode, cell.batch)
    manifest = studio.scenes.manifest(cell)
    if manifest is None:
        raise UsageError(f"{cell} has no scene version", cure=f"recoil run {cell.episode} --until scenes")
    return manifest


def planned_version(studio: Studio, cell: Cell, manifest: SceneManifest) -> SceneVersion:
    """The version of a live cell that its plan asks for now, active or not.

    Raises:
        UsageError: the plan has no such batch, or its scene was not derived yet.
    """
    found = manifest.find(_planned_body(studio, cell).digest)
    if found is None:
        raise UsageError(
            f"what the plan says of {cell} now is no version yet",
            cure=f"recoil run {cell.episode} --until scenes",
        )
    return found


def compare(studio: Studio, cell: Cell, older: int | None = None, newer: int | None = None) -> Comparison:
    """What differs between two versions.

    Args:
        older: the active one where left out.
        newer: where left out the one the plan asks for now.
    """
    manifest = versions_of(studio, cell)
    first = _numbered(cell, manifest, manifest.active if older is None else older)
    second = planned_version(studio, cell, manifest) if newer is None else _numbered(cell, manifest, newer)
    bodies = (studio.scenes.body(cell, version.digest) for version in (first, second))
    return Comparison(cell=cell, older=first, newer=second, diff=diff_scenes(*bodies))


def conform(studio: Studio, cell: Cell, number: int | None = None, *, expected: int | None = None) -> Move:
    """Make a version active: the one the plan asks for now where ``number`` is left out.

    Args:
        expected: the version the person knows as the active one; another one refuses.

    Raises:
        SceneVersionConflictError: ``expected`` is not active.
        BlockedError: ``version_in_use``.
    """
    manifest = versions_of(studio, cell)
    wanted = planned_version(studio, cell, manifest).number if number is None else number
    changed = studio.scenes.conform(cell, wanted, expected=expected or manifest.active)
    return _moved(
        studio, Move(cell=cell, was=expected or manifest.active, now=changed.active), "scene_conformed"
    )


def revert(studio: Studio, cell: Cell, *, expected: int | None = None) -> Move:
    """Take the last conform back: the version that was active before is so again. Errors as ``conform``."""
    manifest = versions_of(studio, cell)
    changed = studio.scenes.revert(cell, expected=expected or manifest.active)
    return _moved(
        studio, Move(cell=cell, was=expected or manifest.active, now=changed.active), "scene_reverted"
    )


def recorded_scene(studio: Studio, cell: Cell, recorded: Mapping[str, str]) -> Materialised | None:
    """The result of ``scene_versions`` for a live cell as it is now.

    Args:
        recorded: data version of every stage's latest record; ``plans`` is the episode's.

    Returns:
        None where the plan that is recorded is not the one the episode's batches are of.
    """
    roster = _roster(studio, cell.episode)
    if recorded.get(PLANS) != roster.digest:
        return None
    planned = _planned_body(studio, cell)
    return scene_result(studio, cell, versions_of(studio, cell), planned, {PLANS: roster.digest})


def _moved(studio: Studio, move: Move, event: str) -> Move:
    if move.now != move.was:
        studio.note(event, cell=move.cell.key, version=move.now, was=move.was)
        stamp_derivation(studio, move.cell.episode)
    return move


def _numbered(cell: Cell, manifest: SceneManifest, number: int) -> SceneVersion:
    found = manifest.numbered(number)
    if found is None:
        raise UsageError(
            f"{cell} has no version v{number} (versions: v1 to v{len(manifest.versions)})",
            cure=f"see them with recoil scene list {cell.episode}",
        )
    return found


def _planned_body(studio: Studio, cell: Cell) -> SceneBody:
    group = _roster(studio, cell.episode).group(cell.batch)
    if group is None:
        raise UsageError(
            f"the plan of {cell.episode} has no batch {cell.batch} now",
            cure=f"see its batches with recoil plan check {cell.episode}",
        )
    return planned_scene(studio, cell, group, studio.scenes.manifest(cell))


def _roster(studio: Studio, episode: str) -> Roster:
    roster = studio.rosters.get(episode)
    if roster is None:
        studio.plans.read(episode)
        raise UsageError(f"{episode} was not taken in yet", cure=f"recoil run {episode} --until scenes")
    return roster
