"""Draws the show's reference images: two people, two places. Run by hand: ``python draw_refs.py``.

Needs Pillow only. The same Pillow draws the same pictures; they are committed, so nobody has to run this
to use the show.
"""

# It prints what it wrote.
# ruff: noqa: INP001, T201

from pathlib import Path

from drawing.people import ivo, maren
from drawing.places import lamp_room, quay

FOLDER = Path(__file__).parent / "refs"
PICTURES = {
    "characters/MAREN.png": maren,
    "characters/IVO.png": ivo,
    "locations/LOC_LAMP_ROOM.png": lamp_room,
    "locations/LOC_QUAY.png": quay,
}

if __name__ == "__main__":
    for name, draw in PICTURES.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draw().save(path)
        print(f"{name}: {path.stat().st_size // 1024} KB")
