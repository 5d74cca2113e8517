"""A range of cells in one run, as every door of Dagster asks for it."""

from collections.abc import Callable

import pytest

from tests.support.graph import STAGES, GraphUnderTest
from tests.support.project import plan

RANGE = {
    "dagster/asset_partition_range_start": "ep_001|BATCH_001",
    "dagster/asset_partition_range_end": "ep_001|BATCH_003",
}
FIRST_CELL = {"dagster/partition/episode": "ep_001", "dagster/partition/shot_batch": "BATCH_001"}


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param(RANGE, id="a sensor, or a backfill of assets"),
        pytest.param({**RANGE, **FIRST_CELL}, id="a backfill of a job: its first cell is tagged too"),
    ],
)
def test_every_cell_of_the_range_is_made(
    make_graph: Callable[..., GraphUnderTest], tags: dict[str, str]
) -> None:
    graph = make_graph(plan("ep_001", batches=3))
    graph.plan("ep_001")
    assert graph.run(STAGES, tags=tags).success
    for stage in STAGES:
        assert graph.versions(stage, "ep_001").keys() == {"BATCH_001", "BATCH_002", "BATCH_003"}
