"""Durable small files: written once or replaced whole, on disk when the call returns.

Names are put together as text: a path object for each of them costs more than the system calls do (measured).
"""

# ruff: noqa: PTH102, PTH108, PTH110, PTH120

import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from recoil_assets.domain.digest import canonical_json, digest_of, digest_of_bytes
from recoil_assets.domain.errors import RecoilError

_MOST_AT_ONCE = 1 << 16

sync_data = getattr(os, "fdatasync", os.fsync)
"""Makes what was written to an open file durable; macOS has no call for the data alone."""


def sync_folder(folder: str | Path) -> None:
    """Make the folder's entries durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: str | Path) -> None:
    """Create a folder and its parents durably."""
    _sync_all(_made_in(folder))


def replace_file(path: Path, data: bytes) -> None:
    """Write ``data`` under ``path`` whole or not at all, replacing what is there."""
    with _partial_file(path, data) as partial:
        Path(partial).replace(path)


def create_file(path: str | Path, data: bytes) -> None:
    """Write ``data`` under a name that must be free; ``FileExistsError`` where it is not. Never torn."""
    with _partial_file(path, data) as partial:
        os.link(partial, path)


def create_announced_file(path: str, data: bytes, announcement: str) -> None:
    """``create_file`` for a file that has another name, durably, before it has this one. One at a time for a name.

    Args:
        announcement: the other name. What has it alone was left by a crash, may be torn, and is replaced.

    Raises:
        FileExistsError: the name is taken, also where somebody else is announcing a file for it all the same.
    """
    if os.path.exists(path):
        raise FileExistsError(path)
    _remove(announcement)
    made_in = _in_folder_of(announcement, lambda: _write_new(announcement, data))
    _sync_all([os.path.dirname(announcement), *made_in])
    made_in = _in_folder_of(path, lambda: os.link(announcement, path))
    _sync_all([os.path.dirname(path), *made_in])
    if read_small(path) != data:
        raise FileExistsError(path)


def take_name(path: str | Path, data: bytes) -> None:
    """Take a name that must be free, at once: ``FileExistsError`` where it is not.

    Neither the name nor ``data`` is on disk before ``sync_folder``: until then a cut of power leaves nothing, and after
    it any part of the data.
    """

    def write() -> None:
        with _new_file(path) as handle:
            write_whole(handle, data)

    _sync_all(_in_folder_of(path, write))


def _in_folder_of(path: str | Path, act: Callable[[], None]) -> list[str]:
    """``act`` in a folder that is made where it is missing: it is there nearly always, so it is not looked for first.

    Returns:
        the folders that got a new one. Syncing them last costs nearly nothing: one commit of a journaling file system
        has all that came before it, and a sync mostly waits for a commit (measured).
    """
    try:
        act()
    except FileNotFoundError:
        made_in = _made_in(os.path.dirname(path))
        try:
            act()
        except BaseException:
            _sync_all(made_in)
            raise
        return made_in
    return []


def _made_in(folder: str | Path) -> list[str]:
    """Create a folder and its parents; the folders that have a new one, which are still to be synced."""
    path = str(folder)
    try:
        os.mkdir(path)
    except FileExistsError:
        return []
    except FileNotFoundError:
        made_in = _made_in(os.path.dirname(path))
        with suppress(FileExistsError):
            os.mkdir(path)
        return [os.path.dirname(path), *made_in]
    return [os.path.dirname(path)]


def _sync_all(folders: Sequence[str]) -> None:
    for folder in folders:
        sync_folder(folder)


@contextmanager
def _partial_file(path: str | Path, data: bytes) -> Iterator[str]:
    """A durable file of a name of its own beside ``path``, to be given that name; then it has that durably."""
    folder, name = os.path.split(path)
    partial = f"{folder}/.{name}.{secrets.token_hex(8)}.part"
    made_in = _in_folder_of(path, lambda: _write_new(partial, data))
    try:
        yield partial
    finally:
        _remove(partial)
        _sync_all(made_in)
    sync_folder(folder)


def _write_new(path: str, data: bytes) -> None:
    """A durable file under a name that must be free; it is not there where it can not be written whole."""
    with _new_file(path) as handle:
        try:
            write_whole(handle, data)
            os.fsync(handle)
        except BaseException:
            _remove(path)
            raise


def write_whole(handle: int, data: bytes) -> None:
    """Write all of ``data``: the kernel may take it in parts."""
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]


def write_at(handle: int, data: bytes, position: int) -> None:
    """Write all of ``data`` at a position of a file."""
    left = memoryview(data)
    while left:
        count = os.pwrite(handle, left, position)
        left, position = left[count:], position + count


def read_small(path: str) -> bytes:
    """The bytes of a file, in three system calls for a small one: ``open`` makes eight of it (measured)."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return read_open(handle)
    finally:
        os.close(handle)


def read_open(handle: int) -> bytes:
    """The bytes of an open file, from where it stands: from its beginning where nothing was read or written yet."""
    data = os.read(handle, _MOST_AT_ONCE)
    if len(data) < _MOST_AT_ONCE:
        return data
    parts = [data]
    while part := os.read(handle, _MOST_AT_ONCE):
        parts.append(part)
    return b"".join(parts)


@contextmanager
def _new_file(path: str | Path) -> Iterator[int]:
    """A file under a name that must be free, open; readable by whom the umask lets read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        yield handle
    finally:
        os.close(handle)


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def sealed_json(content: Any) -> bytes:  # noqa: ANN401  any JSON-like content
    """``content`` with its own digest beside it, so that a torn or altered file is noticed."""
    text = canonical_json(content).encode()
    return _HEAD + text + _SEAL + digest_of_bytes(text).encode() + _TAIL + b"\n"


def unseal_json(data: bytes) -> Any | None:  # noqa: ANN401  any JSON-like content
    """The content of sealed bytes, or ``None`` where they are torn, padded space only, or altered."""
    data = data.rstrip(b"\0 \n")
    if (text := _sealed_text(data)) is not None:
        return json.loads(text)
    try:
        document = json.loads(data.decode())
        content, seal = document["content"], document["sha256"]
        return content if digest_of(content) == seal else None
    except (ValueError, KeyError, TypeError):
        return None


_HEAD, _SEAL, _TAIL = b'{"content":', b',"sha256":"', b'"}'


def _sealed_text(data: bytes) -> bytes | None:
    """The content's own text, where ``data`` is as ``sealed_json`` writes it and its seal holds."""
    end = len(data) - len(_SEAL) - 64 - len(_TAIL)
    if not data.startswith(_HEAD) or data[end : end + len(_SEAL)] != _SEAL or not data.endswith(_TAIL):
        return None
    text = data[len(_HEAD) : end]
    return text if digest_of_bytes(text).encode() == data[end + len(_SEAL) : -len(_TAIL)] else None


def read_sealed(path: str | Path) -> Any | None:  # noqa: ANN401  any JSON-like content
    """The content of a sealed file; ``None`` where there is no file.

    Raises:
        RecoilError: the file is there and is not what was written.
    """
    try:
        data = read_small(str(path))
    except FileNotFoundError:
        return None
    return unsealed(path, data)


def unsealed(path: str | Path, data: bytes) -> Any:  # noqa: ANN401  any JSON-like content
    """The content of a sealed file's bytes.

    Raises:
        RecoilError: they are not what was written.
    """
    content = unseal_json(data)
    if content is None:
        raise RecoilError(
            f"{path} is damaged: its content does not match its own digest",
            cure="restore the file from a backup; it is never edited by hand",
        )
    return content
