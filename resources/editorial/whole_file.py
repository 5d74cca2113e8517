"""Files that are there whole or not at all.

A reader never sees half a file, and a failure leaves what was there before untouched.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from recoil_assets.domain.errors import RecoilError


class DailiesNotWrittenError(RecoilError):
    """The file system did not take a file; what was at its place before is still there."""


@contextmanager
def whole_file(destination: Path) -> Iterator[Path]:
    """A path beside ``destination`` to write to; synced to disk, it takes its place when the block ends well.

    Raises:
        DailiesNotWrittenError: the file system refused: no space, no permission, no such folder.
    """
    # A name of its own for each writer, so that two runs can not write into one file.
    temporary = destination.with_name(f".{destination.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _sync(temporary)
        temporary.replace(destination)
        _sync(destination.parent)
    except OSError as error:
        raise DailiesNotWrittenError(
            f"writing {destination} failed: {error.strerror or error}",
            cure="free disk space or correct the folder's permissions, then materialise dailies again",
        ) from error
    finally:
        # Where even this is refused, the error that is on its way says why.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Have the file system put ``path`` (a file or a folder) on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
