"""Files that are read again and again: the bytes always, what they say only where they are other bytes."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from resources.project_store.durable import read_small

T = TypeVar("T")
_MOST_FILES = 4096


class Remembered(Generic[T]):
    """What files say, kept with the very bytes it was read from: no answer is ever older than the file.

    Reading a file of 50 KB takes microseconds, parsing and checking it milliseconds; a run looks at its rosters,
    versions and settings again for every beat, at the moment of spending.

    Args:
        parse: what a file's bytes say; it is given the path for its errors.
    """

    def __init__(self, parse: Callable[[str, bytes], T]) -> None:
        self._parse = parse
        self._known: dict[str, tuple[bytes, T]] = {}

    def read(self, path: str | Path) -> T:
        """What the file says now; raises what ``parse`` raises, and ``OSError`` where it can not be read."""
        return self.said(path, read_small(str(path)))

    def said(self, path: str | Path, data: bytes) -> T:
        """What the file says whose bytes were just read; raises what ``parse`` raises."""
        name = str(path)
        known = self._known.get(name)
        if known is not None and known[0] == data:
            return known[1]
        said = self._parse(name, data)
        self.keep(name, data, said)
        return said

    def keep(self, path: str | Path, data: bytes, said: T) -> None:
        """Remember what a file's bytes say, for one that was just written with them."""
        if len(self._known) >= _MOST_FILES:
            self._known.clear()
        self._known[str(path)] = (data, said)

    def kept(self, path: str | Path) -> T | None:
        """What the file said when it was last read or written here; ``None`` where it was not."""
        known = self._known.get(str(path))
        return known[1] if known is not None else None

    def read_if_there(self, path: str | Path) -> T | None:
        """``read``, or ``None`` where there is no file."""
        try:
            return self.read(path)
        except FileNotFoundError:
            return None
