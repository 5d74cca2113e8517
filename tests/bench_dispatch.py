"""What dispatching costs: 300 beats of one attempt, 50 at once, with a provider whose jobs take a second.

Journal, ledger and media are durable: real files that are synced, a real DuckDB. The show has an episode that is done:
making the ledger, which a show does once, is not part of it.
"""

import asyncio
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.ports import (
    Capabilities,
    JobStatus,
    PreparedJob,
    SentReference,
    Submission,
)
from recoil_assets.production.stages import TAKES
from tests.support.instant_provider import InstantProvider, tiny_png
from tests.support.project import make_project, plan
from tests.support.show import STAGES, Show, settings

EPISODES, BATCHES = 5, 60
AT_ONCE, LATENCY_S = 50, 1.0
LOOP = 10_000_000
REPEATS = 3
BEATS = EPISODES * BATCHES
IDEAL_S = BEATS / AT_ONCE * LATENCY_S

_FILM = tiny_png(0) + b"\0" * 200

Row = tuple[str, float, str]
"""Name, ratio, and what was compared."""


class SlowLab(InstantProvider):
    """Answers a poll when the job is done, a second after it was sent, as a server that holds the call does."""

    def __init__(self) -> None:
        super().__init__(name="lab", cost=Decimal("0.25"))
        self._done_at: dict[str, float] = {}

    def capabilities(self, model: str) -> Capabilities:  # noqa: ARG002
        return Capabilities(
            modalities=frozenset({"board", "video_i2v", "r2v_multi"}),
            max_references=12,
            honours=frozenset({"seed", "references"}),
            concurrency=AT_ONCE,
        )

    async def submit(self, job: PreparedJob) -> Submission:
        submission = await super().submit(job)
        self._done_at[submission.request_id] = time.monotonic() + LATENCY_S
        return submission

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:
        while (left_s := self._done_at[submission.request_id] - time.monotonic()) > 0:  # noqa: ASYNC110  a job's own end
            await asyncio.sleep(left_s)
        return await super().poll(submission, request)

    async def fetch(
        self,
        submission: Submission,  # noqa: ARG002
        status: JobStatus,  # noqa: ARG002
        request: GenerationRequest,  # noqa: ARG002
        references: Sequence[SentReference],  # noqa: ARG002
        destination: Path,
    ) -> None:
        destination.write_bytes(_FILM)  # noqa: ASYNC240  a small file


def measure() -> Iterator[Row]:
    """The run that spends, beside the ideal; and its processor time, which a busy machine disturbs less.

    Of several runs the quickest counts: what else the machine does only ever adds. All of them are told.
    """
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        runs = sorted(_run(Path(folder) / str(number)) for number in range(REPEATS))
    size = f"{BEATS} beats, {AT_ONCE} at once, {LATENCY_S:g} s each, ideal {IDEAL_S:g} s"
    walls = ", ".join(f"{wall_s:.2f}" for wall_s, _, _ in runs)
    wall_s, cpu_s, loop_s = runs[0]
    yield "dispatch", wall_s / IDEAL_S, f"{size}: the quickest of {walls} s"
    cpu = f"{cpu_s:.2f} s of processor time for {BEATS} beats; a loop of {LOOP:,} additions {loop_s:.2f} s"
    yield "dispatch_cpu", cpu_s / loop_s, cpu


def _run(folder: Path) -> tuple[float, float, float]:
    """Wall-clock seconds of a run, its processor time, and that of a plain loop beside it."""
    show = _quoted(folder)
    try:
        loop_s = _measured(_plain_loop)[1]
        cells = [cell for cell in show.records if TAKES not in show.records[cell]]
        wall_s, cpu_s = _measured(partial(show.make, stages=[TAKES], cells=cells))
        if len(show.lab.submitted) <= BEATS or not all(TAKES in record for record in show.records.values()):
            raise SystemExit("a run of the bench failed: make test says why")
    finally:
        show.close()
    return wall_s, cpu_s, loop_s


def _plain_loop() -> None:
    """A measure of the processor, as it is now: what shares it slows this as much."""
    count = 0
    for number in range(LOOP):
        count += number


def _quoted(folder: Path) -> Show:
    """A show that has everything but its takes."""
    done = plan("ep_000", batches=1, shots_each=1)
    documents = [plan(f"ep_{number:03d}", batches=BATCHES, shots_each=1) for number in range(1, EPISODES + 1)]
    text = settings(choices={"concurrency": AT_ONCE})
    show = Show(make_project(folder / "project", done, *documents, settings=text), lab=SlowLab())
    show.take_in("ep_000")
    show.make()
    for document in documents:
        show.take_in(str(document["episode"]))
    show.make(stages=STAGES[:-1], cells=[cell for cell in show.records if cell.episode != "ep_000"])
    return show


def _measured(work: Callable[[], object]) -> tuple[float, float]:
    """Wall-clock seconds, and seconds of processor time."""
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work()
    after, end = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    return end - start, (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


if __name__ == "__main__":
    for row in measure():
        print(*row)  # noqa: T201
