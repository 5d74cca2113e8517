"""Partitions: episodes, and the cells they form with shot batches.

Both dimensions are dynamic; keys are added by ``plans`` and the plan sensor, and never deleted (deleting a
key breaks runs in flight). Dagster sorts dimensions by name, so a cell's key reads ``ep_001|BATCH_003``.
"""

from collections.abc import Iterable, Iterator

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from recoil_assets.domain.cell import BATCH_DIMENSION, EPISODE_DIMENSION, Cell

episodes = dg.DynamicPartitionsDefinition(name="episodes")
shot_batches = dg.DynamicPartitionsDefinition(name="shot_batches")
cells = dg.MultiPartitionsDefinition({EPISODE_DIMENSION: episodes, BATCH_DIMENSION: shot_batches})

episode_of_cell = dg.MultiToSingleDimensionPartitionMapping(partition_dimension_name=EPISODE_DIMENSION)
"""Joins an episode to its cells, both ways. A mapping class of our own would not survive into the daemon."""


def cells_of(instance: dg.DagsterInstance, episode: str) -> list[str]:
    """Every cell key of an episode, void ones included, in Dagster's order."""
    return [f"{episode}|{batch}" for batch in instance.get_dynamic_partitions("shot_batches")]


def cells_of_run(context: dg.AssetExecutionContext) -> list[Cell]:
    """The cells a run was asked for, in key order.

    A range is read from its own tags: a backfill launched from a job's page leaves the tags of its first cell
    on the run too, and ``context.partition_keys`` then names that cell alone (Dagster 1.13.27).
    """
    tags = context.run.tags
    start, end = tags.get(ASSET_PARTITION_RANGE_START_TAG), tags.get(ASSET_PARTITION_RANGE_END_TAG)
    keys = (
        cells.get_partition_keys_in_range(
            dg.PartitionKeyRange(
                cells.get_partition_key_from_str(start), cells.get_partition_key_from_str(end)
            ),
            dynamic_partitions_store=context.instance,
        )
        if start and end
        else context.partition_keys
    )
    return [Cell.parse(key) for key in sorted(map(str, keys))]


def ranges_of(instance: dg.DagsterInstance, chosen: Iterable[Cell]) -> Iterator[tuple[Cell, ...]]:
    """``chosen`` as the fewest runs a range can name: neighbouring batches of one episode, and none between them."""
    order = {
        batch: position for position, batch in enumerate(instance.get_dynamic_partitions("shot_batches"))
    }
    run: list[Cell] = []
    for cell in sorted(chosen, key=lambda cell: (cell.episode, order[cell.batch])):
        if run and (cell.episode, order[cell.batch]) != (run[-1].episode, order[run[-1].batch] + 1):
            yield tuple(run)
            run = []
        run.append(cell)
    if run:
        yield tuple(run)


def range_tags(first: Cell, last: Cell) -> dict[str, str]:
    """The tags of a run that makes every cell from ``first`` to ``last``."""
    return {ASSET_PARTITION_RANGE_START_TAG: first.key, ASSET_PARTITION_RANGE_END_TAG: last.key}


def register(instance: dg.DagsterInstance, episode: str, batches: tuple[str, ...]) -> list[str]:
    """Add an episode and its batch keys; the batch keys that are new to the whole show."""
    if not instance.has_dynamic_partition("episodes", episode):
        instance.add_dynamic_partitions("episodes", [episode])
    known = set(instance.get_dynamic_partitions("shot_batches"))
    new = [batch for batch in batches if batch not in known]
    if new:
        instance.add_dynamic_partitions("shot_batches", new)
    return new
