"""Scenes: deriving them, and which of their versions is the active one."""

import dagster as dg

from recoil_assets.assets.provenance import Lineage
from recoil_assets.jobs.acting import acting, record
from recoil_assets.production.scenes import Move, conform, live_cell, recorded_scene, revert
from recoil_assets.production.stages import SCENE_VERSIONS
from recoil_assets.production.studio import Studio
from resources.dagster_resources import StudioResource

rederive_scenes = dg.define_asset_job(
    "rederive_scenes",
    selection=[SCENE_VERSIONS],
    description="Derive scenes from the plan as it was taken in; what differs is staged beside the active versions.",
    executor_def=dg.in_process_executor,
)


class ConformConfig(dg.Config):
    """Which version of a scene is to be active.

    Attributes:
        version: its number; 0 is the one the plan asks for now.
        expected: the number you know as the active one; another one refuses. 0 takes whichever is.
    """

    episode: str
    batch: str
    version: int = 0
    expected: int = 0


class RevertConfig(dg.Config):
    """The scene whose last conform is taken back; ``expected`` as for a conform."""

    episode: str
    batch: str
    expected: int = 0


@dg.op(description="Make a version active, and record what scene_versions is now.")
def conform_to_version(context: dg.OpExecutionContext, config: ConformConfig, studio: StudioResource) -> None:
    """See ``production.scenes.conform``."""
    with acting(studio) as opened:
        cell = live_cell(opened, config.episode, config.batch)
        move = conform(opened, cell, config.version or None, expected=config.expected or None)
        _record_move(context, opened, move)


@dg.op(description="Take the last conform back, and record what scene_versions is now.")
def revert_to_version(context: dg.OpExecutionContext, config: RevertConfig, studio: StudioResource) -> None:
    """See ``production.scenes.revert``."""
    with acting(studio) as opened:
        cell = live_cell(opened, config.episode, config.batch)
        _record_move(context, opened, revert(opened, cell, expected=config.expected or None))


def _record_move(context: dg.OpExecutionContext, studio: Studio, move: Move) -> None:
    """Record the version that is active now, so that what was made from the other one reads as unsynced at once.

    Where the episode's plan was taken in anew and not recorded since, there is nothing true to record: the
    cell's ``scene_versions`` reads as unsynced already.
    """
    context.log.info(f"{move.cell}: v{move.now} is active (was v{move.was})")
    lineage = Lineage.load(context.instance, [move.cell])
    result = recorded_scene(studio, move.cell, lineage.recorded(move.cell))
    if result is None:
        context.log.warning(f"materialise plans for {move.cell.episode}, then scene_versions for {move.cell}")
        return
    record(context, lineage, result)


@dg.job(
    description="Make a version of a scene active. Its number stands in the metadata of scene_versions.",
    executor_def=dg.in_process_executor,
)
def conform_scene() -> None:
    """One move."""
    conform_to_version()


@dg.job(
    description="Take the last conform of a scene back: the version before it is active again.",
    executor_def=dg.in_process_executor,
)
def revert_scene() -> None:
    """One move."""
    revert_to_version()
