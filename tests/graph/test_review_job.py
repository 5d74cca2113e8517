"""Deciding in the UI: the decision is on record at once, whichever way it goes, with note, ceiling and history."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import dagster as dg
import pytest

from recoil_assets.domain.cell import Cell
from recoil_assets.production.gates import view_board
from recoil_assets.production.stages import BOARD_REVIEWS
from tests.conftest import GraphMadeBy
from tests.graph.test_provenance import stale
from tests.support.graph import GraphUnderTest
from tests.support.project import plan

MakeGraph = Callable[..., GraphUnderTest]
CELL = Cell("ep_001", "BATCH_001")


@pytest.fixture
def generated(graph_made_by: GraphMadeBy) -> GraphUnderTest:
    return graph_made_by(make_generated)


def make_generated(make_graph: MakeGraph) -> GraphUnderTest:
    graph = make_graph(plan("ep_001", batches=1), gate=True)
    graph.plan("ep_001")
    graph.produce("ep_001")
    graph.approve_all("ep_001")
    graph.produce("ep_001")
    assert stale(graph) == set()
    return graph


def review(graph: GraphUnderTest, decision: str, *, board: str = "", **more: object) -> Any:
    config = {
        "episode": "ep_001",
        "batch": "BATCH_001",
        "decision": decision.upper(),
        "board_digest": board or graph.versions("boards", "ep_001")["BATCH_001"],
        "reviewer": "pat",
        **more,
    }
    return graph.defs.resolve_job_def("review_board").execute_in_process(
        instance=graph.instance,
        run_config={
            "ops": {"decide_about_board": {"config": config}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
        raise_on_error=False,
    )


def latest(graph: GraphUnderTest) -> dg.AssetMaterialization:
    (record,) = graph.instance.fetch_materializations(dg.AssetKey(BOARD_REVIEWS), limit=1).records
    assert record.asset_materialization is not None
    return record.asset_materialization


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"board": "0" * 64}, "was redrawn since"),
        ({"price_ceiling_usd": "lots"}, "lots"),
        ({"reviewer": " "}, "a decision needs a reviewer"),
        ({"batch": "BATCH_009"}, "has no batch"),
    ],
)
def test_what_can_not_be_decided_is_refused_in_one_sentence_and_nothing_is_recorded(
    generated: GraphUnderTest, config: dict[str, Any], told: str
) -> None:
    before = generated.versions(BOARD_REVIEWS, "ep_001")
    result = review(generated, "rejected", **config)
    assert not result.success
    assert told in generated.failure(result)
    assert generated.versions(BOARD_REVIEWS, "ep_001") == before


def test_a_rejection_makes_what_was_generated_on_the_approval_read_as_unsynced_at_once(
    generated: GraphUnderTest,
) -> None:
    assert review(generated, "rejected", note="too dark").success
    assert latest(generated).metadata["decision"].value == "rejected"
    assert stale(generated) == {("dispatch_payloads", "BATCH_001")}


def test_the_record_tells_note_ceiling_reviewer_and_the_whole_history(generated: GraphUnderTest) -> None:
    review(generated, "rejected", note="too dark")
    assert review(generated, "approved", note="better", price_ceiling_usd="12.50").success
    told = latest(generated).metadata
    assert (told["reviewer"].value, told["note"].value) == ("pat", "better")
    history = told["history"]
    assert isinstance(history, dg.TableMetadataValue)
    assert [row.data["decision"] for row in history.records] == ["approved", "rejected", "approved"]
    with generated.studio() as studio:
        manifest = studio.scenes.manifest(CELL)
        assert manifest is not None
        kept = view_board(studio, studio.scenes.body(CELL, manifest.active_version.digest)).review
    assert kept is not None
    assert kept.price_ceiling_usd == Decimal("12.50")
