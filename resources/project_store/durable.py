"""Durable small files: written once or replaced whole, on disk when the call returns.

Names are put together as text: a path object for each of them costs more than the system calls do (measured).
"""

# ruff: noqa: PTH102, PTH108, PTH120

import json
import os
import secrets
from contextlib import suppress
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
    with suppress(FileExistsError):
        try:
            os.mkdir(folder)
        except FileNotFoundError:
            make_folder(os.path.dirname(folder))
            os.mkdir(folder)
        sync_folder(os.path.dirname(folder))


def replace_file(path: Path, data: bytes) -> None:
    """Write ``data`` under ``path`` whole or not at all, replacing what is there."""
    partial = _partial_file(path, data)
    try:
        Path(partial).replace(path)
    except BaseException:
        _remove(partial)
        raise
    sync_folder(os.path.dirname(path))


def create_file(path: str | Path, data: bytes, *, announced_as: str = "") -> None:
    """Write ``data`` under a name that must be free; ``FileExistsError`` where it is not. Never torn.

    Args:
        announced_as: another name that the file is to have, durably, before it has this one; it may be there already.
            Empty for none.
    """
    partial = _partial_file(path, data)
    try:
        if announced_as:
            _announce(partial, announced_as)
        os.link(partial, path)
    finally:
        _remove(partial)
    sync_folder(os.path.dirname(path))


def create_at_once(path: str | Path, data: bytes) -> None:
    """``create_file`` for what may be torn: the name is taken at once, whatever of ``data`` a cut of power leaves."""
    _write_new(str(path), data)
    sync_folder(os.path.dirname(path))


def _announce(partial: str, name: str) -> None:
    with suppress(FileExistsError):
        try:
            os.link(partial, name)
        except FileNotFoundError:
            make_folder(os.path.dirname(name))
            os.link(partial, name)
    sync_folder(os.path.dirname(name))


def _partial_file(path: str | Path, data: bytes) -> str:
    """A durable file of a name of its own beside ``path``."""
    folder, name = os.path.split(path)
    partial = f"{folder}/.{name}.{secrets.token_hex(8)}.part"
    try:
        _write_new(partial, data)
    except BaseException:
        _remove(partial)
        raise
    return partial


def _write_new(path: str, data: bytes) -> None:
    """A durable file under a name that must be free; readable by whom the umask lets read.

    The folder is made where it is missing: it is there nearly always, so it is not looked for first.
    """
    try:
        handle = _new_file(path)
    except FileNotFoundError:
        make_folder(os.path.dirname(path))
        handle = _new_file(path)
    try:
        write_whole(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)


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


def _new_file(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)


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


def read_sealed(path: Path) -> Any | None:  # noqa: ANN401  any JSON-like content
    """The content of a sealed file; ``None`` where there is no file.

    Raises:
        RecoilError: the file is there and is not what was written.
    """
    try:
        data = read_small(str(path))
    except FileNotFoundError:
        return None
    return unsealed(path, data)


def unsealed(path: Path, data: bytes) -> Any:  # noqa: ANN401  any JSON-like content
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
