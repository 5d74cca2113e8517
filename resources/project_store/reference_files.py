"""Reference images as files of the project, checked before anybody pays for them."""

import os
import time
from collections.abc import Collection
from errno import ENAMETOOLONG, ENOENT, ENOTDIR
from functools import lru_cache
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import NamedTuple

from recoil_assets.domain.digest import digest_of, digest_of_bytes, short
from recoil_assets.domain.errors import BlockedError
from recoil_assets.domain.reference import Reference, ReferenceRole, image_fault
from recoil_assets.domain.settings import ProjectSettings
from recoil_assets.production.ports import SentReference
from recoil_assets.production.store_ports import FilesState
from resources.project_store.decoding import decoding_fault
from resources.project_store.durable import read_small
from resources.project_store.layout import Layout
from resources.project_store.seen_files import YOUNG_NS

_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_FOLDERS: dict[ReferenceRole, str] = {"character": "characters", "location": "locations"}
LARGEST_BYTES = 50 * 1024 * 1024


class _Look(NamedTuple):
    """What a file is: the digest of its bytes, or its fault and the cure."""

    sha256: str = ""
    fault: str = ""
    cure: str = ""


class ReferenceFiles:
    """``refs/characters/<char_id>.*``, ``refs/locations/<location_id>.*``, or what ``[references]`` names."""

    def __init__(self, layout: Layout, settings: ProjectSettings) -> None:
        self._layout = layout
        self._settings = settings
        self._top = layout.root.resolve()
        self._decoded: dict[str, tuple[str, str]] = {}
        self._known: dict[str, tuple[list[int], _Look]] = {}
        self._inside: dict[Path, bool] = {}

    def find(self, role: ReferenceRole, name: str) -> tuple[Reference, ...]:
        """See ``store_ports.References``."""
        named = self._settings.references.get(name)
        if named is not None:
            paths = (named,) if isinstance(named, str) else named
            return tuple(self.resolve(role, name, path) for path in paths)
        for suffix in _SUFFIXES:
            path = f"refs/{_FOLDERS[role]}/{name}{suffix}"
            if self._is_there(path):
                return (self.resolve(role, name, path),)
        return ()

    def resolve(self, role: ReferenceRole, name: str, path: str) -> Reference:
        """See ``store_ports.References``."""
        reference = Reference(role=role, name=name, path=path)
        return reference if reference.is_url else _seen(reference, self._look_at(path))

    def as_if_repainted(self, files: Collection[Path]) -> "SupposedReferences":
        """See ``store_ports.References``."""
        return SupposedReferences(self._layout, self._settings, repainted=frozenset(files), looks={})

    def state(self, elsewhere: Collection[str]) -> FilesState:
        """See ``store_ports.References``."""
        folders = [f"refs/{folder}" for folder in _FOLDERS.values()]
        listed = [entry for folder in folders for entry in self._entries(folder)]
        looks = {path: self._identity(path) for path in (*folders, *listed, *elsewhere)}
        settings = digest_of(self._settings.references)
        newest = max((look[-1] for look in looks.values() if look), default=0)
        return FilesState(token=digest_of([settings, sorted(looks.items())]), newest_ns=newest)

    def is_listed(self, path: str) -> bool:
        """See ``store_ports.References``."""
        return str(Path(path).parent) in {f"refs/{folder}" for folder in _FOLDERS.values()}

    def _entries(self, folder: str) -> list[str]:
        top = self._layout.root / folder
        try:
            return [f"{folder}/{path.relative_to(top)}" for path in top.rglob("*")]
        except OSError:
            return []

    def _identity(self, relative: str) -> list[int]:
        """What the kernel knows of a file and of a link to it; its change time last. Empty where there is none."""
        path = f"{self._layout.root}/{relative}"
        try:
            link = os.lstat(path)
            there = os.stat(path) if S_ISLNK(link.st_mode) else link  # noqa: PTH116  asked for with every beat
        except (OSError, ValueError):
            return []
        if S_ISDIR(there.st_mode):
            return [there.st_ino, link.st_ino, there.st_mode, 0]
        changed = max(there.st_ctime_ns, link.st_ctime_ns, there.st_mtime_ns)
        return [there.st_ino, link.st_ino, there.st_mode, there.st_size, there.st_mtime_ns, changed]

    def read(self, reference: Reference) -> SentReference:
        """See ``store_ports.References``."""
        data, fault, cure = self._usable_bytes(reference.path)
        if data is None:
            raise BlockedError(
                "ref_integrity_blocked", f"{reference.path} can not be used: {fault}", cure=cure
            )
        digest = digest_of_bytes(data)
        if digest != reference.sha256:
            raise BlockedError(
                "ref_integrity_blocked",
                f"{reference.path} changed while the take was prepared "
                f"({short(reference.sha256)} was quoted, {short(digest)} is there)",
                cure="materialise references and dispatch_payloads again",
            )
        return SentReference(name=reference.name, role=reference.role, sha256=digest, data=data)

    def _is_there(self, relative: str) -> bool:
        """Whether the folder has an entry of that name. One that may not be looked at is there, with a fault."""
        try:
            os.lstat(f"{self._layout.root}/{relative}")
        except ValueError:
            return False
        except OSError as error:
            return error.errno not in (ENOENT, ENOTDIR, ENAMETOOLONG)
        return True

    def _look_at(self, relative: str) -> _Look:
        """What a file is: read again only where the file system says another thing of it than when it was read."""
        identity = self._identity(relative)
        known = self._known.get(relative)
        if known is not None and known[0] == identity:
            return known[1]
        look = self._looked_at(relative)
        if identity and time.time_ns() - identity[-1] > YOUNG_NS:
            self._known[relative] = identity, look
        return look

    def _looked_at(self, relative: str) -> _Look:
        data, fault, cure = self._usable_bytes(relative)
        return _Look(fault=fault, cure=cure) if data is None else _Look(sha256=digest_of_bytes(data))

    def _usable_bytes(self, relative: str) -> tuple[bytes | None, str, str]:
        """(bytes, fault, cure): bytes are None where there is a fault."""
        try:
            return self._image_at(relative)
        except (
            OSError,
            ValueError,
            RuntimeError,
        ) as error:  # no rights, a name no file has, a link to itself
            why = getattr(error, "strerror", None) or str(error)
            return None, f"can not be read ({why})", "make it a file that whoever runs Recoil can read"

    def _image_at(self, relative: str) -> tuple[bytes | None, str, str]:
        path = self._layout.root / relative
        if not self._is_inside(path):
            return None, "leads outside the project", "copy the picture into refs/"
        try:
            there = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None, "does not exist", f"put the picture at {relative}"
        if not S_ISREG(there.st_mode):
            return None, "is not a regular file", f"put the picture itself at {relative}"
        if there.st_size > LARGEST_BYTES:
            return None, f"has {there.st_size} bytes", f"export it below {LARGEST_BYTES // 2**20} MB"
        return self._read_image(path)

    def _is_inside(self, path: Path) -> bool:
        """Whether a file is in the project, wherever links lead; its folder is resolved once: most are in a few."""
        if path.name == ".." or path.is_symlink():
            return path.resolve().is_relative_to(self._top)
        folder = path.parent
        if folder not in self._inside:
            self._inside[folder] = folder.resolve().is_relative_to(self._top)
        return self._inside[folder]

    def _read_image(self, path: Path) -> tuple[bytes | None, str, str]:
        data = read_small(str(path))
        fault, cure = image_fault(data[:64], len(data))
        if not fault:
            fault, cure = self._decoded_once(data)
        return (None, fault, cure) if fault else (data, "", "")

    def _decoded_once(self, data: bytes) -> tuple[str, str]:
        """The fault of decoding these bytes; a picture that many cells use is decoded for the first alone."""
        digest = digest_of_bytes(data)
        if digest not in self._decoded:
            self._decoded[digest] = decoding_fault(data)
        return self._decoded[digest]


@lru_cache(maxsize=4096)
def _seen(reference: Reference, look: _Look) -> Reference:
    return reference.model_copy(update=look._asdict())


class SupposedReferences(ReferenceFiles):
    """The reference images of one moment, some of them as if they had other bytes. Each file is looked at once."""

    def __init__(
        self,
        layout: Layout,
        settings: ProjectSettings,
        *,
        repainted: frozenset[Path],
        looks: dict[str, _Look],
    ) -> None:
        super().__init__(layout, settings)
        self._repainted = repainted
        self._looks = looks
        self._found: dict[tuple[str, str], tuple[Reference, ...]] = {}
        self._resolved: dict[tuple[str, str, str], Reference] = {}

    def find(self, role: ReferenceRole, name: str) -> tuple[Reference, ...]:
        """See ``store_ports.References``."""
        if (role, name) not in self._found:
            self._found[role, name] = super().find(role, name)
        return self._found[role, name]

    def resolve(self, role: ReferenceRole, name: str, path: str) -> Reference:
        """See ``store_ports.References``."""
        if (role, name, path) not in self._resolved:
            self._resolved[role, name, path] = super().resolve(role, name, path)
        return self._resolved[role, name, path]

    def as_if_repainted(self, files: Collection[Path]) -> "SupposedReferences":
        """See ``store_ports.References``."""
        return SupposedReferences(
            self._layout, self._settings, repainted=self._repainted | frozenset(files), looks=self._looks
        )

    def _is_there(self, relative: str) -> bool:
        return self._is_repainted(self._layout.root / relative) or super()._is_there(relative)

    def _look_at(self, relative: str) -> _Look:
        path = self._layout.root / relative
        if self._is_repainted(path) and path.resolve().is_relative_to(self._top):
            return _Look(sha256=digest_of(["repainted", relative]))
        if relative not in self._looks:
            self._looks[relative] = super()._look_at(relative)
        return self._looks[relative]

    def _is_repainted(self, path: Path) -> bool:
        try:
            return bool(self._repainted) and path.resolve() in self._repainted
        except (OSError, ValueError, RuntimeError):  # a name no file has, a link to itself
            return False
