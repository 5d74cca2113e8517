"""The lines of an attempt's file, to damage them as a cut of power or a bad disk does."""

import json
from pathlib import Path
from typing import Any

from resources.project_store.durable import sealed_json

INTENT = "intent"


def attempt_path(root: Path, attempt_id: str) -> Path:
    """The file of an attempt in the project at ``root``."""
    episode, kind, shot_set, number = attempt_id.split(".")
    return root / "state" / "attempts" / episode / f"{kind}-{shot_set}" / f"{number}.jsonl"


def line_of(path: Path, state: str) -> tuple[int, int]:
    """Where the last line of that state begins and ends in the file, its line end included; ``intent`` is the first."""
    start, found = 0, None
    for line in path.read_bytes().rstrip(b"\0").splitlines(keepends=True):
        if json.loads(line)["content"].get("state", INTENT) == state:
            found = start, start + len(line)
        start += len(line)
    assert found is not None, f"{path} has no state {state}"
    return found


def cut_line(path: Path, state: str, kept: int) -> None:
    """Leave ``kept`` bytes of that line: what was not written of it yet reads as zeros."""
    start, end = line_of(path, state)
    data = path.read_bytes()
    path.write_bytes(data[: start + kept] + bytes(end - start - kept) + data[end:])


def flip_byte(path: Path, state: str, position: int) -> None:
    """Alter one bit of that line."""
    start, _ = line_of(path, state)
    data = bytearray(path.read_bytes())
    data[start + position] ^= 1
    path.write_bytes(bytes(data))


def intent_in(path: Path) -> dict[str, Any]:
    """The content of the first line."""
    content: dict[str, Any] = json.loads(path.read_bytes().splitlines()[0])["content"]
    return content


def change_intent(path: Path, **fields: object) -> None:
    """Have the intent say something else, with a digest that fits."""
    _, end = line_of(path, INTENT)
    path.write_bytes(sealed_json({**intent_in(path), **fields}) + path.read_bytes()[end:])
