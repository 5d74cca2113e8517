"""The multiplane: a shot's layers in front of a moving camera, near ones passing far ones."""

import math
from dataclasses import dataclass

from PIL import Image

from resources.providers.animatic.film.motion import View
from resources.providers.animatic.film.planar import Planar, planar

_PAD = 4
"""Pixels kept around what is drawn, so that shifting by parts of a pixel finds something to mix with."""


@dataclass(frozen=True, slots=True)
class Plane:
    """One layer of a shot, cut down to what is drawn on it.

    Attributes:
        left, top: where its corner is when the camera stands still, frame pixels.
        depth: how fast it passes the camera: 1 for what the shot is of, less behind it, more before it.
    """

    picture: Planar
    left: int
    top: int
    depth: float


@dataclass(frozen=True, slots=True)
class _Sight:
    """A camera's zoom and shift (pixels) for one depth."""

    zoom: float
    x: float
    y: float


def plane_of(sheet: Image.Image, left: int, top: int, depth: float) -> Plane | None:
    """A layer from a drawn sheet whose corner is at (left, top); None where the sheet is clear all over."""
    if sheet.mode != "RGBA":
        return Plane(planar(sheet), left, top, depth)
    bounds = sheet.getchannel("A").getbbox()
    if bounds is None:
        return None
    right, bottom = (min(side, edge + _PAD) for side, edge in zip(sheet.size, bounds[2:], strict=True))
    from_x, from_y = (max(0, edge - _PAD) for edge in bounds[:2])
    right, bottom = right - (right - from_x) % 2, bottom - (bottom - from_y) % 2
    return Plane(planar(sheet.crop((from_x, from_y, right, bottom))), left + from_x, top + from_y, depth)


class Multiplane:
    """Layers back to front, the first opaque and larger than the frame, seen through the frame.

    A camera that keeps its zoom is served from layers shifted once by each part of a pixel: filming is then
    copying. Only a zoom resamples every layer.

    Args:
        width, height: the frame, pixels.
        reach: how much of a camera's shifts the layers' margin has room for.
    """

    def __init__(self, width: int, height: int, planes: tuple[Plane, ...], *, reach: float = 1.0) -> None:
        self._width, self._height, self._planes, self._reach = width, height, planes, reach
        self._shifted: dict[tuple[int, float, float, float], Planar] = {}

    def frame(self, view: View, more: tuple[Plane, ...] = ()) -> Planar:
        """What the camera sees of the layers and of ``more`` of them, laid over those of the same depth."""
        picture: Planar | None = None
        for plane in sorted((*self._planes, *more), key=lambda one: one.depth):
            seen, at = self._seen(plane, view)
            if picture is None:
                picture = seen.cropped(-at[0], -at[1], self._width, self._height)
            else:
                picture.paste(seen, at)
        assert picture is not None  # noqa: S101  there is always a backdrop
        return picture

    def _seen(self, plane: Plane, view: View) -> tuple[Planar, tuple[int, int]]:
        """A layer as the camera sees it, and the even frame position of its corner."""
        sight = self._sight(plane.depth, view)
        inset = _PAD - 1
        x = (plane.left + inset - self._width / 2 - sight.x) * sight.zoom + self._width / 2
        y = (plane.top + inset - self._height / 2 - sight.y) * sight.zoom + self._height / 2
        (at_x, part_x), (at_y, part_y) = _split(x, view.step), _split(y, view.step)
        key = (id(plane), part_x, part_y, sight.zoom)
        if view.zooms:
            return _sampled(plane, inset, part_x, part_y, sight.zoom), (at_x, at_y)
        if key not in self._shifted:
            self._shifted[key] = _sampled(plane, inset, part_x, part_y, sight.zoom)
        return self._shifted[key], (at_x, at_y)

    def _sight(self, depth: float, view: View) -> _Sight:
        speed = (1 + (depth - 1) * view.parallax) * self._reach
        zoom = 1 + (view.zoom - 1) * (1 + (depth - 1) * 0.6)
        return _Sight(zoom, view.x * self._width * speed, view.y * self._height * speed)


def _split(position: float, step: float) -> tuple[int, float]:
    """A position as an even whole number and what is left, below two, in steps."""
    stepped = round(position / step) * step
    whole = math.floor(stepped / 2) * 2
    return whole, stepped - whole


def _sampled(plane: Plane, inset: int, part_x: float, part_y: float, zoom: float) -> Planar:
    """A layer at ``zoom``, moved right and down by parts of a pixel; the inset pixel lands on whole + part."""
    wide, high = plane.picture.size
    left, top = inset - part_x / zoom, inset - part_y / zoom
    size = (int((wide - left) * zoom) // 2 * 2, int((high - top) * zoom) // 2 * 2)
    return plane.picture.resized(size, (left, top, left + size[0] / zoom, top + size[1] / zoom))
