"""The in-flight sensor: what was paid for by a run that died is fetched, and nothing else is done."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.domain.errors import ProviderError
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.in_flight import InFlight
from recoil_assets.production.ports import JobStatus, Submission
from recoil_assets.production.stages import BOARDS, DISPATCH_PAYLOADS, SCENE_VERSIONS, TAKES
from sensors.in_flight import LONGEST_PAUSE, in_flight_sensor, resume_request
from tests.graph.test_provenance import stale
from tests.sensors.test_plan_files import studio_of
from tests.support.attempt_lines import INTENT, cut_line
from tests.support.graph import STAGES, GraphUnderTest
from tests.support.instant_provider import InstantProvider
from tests.support.project import plan, write_plan

MakeGraph = Callable[..., GraphUnderTest]
START = datetime(2026, 3, 1, tzinfo=UTC)
SENT = InFlight("ep_001.take.abc.0001", AttemptState.SUBMITTED)


def after(**later: float) -> str:
    return (START + timedelta(**later)).isoformat().replace("+00:00", "Z")


def test_nothing_in_flight_requests_nothing_and_forgets_what_was_tried() -> None:
    _, tried = resume_request([SENT], {}, after())
    assert resume_request([], tried, after(minutes=1)) == (None, {})


def test_what_is_in_flight_is_requested_at_once_and_then_ever_more_rarely() -> None:
    tried: dict[str, object] = {}
    requested = []
    for minute in range(60):
        key, tried = resume_request([SENT], tried, after(minutes=minute))  # type: ignore[arg-type,assignment]
        if key:
            requested.append(minute)
    assert requested == [0, 2, 6, 14, 30]


def test_it_is_tried_once_a_day_for_ever() -> None:
    _, tried = resume_request([SENT], {}, after())
    for day in range(1, 60):
        key, tried = resume_request([SENT], tried, after(days=2 * day))
        assert key, f"not tried on day {2 * day}"
    late = after(days=118, seconds=LONGEST_PAUSE.total_seconds() - 1)
    assert resume_request([SENT], tried, late)[0] is None


def test_what_came_on_is_due_at_once() -> None:
    _, tried = resume_request([SENT], {}, after())
    completed = InFlight(SENT.attempt_id, AttemptState.COMPLETED)
    assert resume_request([completed], tried, after(seconds=1))[0]


def test_a_clock_that_went_back_delays_nothing() -> None:
    _, tried = resume_request([SENT], {}, after())
    assert resume_request([SENT], tried, after(days=-400))[0]


def test_no_two_requests_have_the_same_key() -> None:
    keys, tried = set(), {}
    for day in range(20):
        key, tried = resume_request([SENT], tried, after(days=2 * day))
        keys.add(key)
    assert len(keys) == 20


class Unreachable(InstantProvider):
    """Takes every job, and can not be asked about those of these modalities until it is reachable."""

    def __init__(self, *modalities: str) -> None:
        super().__init__()
        self.reachable = False
        self._modalities = modalities or ("video_i2v",)

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:
        if not self.reachable and request.modality in self._modalities:
            raise ProviderError("no route to host")
        return await super().poll(submission, request)


@pytest.fixture
def left(make_graph: MakeGraph) -> GraphUnderTest:
    """A graph whose only take was sent by a run that is gone."""
    graph = make_graph(plan("ep_001", batches=1, shots_each=1))
    graph.provider = provider = Unreachable()
    graph.__post_init__()
    graph.plan("ep_001")
    assert not graph.produce("ep_001").success
    assert len(provider.submitted) == 1
    return graph


def tick(graph: GraphUnderTest, cursor: str | None = None) -> dg.SensorResult | dg.SkipReason:
    with dg.build_sensor_context(
        instance=graph.instance, cursor=cursor, definitions=graph.defs, resources={"studio": studio_of(graph)}
    ) as context:
        result = in_flight_sensor(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def resume(graph: GraphUnderTest) -> dg.ExecuteInProcessResult:
    job = graph.defs.resolve_job_def("resume_in_flight")
    return job.execute_in_process(instance=graph.instance, raise_on_error=False)


def states(graph: GraphUnderTest) -> list[AttemptState]:
    with graph.studio() as studio:
        return [studio.journal.attempt(attempt_id).state for attempt_id in studio.journal.ids()]


def test_nothing_is_requested_while_a_run_owns_the_beat(left: GraphUnderTest) -> None:
    with left.studio() as studio:
        (attempt,) = studio.journal.unfinished()
        with studio.locks.beat("ep_001", attempt.intent.shot_set):
            assert isinstance(tick(left), dg.SkipReason)
    assert isinstance(tick(left), dg.SensorResult)


def test_a_run_is_requested_once_fetches_the_result_and_sends_nothing(left: GraphUnderTest) -> None:
    result = tick(left)
    assert isinstance(result, dg.SensorResult)
    assert len(result.run_requests or []) == 1
    assert isinstance(tick(left, result.cursor), dg.SkipReason), "the next try is not due yet"
    left.provider.reachable = True  # type: ignore[attr-defined]
    assert resume(left).success
    assert states(left) == [AttemptState.SETTLED]
    assert len(left.provider.submitted) == 1
    assert isinstance(tick(left, result.cursor), dg.SkipReason)
    assert left.produce("ep_001").success
    assert len(left.provider.submitted) == 1, "the late result is the take"


def test_the_cell_of_a_result_that_was_fetched_is_recorded_with_it(left: GraphUnderTest) -> None:
    assert left.versions(TAKES, "ep_001") == {}
    left.provider.reachable = True  # type: ignore[attr-defined]
    resumed = resume(left)
    made = left.versions(TAKES, "ep_001")
    assert made.keys() == {"BATCH_001"}
    assert stale(left) == set()
    assert [said for asset, said in checks(resumed) if asset == TAKES] == [True], "it awaits nobody any more"
    assert left.produce("ep_001").success
    assert left.versions(TAKES, "ep_001") == made
    assert len(left.provider.submitted) == 1


def test_the_cell_of_a_result_that_can_not_be_fetched_yet_stays_without_one(left: GraphUnderTest) -> None:
    resumed = resume(left)
    assert left.versions(TAKES, "ep_001") == {}
    assert checks(resumed) == []


def test_a_cell_that_would_be_sent_something_new_is_not_recorded(left: GraphUnderTest) -> None:
    """Its request changed meanwhile: what was fetched is kept, and is no take of what is asked for now."""
    settings = left.root / "recoil.toml"
    settings.write_text(f'{settings.read_text()}\n[choices]\nstyle = "noir"\n')
    assert left.produce("ep_001", stages=[DISPATCH_PAYLOADS]).success
    left.provider.reachable = True  # type: ignore[attr-defined]
    assert resume(left).success
    assert states(left) == [AttemptState.SETTLED]
    assert left.versions(TAKES, "ep_001") == {}
    assert len(left.provider.submitted) == 1


def test_the_board_of_a_run_that_died_is_attached_and_recorded(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=1, shots_each=2))
    graph.provider = provider = Unreachable("board")
    graph.__post_init__()
    graph.plan("ep_001")
    assert not graph.produce("ep_001", stages=[SCENE_VERSIONS, BOARDS]).success
    provider.reachable = True
    assert resume(graph).success
    assert graph.versions(BOARDS, "ep_001").keys() == {"BATCH_001"}
    assert stale(graph) == {(asset, "BATCH_001") for asset in STAGES[2:]}
    assert len(provider.submitted) == 1


def test_the_finish_of_a_run_that_died_is_attached_and_recorded(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=1, shots_each=2), gate=True)
    settings = graph.root / "recoil.toml"
    settings.write_text(f'{settings.read_text()}\n[choices]\nfinish_model = "animatic-board"\n')
    graph.plan("ep_001")
    assert graph.produce("ep_001", stages=[SCENE_VERSIONS, BOARDS]).success
    graph.approve_all("ep_001")
    drawn = graph.versions(BOARDS, "ep_001")
    graph.provider = provider = Unreachable("board")
    graph.__post_init__()
    asked = {"production": {"finish": ["BATCH_001"]}}
    assert not graph.produce("ep_001", stages=[BOARDS], config=asked).success
    provider.reachable = True
    assert resume(graph).success
    assert graph.versions(BOARDS, "ep_001") != drawn
    with graph.studio() as studio:
        (finish,) = (name for name in studio.journal.ids() if ".finish." in name)
        shot_set = studio.journal.attempt(finish).intent.shot_set
        board = studio.boards.latest("ep_001", shot_set)
    assert board is not None
    assert board.finish is not None
    assert board.finish.attempt_id == finish


def checks(result: dg.ExecuteInProcessResult) -> list[tuple[str, bool]]:
    """(asset, passed) of every check that a run evaluated."""
    return [
        (
            event.asset_check_evaluation_data.asset_key.to_user_string(),
            event.asset_check_evaluation_data.passed,
        )
        for event in result.all_events
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]


def test_a_provider_that_can_not_be_asked_yet_leaves_everything_as_it_is(left: GraphUnderTest) -> None:
    assert resume(left).success
    assert states(left) == [AttemptState.SUBMITTED]


def test_the_result_of_a_cell_that_no_plan_names_any_more_is_fetched_too(left: GraphUnderTest) -> None:
    write_plan(left.root, plan("ep_001", batches=1, shots_each=1, first=70))
    left.plan("ep_001")
    assert isinstance(tick(left), dg.SensorResult)
    left.provider.reachable = True  # type: ignore[attr-defined]
    assert resume(left).success
    assert states(left) == [AttemptState.SETTLED]


def test_an_unknown_attempt_waits_for_a_person_and_requests_nothing(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=1, shots_each=1))
    graph.provider.submit_error = TimeoutError()
    graph.plan("ep_001")
    graph.produce("ep_001")
    assert states(graph) == [AttemptState.UNKNOWN]
    assert isinstance(tick(graph), dg.SkipReason)


def test_an_attempt_that_can_not_be_read_stops_no_other(left: GraphUnderTest) -> None:
    (attempt,) = left.root.glob("state/attempts/ep_001/take-*/0001.jsonl")
    cut_line(attempt, INTENT, 1)
    assert isinstance(tick(left), dg.SkipReason)
    assert "attempt_not_read" in (left.root / "ops.log.jsonl").read_text()


def test_an_episode_that_can_not_be_read_keeps_no_other_result_from_being_fetched(
    make_graph: MakeGraph,
) -> None:
    """A board of ep_001 is in flight, a take of ep_002 too, and the roster of ep_001 is damaged."""
    graph = make_graph(
        plan("ep_001", batches=1, shots_each=2), plan("ep_002", batches=1, shots_each=1, first=50)
    )
    graph.provider = provider = Unreachable("board", "video_i2v")
    graph.__post_init__()
    for episode in ("ep_001", "ep_002"):
        graph.plan(episode)
    assert not graph.produce("ep_001", stages=[SCENE_VERSIONS, BOARDS]).success
    assert not graph.produce("ep_002").success
    (graph.root / "state" / "rosters" / "ep_001.json").write_bytes(b"{")
    provider.reachable = True
    resume(graph)
    assert states(graph) == [AttemptState.SETTLED, AttemptState.SETTLED]
