"""What a plan asks for of a cell now: the scene of its group, split where somebody adopted a split of it."""

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.grouping.group import Group
from recoil_assets.domain.scene import SceneBody, SceneManifest, derive_scene
from recoil_assets.domain.split import split_alike
from recoil_assets.production.studio import Studio


def planned_scene(studio: Studio, cell: Cell, group: Group, manifest: SceneManifest | None) -> SceneBody:
    """The scene that the plan asks for.

    Args:
        manifest: the cell's versions; None where it was never derived. The active one says whether it is split, but
            for the first: nothing stood there that a split of it could have been proposed beside.
    """
    planned = derive_scene(cell.episode, cell.batch, group)
    if manifest is None or manifest.active == 1 or manifest.active_version.digest == planned.digest:
        return planned
    return split_alike(planned, studio.scenes.body(cell, manifest.active_version.digest))
