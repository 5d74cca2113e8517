"""Every kill point of a paid attempt, through fal's own protocol: real processes, killed and carried on from."""

import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.ledger import Balance
from tests.fal.fake.script import Script
from tests.fal.fake.server import FakeFal
from tests.fal.killed import at_fal
from tests.fal.samples import png
from tests.support.project import make_project, plan
from tests.support.show import STAGES, settings
from tests.support.watched import Watch

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
    """A project on a real disk, made at a fal that outlives the processes that ask it."""

    def __init__(self, folder: Path, fal: FakeFal, *, batches: int) -> None:
        self.fal = fal
        document = plan("ep_001", batches=batches, shots_each=1)
        root = make_project(
            folder / "project", document, settings=settings(choices={"model": "seedance-2.0"})
        )
        (root / "refs" / "characters" / "MARA.png").write_bytes(png())
        self.show = at_fal(root, fal.hosts, Watch(), {})
        self.show.take_in()
        self.show.make(stages=STAGES[:-1])
        self._records = folder / "records.json"
        self._records.write_text(json.dumps({item.key: record for item, record in self.show.records.items()}))
        self._children: list[subprocess.Popen[str]] = []

    def run(self, step: str = "never", number: int = 1) -> tuple[int, str]:
        """(exit status, how the cells ended) of a run in a process of its own, killed before a step."""
        arguments = [self.show.root, self.fal.url, self._records, step, str(number)]
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.fal.killed", *map(str, arguments)],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            text=True,
        )
        self._children.append(child)
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
        """One job an attempt, one job a beat, and every dollar booked, or held for an honest unknown."""
        taken = [job.payload["end_user_id"] for job in self.fal.jobs]
        assert len(taken) == len(set(taken))
        for job in self.fal.jobs:
            self.fal.books.state(job)
        unknown = [item for item in self.attempts() if item.state is AttemptState.UNKNOWN]
        held = sum((item.intent.estimate_usd for item in unknown), Decimal(0))
        nobodys = {item.intent.job_name for item in unknown}
        known = {job.request_id for job in self.fal.jobs if job.payload["end_user_id"] not in nobodys}
        billed = sum(
            (line.usd for line in self.fal.books.bill.lines() if line.request_id in known), Decimal(0)
        )
        assert self.show.balance() == Balance(spent=billed.quantize(Decimal("0.000001")), reserved=held)
        for item in self.show.records:
            jobs = [attempt for attempt in self.show.attempts(item) if attempt.intent.job_name in taken]
            assert len(jobs) <= 1, f"{item} was paid for twice"


@pytest.fixture
def one(tmp_path: Path, fal: FakeFal) -> Iterator[Scene]:
    scene = Scene(tmp_path, fal, batches=1)
    yield scene
    scene.close()


@pytest.fixture
def six(tmp_path: Path, fal: FakeFal) -> Iterator[Scene]:
    scene = Scene(tmp_path, fal, batches=6)
    yield scene
    scene.close()


@pytest.mark.parametrize("step", STEPS)
def test_a_run_at_fal_that_is_killed_is_carried_on_by_another_process(one: Scene, step: str) -> None:
    status, _ = one.run(step)
    assert status == KILLED
    status, said = one.run()
    assert status == 0
    assert said == f"ep_001|BATCH_001 {'Unsettled' if step in AMBIGUOUS else 'Materialised'}\n"
    one.check()
    before = (len(one.fal.jobs), one.show.balance())
    assert one.run() == (0, said)
    assert (len(one.fal.jobs), one.show.balance()) == before


@pytest.mark.parametrize("number", [7, 23, 41, 60])
def test_six_jobs_at_once_are_killed_in_the_middle_and_none_is_lost_or_paid_twice(
    six: Scene, number: int
) -> None:
    six.fal.books.usual = Script(queued_s=0.05, running_s=0.1)
    assert six.run("any", number)[0] == KILLED
    status, said = six.run()
    assert status == 0
    assert {line.split()[1] for line in said.splitlines()} <= {"Materialised", "Unsettled"}
    six.check()
