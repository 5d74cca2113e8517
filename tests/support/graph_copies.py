"""Graphs that were made once, and are copied for every test that goes on from there.

They lie on the disk, in an instance as the commands open it: copying one takes a hundredth of what its runs take.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from recoil_assets.cli.sqlite_storage import open_instance
from tests.support.graph import GraphUnderTest
from tests.support.instant_provider import InstantProvider
from tests.support.project import SETTINGS, make_project, plan

INSTANCE = """
telemetry: {enabled: false}
compute_logs: {module: dagster._core.storage.noop_compute_log_manager, class: NoOpComputeLogManager}
"""
"""Without what steps print, which Dagster has copied by two programs that it starts for every step."""
NO_GATE = SETTINGS.replace('"all"', "[]")
MakeGraph = Callable[..., GraphUnderTest]
Recipe = Callable[[MakeGraph], GraphUnderTest]
"""Begins a graph, does something with it, and hands it back."""


def begun_project(root: Path, *plans: dict[str, object], gate: bool = False) -> Path:
    """A project with its plans; without any, with one of three batches and one of a single one."""
    documents = plans or (plan("ep_001", batches=3), plan("ep_002", batches=1, first=40))
    return make_project(root, *documents, settings=SETTINGS if gate else NO_GATE)


@dataclass
class GraphCopies:
    """See the module.

    Attributes:
        folder: where the graphs are made, one folder each.
        made: by recipe: the folder, and the provider with all it was sent.
    """

    folder: Path
    made: dict[Recipe, tuple[Path, InstantProvider]] = field(default_factory=dict)

    def untouched_home(self) -> Path:
        """A folder with a Dagster instance in which nothing was run."""
        home = self.folder / "dagster"
        if not home.exists():
            home.mkdir()
            (home / "dagster.yaml").write_text(INSTANCE)
            with open_instance(home) as instance:
                assert not instance.get_dynamic_partitions("episodes")
        return home

    @contextmanager
    def copied(self, recipe: Recipe, place: Path) -> Iterator[GraphUnderTest]:
        """What ``recipe`` makes, in ``place`` and open there."""
        if recipe not in self.made:
            self.made[recipe] = self._made_by(recipe)
        folder, provider = self.made[recipe]
        shutil.copytree(folder, place, dirs_exist_ok=True)
        with open_instance(place / "dagster") as instance:
            yield GraphUnderTest(root=place / "project", instance=instance, provider=deepcopy(provider))

    def _made_by(self, recipe: Recipe) -> tuple[Path, InstantProvider]:
        folder = self.folder / str(len(self.made))
        shutil.copytree(self.untouched_home(), folder / "dagster")
        with open_instance(folder / "dagster") as instance:

            def make(*plans: dict[str, object], gate: bool = False) -> GraphUnderTest:
                root = begun_project(folder / "project", *plans, gate=gate)
                return GraphUnderTest(root=root, instance=instance)

            return folder, recipe(make).provider
