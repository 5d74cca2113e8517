"""One run per episode, exact per cell: what the production step makes, blocks, fails and leaves alone."""

from collections.abc import Callable

from recoil_assets.domain.board import NOT_REQUIRED, VOID
from tests.support.graph import STAGES, GraphUnderTest
from tests.support.project import plan, shot, write_plan

MakeGraph = Callable[..., GraphUnderTest]


def test_a_refused_plan_fails_with_every_problem_and_registers_nothing(make_graph: MakeGraph) -> None:
    graph = make_graph(
        {"episode": "ep_001", "shots": [{"shot_id": "A B", "duration_s": -1}, {"duration_s": "long"}]}
    )

    result = graph.plan("ep_001")

    assert not result.success
    told = graph.failure(result)
    assert "$.shots[0].shot_id" in told
    assert "$.shots[0].duration_s" in told
    assert "$.shots[1]" in told
    assert graph.instance.get_dynamic_partitions("shot_batches") == []
    assert graph.versions("plans", "ep_001") == {}


def test_an_episode_is_carried_from_plan_to_spend_report(make_graph: MakeGraph) -> None:
    graph = make_graph()
    assert graph.plan("ep_001").success

    assert graph.produce("ep_001").success

    for stage in STAGES:
        assert set(graph.versions(stage, "ep_001")) == {"BATCH_001", "BATCH_002", "BATCH_003"}, stage
    assert graph.run(["spend_report"], partition_key="ep_001").success
    assert graph.versions("spend_report", "ep_001")


def test_void_cells_let_an_episode_reach_a_hundred_percent_at_no_cost(make_graph: MakeGraph) -> None:
    graph = make_graph()
    graph.plan("ep_001")
    graph.plan("ep_002")

    for stage in STAGES:
        assert graph.versions(stage, "ep_002") == {"BATCH_002": VOID, "BATCH_003": VOID}, stage
    assert graph.produce("ep_002").success
    for stage in STAGES:
        assert set(graph.versions(stage, "ep_002")) == {"BATCH_001", "BATCH_002", "BATCH_003"}
    batches = {request.grouping.ordinal for _, request in graph.provider.submitted}
    assert batches == {1}


def test_a_new_batch_key_voids_the_new_cells_of_the_other_episodes(make_graph: MakeGraph) -> None:
    graph = make_graph()
    graph.plan("ep_002")
    graph.produce("ep_002")

    graph.plan("ep_001")

    assert graph.versions("takes", "ep_002").keys() == {"BATCH_001", "BATCH_002", "BATCH_003"}
    assert graph.versions("takes", "ep_002")["BATCH_003"] == VOID


def test_a_batch_a_plan_loses_becomes_void_and_comes_alive_again(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=3))
    graph.plan("ep_001")
    graph.produce("ep_001")
    alive = graph.versions("takes", "ep_001")["BATCH_003"]

    write_plan(graph.root, plan("ep_001", batches=2))
    graph.plan("ep_001")
    assert all(graph.versions(stage, "ep_001")["BATCH_003"] == VOID for stage in STAGES)

    write_plan(graph.root, plan("ep_001", batches=3))
    graph.plan("ep_001")
    sent = len(graph.provider.submitted)
    graph.produce("ep_001")
    assert graph.versions("takes", "ep_001")["BATCH_003"] == alive
    assert len(graph.provider.submitted) == sent, "nobody asked for another take"


def test_a_batch_below_threshold_needs_no_board_and_is_generated_shot_by_shot(make_graph: MakeGraph) -> None:
    graph = make_graph({"episode": "ep_001", "shots": [shot(1, cast=["MARA"], place="QUAY")]}, gate=True)
    graph.plan("ep_001")

    assert graph.produce("ep_001").success

    assert graph.versions("boards", "ep_001") == {"BATCH_001": NOT_REQUIRED}
    assert graph.versions("board_reviews", "ep_001") == {"BATCH_001": NOT_REQUIRED}
    assert [request.modality for _, request in graph.provider.submitted] == ["video_i2v"]


def test_a_run_that_is_repeated_renders_nothing_and_changes_no_version(make_graph: MakeGraph) -> None:
    graph = make_graph()
    graph.plan("ep_001")
    graph.produce("ep_001")
    before = {stage: graph.versions(stage, "ep_001") for stage in STAGES}
    sent = len(graph.provider.submitted)

    assert graph.produce("ep_001").success

    assert {stage: graph.versions(stage, "ep_001") for stage in STAGES} == before
    assert len(graph.provider.submitted) == sent


def test_unapproved_boards_block_their_cells_and_the_run_succeeds(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=2), gate=True)
    graph.plan("ep_001")

    result = graph.produce("ep_001")

    assert result.success, "blocked is not failed"
    assert graph.versions("boards", "ep_001").keys() == {"BATCH_001", "BATCH_002"}
    assert graph.versions("takes", "ep_001") == {}
    awaited = graph.awaited(result)
    assert "board_proposed" in awaited["board_reviews", "ep_001|BATCH_001"]
    assert "recoil board approve ep_001 BATCH_001" in awaited["board_reviews", "ep_001|BATCH_001"]
    assert all(request.modality == "board" for _, request in graph.provider.submitted)


def test_an_approved_board_is_generated_from_and_clears_its_doubt(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=1), gate=True)
    graph.plan("ep_001")
    graph.produce("ep_001")
    graph.approve_all("ep_001")

    result = graph.produce("ep_001")

    assert result.success
    assert graph.awaited(result) == {}
    passed = [
        event.asset_check_evaluation_data
        for event in result.all_events
        if event.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    assert [(data.asset_key.to_user_string(), data.passed) for data in passed] == [("board_reviews", True)]
    request = graph.provider.submitted[-1][1]
    assert [reference.role for reference in request.references] == ["character", "board"]


def test_one_failed_cell_does_not_stop_the_others(make_graph: MakeGraph) -> None:
    document = plan("ep_001", batches=3)
    document["shots"][2]["video_model"] = "a-model-nobody-sells"  # type: ignore[index]
    graph = make_graph(document)
    graph.plan("ep_001")

    result = graph.produce("ep_001")

    assert not result.success
    assert "1 of the cells did not end well" in graph.failure(result)
    assert "ep_001|BATCH_002 dispatch_payloads" in graph.failure(result)
    assert "a-model-nobody-sells" in graph.failure(result)
    assert graph.versions("takes", "ep_001").keys() == {"BATCH_001", "BATCH_003"}


def test_what_waits_is_told_beside_what_failed_and_is_not_called_done(make_graph: MakeGraph) -> None:
    document = plan("ep_001", batches=2, shots_each=1)
    document["shots"][0]["video_model"] = "a-model-nobody-sells"  # type: ignore[index]
    graph = make_graph(document)
    place = document["shots"][1]["location_id"]  # type: ignore[index]
    broken = graph.root / "refs" / "locations" / f"{place}.png"
    broken.parent.mkdir(exist_ok=True)
    broken.write_bytes(b"no picture")
    graph.plan("ep_001")

    said = graph.failure(graph.produce("ep_001"))

    assert "1 of the cells did not end well and 1 wait; all others are done" in said
    assert "ep_001|BATCH_001 dispatch_payloads" in said
    assert "ep_001|BATCH_002 takes: ref_integrity_blocked" in said


def test_a_cell_whose_attempts_are_used_up_fails_with_reason_and_cure(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=1))
    graph.plan("ep_001")
    graph.produce("ep_001", stages=STAGES[:2])
    graph.provider.fail_first = 1000

    result = graph.produce("ep_001")

    assert not result.success
    told = graph.failure(result)
    assert "ep_001|BATCH_001 takes" in told
    assert "all 3 attempts failed" in told
    assert "it was not to be" in told
    assert graph.versions("takes", "ep_001") == {}
    assert graph.versions("dispatch_payloads", "ep_001").keys() == {"BATCH_001"}


def test_a_stage_never_consumes_a_missing_upstream(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=1))
    graph.plan("ep_001")

    result = graph.produce("ep_001", stages=["takes"])

    assert result.success
    assert graph.versions("takes", "ep_001") == {}
    assert "upstream_missing" in graph.awaited(result)["takes", "ep_001|BATCH_001"]


def test_dailies_wait_for_every_batch_and_say_which(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=2), gate=True)
    graph.plan("ep_001")
    graph.produce("ep_001")

    result = graph.run(["dailies"], partition_key="ep_001")

    assert result.success
    assert graph.versions("dailies", "ep_001") == {}
    (told,) = graph.awaited(result).values()
    assert "BATCH_001, BATCH_002" in told
