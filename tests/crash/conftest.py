"""Laboratories, projects to be crashed, and the table at the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from recoil_assets.domain.board import Decision
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import digest_of
from recoil_assets.production.review import Verdict, decide
from recoil_assets.production.stages import BOARDS, TAKES
from tests.crash.fal_lab import StartedFal
from tests.crash.laboratory import Account, Script, Server, StartServer
from tests.crash.queue_lab import StartedQueueServer
from tests.crash.scene import Scene
from tests.crash.table import FAILED, PROPERTY, Note, show
from tests.fal.samples import png
from tests.support.project import make_project, plan
from tests.support.show import EPISODE, STAGES, settings

LABORATORIES: dict[str, StartServer] = {"fal": StartedFal, "queue": StartedQueueServer}
"""Every provider that is killed at, by name. What is no provider's matter is tested at the queue alone."""
at_every_provider = pytest.mark.parametrize("server", sorted(LABORATORIES), indirect=True)

MEMORY = Path("/dev/shm")  # noqa: S108  every test has a folder of its own there
"""A kill leaves what was written in the kernel's hands, synced or not: where it lies makes no difference."""


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with in_memory() as folder:
        started = LABORATORIES[getattr(request, "param", "queue")](folder)
        yield started
        started.stop()


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder of one's own, in memory where there is such a place."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


MakeScene = Callable[..., Scene]
Template = Callable[[type[Scene], int, str, bool], Path]


@pytest.fixture(scope="session")
def template(server: Server) -> Iterator[Template]:
    """Makes a folder with a project, once each: see ``prepare``."""
    made: dict[tuple[type[Scene], int, str, bool], Path] = {}
    with in_memory() as folder:

        def make(kind: type[Scene], batches: int, stage: str, finishing: bool) -> Path:
            asked = kind, batches, stage, finishing
            if asked not in made:
                name = f"template-{kind.__name__}-{batches}-{stage}{'-drawn' * finishing}"
                account = server.account(name, Script())
                prepare(kind, folder / name, account, batches, stage, finishing=finishing)
                made[asked] = folder / name
            return made[asked]

        yield make


def prepare(
    kind: type[Scene], place: Path, account: Account, batches: int, stage: str, *, finishing: bool
) -> None:
    """A project and its records; a batch is one shot for takes, two for boards: a single shot has none.

    Everything is made that comes before ``stage``. For a finish the boards are made too, free of charge, and
    approved.
    """
    choices = {"model": account.model}
    if stage == BOARDS:
        choices["finish_model" if finishing else "board_model"] = account.board_model
    document = plan(EPISODE, batches=batches, shots_each=2 if stage == BOARDS else 1)
    root = make_project(place / "project", document, settings=settings(choices=choices))
    (root / "refs" / "characters" / "MARA.png").write_bytes(png())
    scene = kind(place, place / "project", account, stage=stage)
    scene.take_in(EPISODE)
    ended = scene.run(stages=STAGES[: STAGES.index(stage) + finishing])
    assert set(ended.values()) == {"Materialised"}, ended
    if finishing:
        approved = Verdict(decision=Decision.APPROVED, reviewer="pat")
        for key in ended:
            scene.look(lambda studio, key=key: decide(studio, Cell.parse(key), approved))


@pytest.fixture
def make_scene(server: Server, template: Template, request: pytest.FixtureRequest) -> Iterator[MakeScene]:
    """Begins a scene: a copy of a project, and an account of its own."""
    scenes: list[Scene] = []
    with in_memory() as folder:

        def make(
            kind: type[Scene] = Scene,
            *,
            batches: int = 1,
            stage: str = TAKES,
            script: Script | None = None,
            finishing: bool = False,
            **how: Any,
        ) -> Scene:
            name = f"{request.node.nodeid.rpartition(':')[2].replace('/', '-')}-{len(scenes)}"
            account = server.account(digest_of(name)[:16], script or Script())
            place = folder / str(len(scenes))
            begun = template(kind, batches, stage, finishing)
            scenes.append(kind.copied(begun, place, account, stage=stage, **how))
            return scenes[-1]

        yield make
        for scene in scenes:
            scene.close()


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Note:
    return Note(record_property)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what every kill came to."""
    reports = [item for status in ("passed", "failed") for item in terminalreporter.stats.get(status, [])]
    notes = [
        kept if report.passed else [*kept[:3], FAILED]
        for report in reports
        for name, kept in report.user_properties
        if name == PROPERTY and report.when == "call"
    ]
    if notes:
        show(notes)
