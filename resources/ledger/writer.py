"""The one writer thread a process has for a ledger: it queues, groups, waits for its turn, and answers.

DuckDB's snapshots do not serialise a read and the insert that relies on it: eight threads under a cap of 100
reserved 160 (measured). So all calls go through one thread, and all that wait share one transaction.

To open the file and to close it is half of what a transaction costs (measured). So while several calls come in at a
time it is kept open, with the lock, until nothing more is asked, somebody else wants it, or its time is over.
"""

import random
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from recoil_assets.domain.errors import LedgerError, RecoilError
from resources.ledger import kernel_lock
from resources.ledger.job import Answer, Job, Operation
from resources.ledger.kernel_lock import KernelLock
from resources.ledger.ledger_file import HeldElsewhereError, LedgerFile

T = TypeVar("T")

_POLL_S = (0.002, 0.010)
"""Pause between two tries for a lock that is held. Short and capped: exponential back-off starved waiters."""
_TURN_S = (0.002, 0.006)
"""Pause after a transaction: other processes get a turn, and callers just answered join the next group."""
_GATHER_S = (0.01, 0.02)
"""Pause after a transaction of several calls: more will come, and one commit costs as much for all of them. It is over
when as many calls came in as there are attempts that this process holds money for: each of them asks once at a time."""
_COMPANY_S = 0.002
"""Pause before the first transaction after a rest: who asks two things at once is answered both by one."""
_MANY = 2
"""Calls of the first transaction that make it likely that more will come: the file is kept open for them."""
_LONGEST_S = 0.25
"""Longest time the file is kept open: programs that do not know the ledger's lock get a turn, and so does a fork."""
_LOOK_S = 0.010
"""Pause between two looks whether somebody waits for a file that is kept open."""
_SHARED_S = 1.0
"""Time after somebody waited for it in which the file is not kept open: whoever waits books more."""
_GROUP = 64
"""Most calls in one transaction: about half a second, so that other processes are not kept out for long."""


class LedgerWriter:
    """The queue and the thread of one ledger. A call starts the thread, ``close`` ends it.

    Attributes:
        fork_gate: held while the file is locked and open; a fork waits for it, so that no child inherits an
            open database or a held lock.
    """

    def __init__(self, path: Path) -> None:
        self.fork_gate = threading.Lock()
        self._path = path
        self._lock_path = path.with_name(f"{path.name}.lock")
        self._file = LedgerFile(path)
        self._changed = threading.Condition()
        self._queue: list[Job[object]] = []
        self._enough = 1
        self._thread: threading.Thread | None = None
        self._closing = False
        self._leaving = False
        self._shared_until = 0.0

    def call(self, operation: Operation[T], *, wait_s: float) -> T:
        """Have ``operation`` done and wait for its answer, which comes after the commit.

        A caller interrupted while it waits does not know whether it was done; calling again is harmless.
        """
        job = Job(operation, wait_s=wait_s)
        with self._changed:
            if self._thread is None:
                self._thread = self._started_thread()
            self._queue.append(job)
            if len(self._queue) >= self._enough:
                self._changed.notify_all()
        return job.result()

    def pending(self) -> int:
        """How many calls are queued or being done."""
        with self._changed:
            return len(self._queue)

    def rest(self) -> None:
        """Leave the connection to the next ledger; called by the holder of ``fork_gate``."""
        self._file.rest()

    def close(self) -> None:
        """Finish what is queued and end the thread; a later call starts another."""
        self._end_thread(patience_s=None)

    def leave(self, *, patience_s: float) -> None:
        """Finish what can be done at once, within ``patience_s`` seconds: the program ends.

        Calls that wait for another process are refused; nobody was told anything that is not committed.
        """
        self._leaving = True
        self._end_thread(patience_s=patience_s)

    def _end_thread(self, *, patience_s: float | None) -> None:
        with self._changed:
            thread = self._thread
            self._closing = thread is not None
            self._changed.notify_all()
        if thread is not None:
            thread.join(patience_s)

    def _started_thread(self) -> threading.Thread:
        # A daemon: an idle writer must not keep the program alive; ``leave`` ends it in good order.
        thread = threading.Thread(target=self._work, name=f"ledger {self._path.name}", daemon=True)
        thread.start()
        return thread

    def _work(self) -> None:
        while self._has_work():
            try:
                pause = self._take_turn()
            except Exception as error:  # noqa: BLE001  a caller must never wait for ever
                self._refuse_all(error)
                pause = _TURN_S
            self._rest_for(pause)

    def _rest_for(self, pause: tuple[float, float]) -> None:
        end = time.monotonic() + _within(pause)
        if pause is _GATHER_S:
            time.sleep(_within(_TURN_S))
            self._all_asked(end)
        elif pause is _POLL_S or not self._closing:
            time.sleep(max(0.0, end - time.monotonic()))

    def _all_asked(self, end: float) -> bool:
        """Wait for company, until ``end`` at most; whether nobody is left who is likely to come."""
        with self._changed:
            self._enough = min(self._file.held, _GROUP)
            asked = self._changed.wait_for(
                lambda: len(self._queue) >= self._enough or self._closing, max(0.0, end - time.monotonic())
            )
            self._enough = 1
        return asked

    def _has_work(self) -> bool:
        with self._changed:
            rested = not self._queue
            self._changed.wait_for(lambda: self._queue or self._closing)
            if not self._queue:
                with self.fork_gate:
                    self.rest()
                self._thread, self._closing = None, False
                return False
        if rested:
            time.sleep(_COMPANY_S)
        return True

    def _take_turn(self) -> tuple[float, float]:
        """Try once to do everything queued; says how long to pause then."""
        if self._file.is_absent() and not self._answer_reads_of_nothing():
            return _TURN_S
        try:
            jobs, answers = self._transactions()
        except HeldElsewhereError as elsewhere:
            self._refuse_overdue(elsewhere.holder)
            return _POLL_S
        self._give(jobs, answers)
        return _GATHER_S if len(jobs) > 1 else _TURN_S

    def _transactions(self) -> tuple[list[Job[object]], list[Answer]]:
        """Do what is queued, and what is asked after it while the ledger may be kept.

        Returns:
            the last group, which is not answered yet: the file is closed again.
        """
        until = time.monotonic() + _LONGEST_S
        with self.fork_gate, kernel_lock.held(self._lock_path) as lock:
            if lock is None:
                raise HeldElsewhereError(kernel_lock.holder(self._lock_path))
            least = _MANY
            try:
                while True:
                    with self._changed:
                        jobs = self._queue[:_GROUP]
                    answers = self._file.answer(jobs)
                    if len(jobs) < least or self._gives_way(lock, until) or not self._file.is_safe_open():
                        return jobs, answers
                    least = 1
                    self._give(jobs, answers)
                    if not self._is_asked_more(lock, until):
                        return [], []
            finally:
                self._file.let_go()

    def _is_asked_more(self, lock: KernelLock, until: float) -> bool:
        """Wait for company; whether there is something to do, and nobody else to do it before."""
        end = time.monotonic() + _within(_GATHER_S)
        while (now := time.monotonic()) < end and not self._all_asked(min(end, now + _LOOK_S)):
            if self._gives_way(lock, until):
                return False
        return self.pending() > 0 and not self._gives_way(lock, until)

    def _gives_way(self, lock: KernelLock, until: float) -> bool:
        now = time.monotonic()
        if lock.is_wanted():
            self._shared_until = now + _SHARED_S
        return self._closing or self._leaving or now < self._shared_until or now > until

    def _give(self, jobs: Sequence[Job[object]], answers: Sequence[Answer]) -> None:
        self._remove(jobs)
        for answer in answers:
            answer()

    def _answer_reads_of_nothing(self) -> bool:
        """Answer reads of a ledger that was never made, without making even its lock file; whether anything is left.

        A read that comes in meanwhile is left for the next time: alone it would ask for a file that is not there.
        """
        with self._changed:
            reads = [job for job in self._queue if not job.books]
            books = len(reads) < len(self._queue)
        self._remove(reads)
        for job in reads:
            job.answer_absent()
        return books

    def _refuse_overdue(self, holder: str) -> None:
        now = time.monotonic()
        with self._changed:
            overdue = [job for job in self._queue if self._leaving or job.is_overdue(now)]
        self._remove(overdue)
        for job in overdue:
            job.refusal(job.busy(self._path, holder))()

    def _refuse_all(self, error: Exception) -> None:
        with self._changed:
            jobs = list(self._queue)
        self._remove(jobs)
        for job in jobs:
            job.refusal(self._as_ledger_error(job, error))()

    def _as_ledger_error(self, job: Job[object], error: Exception) -> LedgerError:
        """An error object for each caller: raising a shared one from threads would mix their tracebacks."""
        if isinstance(error, RecoilError):
            refusal = LedgerError(f"could not {job.what}: {error.message}", cure=error.cure)
        else:
            refusal = LedgerError(
                f"could not {job.what}: the ledger {self._path} can not be used ({error!r})",
                cure="see that its folder exists and can be written",
            )
        refusal.__cause__ = error
        return refusal

    def _remove(self, jobs: Sequence[Job[object]]) -> None:
        done = set(map(id, jobs))
        with self._changed:
            self._queue = [job for job in self._queue if id(job) not in done]


def _within(pause: tuple[float, float]) -> float:
    return random.uniform(*pause)  # noqa: S311  jitter, not a secret
