from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from recoil_assets.production.stages import BOARDS, SCENE_VERSIONS
from tests.support.project import plan
from tests.support.show import STAGES, Show, cell, settings

MakeShow = Callable[..., Show]
BEFORE_TAKES = STAGES[:-1]
MEMORY = Path("/dev/shm")  # noqa: S108  every test has a folder of its own there


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder in memory where there is one: what is synced is tested in ``store``, not waited for here."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def make_show(tmp_path: Path) -> Iterator[MakeShow]:
    """Begins a show; without a plan, of one episode with two batches of one shot each."""
    shows: list[Show] = []

    def make(*plans: dict[str, object], text: str = "") -> Show:
        documents = plans or (plan("ep_001", batches=2, shots_each=1),)
        shows.append(Show.begin(tmp_path / f"project_{len(shows)}", *documents, text=text))
        return shows[-1]

    yield make
    for show in shows:
        show.close()


@pytest.fixture
def show(make_show: MakeShow) -> Show:
    return make_show()


@pytest.fixture(scope="session")
def quoted_once(tmp_path_factory: pytest.TempPathFactory) -> Show:
    show = Show.begin(tmp_path_factory.mktemp("quoted") / "project", plan("ep_001", batches=1, shots_each=1))
    show.make(stages=BEFORE_TAKES)
    show.close()
    return show


@pytest.fixture
def quoted(quoted_once: Show, tmp_path: Path) -> Iterator[Show]:
    """A show of one shot, worth $0.30, that has everything but its take."""
    show = quoted_once.copied(tmp_path / "quoted")
    yield show
    show.close()


@pytest.fixture
def unknown(quoted: Show) -> Show:
    """The one take of the show was sent, and nobody knows whether it was taken: $0.30 are held."""
    quoted.lab.submit_error = TimeoutError()
    quoted.make(stages=["takes"]).unsettled(cell(1))
    quoted.lab.submit_error = None
    return quoted


@pytest.fixture
def gated(make_show: MakeShow) -> Show:
    """A show of one batch of two shots whose board is drawn, and awaits a decision."""
    show = make_show(plan("ep_001", batches=1), text=settings(gate=True))
    show.make(stages=[SCENE_VERSIONS, BOARDS])
    return show
