"""Real processes are really killed at marked points; then others carry on from what is on the disk."""

import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.ledger import Balance
from recoil_assets.production.stages import TAKES
from tests.support.folder_lab import FolderLab
from tests.support.project import plan
from tests.support.show import STAGES, Show, cell

pytestmark = pytest.mark.crash

AMBIGUOUS = {"provider.submit", "journal.record submitted"}
STEPS = [
    *("journal.open", "ledger.reserve", "journal.make_room", "journal.record sending", "provider.submit"),
    *("journal.record submitted", "provider.poll", "journal.record completed", "provider.fetch"),
    *("media.publish", "journal.record downloaded", "ledger.charge", "journal.record settled"),
    "primaries.choose",
]
KILLED = -9


class Scene:
    """A project on a real disk, its provider's server, and the processes that work on it."""

    def __init__(self, folder: Path, *, batches: int) -> None:
        self.lab = FolderLab(folder / "server")
        self.show = Show.begin(folder / "project", plan("ep_001", batches=batches, shots_each=1))
        self.show.lab = self.lab
        self.show.make(stages=STAGES[:-1])
        self._records = folder / "records.json"
        records = {item.key: record for item, record in self.show.records.items()}
        self._records.write_text(json.dumps(records))
        self._children: list[subprocess.Popen[str]] = []

    def start(self, step: str = "never", number: int = 1) -> subprocess.Popen[str]:
        """A run in a process of its own, killed before the ``number``-th ``step``."""
        arguments = [self.show.root, self.lab._server, self._records, step, str(number)]
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.child", *map(str, arguments)],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            text=True,
        )
        self._children.append(child)
        return child

    def run(self, step: str = "never", number: int = 1) -> tuple[int, str]:
        """(exit status, how the cells ended) of such a run."""
        child = self.start(step, number)
        said, _ = child.communicate(timeout=120)
        return child.returncode, said

    def close(self) -> None:
        for child in self._children:
            child.kill()
            child.communicate()
        self.show.close()

    def attempts(self) -> list[Attempt]:
        return [attempt for item in self.show.records for attempt in self.show.attempts(item)]

    def check(self) -> None:
        """One POST an attempt, one job a beat, and every dollar booked, or held for an honest unknown."""
        taken = self.lab.taken()
        assert len(taken) == len(set(taken))
        unknown = [item for item in self.attempts() if item.state is AttemptState.UNKNOWN]
        held = sum((item.intent.estimate_usd for item in unknown), Decimal(0))
        lost = [item for item in unknown if item.attempt_id in taken]
        assert self.show.balance() == Balance(
            spent=self.lab.billed() - self.lab.cost * len(lost), reserved=held
        )
        for item in self.show.records:
            jobs = [attempt for attempt in self.show.attempts(item) if attempt.attempt_id in taken]
            assert len(jobs) <= 1, f"{item} was paid for twice"


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path, batches=1)
    yield scene
    scene.close()


@pytest.fixture
def six(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path, batches=6)
    yield scene
    scene.close()


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_is_killed_is_carried_on_by_another_process(one: Scene, step: str) -> None:
    status, _ = one.run(step)
    assert status == KILLED
    status, said = one.run()
    assert status == 0
    assert said == f"ep_001|BATCH_001 {'Unsettled' if step in AMBIGUOUS else 'Materialised'}\n"
    one.check()
    before = (one.lab.taken(), one.show.balance())
    assert one.run() == (0, said)
    assert (one.lab.taken(), one.show.balance()) == before


@pytest.mark.parametrize("number", [7, 23, 41, 60])
def test_six_beats_at_once_are_killed_in_the_middle_and_none_is_lost_or_paid_twice(
    six: Scene, number: int
) -> None:
    assert six.run("any", number)[0] == KILLED
    status, said = six.run()
    assert status == 0
    assert {line.split()[1] for line in said.splitlines()} <= {"Materialised", "Unsettled"}
    six.check()


def test_a_run_that_is_killed_again_and_again_comes_to_its_end(six: Scene) -> None:
    statuses = [six.run("any", number)[0] for number in (9, 14, 19, 24)]
    assert statuses[0] == KILLED
    assert six.run()[0] == 0
    six.check()


def test_two_processes_over_the_same_cells_post_every_beat_once(six: Scene) -> None:
    children = [six.start() for _ in range(2)]
    said = [child.communicate(timeout=120)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert {line.split()[1] for text in said for line in text.splitlines()} <= {
        *("Materialised", "in_progress_elsewhere"),
    }
    assert len(six.lab.taken()) == 6
    assert six.show.make(stages=[TAKES]).finished(*(cell(number) for number in range(1, 7)))
    six.check()
    assert six.show.balance() == Balance(spent=Decimal("1.50"), reserved=Decimal(0))


def test_a_cap_binds_two_processes_together(six: Scene) -> None:
    """$0.70 has room for two beats of $0.30, billed at $0.25, whoever sends them."""
    settings = (six.show.root / "recoil.toml").read_text()
    six.show.change_settings(settings.replace("[caps]", '[caps]\nproject_usd = "0.70"'))
    children = [six.start() for _ in range(2)]
    for child in children:
        child.communicate(timeout=120)
    assert len(six.lab.taken()) == 2
    six.check()
