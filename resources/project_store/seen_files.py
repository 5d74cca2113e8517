"""What large files were last found to hold, so that they are read again only where they may have changed.

``state/seen/``: a small file each, with what the file system then said of it and the digest of its bytes. None of it
is worth a sync: what is lost, torn or out of date is found out by reading the file itself.
"""

import os
from contextlib import suppress

from recoil_assets.domain.errors import RecoilError
from resources.project_store.durable import read_sealed, sealed_json
from resources.project_store.layout import Layout

YOUNG_NS = 2 * 10**9
"""What is written twice within one tick of a file system's clock may look the same: no tick is longer."""


class SeenFiles:
    """See the module. Remembers in the process too, so that a run reads each of its small files once."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._known: dict[str, tuple[list[int], str]] = {}

    def digest(self, relative: str, found: os.stat_result) -> str | None:
        """SHA-256 of the file, where it is exactly as it was when it was read; else ``None``."""
        if relative not in self._known:
            with suppress(RecoilError):
                kept = read_sealed(self._layout.seen(relative))
                if kept is not None:
                    self._known[relative] = (list(kept["stat"]), str(kept["sha256"]))
        stat, sha256 = self._known.get(relative, ([], ""))
        return sha256 if stat == _identity(found) else None

    def know(self, relative: str, found: os.stat_result, sha256: str) -> None:
        """Remember in this process what it wrote itself."""
        self._known[relative] = (_identity(found), sha256)

    def keep(self, relative: str, found: os.stat_result, sha256: str) -> None:
        """Keep what was read; where it can not be written, the file is read again next time."""
        self.know(relative, found, sha256)
        path = self._layout.seen(relative)
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(sealed_json({"stat": _identity(found), "sha256": sha256}))
            partial.replace(path)


def _identity(found: os.stat_result) -> list[int]:
    """What changes with a file's bytes: nobody can set the last of these but by the clock itself."""
    return [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]
