"""Saying in the UI what became of an unknown attempt."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support import graph as graphs
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


def launch(graph: GraphUnderTest, **config: str) -> Any:
    return launched(graph, "resolve_attempt", "record_resolution", resolved_by="pat", **config)


def launched(graph: GraphUnderTest, job: str, op: str, **config: str) -> Any:
    settings = {
        "ops": {op: {"config": {"episode": "ep_001", **config}}},
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    return graph.defs.resolve_job_def(job).execute_in_process(
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


def test_a_producer_cancels_a_job_that_is_known_from_the_launchpad_and_no_other(
    lost: tuple[GraphUnderTest, Show],
) -> None:
    graph, show = lost
    (attempt,) = show.attempts(cell(1))
    show.close()
    providers = graphs._TEST_PROVIDERS[str(graph.root)]
    graphs._TEST_PROVIDERS[str(graph.root)] = {**providers, "lab": show.lab}
    wish = {"attempt_id": attempt.attempt_id, "asked_by": "pat"}
    assert not launched(graph, "cancel_attempt", "ask_to_cancel", **wish).success
    assert show.lab.cancelled == []
    found = {"finding": "TAKEN", "request_id": "job-7", "why": "the dashboard"}
    assert launch(graph, attempt_id=attempt.attempt_id, **found).success
    assert launched(graph, "cancel_attempt", "ask_to_cancel", **wish).success
    assert show.lab.cancelled == ["job-7"]
