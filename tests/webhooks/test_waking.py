"""Word of a job makes a run ask at once, and decides nothing. Without it polling is complete."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.ports import Capabilities, JobState, JobStatus, Submission
from recoil_assets.production.stages import TAKES
from resources.price_book import shipped_price_book
from resources.project_store.layout import find_project
from resources.project_store.wakes import WakeFiles
from tests.fal.fake.script import Script
from tests.fal.fake.server import open_fake
from tests.fal.samples import at_fal, png
from tests.production.labs import Lab
from tests.support.project import make_project, plan
from tests.support.show import Ended, Show, cell, settings
from tests.webhooks.senders import FLORA_SECRET, flora_body, flora_sign


class PatientLab(Lab):
    """Asks to be polled once an hour; its jobs run until ``done`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.done = threading.Semaphore(0), threading.Event()

    def capabilities(self, model: str) -> Capabilities:
        usual = super().capabilities(model)
        return Capabilities(usual.modalities, usual.max_references, usual.honours, usual.concurrency, 3600.0)

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:
        self.asked.release()
        if not self.done.is_set():
            return JobStatus(JobState.RUNNING)
        return await super().poll(submission, request)


def test_a_run_asks_at_once_when_there_is_word_of_its_job_and_believes_the_answer_alone(
    tmp_path: Path,
) -> None:
    show = Show.begin(tmp_path / "project", plan("ep_001", batches=1, shots_each=1), text=settings())
    lab = show.lab = PatientLab()
    wakes = WakeFiles(find_project(show.root))
    ended: list[Ended] = []
    run = threading.Thread(target=lambda: ended.append(show.make()))
    run.start()
    assert lab.asked.acquire(timeout=60)
    wakes.leave("lab", "another-job")
    wakes.leave("lab", "instant-1")
    assert lab.asked.acquire(timeout=60), "it was not woken"
    assert run.is_alive(), "word of a job is no end of it"
    lab.done.set()
    wakes.leave("lab", "instant-1")
    run.join(timeout=60)
    assert ended[0].finished(cell(1))
    assert [attempt.succeeded for attempt in show.attempts(cell(1))] == [True]
    assert not wakes.take("lab", "instant-1"), "each word is taken once"
    assert wakes.take("lab", "another-job")
    show.close()


def test_word_that_came_before_the_run_asks_for_is_not_lost(tmp_path: Path) -> None:
    show = Show.begin(tmp_path / "project", plan("ep_001", batches=1, shots_each=1), text=settings())
    wakes = WakeFiles(find_project(show.root))
    wakes.leave("lab", "instant-1")
    show.make(stages=[TAKES])
    assert wakes.take("lab", "instant-1")
    show.close()


def test_word_that_nobody_took_for_a_day_is_cleared_away(tmp_path: Path) -> None:
    wakes = WakeFiles(find_project(make_project(tmp_path / "project", plan("ep_001"))))
    wakes.leave("fal", "old")
    (old,) = (tmp_path / "project" / "state" / "wakes").iterdir()
    os.utime(old, (time.time() - 90_000,) * 2)
    wakes.leave("fal", "new")
    assert not wakes.take("fal", "old")
    assert wakes.take("fal", "new")


@contextmanager
def receiving(root: Path, **environment: str) -> Iterator[str]:
    """``recoil webhooks`` at work, ended by Ctrl-C; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-m", "recoil_assets.cli.app", "webhooks", "--port", port, "-p", str(root)]
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert "/fal and /flora" in run.stdout.readline()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            run.send_signal(signal.SIGINT)
            assert run.wait(30) == 130


@pytest.mark.proof
def test_the_command_receives_and_ends_by_ctrl_c(tmp_path: Path) -> None:
    root = make_project(tmp_path / "project", plan("ep_001"))
    with receiving(root, FLORA_WEBHOOK_SECRET=FLORA_SECRET) as address:
        headers = flora_sign(flora_body())
        assert httpx.post(f"{address}/flora", content=flora_body(), headers=headers).status_code == 200
    assert WakeFiles(find_project(root)).take("flora", "run_1")


@pytest.mark.proof
def test_what_fal_delivers_to_the_command_wakes_a_run_that_polls_once_an_hour(tmp_path: Path) -> None:
    document = plan("ep_001", batches=1, shots_each=1)
    root = make_project(tmp_path / "project", document, settings=settings(choices={"model": "seedance-2.0"}))
    (root / "refs" / "characters" / "MARA.png").write_bytes(png())
    with (
        open_fake(tmp_path) as fal,
        receiving(root, FAL_JWKS_URL=f"{fal.url}/_rest/.well-known/jwks.json") as address,
    ):
        fal.books.usual = Script(running_s=1.5)
        provider = at_fal(fal.hosts, tmp_path / "state", poll_every_s=3600.0, callback_url=f"{address}/fal")
        show = Show(
            root,
            refit=lambda studio: replace(
                studio,
                price_book=shipped_price_book(),
                providers={**studio.providers, "fal": provider},
            ),
        )
        show.take_in()
        ended: list[Ended] = []
        run = threading.Thread(target=lambda: ended.append(show.make()), daemon=True)
        run.start()
        run.join(timeout=120)
        assert ended, "the run was not woken"
        assert ended[0].finished(cell(1))
        assert fal.deliveries.answered == [(fal.jobs[0].request_id, 200)]
        show.close()
