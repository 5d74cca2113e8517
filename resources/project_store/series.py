"""A series: numbered write-once files in one folder, of which the last one counts."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from recoil_assets.domain.errors import RecoilError
from resources.project_store.durable import create_file, read_sealed, sealed_json


def append_to_series(folder: Path, number: int, value: BaseModel) -> None:
    """Add ``value`` as number ``number``; ``RecoilError`` where that number is taken."""
    try:
        create_file(folder / f"{number:06d}.json", sealed_json(value))
    except FileExistsError as error:
        raise RecoilError(
            f"someone else wrote entry {number} of {folder.name} in the meantime; nothing was written",
            cure="look again, then repeat",
        ) from error


def read_series(folder: Path) -> list[Any]:
    """The contents of a series, oldest first; empty where there is none."""
    if not folder.is_dir():
        return []
    return [read_sealed(path) for path in sorted(folder.glob("[0-9]*.json"))]


def last_of_series(folder: Path) -> Any | None:  # noqa: ANN401  any JSON-like content
    """The content of the newest entry, or ``None``."""
    if not folder.is_dir():
        return None
    newest = max(folder.glob("[0-9]*.json"), default=None)
    return read_sealed(newest) if newest else None
