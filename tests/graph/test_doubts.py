"""A doubt about a cell is shown until it is gone, and not longer."""

from collections.abc import Callable

import dagster as dg
import pytest

from recoil_assets.assets import reporting
from recoil_assets.assets.specs import AWAITS_NOBODY
from recoil_assets.production.stages import BOARD_REVIEWS
from tests.support.graph import GraphUnderTest
from tests.support.project import plan

LONG, BUSY = plan("ep_001", batches=3), plan("ep_002", batches=3, first=40)


@pytest.mark.parametrize(
    "batches",
    [pytest.param(("BATCH_001",), id="one cell", marks=pytest.mark.proof), pytest.param((), id="an episode")],
)
def test_a_doubt_is_lifted_however_much_happened_since(
    make_graph: Callable[..., GraphUnderTest], monkeypatch: pytest.MonkeyPatch, batches: tuple[str, ...]
) -> None:
    monkeypatch.setattr(reporting, "_PAGE", 3)
    graph = make_graph(LONG, BUSY, gate=True)
    for episode in ("ep_001", "ep_002"):
        graph.plan(episode)
        graph.produce(episode)
    assert doubted(graph, "ep_001|BATCH_001")
    for _ in range(4):
        graph.produce("ep_002")
    graph.approve_all("ep_001")
    assert graph.produce("ep_001", batches=batches).success
    assert not doubted(graph, "ep_001|BATCH_001")
    assert doubted(graph, "ep_002|BATCH_001")


def doubted(graph: GraphUnderTest, cell: str) -> bool:
    """Whether the last evaluation of the check of ``board_reviews`` failed for the cell."""
    history = graph.instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey(BOARD_REVIEWS), AWAITS_NOBODY), limit=1000
    )
    evaluations = [record.event for record in history if record.partition == cell and record.event]
    latest = next(
        event for event in evaluations if event.dagster_event.event_type_value.endswith("EVALUATION")
    )
    return not latest.dagster_event.asset_check_evaluation_data.passed
