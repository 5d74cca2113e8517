"""What waits for the ledger, or for a film to be read, keeps nothing waiting that was paid for."""

import asyncio
import itertools
import shutil
import threading
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.production import purse
from recoil_assets.production.ports import PreparedJob, Submission
from recoil_assets.production.stages import TAKES
from recoil_assets.production.studio import Studio
from resources.project_store import media
from tests.support.project import plan, shot
from tests.support.show import Show, cell, settings

from .conftest import BEFORE_TAKES, MakeShow
from .labs import Lab
from .test_places import wait_until


@dataclass
class HeldLedger:
    """A ledger that another process holds, for all but the first who looks at a price in the last moment."""

    ledger: Any
    freed: threading.Event = field(default_factory=threading.Event)
    looks: "itertools.count[int]" = field(default_factory=itertools.count)
    waiting: int = 0

    def overruns(self, *, model: str) -> Any:
        if threading.current_thread().name.startswith("sending") and next(self.looks) > 0:
            self.waiting += 1
            self.freed.wait(300)
        return self.ledger.overruns(model=model)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ledger, name)


class LateLab(Lab):
    """Takes a job, and says so when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = threading.Event()

    async def submit(self, job: PreparedJob) -> Submission:
        submission = await super().submit(job)
        while not self.answer.is_set():  # noqa: ASYNC110  the test's thread sets it
            await asyncio.sleep(0.01)
        return submission


def test_a_request_id_gets_on_disk_while_every_look_waits_for_the_ledger(
    make_show: MakeShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of eight takes is posted; the looks of the others find the ledger held by another process."""
    monkeypatch.setattr(purse, "_BILLS_KNOWN_FOR_S", 0.0)
    show = make_show(plan("ep_001", batches=8, shots_each=1), text=settings(choices={"concurrency": 16}))
    show.make(stages=BEFORE_TAKES)
    held: list[HeldLedger] = []
    lab = show.lab = LateLab()

    def refit(studio: Studio) -> Studio:
        held.append(HeldLedger(studio.ledger))
        return replace(studio, ledger=held[-1])

    show.refit = refit
    run = threading.Thread(target=lambda: show.make(stages=[TAKES]))
    run.start()
    try:
        wait_until(lambda: len(lab.submitted) == 1 and held[0].waiting >= 4)
        lab.answer.set()
        reader = Show(show.root, ledger=show.ledger)
        with reader.studio() as studio:
            first = lab.submitted[0][0]
            wait_until(lambda: studio.journal.attempt(first).state is not AttemptState.SENDING)
            assert not held[0].freed.is_set()
    finally:
        held[0].freed.set()
        run.join(timeout=60)


def test_films_are_read_by_threads_and_not_by_the_loop_that_has_jobs_in_flight(
    make_show: MakeShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    shots = [shot(number, cast=["MARA"], place="PORT", seconds=1.0) for number in (1, 2, 3)]
    show = make_show({"episode": "ep_001", "shots": shots})
    show.lab.cost = Decimal("0.10")
    assert show.make().finished(cell(1))
    first, _, _ = show.body(cell(1)).beats
    (attempts,) = (show.root / "state" / "attempts" / "ep_001").glob(f"take-{first.shot_set[:24]}")
    shutil.rmtree(attempts)
    readers: list[str] = []
    read = media._digest_and_sync

    def watched(path: Path) -> str:
        readers.append(threading.current_thread().name)
        return read(path)

    monkeypatch.setattr(media, "_digest_and_sync", watched)
    show.make(stages=[TAKES])
    assert readers
    assert threading.current_thread().name not in readers
