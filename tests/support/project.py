"""A small real project in a folder, and plans to put into it."""

import json
from pathlib import Path

from tests.support.instant_provider import tiny_png

SETTINGS = """
[show]
name = "test show"

[gate]
board_gate_episodes = "all"
"""


def shot(
    number: int, *, cast: list[str], place: str, seconds: float = 3.0, **more: object
) -> dict[str, object]:
    return {
        "shot_id": f"SH{number:04d}",
        "shot_type": "MS",
        "duration_s": seconds,
        "characters": [{"char_id": name} for name in cast],
        "location_id": place,
        "description": f"action of shot {number}",
        **more,
    }


def plan(
    episode: str, *, batches: int = 3, shots_each: int = 2, first: int = 1, seconds: float = 3.0
) -> dict[str, object]:
    """A plan whose continuity grouping has ``batches`` batches: every batch has a place of its own."""
    shots = [
        shot(
            first + batch * shots_each + index,
            cast=["MARA"],
            place=f"PLACE_{chr(65 + (first + batch) % 26)}{batch}",
            seconds=seconds,
        )
        for batch in range(batches)
        for index in range(shots_each)
    ]
    return {"episode": episode, "title": f"Episode {episode}", "shots": shots}


def make_project(root: Path, *plans: dict[str, object], settings: str = SETTINGS) -> Path:
    (root / "plans").mkdir(parents=True)
    (root / "refs" / "characters").mkdir(parents=True)
    (root / "media").mkdir()
    (root / "media" / ".recoil-media").write_text("")
    (root / "recoil.toml").write_text(settings)
    (root / "refs" / "characters" / "MARA.png").write_bytes(tiny_png(10) + b"\0" * 100)
    for document in plans:
        write_plan(root, document)
    return root


def write_plan(root: Path, document: dict[str, object]) -> None:
    (root / "plans" / f"{document['episode']}.json").write_text(json.dumps(document))
