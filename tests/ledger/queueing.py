"""Calls that come in together, so that the ledger does them in one transaction."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from filelock import FileLock

from resources.ledger.duckdb_ledger import DuckDBLedger
from resources.ledger.job import Job, Operation
from resources.ledger.registry import WRITERS

from .samples import NO_CAPS, SetClock, booking, dollars


def queued_together(path: Path, calls: Sequence[Callable[[], object]]) -> list[Future[object]]:
    """The outcomes of ``calls`` done in one transaction, in the given order.

    Reads among them need a ledger that exists: without one they are answered at once.
    """
    with ThreadPoolExecutor(len(calls)) as threads, FileLock(path.with_name(f"{path.name}.lock")):
        return queued(path, threads, calls)


def queued(
    path: Path, threads: ThreadPoolExecutor, calls: Sequence[Callable[[], object]]
) -> list[Future[object]]:
    """Have ``calls`` wait for the ledger's writer in the given order, which is kept from doing any meanwhile."""
    writer = WRITERS.writer(path)
    outcomes = []
    for position, call in enumerate(calls, start=1):
        outcomes.append(threads.submit(call))
        while writer.pending() < position:
            time.sleep(0.001)
    return outcomes


def reserve_job(attempt_id: str) -> Job[object]:
    """A job that books like a call of ``DuckDBLedger`` does."""
    made: list[Operation[None]] = []

    class Asked(DuckDBLedger):
        def _call(self, operation: Operation[None]) -> None:  # type: ignore[override]
            made.append(operation)

    Asked(Path("ledger.duckdb"), clock=SetClock()).reserve(booking(attempt_id), dollars(1), NO_CAPS)
    return Job(made[0], wait_s=1)
