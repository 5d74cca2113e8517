"""The plan sensor: a file that is new or changed is taken in, derived, and drawn while that is free."""

from collections.abc import Callable
from dataclasses import replace

import dagster as dg
import pytest

from recoil_assets.production.plan_intake import preview_plan
from recoil_assets.production.stages import SCENE_VERSIONS, STORYBOARD_STAGES
from resources.dagster_resources import StudioResource
from sensors.plan_files import HandedOver, Intake, PlanFile, Storyboards, plan_file_sensor, plan_requests
from tests.support.graph import GraphUnderTest
from tests.support.project import plan, write_plan

MakeGraph = Callable[..., GraphUnderTest]


@pytest.fixture
def new_file(make_graph: MakeGraph) -> PlanFile:
    graph = make_graph(plan("ep_001", batches=2))
    with graph.studio() as studio:
        roster = preview_plan(studio, studio.plans.read("ep_001")).roster
    return PlanFile("ep_001", "f" * 64, roster, to_make=STORYBOARD_STAGES)


def test_a_refused_plan_requests_nothing_and_is_not_read_again(new_file: PlanFile) -> None:
    refused = replace(new_file, roster=None, problem="no shots")
    requests, after = plan_requests([refused], {}, "t1")
    assert requests == []
    assert after["ep_001"].progress == "refused"
    assert plan_requests([refused], after, "t2") == ([], after)


def test_a_new_plan_is_taken_in_first_and_only_once(new_file: PlanFile) -> None:
    requests, after = plan_requests([new_file], {}, "t1")
    assert [type(request) for request in requests] == [Intake]
    assert requests[0].batches == ("BATCH_001", "BATCH_002")
    assert plan_requests([new_file], after, "t2") == ([], after), "it waits until the plan is recorded"


def test_a_plan_that_was_taken_in_is_derived_and_drawn_while_that_is_free(new_file: PlanFile) -> None:
    handed = {"ep_001": HandedOver(new_file.fingerprint, "t1", "intake")}
    (request,), after = plan_requests([replace(new_file, taken_in=True)], handed, "t2")
    assert isinstance(request, Storyboards)
    assert request.stages == STORYBOARD_STAGES
    assert plan_requests([replace(new_file, taken_in=True)], after, "t3")[0] == []


def test_boards_that_cost_are_left_to_a_person(new_file: PlanFile) -> None:
    handed = {"ep_001": HandedOver(new_file.fingerprint, "t1", "intake")}
    (request,), _ = plan_requests([replace(new_file, taken_in=True, to_make=(SCENE_VERSIONS,))], handed, "t2")
    assert isinstance(request, Storyboards)
    assert request.stages == (SCENE_VERSIONS,)


def test_what_a_command_made_already_is_not_requested_again(new_file: PlanFile) -> None:
    made = replace(new_file, taken_in=True, to_make=())
    requests, after = plan_requests([made], {}, "t1")
    assert requests == []
    assert after["ep_001"].progress == "storyboards"


def test_a_plan_a_command_only_took_in_still_gets_its_boards(new_file: PlanFile) -> None:
    (request,), after = plan_requests([replace(new_file, taken_in=True)], {}, "t1")
    assert isinstance(request, Storyboards)
    assert after["ep_001"].progress == "storyboards"


def test_returning_to_an_earlier_plan_is_a_change_too(new_file: PlanFile) -> None:
    """A run key is good for ever: the same content a second time needs another one."""
    first, after = plan_requests([new_file], {}, "t1")
    _, after = plan_requests([replace(new_file, fingerprint="e" * 64)], after, "t2")
    again, _ = plan_requests([new_file], after, "t3")
    assert first[0].run_key != again[0].run_key


def studio_of(graph: GraphUnderTest) -> StudioResource:
    resource = graph.defs.resources
    assert resource is not None
    studio = resource["studio"]
    assert isinstance(studio, StudioResource)
    return studio


def tick(graph: GraphUnderTest, cursor: str | None) -> dg.SensorResult | dg.SkipReason:
    resources = {"studio": studio_of(graph)}
    with dg.build_sensor_context(
        instance=graph.instance, cursor=cursor, definitions=graph.defs, resources=resources
    ) as context:
        result = plan_file_sensor(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def test_a_file_dropped_into_plans_goes_through_the_real_instance(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=2))

    first = tick(graph, None)
    assert isinstance(first, dg.SensorResult)
    (request,) = first.run_requests or []
    assert (request.job_name, request.partition_key) == ("intake", "ep_001")
    assert graph.instance.get_dynamic_partitions("episodes") == ["ep_001"]
    assert graph.instance.get_dynamic_partitions("shot_batches") == ["BATCH_001", "BATCH_002"]
    assert isinstance(tick(graph, first.cursor), dg.SkipReason)

    graph.plan("ep_001")
    second = tick(graph, first.cursor)
    assert isinstance(second, dg.SensorResult)
    (request,) = second.run_requests or []
    job = graph.defs.resolve_job_def("storyboards")
    done = job.execute_in_process(
        instance=graph.instance, tags=dict(request.tags), asset_selection=list(request.asset_selection or [])
    )
    assert done.success
    assert graph.versions("boards", "ep_001").keys() == {"BATCH_001", "BATCH_002"}
    assert isinstance(tick(graph, second.cursor), dg.SkipReason)

    write_plan(graph.root, plan("ep_001", batches=3))
    assert isinstance(tick(graph, second.cursor), dg.SensorResult)


def test_a_project_that_commands_carried_through_gives_the_sensor_nothing_to_do(
    make_graph: MakeGraph,
) -> None:
    graph = make_graph(plan("ep_001", batches=2), plan("ep_002", batches=1, first=40))
    for episode in ("ep_001", "ep_002"):
        graph.plan(episode)
        graph.produce(episode)

    result = tick(graph, None)
    assert isinstance(result, dg.SkipReason), result

    write_plan(graph.root, plan("ep_002", batches=2, first=40))
    changed = tick(graph, None)
    assert isinstance(changed, dg.SensorResult)
    assert [request.partition_key for request in changed.run_requests or []] == ["ep_002"]


def test_a_project_whose_boards_are_not_drawn_yet_gets_them(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=2))
    graph.plan("ep_001")
    graph.produce("ep_001", stages=[SCENE_VERSIONS])

    result = tick(graph, None)
    assert isinstance(result, dg.SensorResult)
    assert [request.job_name for request in result.run_requests or []] == ["storyboards"]


def test_a_broken_file_skips_with_every_problem_and_stops_nobody_else(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=1))
    (graph.root / "plans" / "ep_009.json").write_text("{ not json")
    result = tick(graph, None)
    assert isinstance(result, dg.SensorResult)
    assert [request.partition_key for request in result.run_requests or []] == ["ep_001"]


def test_without_a_project_the_sensor_says_so(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=1))
    (graph.root / "recoil.toml").unlink()
    result = tick(graph, None)
    assert isinstance(result, dg.SkipReason)
    assert "recoil init" in (result.skip_message or "")
