"""Generated files: written beside their name, made durable, and then given it. No content is overwritten."""

import hashlib
import os
import shutil
import time
from pathlib import Path
from stat import S_ISREG

from recoil_assets.domain.errors import BlockedError, RecoilError
from resources.project_store.durable import make_folder, read_small, sync_folder, take_name
from resources.project_store.layout import Layout
from resources.project_store.seen_files import YOUNG_NS, SeenFiles

_BLOCK_BYTES = 1 << 20
LEAST_FREE_BYTES = 512 * 2**20
"""Room that has to be left before a paid job is sent: for its film, and those in flight beside it."""


class MediaFiles:
    """Files under the project, by relative path."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._paths: dict[str, Path] = {}
        self._folders: dict[str, Path] = {}
        self._seen = SeenFiles(layout)

    def path(self, relative: str) -> Path:
        """See ``store_ports.Media``."""
        if relative not in self._paths:
            self._paths[relative] = self._inside(relative)
        return self._paths[relative]

    def _inside(self, relative: str) -> Path:
        """The path, whose folder is resolved once: most files are in a few folders."""
        folder, _, name = relative.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = self._layout.inside(folder)
        path = self._folders[folder] / name
        return self._layout.inside(relative) if name in ("", "..") or path.is_symlink() else path

    def present(self, relative: str) -> bool:
        """See ``store_ports.Media``."""
        return self._found(relative) is not None

    def _found(self, relative: str) -> os.stat_result | None:
        """What the file system says of a file that is there and holds something; ``None`` of any other name."""
        try:
            found = self.path(relative).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found if S_ISREG(found.st_mode) and found.st_size else None

    def claim(self, relative: str, owner: str) -> bool:
        """See ``store_ports.Media``."""
        try:
            take_name(self._layout.claim(relative), owner.encode())
        except FileExistsError:
            return self.is_free_for(relative, owner)
        return True

    def keep_claims(self) -> None:
        """See ``store_ports.Media``."""
        sync_folder(self._layout.names)

    def is_free_for(self, relative: str, owner: str) -> bool:
        """See ``store_ports.Media``. What a cut of power or a full disk left of a name is nobody's, and stays taken."""
        try:
            return read_small(str(self._layout.claim(relative))) == owner.encode()
        except FileNotFoundError:
            return True

    def require_room(self) -> None:
        """See ``store_ports.Media``."""
        folder = self._layout.media_marker.parent
        free = shutil.disk_usage(folder).free
        if free < LEAST_FREE_BYTES:
            raise BlockedError(
                "disk_full",
                f"the disk of {folder} has {free // 2**20} MB left; "
                f"nothing is paid for with less than {LEAST_FREE_BYTES // 2**20} MB to put it",
                cure="make room there, then materialise the cell again",
            )

    def require_root(self) -> None:
        """See ``store_ports.Media``."""
        marker = self._layout.media_marker
        if not marker.is_file():
            raise BlockedError(
                "media_root_missing",
                f"{marker.parent} is not this project's media folder ({marker.name} is not in it)",
                cure=f"mount the disk that holds it; if the folder is new on purpose, create {marker}",
            )

    def partial(self, relative: str) -> Path:
        """See ``store_ports.Media``."""
        path = self.path(relative)
        make_folder(path.parent)
        return _partial(path)

    def digest(self, relative: str) -> str:
        """See ``store_ports.Media``."""
        return _digest_and_sync(self.path(relative))

    def holds(self, relative: str, sha256: str) -> bool:
        """See ``store_ports.Media``."""
        found = self._found(relative)
        if found is None:
            return False
        known = self._seen.digest(relative, found)
        if known is None:
            known = _digest_and_sync(self.path(relative))
            if time.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) > YOUNG_NS:
                self._seen.keep(relative, found, known)
        return known == sha256

    def publish(self, relative: str) -> str:
        """See ``store_ports.Media``."""
        partial, path = _partial(self.path(relative)), self.path(relative)
        digest = _digest_and_sync(partial)
        try:
            os.link(partial, path)
        except FileExistsError:
            if path.is_file() and path.stat().st_size == 0:
                path.unlink()  # it holds nothing: what is left of a copy or a full disk
                os.link(partial, path)
            elif _digest_and_sync(path) != digest:
                raise RecoilError(
                    f"{relative} exists with other content; it was not overwritten",
                    cure=f"move it out of the project, then run again; the new file is {partial.name}",
                ) from None
        partial.unlink()
        sync_folder(path.parent)
        self._seen.know(relative, path.stat(), digest)
        return digest


def _partial(path: Path) -> Path:
    """Where a file is written before it is whole, beside its own name."""
    return path.with_name(f".{path.stem}.partial{path.suffix}")


def _digest_and_sync(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
        os.fsync(file.fileno())
    return digest.hexdigest()
