"""The lock that guards the ledger file: the kernel's own, freed by its holder's death, never by time.

``flock`` is taken directly and not through ``filelock``, which falls back to a lock made of a file's
existence where a file system has no ``flock``; a ledger must refuse there. Both exclude each other.

Whoever finds it held leaves a mark in its file, so that a holder who could go on knows that somebody waits.
"""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

UNKNOWN_HOLDER = "another process"

_MARK_AT = 4096
"""Where a waiter leaves its mark: far behind the holder's name, and always at the same place."""


class KernelLock:
    """A lock while it is held.

    Args:
        handle: its file, open.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def is_wanted(self) -> bool:
        """Whether somebody tried to take it since it was taken; who waits says so again at every try."""
        return os.fstat(self._handle).st_size > _MARK_AT


@contextmanager
def held(path: Path) -> Iterator[KernelLock | None]:
    """Hold the lock at ``path`` if it is free now; yields None, and says that it is wanted, where it is not.

    The file then says who holds it, where the disk has room for that, for the messages of those who wait. It is
    never deleted: a waiter that still has the old file open would let a second holder in.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with suppress(OSError):  # a courtesy, which a full disk refuses
                os.pwrite(handle, b"\n", _MARK_AT)
            yield None
            return
        try:
            with suppress(OSError):  # for people alone: a full disk keeps nobody from the lock
                os.ftruncate(handle, 0)
                os.pwrite(handle, f"process {os.getpid()} ({program()})\n".encode(), 0)
            yield KernelLock(handle)
        finally:
            # Closing alone would leave the lock with a child that was forked meanwhile.
            fcntl.flock(handle, fcntl.LOCK_UN)
    finally:
        os.close(handle)


def holder(path: Path) -> str:
    """Who took the lock at ``path`` last, for people: ``process 1234 (recoil run)``."""
    try:
        name, _, _ = path.read_text(encoding="utf-8", errors="replace").partition("\n")
        return name.strip("\0 ") or UNKNOWN_HOLDER
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
