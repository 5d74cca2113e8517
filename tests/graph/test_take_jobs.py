"""Rerolling and deciding about takes from the launchpad: what takes records is exact afterwards."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from recoil_assets.assets.partitions import range_tags
from recoil_assets.assets.specs import AWAITS_NOBODY
from recoil_assets.domain.cell import Cell
from recoil_assets.production.stages import DAILIES, DISPATCH_PAYLOADS, TAKES
from tests.conftest import GraphMadeBy
from tests.graph.test_provenance import stale
from tests.support.graph import GraphUnderTest
from tests.support.paper_desk import PaperDesk
from tests.support.project import plan

MakeGraph = Callable[..., GraphUnderTest]
CELL = Cell("ep_001", "BATCH_001")
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@pytest.fixture
def made(graph_made_by: GraphMadeBy) -> GraphUnderTest:
    return graph_made_by(make_made)


def make_made(make_graph: MakeGraph) -> GraphUnderTest:
    graph = make_graph(plan("ep_001", batches=1, shots_each=1))
    graph.plan("ep_001")
    graph.produce("ep_001")
    assert stale(graph) == set()
    return graph


def reroll(graph: GraphUnderTest, **how: Any) -> Any:
    config = how.pop("config", {"beat": "SH0001"})
    production = {} if config is None else {"ops": {"production": {"config": {"reroll": config}}}}
    return graph.defs.resolve_job_def("reroll_take").execute_in_process(
        instance=graph.instance,
        run_config={**production, **QUIET},
        tags={**range_tags(CELL, CELL), **how.pop("tags", {})},
        raise_on_error=False,
        **how,
    )


def decide(graph: GraphUnderTest, action: str, **more: object) -> Any:
    config = {"episode": "ep_001", "beat": "SH0001", "action": action, "reviewer": "pat", **more}
    return graph.defs.resolve_job_def("review_a_take").execute_in_process(
        instance=graph.instance,
        run_config={"ops": {"decide_about_take": {"config": config}}, **QUIET},
        raise_on_error=False,
    )


def latest(graph: GraphUnderTest) -> dg.AssetMaterialization:
    (record,) = graph.instance.fetch_materializations(dg.AssetKey(TAKES), limit=1).records
    assert record.asset_materialization is not None
    return record.asset_materialization


def consumed(graph: GraphUnderTest) -> str:
    tags = latest(graph).tags or {}
    return tags[f"dagster/input_data_version/{DISPATCH_PAYLOADS}"]


def test_a_reroll_run_that_names_no_beat_says_so_and_renders_nothing(made: GraphUnderTest) -> None:
    sent = len(made.provider.submitted)
    for config in (None, {}):
        result = reroll(made, config=config)
        assert "reroll_preflight_required" in made.awaited(result)[TAKES, CELL.key]
    assert len(made.provider.submitted) == sent


def test_a_reroll_is_of_takes_alone(made: GraphUnderTest) -> None:
    config = {"production": {"reroll": {"beat": "SH0001"}}}
    result = made.run([DISPATCH_PAYLOADS, TAKES], config=config, tags=range_tags(CELL, CELL))
    assert "select takes alone" in made.failure(result)


def test_a_reroll_that_replaces_the_primary_is_recorded_with_exact_provenance(made: GraphUnderTest) -> None:
    before = made.versions(TAKES, "ep_001")
    result = reroll(made, config={"beat": "SH0001", "make_primary": True, "strategy": "SOFTEN_PROMPT"})
    assert result.success
    assert made.versions(TAKES, "ep_001") != before
    assert consumed(made) == made.versions(DISPATCH_PAYLOADS, "ep_001")["BATCH_001"]
    assert stale(made) == set()
    assert made.provider.submitted[-1][1].prompt != made.provider.submitted[0][1].prompt


def test_a_reroll_run_that_is_carried_out_again_sends_nothing_again(made: GraphUnderTest) -> None:
    first = reroll(made)
    sent = len(made.provider.submitted)
    again = {"dagster/parent_run_id": first.run_id, "dagster/root_run_id": first.run_id}
    assert reroll(made, tags=again).success
    assert len(made.provider.submitted) == sent
    assert reroll(made).success
    assert len(made.provider.submitted) == sent + 1


def test_a_chosen_take_is_what_takes_records_at_once(made: GraphUnderTest) -> None:
    reroll(made)
    before = made.versions(TAKES, "ep_001")
    assert decide(made, "PRIMARY", take=2).success
    assert made.versions(TAKES, "ep_001") != before
    assert stale(made) == set()


def test_an_approval_shows_on_the_cell_and_blocks_what_would_replace_it(made: GraphUnderTest) -> None:
    assert decide(made, "APPROVE").success
    table = latest(made).metadata["takes"].value
    assert table.records[0].data["stands"] == "latest t001, approved"
    config = {"production": {"seed": 5}}
    result = made.produce("ep_001", config=config)
    assert "approved_take_stale" in made.awaited(result)[TAKES, CELL.key]
    assert TAKES in {asset for asset, _ in stale(made)}


def test_a_decision_that_is_refused_fails_in_one_sentence(made: GraphUnderTest) -> None:
    result = decide(made, "APPROVE", media_sha256="0" * 64)
    assert not result.success
    assert "not what was looked at" in made.failure(result)


def test_a_beat_that_is_handed_over_shows_on_its_cell_what_was_tried(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=1, shots_each=1))
    graph.provider.fail_first = 99
    graph.plan("ep_001")
    result = graph.produce("ep_001")
    assert "all 3 attempts failed" in graph.failure(result)
    key = dg.AssetCheckKey(dg.AssetKey(TAKES), AWAITS_NOBODY)
    (record,) = graph.instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
    assert record.event is not None
    evaluation = record.event.get_dagster_event().asset_check_evaluation_data
    tried = evaluation.metadata["tried"].value.records
    assert [record.data["take"] for record in tried] == list(range(1, len(tried) + 1))
    assert len(str(evaluation.metadata["next"].value).splitlines()) == 3
    assert "Next: recoil run ep_001 --batch BATCH_001 --max-takes" in evaluation.description


def dailies_status(graph: GraphUnderTest) -> str:
    resolver = CachingStaleStatusResolver(
        instance=graph.instance,
        asset_graph=graph.defs.resolve_asset_graph(),
        loading_context=LoadingContextForTest(graph.instance),
    )
    return resolver.get_status(dg.AssetKey(DAILIES), "ep_001").value


def test_after_a_release_neither_takes_nor_dailies_read_as_fresh(made: GraphUnderTest) -> None:
    """The media was lost, so nothing upstream changed: Dagster alone would call both fresh."""
    made = replace(made, desk=PaperDesk())
    assert made.run([DAILIES], partition_key="ep_001").success
    assert dailies_status(made) == "FRESH"
    (take,) = (made.root / "media" / "takes" / "ep_001").glob("*.mp4")
    take.unlink()
    assert decide(made, "RELEASE").success
    assert {asset for asset, _ in stale(made)} == {TAKES}
    assert dailies_status(made) == "STALE"
    assert latest(made).metadata["primaries"].value.records[0].data["primary"] == "none"
    made.produce("ep_001")
    assert stale(made) == set()
    assert made.run([DAILIES], partition_key="ep_001").success
    assert dailies_status(made) == "FRESH"
