"""``dailies`` in the graph: each episode speaks for itself."""

from collections.abc import Callable
from dataclasses import replace

from tests.support.graph import GraphUnderTest
from tests.support.paper_desk import PaperDesk
from tests.support.project import plan, write_plan


def test_dailies_that_were_cut_while_a_version_waits_are_not_called_whole(
    make_graph: Callable[..., GraphUnderTest],
) -> None:
    document = plan("ep_001", batches=1)
    graph = replace(make_graph(document), desk=PaperDesk())
    graph.plan("ep_001")
    graph.produce("ep_001")
    assert graph.awaited(graph.run(["dailies"], partition_key="ep_001")) == {}
    document["shots"][0]["description"] = "another action"  # type: ignore[index]
    write_plan(graph.root, document)
    graph.plan("ep_001")
    graph.produce("ep_001", stages=["scene_versions"])
    said = graph.awaited(graph.run(["dailies"], partition_key="ep_001"))
    assert "the cut is not what the plan says now" in said["dailies", "ep_001"]


def test_an_episode_whose_takes_are_missing_is_said_to_wait_under_its_own_name(
    make_graph: Callable[..., GraphUnderTest],
) -> None:
    graph = make_graph()
    for episode in ("ep_001", "ep_002"):
        graph.plan(episode)
    waiting = graph.run(["dailies"], partition_key="ep_002")
    assert waiting.success
    ((where, what),) = graph.awaited(waiting).items()
    assert where == ("dailies", "ep_002")
    assert "ep_002 has no takes yet for BATCH_001" in what
    assert graph.versions("dailies", "ep_002") == {}
