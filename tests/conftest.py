from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.support.graph import GraphUnderTest
from tests.support.project import SETTINGS, make_project, plan

NO_GATE = SETTINGS.replace('"all"', "[]")


@pytest.fixture(autouse=True)
def _no_state_of_the_user(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What all projects share is shared by one test alone, and no key of the user's is used."""
    monkeypatch.setenv("RECOIL_STATE_DIR", str(tmp_path_factory.mktemp("state")))
    for name in ("FAL_KEY", "FLORA_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def make_graph(tmp_path: Path) -> Iterator[Callable[..., GraphUnderTest]]:
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(
        str(tmp_path / "dagster"), overrides={"telemetry": {"enabled": False}}
    ) as instance:

        def make(*plans: dict[str, object], gate: bool = False) -> GraphUnderTest:
            documents = plans or (plan("ep_001", batches=3), plan("ep_002", batches=1, first=40))
            settings = SETTINGS if gate else NO_GATE
            root = make_project(tmp_path / "project", *documents, settings=settings)
            return GraphUnderTest(root=root, instance=instance)

        yield make
