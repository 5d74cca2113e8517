"""Partitions: episodes, and the cells they form with shot batches.

Both dimensions are dynamic; keys are added by ``plans`` and the plan sensor, and never deleted (deleting a
key breaks runs in flight). Dagster sorts dimensions by name, so a cell's key reads ``ep_001|BATCH_003``.
"""

import dagster as dg

from recoil_assets.domain.cell import BATCH_DIMENSION, EPISODE_DIMENSION

episodes = dg.DynamicPartitionsDefinition(name="episodes")
shot_batches = dg.DynamicPartitionsDefinition(name="shot_batches")
cells = dg.MultiPartitionsDefinition({EPISODE_DIMENSION: episodes, BATCH_DIMENSION: shot_batches})

episode_of_cell = dg.MultiToSingleDimensionPartitionMapping(partition_dimension_name=EPISODE_DIMENSION)
"""Joins an episode to its cells, both ways. A mapping class of our own would not survive into the daemon."""


def cells_of(instance: dg.DagsterInstance, episode: str) -> list[str]:
    """Every cell key of an episode, void ones included, in Dagster's order."""
    return [f"{episode}|{batch}" for batch in instance.get_dynamic_partitions("shot_batches")]


def register(instance: dg.DagsterInstance, episode: str, batches: tuple[str, ...]) -> list[str]:
    """Add an episode and its batch keys; the batch keys that are new to the whole show."""
    if not instance.has_dynamic_partition("episodes", episode):
        instance.add_dynamic_partitions("episodes", [episode])
    known = set(instance.get_dynamic_partitions("shot_batches"))
    new = [batch for batch in batches if batch not in known]
    if new:
        instance.add_dynamic_partitions("shot_batches", new)
    return new
