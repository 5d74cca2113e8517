"""Saying in the UI what became of an unknown attempt."""

from collections.abc import Callable

import pytest

from tests.support.graph import GraphUnderTest
from tests.support.project import plan
from tests.support.show import Show, cell

MakeGraph = Callable[..., GraphUnderTest]


@pytest.fixture
def lost(make_graph: MakeGraph) -> tuple[GraphUnderTest, Show]:
    """A take was sent to a lab from outside Dagster, and its answer got lost."""
    graph = make_graph(plan("ep_001", batches=1, shots_each=1))
    (graph.root / "recoil.toml").write_text('[gate]\nboard_gate_episodes = []\n[choices]\nmodel = "reel"\n')
    show = Show(graph.root)
    show.take_in()
    show.lab.submit_error = TimeoutError()
    show.make().unsettled(cell(1))
    show.close()
    return graph, show


def launch(graph: GraphUnderTest, **config: str) -> object:
    settings = {
        "ops": {"record_resolution": {"config": {"episode": "ep_001", "resolved_by": "pat", **config}}},
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    return graph.defs.resolve_job_def("resolve_attempt").execute_in_process(
        instance=graph.instance, run_config=settings, raise_on_error=False
    )


def test_a_resolution_that_says_too_little_fails_in_one_sentence_and_changes_nothing(
    lost: tuple[GraphUnderTest, Show],
) -> None:
    graph, show = lost
    (attempt,) = show.attempts(cell(1))
    show.close()
    for config in ({"finding": "BILLED", "why": "the bill"}, {"finding": "NEVER_TAKEN", "why": ""}):
        result = launch(graph, attempt_id=attempt.attempt_id, **config)
        assert not result.success
    assert show.attempts(cell(1)) == (attempt,)
    show.close()


def test_a_producer_settles_an_unknown_attempt_from_the_launchpad(lost: tuple[GraphUnderTest, Show]) -> None:
    graph, show = lost
    (attempt,) = show.attempts(cell(1))
    show.close()
    result = launch(graph, attempt_id=attempt.attempt_id, finding="BILLED", why="the bill", billed_usd="0.11")
    assert result.success
    assert str(show.balance().spent) == "0.110000"
    assert show.balance().reserved == 0
    show.close()
