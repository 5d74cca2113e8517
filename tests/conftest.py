import gc
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import dagster as dg
import pytest

from tests.support.graph import GraphUnderTest
from tests.support.graph_copies import GraphCopies, MakeGraph, Recipe, begun_project
from tests.support.migrations import migrations_read_once

GraphMadeBy = Callable[[Recipe], GraphUnderTest]


def pytest_collection_finish() -> None:
    """What was loaded up to now stays until the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let go of what was kept from the collector, and of what hypothesis's callback of it holds on to.

    Else it outlives the interpreter, and DuckDB's binding prints a page about each process that ends so.
    """
    gc.unfreeze()
    gc.callbacks.clear()


_NUMBERS = count()
"""pytest looks through all folders of earlier tests for a free name: of thousands, that is milliseconds each time."""


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the test's own; removed when pytest removes those of the whole session."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    path = tmp_path_factory.getbasetemp() / f"{next(_NUMBERS):04d}-{name}"
    path.mkdir()
    return path


@pytest.fixture(scope="session", autouse=True)
def _migrations_read_once() -> Iterator[None]:
    with migrations_read_once():
        yield


@pytest.fixture(autouse=True)
def _no_state_of_the_user(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What all projects share is shared by one test alone, and no key of the user's is used."""
    monkeypatch.setenv(
        "RECOIL_STATE_DIR", str(tmp_path_factory.getbasetemp() / f"state-{next(_NUMBERS):04d}")
    )
    for name in ("FAL_KEY", "FLORA_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def make_graph(tmp_path: Path) -> Iterator[MakeGraph]:
    """Begins a graph, in a Dagster instance in memory."""
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:

        def make(*plans: dict[str, object], gate: bool = False) -> GraphUnderTest:
            root = begun_project(tmp_path / "project", *plans, gate=gate)
            return GraphUnderTest(root=root, instance=instance)

        yield make


@pytest.fixture(scope="session")
def graph_copies(tmp_path_factory: pytest.TempPathFactory) -> GraphCopies:
    return GraphCopies(tmp_path_factory.mktemp("graphs"))


@pytest.fixture
def graph_made_by(graph_copies: GraphCopies, tmp_path: Path) -> Iterator[GraphMadeBy]:
    """What a recipe makes: made by the first test that asks for it, and copied for every one."""
    with ExitStack() as opened:
        yield lambda recipe: opened.enter_context(graph_copies.copied(recipe, tmp_path))
