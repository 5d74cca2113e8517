import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from recoil_assets.cli.app import app
from tests.support.project import make_project, plan

SMALL = """
[show]
name = "test show"

[choices]
resolution = "360p"
fps = 12

[gate]
board_gate_episodes = "all"
"""


@dataclass
class Answer:
    """What one call of the command did."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        return json.loads(self.stdout)


Recoil = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the environment the tests were started in."""
    for name in ("RECOIL_PROJECT", "RECOIL_BOARD_GATE", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECOIL_DEBUG", "1")


@pytest.fixture
def recoil() -> Recoil:
    """The ``recoil`` command, in process."""

    def call(*words: object) -> Answer:
        result = CliRunner().invoke(app, [str(word) for word in words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one small episode, found by RECOIL_PROJECT."""
    root = make_project(tmp_path / "project", plan("ep_001", batches=2, shots_each=2), settings=SMALL)
    monkeypatch.setenv("RECOIL_PROJECT", str(root))
    return root


def everything_in(root: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes: to prove that nothing was written."""
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }
