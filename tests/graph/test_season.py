"""A season in the real graph: batches come and go, keys grow, episodes are added, and no cell lies about its state."""

from collections.abc import Callable

import pytest

from tests.graph.test_provenance import stale
from tests.support.graph import STAGES, GraphUnderTest
from tests.support.paper_desk import PaperDesk
from tests.support.project import plan, write_plan

MakeGraph = Callable[..., GraphUnderTest]


def live(graph: GraphUnderTest, episode: str) -> set[str]:
    with graph.studio() as studio:
        roster = studio.rosters.get(episode)
    assert roster is not None
    return set(roster.keys)


def void(graph: GraphUnderTest, episode: str) -> set[str]:
    """Batches of which every stage reads void."""
    return set.intersection(
        *(
            {batch for batch, version in graph.versions(stage, episode).items() if version == "void"}
            for stage in STAGES
        )
    )


def assert_no_cell_lies(graph: GraphUnderTest, *episodes: str) -> None:
    """A cell is void in every stage where no plan names it, and in no stage where one does."""
    batches = set(graph.instance.get_dynamic_partitions("shot_batches"))
    for episode in episodes:
        named = live(graph, episode)
        assert void(graph, episode) == batches - named, episode
        for stage in STAGES:
            made = graph.versions(stage, episode)
            assert not {batch for batch in named if made.get(batch) == "void"} - unsynced(
                graph, episode, stage
            )


def unsynced(graph: GraphUnderTest, episode: str, stage: str) -> set[str]:
    return {batch for name, batch in stale(graph, episode) if name == stage}


def assert_complete(graph: GraphUnderTest, episode: str) -> None:
    """Every cell of the episode is made and fresh, in every stage, and its dailies can be cut."""
    batches = graph.instance.get_dynamic_partitions("shot_batches")
    for stage in STAGES:
        assert graph.versions(stage, episode).keys() == set(batches), (episode, stage)
    assert stale(graph, episode) == set()
    assert graph.run(["dailies"], partition_key=episode).success
    assert graph.versions("dailies", episode)


def on_paper(graph: GraphUnderTest) -> GraphUnderTest:
    """The same graph with an editorial desk that cuts on paper: its takes are no films."""
    return GraphUnderTest(root=graph.root, instance=graph.instance, desk=PaperDesk())


def carry(graph: GraphUnderTest, episode: str) -> None:
    assert graph.plan(episode).success
    assert graph.produce(episode).success


@pytest.mark.proof
def test_a_season_stays_true_and_complete_while_batches_come_and_go_and_episodes_are_added(
    make_graph: MakeGraph,
) -> None:
    graph = on_paper(make_graph(plan("ep_001", batches=2, shots_each=1)))
    carry(graph, "ep_001")
    assert_complete(graph, "ep_001")

    write_plan(graph.root, plan("ep_002", batches=3, shots_each=1, first=40))
    graph.plan("ep_002")
    assert void(graph, "ep_001") == {"BATCH_003"}, "the new cell of the other episode is void at once"
    assert_complete(graph, "ep_001")
    assert_no_cell_lies(graph, "ep_001", "ep_002")
    graph.produce("ep_002")
    assert_complete(graph, "ep_002")

    write_plan(graph.root, plan("ep_002", batches=1, shots_each=1, first=40))
    graph.plan("ep_002")
    assert_no_cell_lies(graph, "ep_001", "ep_002")
    assert "scene_versions" in {stage for stage, _ in stale(graph, "ep_002")}, (
        "the shorter plan is not derived yet"
    )
    graph.produce("ep_002")
    assert_complete(graph, "ep_002")

    sent = len(graph.provider.submitted)
    write_plan(graph.root, plan("ep_002", batches=3, shots_each=1, first=40))
    graph.plan("ep_002")
    waiting = {batch for stage, batch in stale(graph, "ep_002") if stage == "scene_versions"}
    assert {"BATCH_002", "BATCH_003"} <= waiting, "what came alive again does not read as void and done"
    graph.produce("ep_002")
    assert_complete(graph, "ep_002")
    assert len(graph.provider.submitted) == sent, "takes of batches that came back are not bought again"

    write_plan(graph.root, plan("ep_003", batches=5, shots_each=1, first=80))
    carry(graph, "ep_003")
    for episode in ("ep_001", "ep_002", "ep_003"):
        assert_no_cell_lies(graph, episode)
        assert_complete(graph, episode)


def test_dailies_of_an_episode_with_a_batch_that_came_alive_wait_for_it(make_graph: MakeGraph) -> None:
    episodes = (plan("ep_001", batches=1, shots_each=1), plan("ep_002", batches=2, shots_each=1, first=40))
    graph = on_paper(make_graph(*episodes))
    for episode in ("ep_001", "ep_002"):
        carry(graph, episode)
    write_plan(graph.root, plan("ep_001", batches=2, shots_each=1))
    graph.plan("ep_001")
    before = graph.versions("dailies", "ep_001")
    result = graph.run(["dailies"], partition_key="ep_001")
    assert graph.versions("dailies", "ep_001") == before, "nothing is cut as if the batch were void"
    assert "BATCH_002" in str(graph.awaited(result)) or not result.success
