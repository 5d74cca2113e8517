"""A series: numbered write-once files in one folder, of which the last one counts."""

import os
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from recoil_assets.domain.errors import RecoilError
from resources.project_store.durable import create_file, read_sealed, sealed_json

_ENTRY = re.compile(r"[0-9].*\.json", re.ASCII | re.DOTALL)


def append_to_series(folder: Path, number: int, value: BaseModel) -> None:
    """Add ``value`` as number ``number``; ``RecoilError`` where that number is taken."""
    try:
        create_file(f"{folder}/{number:06d}.json", sealed_json(value))
    except FileExistsError as error:
        raise RecoilError(
            f"someone else wrote entry {number} of {folder.name} in the meantime; nothing was written",
            cure="look again, then repeat",
        ) from error


def read_series(folder: Path) -> list[Any]:
    """The contents of a series, oldest first; empty where there is none."""
    return [read_sealed(f"{folder}/{name}") for name in sorted(_entries(folder))]


def last_of_series(folder: Path) -> Any | None:  # noqa: ANN401  any JSON-like content
    """The content of the newest entry, or ``None``."""
    newest = max(_entries(folder), default="")
    return read_sealed(f"{folder}/{newest}") if newest else None


def _entries(folder: Path) -> list[str]:
    """The names of a series' files, in no order; none where there is no folder."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  names alone are asked for
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [name for name in names if _ENTRY.fullmatch(name)]
