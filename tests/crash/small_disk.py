"""A disk of its own for a project, that can be full from one moment to the next."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = 640 * 2**20
"""More than is asked for before a paid job is sent. It lies in memory, which only what is written takes."""


class NoDiskError(Exception):
    """No disk can be mounted here; the message says why."""


class SmallDisk:
    """A mounted tmpfs. Full means: as large as what lies on it, so that not a byte more fits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Leave no room."""
        found = os.statvfs(self.folder)
        self._resize((found.f_blocks - found.f_bfree) * found.f_frsize)
        assert os.statvfs(self.folder).f_bavail == 0

    def free(self) -> None:
        """Make room again."""
        self._resize(SIZE)

    def _resize(self, size: int) -> None:
        _call("mount", "-o", f"remount,size={size}", str(self.folder))


@contextmanager
def mounted(folder: Path) -> Iterator[SmallDisk]:
    """Mount one at ``folder``.

    Raises:
        NoDiskError: this user may not, or this system can not.
    """
    folder.mkdir()
    _call("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder))
    try:
        yield SmallDisk(folder)
    finally:
        _call("umount", "--lazy", str(folder))


def _call(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NoDiskError(str(error)) from error
    if done.returncode:
        raise NoDiskError(f"{' '.join(command)}: {done.stderr.strip()}")
