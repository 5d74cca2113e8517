"""Finishing in the graph: the board is another version, its approval stands, and older takes read as stale."""

from collections.abc import Callable

import dagster as dg
import pytest

from recoil_assets.assets.cell_stages import BACKFILL_TAG
from recoil_assets.domain.cell import Cell
from recoil_assets.production.stages import BOARD_REVIEWS, BOARDS, DISPATCH_PAYLOADS
from tests.support.graph import GraphUnderTest
from tests.support.project import plan

MakeGraph = Callable[..., GraphUnderTest]
CELL = Cell("ep_001", "BATCH_001")


def test_a_finish_is_asked_for_in_the_launchpad_and_makes_what_came_of_the_drawing_unsynced(
    make_graph: MakeGraph,
) -> None:
    graph = make_graph(plan("ep_001", batches=2), gate=True)
    settings = graph.root / "recoil.toml"
    settings.write_text(settings.read_text() + '\n[choices]\nfinish_model = "animatic-board"\n')
    graph.plan("ep_001")
    graph.produce("ep_001", stages=["scene_versions", BOARDS])
    graph.approve_all("ep_001")
    assert graph.produce("ep_001").success
    before = {name: graph.versions(name, "ep_001") for name in (BOARDS, BOARD_REVIEWS, DISPATCH_PAYLOADS)}

    job = graph.defs.resolve_job_def("finish_boards")
    done = job.execute_in_process(
        instance=graph.instance,
        partition_key=dg.MultiPartitionKey({"episode": "ep_001", "shot_batch": "BATCH_002"}),
        run_config={"ops": {"production": {"config": {"finish": ["BATCH_002"]}}}},
    )
    assert done.success
    boards = graph.versions(BOARDS, "ep_001")
    assert boards["BATCH_001"] == before[BOARDS]["BATCH_001"]
    assert boards["BATCH_002"] != before[BOARDS]["BATCH_002"]
    assert graph.versions(BOARD_REVIEWS, "ep_001")["BATCH_002"] != before[BOARD_REVIEWS]["BATCH_002"]
    (shown,) = [
        event for event in done.get_asset_materialization_events() if event.asset_key == dg.AssetKey(BOARDS)
    ]
    assert "data:image/webp" in str(shown.materialization.metadata["finish"].value)

    assert graph.produce("ep_001").success
    after = graph.versions(DISPATCH_PAYLOADS, "ep_001")
    assert after["BATCH_001"] == before[DISPATCH_PAYLOADS]["BATCH_001"]
    assert after["BATCH_002"] != before[DISPATCH_PAYLOADS]["BATCH_002"]
    with graph.studio() as studio:
        sent = [studio.journal.attempt(name).intent for name in studio.journal.ids() if ".take." in name]
    assert sorted(intent.batch for intent in sent) == ["BATCH_001", "BATCH_002", "BATCH_002"]


@pytest.mark.parametrize("agreed", ["finish", "recover"])
def test_runs_of_a_backfill_agree_for_no_batch_that_is_named_without_its_episode(
    make_graph: MakeGraph, agreed: str
) -> None:
    """Every episode has a batch of that name, and each of its runs would take the agreement for its own."""
    graph = make_graph(plan("ep_001", batches=1))
    graph.plan("ep_001")
    whole = {"dagster/asset_partition_range_start": CELL.key, "dagster/asset_partition_range_end": CELL.key}
    tags = {**whole, BACKFILL_TAG: "a backfill of two episodes"}
    config = {"production": {agreed: [CELL.batch]}}
    refused = graph.run(["scene_versions"], config=config, tags=tags)
    assert "write EPISODE|BATCH" in graph.failure(refused)
    assert graph.run(["scene_versions"], config={"production": {agreed: [CELL.key]}}, tags=tags).success
