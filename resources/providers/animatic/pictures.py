"""Pictures: the reference images of a request, opened and sorted by what they are for."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageOps

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.ports import SentReference
from resources.providers.animatic.drawing.colour import PAPER

_LARGEST_SIDE = 2400
"""Longest side of an opened picture, pixels: twice the largest frame is enough for any camera move."""


@dataclass(frozen=True, slots=True)
class BoardPicture:
    """A storyboard sheet; ``notes`` are the texts stored in its file."""

    sheet: Image.Image
    notes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Reference images by role; ``cast`` and ``places`` by the id they show, the first of each."""

    board: BoardPicture | None = None
    start: Image.Image | None = None
    end: Image.Image | None = None
    cast: dict[str, Image.Image] = field(default_factory=dict)
    places: dict[str, Image.Image] = field(default_factory=dict)


def open_pictures(references: Sequence[SentReference]) -> Pictures:
    """Open every reference.

    Raises:
        ProviderError: some can not be read as pictures; all of them are named.
    """
    board: BoardPicture | None = None
    frames: dict[str, Image.Image] = {}
    cast: dict[str, Image.Image] = {}
    places: dict[str, Image.Image] = {}
    faults: list[str] = []
    for reference in references:
        try:
            picture, notes = _open(reference.data)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            faults.append(f"{reference.role} {reference.name}: {error}")
            continue
        if reference.role == "board":
            board = board or BoardPicture(picture, notes)
        elif reference.role == "character":
            cast.setdefault(reference.name, picture)
        elif reference.role == "location":
            places.setdefault(reference.name, picture)
        else:
            frames.setdefault(reference.role, picture)
    if faults:
        listed = "; ".join(faults)
        raise ProviderError(
            f"reading the reference pictures failed for {len(faults)} of {len(references)}: {listed}",
            cure="export these pictures again as PNG or JPEG",
        )
    return Pictures(board, frames.get("start_frame"), frames.get("end_frame"), cast, places)


def _open(data: bytes) -> tuple[Image.Image, dict[str, str]]:
    with Image.open(io.BytesIO(data)) as opened:
        notes = {str(key): value for key, value in opened.info.items() if isinstance(value, str)}
        picture = ImageOps.exif_transpose(opened)
        picture.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
        if "A" in picture.getbands() or "transparency" in picture.info:
            ground = Image.new("RGBA", picture.size, (*PAPER, 255))
            ground.alpha_composite(picture.convert("RGBA"))
            picture = ground
        return picture.convert("RGB"), notes
