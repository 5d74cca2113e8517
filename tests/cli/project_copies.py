"""Projects with which some commands were done once, and which are copied for every test that goes on from there."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from resources.project_store.layout import Layout
from tests.support.graph_copies import GraphCopies
from tests.support.project import make_project, plan

SMALL = """
[show]
name = "test show"

[choices]
resolution = "360p"
fps = 12
threshold_s = 1.0

[gate]
board_gate_episodes = "all"
"""


def short_plan(*, batches: int = 2, shots_each: int = 2) -> dict[str, object]:
    """The plan of ``ep_001``, with shots of half a second: filming them is what takes longest."""
    return plan("ep_001", batches=batches, shots_each=shots_each, seconds=0.5)


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
Step = tuple[str, ...] | Callable[[Recoil, Path], None]
"""The words of a command, which must not fail, or what is done with the command and the project's folder."""


@dataclass
class ProjectCopies:
    """See the module.

    Attributes:
        folder: where the projects are made, one folder each.
        graphs: has the Dagster instance every project begins with.
        made: by the steps done with them, in order.
    """

    folder: Path
    graphs: GraphCopies
    recoil: Recoil
    made: dict[tuple[Step, ...], Path] = field(default_factory=dict)

    def copied(self, steps: tuple[Step, ...], root: Path) -> Path:
        """A copy, at ``root``, of the project after ``steps``."""
        return Path(shutil.copytree(self._after(steps), root))

    def _after(self, steps: tuple[Step, ...]) -> Path:
        if steps not in self.made:
            before = self._after(steps[:-1]) if steps else None
            root = self.folder / str(len(self.made)) / "project"
            if before is None:
                self._begin(root)
            else:
                shutil.copytree(before, root)
                self._take(steps[-1], root)
            self.made[steps] = root
        return self.made[steps]

    def _begin(self, root: Path) -> None:
        make_project(root, short_plan(), settings=SMALL)
        shutil.copytree(self.graphs.untouched_home(), Layout(root).dagster_home)

    def _take(self, step: Step, root: Path) -> None:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("RECOIL_PROJECT", str(root))
            if callable(step):
                step(self.recoil, root)
            else:
                answer = self.recoil(*step)
                assert answer.exit_code in (0, 3), f"{step}: {answer.stdout}{answer.stderr}"
