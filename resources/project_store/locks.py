"""Kernel file locks: freed by the death of their holder, never by time; lock files are never deleted."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import BlockedError, RecoilError
from recoil_assets.production.studio import InProgressElsewhereError
from resources.project_store.durable import make_folder
from resources.project_store.layout import Layout

_VERSION_WAIT_S = 5.0
_ROSTER_WAIT_S = 30.0
_POLL_S = 0.01


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
        with _flock(path, fcntl.LOCK_EX, wait_s=0) as mine:
            if not mine:
                raise InProgressElsewhereError(f"a beat of {episode}")
            yield

    @contextmanager
    def version(self, cell: Cell) -> Iterator[None]:
        """See ``store_ports.Locks``."""
        with _flock(version_lock(self._layout, cell), fcntl.LOCK_SH, wait_s=_VERSION_WAIT_S) as kept:
            if not kept:
                raise BlockedError(
                    "version_changing",
                    f"the active version of {cell} is being changed; nothing was sent",
                    cure="materialise the cell again",
                )
            yield

    @contextmanager
    def rosters(self) -> Iterator[None]:
        """See ``store_ports.Locks``."""
        with kernel_lock(self._layout.locks / "rosters.lock", wait_s=_ROSTER_WAIT_S) as mine:
            if not mine:
                raise RecoilError(
                    "the rosters of the show are held by another process", cure="try again in a minute"
                )
            yield


def version_lock(layout: Layout, cell: Cell) -> Path:
    """The file whose lock keeps a cell's active version: shared while something is sent for it."""
    return layout.locks / f"version.{cell.episode}.{cell.batch}.lock"


@contextmanager
def moving_version(layout: Layout, cell: Cell) -> Iterator[bool]:
    """Have the cell's active version to oneself; yields whether nothing is being sent for it now."""
    with _flock(version_lock(layout, cell), fcntl.LOCK_EX, wait_s=0) as mine:
        yield mine


@contextmanager
def _flock(path: Path, kind: int, *, wait_s: float) -> Iterator[bool]:
    """Hold a lock of ``kind`` on a file handle of its own; yields whether it was free in time."""
    handle = _lock_file(path)
    try:
        held = take_flock(handle, kind, wait_s=wait_s)
        try:
            yield held
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)
    finally:
        os.close(handle)


def _lock_file(path: Path) -> int:
    """The file opened, made where it is missing, and its folder before it."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o666)
    except FileNotFoundError:
        make_folder(path.parent)
        return os.open(path, flags, 0o666)


def take_flock(handle: int, kind: int, *, wait_s: float) -> bool:
    """Lock an open file; whether it was free in time. Closing it frees it."""
    until = time.monotonic() + wait_s
    while not (held := _try_flock(handle, kind)) and time.monotonic() < until:
        time.sleep(_POLL_S)
    return held


def _try_flock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
