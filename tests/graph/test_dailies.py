"""``dailies`` in the graph: each episode speaks for itself."""

from collections.abc import Callable

from tests.support.graph import GraphUnderTest


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
