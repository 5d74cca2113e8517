"""The writers of this process, one for each ledger path, and what becomes of them at a fork and at exit."""

import atexit
import os
import threading
from pathlib import Path

from resources.ledger.ledger_file import drop_spare_connections
from resources.ledger.writer import LedgerWriter

_EXIT_PATIENCE_S = 1.0
"""Longest wait at interpreter exit for a transaction under way: ending a thread inside DuckDB can abort."""


class WriterRegistry:
    """Makes writers and keeps them apart by path."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writers: dict[Path, LedgerWriter] = {}

    def writer(self, path: Path) -> LedgerWriter:
        """The writer of the ledger at ``path``, which is canonical."""
        with self._lock:
            if path not in self._writers:
                self._writers[path] = LedgerWriter(path)
            return self._writers[path]

    def before_fork(self) -> None:
        """Wait until no ledger is open, and keep it so; and close every connection, which would end a child (measured).

        A connection has threads, and whoever closes it without them is ended by a signal.
        """
        self._lock.acquire()
        for writer in self._writers.values():
            writer.fork_gate.acquire()
            writer.rest()
        drop_spare_connections()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        for writer in self._writers.values():
            writer.fork_gate.release()
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Start afresh: threads do not survive a fork, and the calls they served are the parent's."""
        self._lock = threading.Lock()
        self._writers = {}

    def leave(self) -> None:
        """At exit: let transactions under way end."""
        with self._lock:
            writers = list(self._writers.values())
        for writer in writers:
            writer.leave(patience_s=_EXIT_PATIENCE_S)
        drop_spare_connections()


WRITERS = WriterRegistry()

os.register_at_fork(
    before=WRITERS.before_fork,
    after_in_parent=WRITERS.after_fork_in_parent,
    after_in_child=WRITERS.after_fork_in_child,
)
atexit.register(WRITERS.leave)
