"""The approval sensor: one approved board, one run of exactly its cell."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg

from recoil_assets.domain.board import Decision
from recoil_assets.domain.cell import Cell
from recoil_assets.production.review import Verdict, decide
from recoil_assets.production.scenes import conform, revert
from recoil_assets.production.stages import SCENE_VERSIONS
from sensors.approved_boards import (
    DecidedBoard,
    approved_board_sensor,
    gather_decisions,
    generation_requests,
)
from tests.sensors.test_plan_files import studio_of
from tests.support.graph import STAGES, GraphUnderTest
from tests.support.project import plan
from tests.support.show import Show, cell, settings

MakeGraph = Callable[..., GraphUnderTest]

APPROVED = DecidedBoard(
    subject="ep_001.abc",
    cell=Cell("ep_001", "BATCH_001"),
    number=1,
    digest="d" * 64,
    approves_current=True,
    generated=False,
)


def test_a_rejected_or_superseded_board_requests_nothing_and_is_handed_over() -> None:
    wanted, after = generation_requests([replace(APPROVED, approves_current=False)], {})
    assert wanted == []
    assert after == {"ep_001.abc": 1}


def test_a_cell_that_is_generated_already_requests_nothing() -> None:
    assert generation_requests([replace(APPROVED, generated=True)], {})[0] == []


def test_an_approval_is_acted_on_once_and_a_second_decision_again() -> None:
    wanted, after = generation_requests([APPROVED], {})
    assert wanted == [APPROVED]
    assert generation_requests([APPROVED], after)[0] == []
    again = replace(APPROVED, number=2)
    assert generation_requests([again], after)[0] == [again]
    assert again.run_key != APPROVED.run_key


def tick(graph: GraphUnderTest, cursor: str | None) -> dg.SensorResult | dg.SkipReason:
    resources = {"studio": studio_of(graph)}
    with dg.build_sensor_context(
        instance=graph.instance, cursor=cursor, definitions=graph.defs, resources=resources
    ) as context:
        result = approved_board_sensor(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def test_approving_generates_that_cell_and_no_other(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=2), gate=True)
    graph.plan("ep_001")
    graph.produce("ep_001", stages=STAGES[:2])
    assert isinstance(tick(graph, None), dg.SkipReason), "nobody decided yet"
    with graph.studio() as studio:
        decide(studio, Cell("ep_001", "BATCH_002"), Verdict(decision=Decision.APPROVED, reviewer="tester"))

    result = tick(graph, None)
    assert isinstance(result, dg.SensorResult)
    (request,) = result.run_requests or []
    assert request.partition_key == "ep_001|BATCH_002"
    job = graph.defs.resolve_job_def("generate")
    assert job.execute_in_process(instance=graph.instance, partition_key=request.partition_key).success

    assert graph.versions("takes", "ep_001").keys() == {"BATCH_002"}
    assert isinstance(tick(graph, None), dg.SkipReason), "a lost cursor asks for nothing that is there"


def decided(show: Show) -> DecidedBoard:
    with show.studio() as studio:
        (found,) = gather_decisions(studio, {})
    return found


def test_an_approval_is_no_permission_to_spend_on_another_version_or_a_batch_that_is_gone(
    tmp_path: Path,
) -> None:
    """Approved while the UI was closed, and then conformed away from: one shot is left, which needs no board."""
    document = plan("ep_001", batches=2)
    show = Show.begin(tmp_path / "project", document, text=settings(gate=True))
    show.make(stages=STAGES[:2])
    show.decide(cell(1))
    assert decided(show).approves_current

    del document["shots"][0]  # type: ignore[attr-defined]
    show.rewrite_plan(document)
    show.make(stages=[SCENE_VERSIONS])
    with show.studio() as studio:
        conform(studio, cell(1))
    assert not decided(show).approves_current
    with show.studio() as studio:
        revert(studio, cell(1))
    assert decided(show).approves_current

    del document["shots"][0]  # type: ignore[attr-defined]
    show.rewrite_plan(document)
    assert not decided(show).approves_current, "no plan names the batch any more"
    show.close()
