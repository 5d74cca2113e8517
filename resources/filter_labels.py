"""The filter-safety file: ``filter_safety.jsonl``, one JSON object a line, safe for many processes."""

import errno
import fcntl
import os
from pathlib import Path

from pydantic import ValidationError

from recoil_assets.domain.digest import canonical_json
from recoil_assets.domain.filter_label import FilterLabel

FILTER_SAFETY_FILE = "filter_safety.jsonl"


class FilterLabelFile:
    """Appends one label a line, under a lock of the file, so that a torn line never swallows the next.

    Args:
        root: the project directory.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / FILTER_SAFETY_FILE

    def append(self, label: FilterLabel) -> None:
        """See ``label_ports.FilterLabels``."""
        data = f"{canonical_json(label)}\n".encode(errors="backslashreplace")
        handle = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if _is_torn(handle):
                data = b"\n" + data
            if os.write(handle, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
            os.fsync(handle)
        finally:
            os.close(handle)  # and with it the lock

    def all(self) -> tuple[FilterLabel, ...]:
        """See ``label_ports.FilterLabels``."""
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return ()
        return tuple(label for line in lines if (label := _label(line)) is not None)


def _label(line: bytes) -> FilterLabel | None:
    try:
        return FilterLabel.model_validate_json(line)
    except ValidationError:
        return None


def _is_torn(handle: int) -> bool:
    """Whether the file ends in the middle of a line."""
    size = os.fstat(handle).st_size
    return size > 0 and os.pread(handle, 1, size - 1) != b"\n"
