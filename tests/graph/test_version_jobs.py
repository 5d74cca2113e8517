"""Choosing a version in the UI: what is active is on record at once, and what was made of the other reads unsynced."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from recoil_assets.domain.cell import Cell
from recoil_assets.production.plan_intake import take_in_plan
from tests.conftest import GraphMadeBy
from tests.graph.test_provenance import stale
from tests.support.graph import GraphUnderTest
from tests.support.project import plan, write_plan

MakeGraph = Callable[..., GraphUnderTest]
BATCH = {"episode": "ep_001", "batch": "BATCH_001"}


def launch(graph: GraphUnderTest, job: str, **config: object) -> Any:
    op = {"conform_scene": "conform_to_version", "revert_scene": "revert_to_version"}[job]
    settings: Mapping[str, Any] = {
        "ops": {op: {"config": config}},
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    return graph.defs.resolve_job_def(job).execute_in_process(
        instance=graph.instance, run_config=settings, raise_on_error=False
    )


@pytest.fixture
def staged(graph_made_by: GraphMadeBy) -> GraphUnderTest:
    return graph_made_by(make_staged)


def make_staged(make_graph: MakeGraph) -> GraphUnderTest:
    graph = make_graph(plan("ep_001", batches=2))
    graph.plan("ep_001")
    graph.produce("ep_001")
    changed = plan("ep_001", batches=2)
    changed["shots"][0]["description"] = "something else happens"
    write_plan(graph.root, changed)
    graph.plan("ep_001")
    graph.produce("ep_001", stages=["scene_versions"])
    return graph


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({**BATCH, "batch": "BATCH_009"}, "has no batch BATCH_009"),
        ({**BATCH, "expected": 2}, "was expected to be at v2 and is at v1"),
        ({**BATCH, "version": 9}, "has no version v9"),
    ],
)
def test_what_can_not_be_is_refused_in_one_sentence_and_nothing_moves(
    staged: GraphUnderTest, config: dict[str, object], told: str
) -> None:
    before = staged.versions("scene_versions", "ep_001")
    result = launch(staged, "conform_scene", **config)
    assert not result.success
    assert told in staged.failure(result)
    assert staged.versions("scene_versions", "ep_001") == before


def test_a_conform_makes_what_was_drawn_of_the_other_version_unsynced(staged: GraphUnderTest) -> None:
    assert stale(staged) == set()
    before = staged.versions("scene_versions", "ep_001")

    assert launch(staged, "conform_scene", **BATCH).success

    after = staged.versions("scene_versions", "ep_001")
    assert after["BATCH_001"] != before["BATCH_001"]
    assert after["BATCH_002"] == before["BATCH_002"]
    boards_on = {(stage, "BATCH_001") for stage in ("boards", "references", "dispatch_payloads")}
    assert stale(staged) == boards_on
    staged.produce("ep_001")
    assert stale(staged) == set()


def test_a_revert_gives_the_first_version_and_its_freshness_back(staged: GraphUnderTest) -> None:
    before = staged.versions("scene_versions", "ep_001")
    launch(staged, "conform_scene", **BATCH)
    assert launch(staged, "revert_scene", **BATCH, expected=2).success
    assert staged.versions("scene_versions", "ep_001") == before
    assert stale(staged) == set()


def test_a_version_that_was_never_drawn_is_never_fresh(staged: GraphUnderTest) -> None:
    """A ``not_derived`` version is always unsynced or missing at ``boards``."""
    launch(staged, "conform_scene", **BATCH)
    with staged.studio() as studio:
        manifest = studio.scenes.manifest(Cell("ep_001", "BATCH_001"))
    assert manifest is not None
    assert manifest.active_version.derivation == "not_derived"
    assert ("boards", "BATCH_001") in stale(staged)


@pytest.mark.parametrize("job", ["generate", "storyboards", "rederive_scenes"])
def test_derive_only_in_the_launchpad_derives_and_does_nothing_else_or_is_refused(
    make_graph: MakeGraph, job: str
) -> None:
    graph = make_graph(plan("ep_001", batches=1))
    graph.plan("ep_001")
    result = graph.defs.resolve_job_def(job).execute_in_process(
        instance=graph.instance,
        partition_key="ep_001|BATCH_001",
        run_config={
            "ops": {"production": {"config": {"derive_only": True}}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
        raise_on_error=False,
    )
    made = {event.asset_key.to_user_string() for event in result.all_events if event.is_step_materialization}
    if job == "generate":
        assert not result.success
        assert "scene_versions is not selected" in graph.failure(result)
        assert made == set()
    else:
        assert result.success
        assert made == {"scene_versions"}
    assert graph.provider.submitted == []


def test_a_plan_that_was_taken_in_anew_leaves_nothing_true_to_record(staged: GraphUnderTest) -> None:
    changed = plan("ep_001", batches=3)
    write_plan(staged.root, changed)
    with staged.studio() as studio:
        take_in_plan(studio, "ep_001")
    before = staged.versions("scene_versions", "ep_001")
    assert launch(staged, "conform_scene", **BATCH, version=2).success
    assert staged.versions("scene_versions", "ep_001") == before
    assert staged.versions("plans", "ep_001")
