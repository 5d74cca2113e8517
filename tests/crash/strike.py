"""Where and how a run is struck: from within, at the very moment, with a signal that nothing can catch."""

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from resources.ledger.registry import WRITERS


@dataclass(frozen=True, slots=True)
class Strike:
    """A moment of a run, and what happens to it then.

    Attributes:
        step: the step; ``watched`` names those of the ports, ``wire`` those on the wire.
        after: just after the step was taken, not just before it.
        number: the how-manieth time the step is taken, from 1.
        signal: SIGKILL, or SIGSTOP for an owner that falls asleep and may be woken.
    """

    step: str
    after: bool = False
    number: int = 1
    signal: int = signal.SIGKILL


@dataclass(frozen=True, slots=True)
class StrikeAnywhere:
    """The ``number``-th thing the process does that the operating system hears of, whichever it is, or any step."""

    number: int


_HEARD = ("open", "os.", "fcntl.", "socket.", "shutil.", "tempfile.")
"""Names of Python's audit events for calls that touch files, locks or the network."""
_STOPPED_S = 0.1
"""A stop reaches another thread first; this one takes no step until it has."""


def fall_asleep() -> None:
    """Stop this process until it is woken, at a moment when none of its threads has the ledger open.

    Another thread may ask the ledger something at the moment that is struck at; asleep, it would keep the
    ledger's lock from everybody else.
    """
    with no_ledger_open():
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(_STOPPED_S)


@contextmanager
def no_ledger_open() -> Iterator[None]:
    """No ledger is open in this process, as while it forks."""
    WRITERS.before_fork()
    try:
        yield
    finally:
        WRITERS.after_fork_in_parent()


@dataclass
class Striker:
    """Counts what the process does, and strikes when the moment has come.

    Attributes:
        heard: how many moments there were so far; those of a run that ends tell how many it has.
    """

    strike: Strike | StrikeAnywhere | None
    heard: int = 0
    _taken: Counter[tuple[str, bool]] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def listen(self) -> None:
        """Hear of every call to the operating system from now on, for the rest of the process."""
        sys.addaudithook(lambda event, _: self._hear() if event.startswith(_HEARD) else None)

    def before(self, step: str) -> None:
        """``step`` is about to be taken."""
        self._reach(step, after=False)

    def after(self, step: str) -> None:
        """``step`` was taken."""
        self._reach(step, after=True)

    def _reach(self, step: str, *, after: bool) -> None:
        self._hear()
        with self._lock:
            self._taken[step, after] += 1
            number = self._taken[step, after]
        if isinstance(self.strike, Strike) and (step, after, number) == (
            self.strike.step,
            self.strike.after,
            self.strike.number,
        ):
            if self.strike.signal == signal.SIGSTOP:
                fall_asleep()
            else:
                os.kill(os.getpid(), self.strike.signal)

    def _hear(self) -> None:
        self.heard += 1
        if isinstance(self.strike, StrikeAnywhere) and self.heard == self.strike.number:
            os.kill(os.getpid(), signal.SIGKILL)
