"""What we write as provenance is what Dagster's own resolver needs to tell fresh from stale, cell by cell."""

from collections.abc import Callable

import dagster as dg
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from tests.support.graph import STAGES, GraphUnderTest
from tests.support.instant_provider import tiny_png
from tests.support.project import plan, write_plan

MakeGraph = Callable[..., GraphUnderTest]


def statuses(graph: GraphUnderTest, episode: str) -> dict[tuple[str, str], str]:
    """Dagster's own word on every stage and cell of an episode."""
    resolver = CachingStaleStatusResolver(
        instance=graph.instance,
        asset_graph=graph.defs.resolve_asset_graph(),
        loading_context=LoadingContextForTest(graph.instance),
    )
    return {
        (stage, batch): resolver.get_status(dg.AssetKey(stage), f"{episode}|{batch}").value
        for stage in STAGES
        for batch in graph.instance.get_dynamic_partitions("shot_batches")
    }


def stale(graph: GraphUnderTest, episode: str = "ep_001") -> set[tuple[str, str]]:
    return {key for key, status in statuses(graph, episode).items() if status != "FRESH"}


def test_everything_is_fresh_after_a_run_void_cells_too(make_graph: MakeGraph) -> None:
    graph = make_graph()
    for episode in ("ep_001", "ep_002"):
        graph.plan(episode)
        graph.produce(episode)
    assert stale(graph, "ep_001") == set()
    assert stale(graph, "ep_002") == set()


def test_a_changed_plan_makes_scenes_stale_and_only_those(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=2))
    graph.plan("ep_001")
    graph.produce("ep_001")
    changed = plan("ep_001", batches=2)
    changed["shots"][0]["description"] = "something else happens"  # type: ignore[index]
    write_plan(graph.root, changed)

    graph.plan("ep_001")

    assert stale(graph) == {("scene_versions", "BATCH_001"), ("scene_versions", "BATCH_002")}


def test_a_repainted_reference_makes_exactly_what_uses_it_stale(make_graph: MakeGraph) -> None:
    document = plan("ep_001", batches=2)
    for item in document["shots"][2:]:  # type: ignore[index]
        item["characters"] = [{"char_id": "JONA"}]
    graph = make_graph(document)
    graph.plan("ep_001")
    graph.produce("ep_001")
    before = graph.versions("references", "ep_001")
    (graph.root / "refs/characters/MARA.png").write_bytes(tiny_png(99) + b"\0" * 100)

    graph.produce("ep_001", stages=["references"])

    after = graph.versions("references", "ep_001")
    assert after["BATCH_001"] != before["BATCH_001"]
    assert after["BATCH_002"] == before["BATCH_002"]
    assert stale(graph) == {("dispatch_payloads", "BATCH_001")}
    graph.produce("ep_001", stages=["dispatch_payloads"])
    assert stale(graph) == {("takes", "BATCH_001")}
    graph.produce("ep_001", stages=["takes"])
    assert stale(graph) == set()


def test_materialising_the_same_again_makes_nothing_stale(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=2))
    graph.plan("ep_001")
    graph.produce("ep_001")
    for stages in (STAGES[:1], STAGES[2:4], STAGES):
        graph.produce("ep_001", stages=stages)
        assert stale(graph) == set()
    graph.plan("ep_001")
    assert stale(graph) == set()


def test_takes_are_not_said_to_be_fresh_without_rendering_what_changed(make_graph: MakeGraph) -> None:
    """Re-emitting an old take after a change would turn Unsynced into fresh."""
    graph = make_graph(plan("ep_001", batches=1))
    graph.plan("ep_001")
    graph.produce("ep_001")
    old = graph.versions("takes", "ep_001")
    (graph.root / "refs/characters/MARA.png").write_bytes(tiny_png(7) + b"\0" * 100)

    result = graph.produce("ep_001", stages=["takes"])

    assert graph.versions("takes", "ep_001") == old
    assert "upstream_changed" in graph.awaited(result)["takes", "ep_001|BATCH_001"]
