"""Calls that come in together, so that the ledger does them in one transaction."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from filelock import FileLock

from resources.ledger.registry import WRITERS


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
