"""Another process has the ledger when a run wants to book, and keeps it longer than the run waits."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from recoil_assets.domain.ledger import Booking
from tests.crash.conftest import MakeScene
from tests.crash.laboratory import Script
from tests.crash.scene import DONE, Scene
from tests.crash.strike import Strike
from tests.crash.table import Note
from tests.crash.works import WORKS, Work

pytestmark = pytest.mark.crash

SHORT_S = 0.3
NOBODY = Booking(
    attempt_id="nobody",
    project="test show",
    episode="ep_000",
    batch="BATCH_000",
    run_id="none",
    provider="none",
    model="none",
    kind="take",
)


@contextmanager
def held(ledger: Path, how: str) -> Iterator[None]:
    """Have the ledger held by a process: its ``lock``, as Recoil does, or the file ``open``, as a DuckDB shell."""
    command = [sys.executable, "-m", "tests.ledger.holder", how, str(ledger)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        yield
    finally:
        holder.communicate("\n")


@pytest.mark.parametrize("how", ["lock", "open"])
@pytest.mark.parametrize(
    ("step", "script"),
    [
        ("ledger.reserve", Script()),
        ("ledger.charge", Script()),
        ("ledger.charge", Script(failed_billed=frozenset({1}))),
        ("ledger.release", Script(failed_free=frozenset({1}))),
    ],
    ids=["reserve", "charge", "charge-of-a-failure", "release"],
)
def test_a_booking_that_comes_too_late_is_made_by_the_next_run(
    make_scene: MakeScene, how: str, step: str, script: Script, note: Note
) -> None:
    outcome = note(
        f"ledger held by another process ({how})",
        f"at {step}",
        booked_by_the_next_run(make_scene(script=script), Strike(step, signal=signal.SIGSTOP), how).conclude,
    )
    assert outcome == DONE


@pytest.mark.parametrize("name", ["reserve committed", "charge committed"])
@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.what)
def test_so_is_a_booking_of_a_finish_a_retry_or_a_reroll(
    make_scene: MakeScene, work: Work, name: str, note: Note
) -> None:
    point = work.point(name)
    strike = replace(point.before, signal=signal.SIGSTOP)
    scene = booked_by_the_next_run(work.begin(make_scene, point, "before"), strike, "lock")
    assert note(f"{work.what}, ledger held by another process", f"at {name}", scene.conclude) == DONE


def booked_by_the_next_run(scene: Scene, strike: Strike, how: str) -> Scene:
    """The scene after a run that came to its booking while the ledger was held, and another beside that."""
    ledger = scene.root / "ledger.duckdb"
    scene.look(lambda studio: studio.ledger.release(NOBODY, note="so that there is a ledger to hold"))
    run = scene.start(strike, ledger_wait_s=SHORT_S)
    run.wait_until_it_sleeps()
    with held(ledger, how):
        run.wake()
        assert run.wait() == 0, run.answer()
        scene.run(ledger_wait_s=SHORT_S)
    return scene
