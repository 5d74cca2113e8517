"""Kernel file locks: freed by the death of their holder, never by time; lock files are never deleted."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from recoil_assets.production.studio import InProgressElsewhereError
from resources.project_store.durable import make_folder
from resources.project_store.layout import Layout


@contextmanager
def kernel_lock(path: Path, *, wait_s: float) -> Iterator[bool]:
    """Hold the lock at ``path``; yields whether it was obtained within ``wait_s`` seconds.

    Every call makes a lock object of its own: one object shared by two owners would let both in.
    """
    make_folder(path.parent)
    lock = FileLock(path, timeout=wait_s, is_singleton=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


class FileLocks:
    """Locks as files under ``state/locks``."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    @contextmanager
    def beat(self, episode: str, shot_set: str) -> Iterator[None]:
        """See ``store_ports.Locks``."""
        path = self._layout.locks / f"beat.{episode}.{shot_set[:24]}.lock"
        with kernel_lock(path, wait_s=0) as mine:
            if not mine:
                raise InProgressElsewhereError(f"a beat of {episode}")
            yield
