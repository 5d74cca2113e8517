"""What we write of where a result came from is what Dagster writes when each cell is made alone.

One history is carried out twice: by our graph, whose one step streams the events of many cells, and by a plain
graph of single-asset steps, each cell and stage alone, where Dagster writes its own provenance. After every step
Dagster's own resolver has to say the same of every asset and cell of both.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    INPUT_DATA_VERSION_TAG_PREFIX,
    INPUT_EVENT_POINTER_TAG_PREFIX,
    CachingStaleStatusResolver,
)
from dagster._core.loader import LoadingContextForTest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from recoil_assets.domain.board import Decision
from recoil_assets.production.stages import (
    BOARD_REVIEWS,
    BOARDS,
    CELL_STAGES,
    DAILIES,
    PLANS,
    REFERENCES,
    SCENE_VERSIONS,
    SPEND_REPORT,
    TAKES,
    stage_named,
)
from tests.graph.histories import (
    CHANGED,
    FULL,
    Conform,
    Decide,
    Look,
    Make,
    Paint,
    Step,
    Write,
    histories,
)
from tests.graph.reference_graph import reference_defs
from tests.support.graph import STAGES, GraphUnderTest
from tests.support.paper_desk import PaperDesk
from tests.support.project import SETTINGS, make_project

GATED_FIRST = SETTINGS.replace('"all"', '["ep_001"]')
EPISODE_ASSETS = (PLANS, DAILIES, SPEND_REPORT)
BY_CONTENT = (PLANS, *(stage for stage in STAGES if stage != "takes"))
"""Assets whose data version is the same in both projects; that of takes names attempts, which are made once."""
POINTER, VERSION = INPUT_EVENT_POINTER_TAG_PREFIX, INPUT_DATA_VERSION_TAG_PREFIX
SHARDS = 4
HISTORIES = int(os.environ.get("RECOIL_PROOF_HISTORIES", "400"))
SEED = int(os.environ.get("RECOIL_PROOF_SEED", "0"))

EVERY_KIND_OF_STEP: list[Step] = [
    Write("ep_001", FULL),
    Make("ep_001", (TAKES,), count=1),
    Make("ep_001"),
    Decide("ep_001", 0, Decision.REJECTED),
    Decide("ep_001", 0, Decision.APPROVED),
    Make("ep_001", count=1),
    Write("ep_001", CHANGED),
    Make("ep_001", (SCENE_VERSIONS,), count=2),
    Conform("ep_001", 0, 1),
    Make("ep_001", (SCENE_VERSIONS,), count=1),
    Make("ep_001", (BOARDS, BOARD_REVIEWS), count=1),
    Write("ep_001", FULL),
    Conform("ep_001", 0, 0),
    Make("ep_001", (SCENE_VERSIONS, BOARDS, BOARD_REVIEWS), count=1),
    Make("ep_001", (BOARDS,), count=1, seed=7),
    Paint("characters/MARA", 2),
    Make("ep_001", (REFERENCES,), count=2),
    Write("ep_002", FULL[:1]),
    Make("ep_002", (SCENE_VERSIONS,)),
    Look("ep_001", SPEND_REPORT),
    Look("ep_001", DAILIES),
    Write("ep_001", FULL[:2]),
    Write("ep_001", None),
]
A_STEP_OF_EACH_KIND: list[Step] = [
    Write("ep_001", FULL[:2]),
    Make("ep_001", count=1),
    Decide("ep_001", 0, Decision.APPROVED),
    Make("ep_001", count=1),
    Write("ep_001", CHANGED[:2]),
    Make("ep_001", (SCENE_VERSIONS,), count=2),
    Conform("ep_001", 0, 1),
    Make("ep_001", (SCENE_VERSIONS, BOARDS), count=1),
    Paint("characters/MARA", 2),
    Make("ep_001", (REFERENCES,), count=1),
    Look("ep_001", SPEND_REPORT),
    Write("ep_001", FULL[:1]),
]

Place = tuple[str, str]
"""Asset and partition."""


@dataclass
class Twins:
    """The same show twice: in our graph, and in the plain one."""

    ours: GraphUnderTest
    plain: GraphUnderTest

    def take(self, step: Step) -> None:
        if isinstance(step, Write):
            self._take_in(step)
        elif isinstance(step, Make):
            self._make(step)
        elif isinstance(step, Look):
            self._look(step)
        else:
            assert step.apply(self.ours) == step.apply(self.plain)

    def _take_in(self, step: Write) -> None:
        for graph in (self.ours, self.plain):
            step.write(graph)
        mine = made(self.ours.plan(step.episode))
        assert made(self.plain.plan(step.episode)) == [place for place in mine if place[0] == PLANS]
        for stage, cell in mine:
            if stage != PLANS:
                assert made(self.plain.run([stage], partition_key=cell)) == [(stage, cell)], (stage, cell)

    def _make(self, step: Make) -> None:
        if not self.ours.instance.has_dynamic_partition("episodes", step.episode):
            return
        batches, before = step.batches(self.ours), recorded(self.ours)
        result = self.ours.produce(step.episode, step.stages, batches, config={"production": step.choices})
        alone = [place for batch in batches for place in self._make_alone(step, f"{step.episode}|{batch}")]
        assert sorted(made(result)) == sorted(alone)
        assert_nothing_is_made_from_what_is_missing(self.ours, result, step, before)

    def _make_alone(self, step: Make, cell: str) -> Iterator[Place]:
        """Each stage in a run of its own; like ours, the first without a result ends the cell."""
        for stage in step.stages:
            result = self.plain.run([stage], config={stage: step.choices}, partition_key=cell)
            assert result.success, self.plain.failure(result)
            there = made(result)
            yield from there
            if not there:
                return

    def _look(self, step: Look) -> None:
        if self.ours.instance.has_dynamic_partition("episodes", step.episode):
            results = [
                graph.run([step.asset], partition_key=step.episode) for graph in (self.ours, self.plain)
            ]
            assert made(results[0]) == made(results[1])


def made(result: Any) -> list[Place]:
    """What a run materialised, in its order."""
    return [
        (event.asset_key.to_user_string(), str(event.partition))
        for event in result.all_events
        if event.is_step_materialization
    ]


def places(graph: GraphUnderTest) -> list[Place]:
    """Every asset and partition of a graph."""
    episodes = graph.instance.get_dynamic_partitions("episodes")
    batches = graph.instance.get_dynamic_partitions("shot_batches")
    return [(asset, episode) for asset in EPISODE_ASSETS for episode in episodes] + [
        (stage, f"{episode}|{batch}") for stage in STAGES for episode in episodes for batch in batches
    ]


def recorded(graph: GraphUnderTest) -> set[Place]:
    return {
        (asset, partition)
        for asset in (*EPISODE_ASSETS, *STAGES)
        for partition in graph.instance.get_materialized_partitions(dg.AssetKey(asset))
    }


def dagsters_word(graph: GraphUnderTest) -> dict[Place, tuple[Any, ...]]:
    """Status, causes and (where it is comparable) data version of every place, as Dagster's resolver has them."""
    resolver = CachingStaleStatusResolver(
        instance=graph.instance,
        asset_graph=graph.defs.resolve_asset_graph(),
        loading_context=LoadingContextForTest(graph.instance),
    )
    said = {}
    for asset, partition in places(graph):
        key = dg.AssetKey(asset)
        causes = {
            (str(cause.key), cause.category.value, cause.reason, str(cause.dependency))
            for cause in resolver.get_stale_causes(key, partition)
        }
        version = resolver.get_current_data_version(key, partition).value if asset in BY_CONTENT else ""
        said[asset, partition] = (resolver.get_status(key, partition).value, sorted(causes), version)
    return said


def written(graph: GraphUnderTest) -> dict[Place, dict[str, Any]]:
    """The provenance tags of every stage's latest record; a pointer reads as the record that it stands for.

    Dagster's own pointer may be a later record of another partition, for it is the newest of the whole asset;
    its resolver then takes the newest one of the partition up to there. So does this.
    """
    ids: dict[Place, list[int]] = defaultdict(list)
    latest: dict[Place, dict[str, str]] = {}
    for asset in (PLANS, *STAGES):
        found = graph.instance.fetch_materializations(dg.AssetKey(asset), limit=9999, ascending=True)
        for record in found.records:
            place = asset, str(record.partition_key)
            ids[place].append(record.storage_id)
            latest[place] = dict(record.asset_materialization.tags or {})

    def record_of(cell: str, tag: str, pointer: str) -> tuple[Place, int]:
        upstream = tag.removeprefix(f"{POINTER}/")
        place = upstream, cell.partition("|")[0] if upstream == PLANS else cell
        return place, sum(number <= int(pointer) for number in ids[place])

    return {
        place: {
            tag: record_of(place[1], tag, value) if POINTER in tag else value
            for tag, value in tags.items()
            if says(tag)
        }
        for place, tags in latest.items()
    }


def says(tag: str) -> bool:
    """Whether a tag says how something was made."""
    return tag in (CODE_VERSION_TAG, DATA_VERSION_IS_USER_PROVIDED_TAG) or POINTER in tag or VERSION in tag


def as_dagster_writes_it(tags: dict[str, Any]) -> dict[str, Any]:
    """Our tags with every upstream's version folded: Dagster hashes those of all partitions it consumed together.

    Ours is the one version itself, which can be read; the resolver looks at the records that pointers name.
    """
    return {
        tag: sha256(value.encode()).hexdigest() if VERSION in tag else value for tag, value in tags.items()
    }


def assert_nothing_is_made_from_what_is_missing(
    graph: GraphUnderTest, result: Any, step: Make, before: set[Place]
) -> None:
    """Every record names records that are there; a cell without its upstream is blocked, and says so."""
    there = set(before)
    for stage, cell in made(result):
        assert upstreams(stage, cell) <= there, (stage, cell)
        there.add((stage, cell))
    awaited = graph.awaited(result)
    for batch in step.batches(graph):
        cell = f"{step.episode}|{batch}"
        first = next((stage for stage in step.stages if (stage, cell) not in made(result)), None)
        if first is not None and not upstreams(first, cell) <= there:
            assert "upstream_missing" in awaited[first, cell]


def upstreams(stage: str, cell: str) -> set[Place]:
    return {(name, cell.partition("|")[0] if name == PLANS else cell) for name in stage_named(stage).upstream}


@contextmanager
def twins() -> Iterator[Twins]:
    with (
        TemporaryDirectory() as folder,
        dg.DagsterInstance.ephemeral() as mine,
        dg.DagsterInstance.ephemeral() as plain,
    ):
        yield Twins(
            GraphUnderTest(
                root=make_project(Path(folder) / "ours", settings=GATED_FIRST),
                instance=mine,
                desk=PaperDesk(),
            ),
            GraphUnderTest(
                root=make_project(Path(folder) / "plain", settings=GATED_FIRST),
                instance=plain,
                desk=PaperDesk(),
                make_defs=reference_defs,
            ),
        )


def carry_out(history: list[Step], asked_every: int) -> None:
    """Carry a history out in both graphs, and compare after every step.

    Args:
        asked_every: after how many steps Dagster's resolver, which takes longest, is asked; always after the last.
    """
    with twins() as both:
        for number, step in enumerate(history, start=1):
            both.take(step)
            ours = {place: as_dagster_writes_it(tags) for place, tags in written(both.ours).items()}
            assert_same(ours, written(both.plain), f"step {number}, {step}")
            if number % asked_every == 0 or number == len(history):
                assert_same(dagsters_word(both.ours), dagsters_word(both.plain), f"step {number}, {step}")


def assert_same(ours: dict[Place, Any], plain: dict[Place, Any], after: str) -> None:
    assert ours.keys() == plain.keys(), after
    differing = {place: (ours[place], plain[place]) for place in ours if ours[place] != plain[place]}
    assert not differing, after


def search(first_seed: int, examples: int, longest: int) -> None:
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    bounded = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=quiet,
    )
    seed(first_seed)(bounded(given(history=histories(longest=longest), asked_every=st.just(1))(carry_out)))()


@pytest.mark.parametrize(
    ("history", "asked_every"),
    [
        pytest.param(A_STEP_OF_EACH_KIND, 6, id="a step of each"),
        pytest.param(EVERY_KIND_OF_STEP, 1, id="all", marks=pytest.mark.proof),
    ],
)
def test_every_kind_of_step_reads_as_if_every_cell_had_been_made_alone(
    history: list[Step], asked_every: int
) -> None:
    carry_out(history, asked_every)


@pytest.mark.proof
def test_a_random_history_reads_as_if_every_cell_had_been_made_alone() -> None:
    search(first_seed=1, examples=1, longest=3)


@pytest.mark.proof
@pytest.mark.parametrize("shard", range(SHARDS))
def test_hundreds_of_histories_read_as_if_every_cell_had_been_made_alone(shard: int) -> None:
    search(first_seed=SEED + shard, examples=max(1, HISTORIES // SHARDS), longest=14)


def test_every_asset_of_the_graph_is_compared() -> None:
    assert {*EPISODE_ASSETS, *STAGES} == {
        PLANS,
        DAILIES,
        SPEND_REPORT,
        *(stage.name for stage in CELL_STAGES),
    }
