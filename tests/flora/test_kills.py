"""Runs at FLORA are really killed at every durable step; then others carry on, and the books are FLORA's bill."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.domain.ledger import Balance
from tests.flora.fake import FakeFlora
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


def run(show: Show, flora: FakeFlora, folder: Path, step: str = "never") -> tuple[int, str]:
    """(exit status, how the cell ended) of a run in a process of its own."""
    records = folder / "records.json"
    records.write_text(json.dumps({item.key: record for item, record in show.records.items()}))
    arguments = [show.root, flora.url, folder / "state", records, step]
    done = subprocess.run(
        [sys.executable, "-m", "tests.flora.child", *map(str, arguments)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("show", [1], indirect=True)
@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_is_killed_is_carried_on_and_flora_is_paid_once(
    step: str, show: Show, flora: FakeFlora, tmp_path: Path
) -> None:
    show.make(stages=STAGES[:-1])
    before = len(flora.runs)
    assert run(show, flora, tmp_path, step)[0] == KILLED
    status, said = run(show, flora, tmp_path)
    assert (status, said) == (0, f"{cell(1)} {'Unsettled' if step in AMBIGUOUS else 'Materialised'}\n")
    posted, bill, balance = flora.posts(), flora.bill(), show.balance()
    assert run(show, flora, tmp_path) == (0, said)
    assert (flora.posts(), flora.bill(), show.balance()) == (posted, bill, balance), (
        "another run changes nothing"
    )
    takes = flora.runs[before:]
    assert len(takes) == (0 if step == "provider.submit" else 1)
    unknown = [item for item in show.attempts(cell(1)) if item.state is AttemptState.UNKNOWN]
    held = sum((item.intent.estimate_usd for item in unknown), Decimal(0))
    assert balance == Balance(spent=bill, reserved=held)
    assert bool(unknown) is (step in AMBIGUOUS)
