"""The lock that guards the ledger file: the kernel's own, freed by its holder's death, never by time.

``flock`` is taken directly and not through ``filelock``, which falls back to a lock made of a file's
existence where a file system has no ``flock``; a ledger must refuse there. Both exclude each other.
"""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNKNOWN_HOLDER = "another process"


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold the lock at ``path`` if it is free now; yields whether it is held.

    The file then says who holds it, for the messages of those who wait. It is never deleted: a waiter that
    still has the old file open would let a second holder in.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()} ({program()})\n".encode(), 0)
            yield True
        finally:
            # Closing alone would leave the lock with a child that was forked meanwhile.
            fcntl.flock(handle, fcntl.LOCK_UN)
    finally:
        os.close(handle)


def holder(path: Path) -> str:
    """Who took the lock at ``path`` last, for people: ``process 1234 (recoil run)``."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() or UNKNOWN_HOLDER
    except OSError:
        return UNKNOWN_HOLDER


def program() -> str:
    """What this process is called: its program and, where it has one, its command."""
    script, *arguments = sys.argv or [""]
    name = Path(script).parent.name if Path(script).name == "__main__.py" else Path(script).name
    if name in {"", "-c", "-m"}:
        return "python"
    command = arguments[0] if arguments and arguments[0].isalpha() else ""
    return f"{name} {command}".strip()
