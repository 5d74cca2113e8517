"""The reference sensor: a repainted picture, one free request for exactly the cells that use it."""

import os
import time
from collections.abc import Callable
from dataclasses import replace

import dagster as dg
import pytest

from recoil_assets.assets.provenance import Lineage
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.scene import SceneBody
from recoil_assets.production.payloads import cell_references, references_version
from recoil_assets.production.scenes import conform, revert
from recoil_assets.production.stages import DISPATCH_PAYLOADS, REFERENCES, SCENE_VERSIONS, stage_named
from recoil_assets.production.studio import Studio
from sensors.reference_changes import (
    MOST_RUNS_A_TICK,
    Look,
    Memory,
    UsedPictures,
    gather_pictures,
    reference_change_sensor,
    reference_requests,
)
from tests.conftest import GraphMadeBy
from tests.sensors.test_plan_files import studio_of
from tests.support.graph import GraphUnderTest
from tests.support.instant_provider import tiny_png
from tests.support.project import plan, shot, write_plan

MakeGraph = Callable[..., GraphUnderTest]
ONE, TWO, THREE = (Cell("ep_001", f"BATCH_00{number}") for number in (1, 2, 3))
NOTHING = Memory(handed={})


def used(
    cell: Cell = ONE, *, recorded: str = "a" * 64, present: str = "b" * 64, record: int = 1
) -> UsedPictures:
    return UsedPictures(cell, recorded, record, present)


def look(*pictures: UsedPictures, state: str = "s1", is_young: bool = False, cells: int = 1) -> Look:
    return Look(state, is_young, cells, tuple(item.cell for item in pictures), pictures)


class TestWhatIsAskedFor:
    def test_a_cell_that_is_recorded_with_these_very_bytes_is_not(self) -> None:
        assert reference_requests(look(used(present="a" * 64)), NOTHING)[0] == []

    def test_other_bytes_are_asked_for_once(self) -> None:
        wanted, after = reference_requests(look(used()), NOTHING)
        assert wanted == [used()]
        assert reference_requests(look(used()), after)[0] == []

    def test_the_same_bytes_are_asked_for_again_when_the_cell_was_made_of_others_in_between(self) -> None:
        _, after = reference_requests(look(used()), NOTHING)
        made_anew = used(record=2)
        assert reference_requests(look(made_anew), after)[0] == [made_anew]

    def test_what_a_command_has_made_meanwhile_is_forgotten(self) -> None:
        _, after = reference_requests(look(used()), NOTHING)
        _, after = reference_requests(look(used(recorded="b" * 64, record=2)), after)
        assert after.handed == {}

    def test_a_cell_that_was_not_looked_at_now_stays_handed_over(self) -> None:
        _, after = reference_requests(look(used(ONE)), NOTHING)
        _, after = reference_requests(look(used(TWO)), after)
        assert after.handed.keys() == {ONE.key, TWO.key}


class TestWhenNothingCanHaveChanged:
    def test_a_state_is_settled_when_every_cell_was_looked_at_in_it(self) -> None:
        _, after = reference_requests(look(used(ONE), used(TWO), cells=3), NOTHING)
        assert (after.settled, after.left, after.looked_to) == ("", 1, TWO.key)
        _, after = reference_requests(look(used(THREE), cells=3), after)
        assert after.settled == "s1"

    def test_a_state_that_changed_meanwhile_begins_the_round_anew(self) -> None:
        _, after = reference_requests(look(used(ONE), used(TWO), cells=3), NOTHING)
        _, after = reference_requests(look(used(THREE), state="s2", cells=3), after)
        assert (after.settled, after.left) == ("", 2)

    def test_what_was_read_in_a_young_state_counts_for_nothing(self) -> None:
        _, after = reference_requests(look(used(), is_young=True), NOTHING)
        assert (after.settled, after.left) == ("", 1)
        _, after = reference_requests(look(used()), after)
        assert after.settled == "s1"


def paint(graph: GraphUnderTest, picture: str, shade: int) -> None:
    path = graph.root / f"{picture}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tiny_png(shade) + b"\0" * 100)


def look_at(graph: GraphUnderTest, cursor: str | None) -> tuple[list[dg.RunRequest], str]:
    """What one tick asks for, and its cursor."""
    resources = {"studio": studio_of(graph)}
    with dg.build_sensor_context(
        instance=graph.instance, cursor=cursor, definitions=graph.defs, resources=resources
    ) as context:
        result = reference_change_sensor(context)
        if isinstance(result, dg.SensorResult):
            return list(result.run_requests or []), result.cursor or ""
        assert isinstance(result, dg.SkipReason)
        return [], context.cursor or ""


def look_later(graph: GraphUnderTest, memory: Memory) -> tuple[list[str], Memory]:
    """The cells that a look asks for when no file was touched for ten seconds, and what it remembers."""
    with graph.studio() as studio:
        now = gather_pictures(studio, graph.instance, memory, time.time_ns() + 10**10)
    if now.state == memory.settled:
        return [], memory
    wanted, after = reference_requests(now, memory)
    return [item.cell.key for item in wanted], after


def settle(graph: GraphUnderTest) -> Memory:
    """What is remembered when all was looked at, the pictures that are elsewhere included; nothing was asked for."""
    memory = NOTHING
    for _ in range(2):
        asked_for, memory = look_later(graph, memory)
        assert asked_for == []
    assert memory.settled == memory.state
    return memory


def carry_out(graph: GraphUnderTest, requests: list[dg.RunRequest]) -> None:
    for request in requests:
        job = graph.defs.resolve_job_def("refresh_references")
        assert job.execute_in_process(instance=graph.instance, tags=dict(request.tags)).success


def asked(requests: list[dg.RunRequest]) -> list[tuple[str, str]]:
    """First and last cell of every run that is asked for."""
    ends = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
    return [(request.tags[ends[0]], request.tags[ends[1]]) for request in requests]


@pytest.fixture
def cast(graph_made_by: GraphMadeBy) -> GraphUnderTest:
    return graph_made_by(make_cast)


def make_cast(make_graph: MakeGraph) -> GraphUnderTest:
    """Three batches: MARA plays in the first and the last, JONA in the middle one; a shorter episode beside it."""
    people = ("MARA", "JONA", "MARA")
    shots = [
        shot(10 * batch + number, cast=[who], place=f"PLACE{batch}")
        for batch, who in enumerate(people, start=1)
        for number in (1, 2)
    ]
    shots[2]["start_frame"] = "frames/opening.png"
    graph = make_graph(
        {"episode": "ep_001", "title": "one", "shots": shots},
        plan("ep_002", batches=1, first=90),
        plan("ep_003", batches=1, first=80),
    )
    paint(graph, "refs/characters/JONA", 1)
    paint(graph, "frames/opening", 1)
    for episode in ("ep_001", "ep_002"):
        graph.plan(episode)
        graph.produce(episode)
    graph.plan("ep_003")
    return graph


def test_a_show_that_commands_have_made_asks_for_nothing_and_is_settled(cast: GraphUnderTest) -> None:
    assert look_at(cast, None)[0] == []
    settled = settle(cast)
    with cast.studio() as studio:
        again = gather_pictures(studio, cast.instance, settled, time.time_ns() + 10**10)
    assert again.looked_at == (), "no picture and no scene is read again"


def test_exactly_the_cells_that_use_a_repainted_picture_are_asked_for_and_no_void_or_new_one(
    cast: GraphUnderTest,
) -> None:
    _, cursor = look_at(cast, None)
    before = cast.versions(REFERENCES, "ep_001")
    paint(cast, "refs/characters/MARA", 2)

    requests, cursor = look_at(cast, cursor)
    single = [(key, key) for key in ("ep_001|BATCH_001", "ep_001|BATCH_003", "ep_002|BATCH_001")]
    assert asked(requests) == single
    assert look_at(cast, cursor)[0] == [], "the same bytes are asked for once"
    assert [request.run_key for request in look_at(cast, None)[0]] == [
        request.run_key for request in requests
    ], "a lost cursor gives the same run keys"

    sent = len(cast.provider.submitted)
    carry_out(cast, requests)
    after = cast.versions(REFERENCES, "ep_001")
    assert {batch for batch in before if before[batch] != after[batch]} == {"BATCH_001", "BATCH_003"}
    assert len(cast.provider.submitted) == sent, "looking at pictures spends nothing"
    assert look_at(cast, cursor)[0] == []


@pytest.mark.proof
def test_neighbours_share_a_run(cast: GraphUnderTest) -> None:
    paint(cast, "refs/characters/MARA", 2)
    paint(cast, "refs/characters/JONA", 2)
    requests, _ = look_at(cast, None)
    assert asked(requests) == [
        ("ep_001|BATCH_001", "ep_001|BATCH_003"),
        ("ep_002|BATCH_001", "ep_002|BATCH_001"),
    ]


@pytest.mark.proof
def test_a_picture_that_a_command_looked_at_first_is_not_asked_for(cast: GraphUnderTest) -> None:
    paint(cast, "refs/characters/JONA", 2)
    cast.produce("ep_001", stages=[REFERENCES])
    assert look_at(cast, None)[0] == []


@pytest.mark.proof
@pytest.mark.parametrize("change", ["frames/opening", "refs/locations/PLACE2", "refs/characters/JONA"])
def test_a_settled_state_notices_frames_new_pictures_and_bytes_with_a_forged_time(
    cast: GraphUnderTest, change: str
) -> None:
    settled = settle(cast)
    path = cast.root / f"{change}.png"
    old = path.stat() if path.exists() else None
    paint(cast, change, 3)
    if old is not None:
        os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns))
    assert look_later(cast, settled)[0] == ["ep_001|BATCH_002"]


@pytest.mark.proof
def test_a_picture_that_is_gone_is_a_change_too_and_is_told(cast: GraphUnderTest) -> None:
    (cast.root / "frames" / "opening.png").unlink()
    requests, _ = look_at(cast, None)
    assert asked(requests) == [("ep_001|BATCH_002", "ep_001|BATCH_002")]
    carry_out(cast, requests)
    assert look_at(cast, None)[0] == []


@pytest.mark.proof
def test_a_record_of_bytes_that_are_no_longer_there_is_noticed_though_no_picture_changed(
    cast: GraphUnderTest,
) -> None:
    """A run may read a picture, and record it after the picture was repainted and looked at."""
    cast.produce("ep_003", stages=[SCENE_VERSIONS])
    late = Cell("ep_003", "BATCH_001")
    with cast.studio() as studio:
        read = references_version(cell_references(studio, active_body(studio, late)))
    paint(cast, "refs/characters/MARA", 2)
    for episode in ("ep_001", "ep_002"):
        cast.produce(episode, stages=[REFERENCES])
    settled = settle(cast)
    record_references(cast, late, read)
    assert look_later(cast, settled)[0] == [late.key]


def active_body(studio: Studio, cell: Cell) -> SceneBody:
    manifest = studio.scenes.manifest(cell)
    assert manifest is not None
    return studio.scenes.body(cell, manifest.active_version.digest)


def record_references(graph: GraphUnderTest, cell: Cell, version: str) -> None:
    """Record ``references`` as a run would that looked at the pictures some time ago."""
    lineage = Lineage.load(graph.instance, [cell])
    consumed = {SCENE_VERSIONS: lineage.recorded(cell)[SCENE_VERSIONS]}
    graph.instance.report_runless_asset_event(
        dg.AssetMaterialization(
            asset_key=REFERENCES,
            partition=cell.key,
            tags=lineage.tags(stage_named(REFERENCES), cell, version, consumed),
        )
    )


@pytest.mark.proof
def test_a_batch_whose_version_moved_is_left_to_whoever_moved_it_until_it_is_back(
    cast: GraphUnderTest,
) -> None:
    document = {"episode": "ep_002", "title": "two", "shots": plan("ep_002", batches=1, first=90)["shots"]}
    document["shots"][0]["description"] = "another action"  # type: ignore[index]
    write_plan(cast.root, document)
    cast.plan("ep_002")
    cast.produce("ep_002", stages=[SCENE_VERSIONS])
    moved = Cell("ep_002", "BATCH_001")
    with cast.studio() as studio:
        conform(studio, moved)
    cast.produce("ep_002", stages=[SCENE_VERSIONS])
    _, cursor = look_at(cast, None)
    paint(cast, "refs/characters/MARA", 2)
    requests, cursor = look_at(cast, cursor)
    assert asked(requests) == [(key, key) for key in ("ep_001|BATCH_001", "ep_001|BATCH_003")]

    with cast.studio() as studio:
        revert(studio, moved)
    cast.produce("ep_002", stages=[SCENE_VERSIONS])
    assert asked(look_at(cast, cursor)[0]) == [(moved.key, moved.key)]


@pytest.mark.proof
def test_a_cell_never_quoted_is_asked_for_too_once_its_references_were_made(cast: GraphUnderTest) -> None:
    cast.produce("ep_003", stages=[SCENE_VERSIONS, REFERENCES])
    assert "BATCH_001" not in cast.versions(DISPATCH_PAYLOADS, "ep_003")
    paint(cast, "refs/characters/MARA", 2)
    assert ("ep_003|BATCH_001", "ep_003|BATCH_001") in asked(look_at(cast, None)[0])


def test_many_changed_cells_are_handed_over_a_tick_at_a_time(make_graph: MakeGraph) -> None:
    graph = make_graph(plan("ep_001", batches=MOST_RUNS_A_TICK + 10, shots_each=1))
    graph.plan("ep_001")
    graph.produce("ep_001", stages=[SCENE_VERSIONS, REFERENCES])
    paint(graph, "refs/characters/MARA", 2)
    first, memory = look_later(graph, NOTHING)
    second, memory = look_later(graph, memory)
    assert (len(first), len(second)) == (MOST_RUNS_A_TICK, 10)
    assert len({*first, *second}) == MOST_RUNS_A_TICK + 10


def test_without_a_project_the_sensor_says_so(cast: GraphUnderTest) -> None:
    (cast.root / "recoil.toml").unlink()
    assert look_at(cast, None)[0] == []


def test_one_request_names_bytes_and_record() -> None:
    assert used().request != used(record=2).request
    assert used().request != replace(used(), present="c" * 64).request
