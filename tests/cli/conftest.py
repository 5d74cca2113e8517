from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recoil_assets.cli.app import app
from tests.cli.project_copies import Answer, ProjectCopies, Recoil, Step
from tests.support.graph_copies import GraphCopies

DERIVE: Step = ("run", "ep_001", "--until", "scenes")
DRAW: Step = ("run", "ep_001", "--until", "boards")
APPROVE: Step = ("board", "approve", "ep_001", "--all")
MAKE: Step = ("run", "ep_001")
ProjectMadeBy = Callable[..., Path]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the environment the tests were started in."""
    for name in ("RECOIL_PROJECT", "RECOIL_BOARD_GATE", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECOIL_DEBUG", "1")


@pytest.fixture
def recoil() -> Recoil:
    """The ``recoil`` command, in process."""
    return call_recoil


def call_recoil(*words: object) -> Answer:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(scope="session")
def project_copies(tmp_path_factory: pytest.TempPathFactory, graph_copies: GraphCopies) -> ProjectCopies:
    return ProjectCopies(tmp_path_factory.mktemp("projects"), graph_copies, call_recoil)


@pytest.fixture
def project_made_by(
    project_copies: ProjectCopies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ProjectMadeBy:
    """The project of one small episode after some commands, found by RECOIL_PROJECT.

    The first test that asks for it has the commands carried out, and every test gets a copy.
    """

    def copied(*steps: Step) -> Path:
        root = project_copies.copied(steps, tmp_path / "project")
        monkeypatch.setenv("RECOIL_PROJECT", str(root))
        return root

    return copied


@pytest.fixture
def project(project_made_by: ProjectMadeBy) -> Path:
    """A project with one small episode, with which nothing was done yet."""
    return project_made_by()


@pytest.fixture
def derived(project_made_by: ProjectMadeBy) -> Path:
    """The project with its scenes derived."""
    return project_made_by(DERIVE)


@pytest.fixture
def drawn(project_made_by: ProjectMadeBy) -> Path:
    """The project with its boards drawn, which nobody decided on."""
    return project_made_by(DRAW)


@pytest.fixture
def made(project_made_by: ProjectMadeBy) -> Path:
    """The project with its episode made, from plan to dailies."""
    return project_made_by(DRAW, APPROVE, MAKE)


def everything_in(root: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes: to prove that nothing was written."""
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }
