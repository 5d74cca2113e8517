"""The pen: inked, filled shapes on a transparent layer, in whatever units suit the thing drawn.

Shapes are drawn oversized and reduced once, which is how their edges come out smooth.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw, ImageFilter

from resources.providers.animatic.drawing.colour import INK, Colour

Point = tuple[float, float]
Points = Sequence[Point]

_CURVE_STEPS = 7


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the picture plane that a layer holds, in frame pixels; the frame itself starts at (0, 0)."""

    left: float
    top: float
    width: int
    height: int


class Layer:
    """A transparent sheet to draw on.

    Args:
        window: what part of the picture plane it holds.
        oversize: how many drawn pixels make one pixel of the finished layer, each way.
    """

    def __init__(self, window: Window, oversize: int) -> None:
        self.window = window
        self.oversize = oversize
        # Clear pixels carry the ink's colour, so that a smoothed outline has no pale fringe.
        self.image = Image.new("RGBA", (window.width * oversize, window.height * oversize), (*INK, 0))
        self.draw = ImageDraw.Draw(self.image)

    def pen(self, *, ink_px: float) -> "Pen":
        """A pen in frame pixels whose outlines are ``ink_px`` pixels wide."""
        size = float(self.oversize)
        return Pen(self, -self.window.left * size, -self.window.top * size, size, size, ink_px * size)

    def finished(self) -> Image.Image:
        """The layer at its real size."""
        return self.image.reduce(self.oversize) if self.oversize > 1 else self.image


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws shapes given in its own units.

    Attributes:
        x, y: where the origin is, in drawn pixels.
        across, down: drawn pixels in a unit, each way; ``across`` is negative for a mirrored drawing.
        ink: width of outlines, drawn pixels.
    """

    layer: Layer
    x: float
    y: float
    across: float
    down: float
    ink: float

    def at(self, x: float, y: float, unit: float = 1.0, *, mirrored: bool = False) -> "Pen":
        """A pen whose origin is at (x, y) and whose unit is ``unit`` of this one's."""
        turn = -1 if mirrored else 1
        return replace(
            self,
            x=self.x + x * self.across,
            y=self.y + y * self.down,
            across=self.across * unit * turn,
            down=self.down * unit,
        )

    def with_ink(self, share: float) -> "Pen":
        """A pen with outlines ``share`` times as wide."""
        return replace(self, ink=self.ink * share)

    @property
    def unit_px(self) -> float:
        """Pixels of the finished layer in one of the pen's units."""
        return self.down / self.layer.oversize

    def pixels(self, points: Points) -> list[Point]:
        """Points in drawn pixels."""
        return [(self.x + x * self.across, self.y + y * self.down) for x, y in points]

    def polygon(self, points: Points, fill: Colour | None, *, ink: float = 0.0, line: Colour = INK) -> None:
        """A closed shape with straight sides; ``ink`` is its outline's width as a share of the pen's."""
        self._closed(self.pixels(points), fill, ink, line)

    def shape(self, points: Points, fill: Colour | None, *, ink: float = 0.0, line: Colour = INK) -> None:
        """A closed shape with a smooth edge through ``points``."""
        self._closed(smooth(self.pixels(points), closed=True), fill, ink, line)

    def oval(
        self,
        centre: Point,
        across: float,
        down: float,
        fill: Colour | None,
        *,
        ink: float = 0.0,
        line: Colour = INK,
    ) -> None:
        """An ellipse from its centre and half sizes."""
        self._closed(self.pixels(oval_points(centre, across, down)), fill, ink, line)

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        fill: Colour,
        *,
        ink: float = 0.0,
        line: Colour = INK,
    ) -> None:
        """An upright rectangle."""
        self.polygon(((left, top), (right, top), (right, bottom), (left, bottom)), fill, ink=ink, line=line)

    def stroke(self, points: Points, *, ink: float = 1.0, line: Colour = INK, curved: bool = True) -> None:
        """An open line through ``points`` with round ends."""
        self._line(self._path(points, curved=curved), self.ink * ink, line)

    def band(self, points: Points, width: float, colour: Colour, *, curved: bool = True) -> None:
        """An open line whose width is in the pen's units, not ink."""
        self._line(self._path(points, curved=curved), width * self.down, colour)

    def limb(self, points: Points, widths: Sequence[float], fill: Colour, *, ink: float = 1.0) -> None:
        """A tapering rounded tube through ``points``; ``widths`` are its half widths there."""
        path = self.pixels(points)
        for extra, colour in ((self.ink * ink, INK), (0.0, fill)):
            radii = [width * self.down + extra for width in widths]
            for (x, y), radius in zip(path, radii, strict=True):
                self.layer.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*colour, 255))
            for start, end, wide, narrow in zip(path, path[1:], radii, radii[1:], strict=False):
                self.layer.draw.polygon(_tube(start, end, wide, narrow), fill=(*colour, 255))

    def glow(self, centre: Point, radius: float, colour: Colour, strength: float) -> None:
        """Light that falls off from ``centre``; ``strength`` (0 to 1) is how much of it the middle takes."""
        (x, y), reach = self.pixels((centre,))[0], radius * self.down
        size = max(2, round(reach * 2))
        mask = Image.radial_gradient("L").point(lambda value: max(0, round((255 - value * 1.42) * strength)))
        mask = mask.resize((size, size), Image.Resampling.BILINEAR)
        tone = Image.new("RGBA", mask.size, (*colour, 255))
        self.layer.image.paste(tone, (round(x - reach), round(y - reach)), mask)

    def shade(self, points: Points, colour: Colour, strength: float, *, soft: float = 0.0) -> None:
        """A see-through shape; ``soft`` is the width of its blurred edge in the pen's units."""
        blur = soft * self.down
        step = max(1, int(blur / 4)) if blur else 1
        found = self.pixels(points)
        left, top = (math.floor(min(edge) - 2 * blur) for edge in zip(*found, strict=True))
        right, bottom = (math.ceil(max(edge) + 2 * blur) for edge in zip(*found, strict=True))
        mask = Image.new("L", (max(1, (right - left) // step), max(1, (bottom - top) // step)))
        corners = [((x - left) / step, (y - top) / step) for x, y in found]
        ImageDraw.Draw(mask).polygon(corners, fill=round(255 * strength))
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur / step / 2))
            mask = mask.resize((max(1, right - left), max(1, bottom - top)), Image.Resampling.BILINEAR)
        self.layer.image.paste((*colour, 255), (left, top, left + mask.width, top + mask.height), mask)

    def _path(self, points: Points, *, curved: bool) -> list[Point]:
        found = self.pixels(points)
        return smooth(found, closed=False) if curved else found

    def _closed(self, points: list[Point], fill: Colour | None, ink: float, line: Colour) -> None:
        if fill is not None:
            self.layer.draw.polygon(points, fill=(*fill, 255))
        if ink:
            self._line([*points, points[0]], self.ink * ink, line)

    def _line(self, points: list[Point], width: float, colour: Colour) -> None:
        whole = max(1, round(width))
        self.layer.draw.line(points, fill=(*colour, 255), width=whole, joint="curve")
        radius = whole / 2
        if radius > 1:
            for x, y in (points[0], points[-1]):
                self.layer.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*colour, 255))


def smooth(points: Points, *, closed: bool) -> list[Point]:
    """A Catmull-Rom curve through ``points``."""
    count = len(points)
    before_first, after_last = (points[-1:], points[:2]) if closed else (points[:1], points[-1:])
    padded = [*before_first, *points, *after_last]
    curve: list[Point] = []
    for index in range(count if closed else count - 1):
        before, start, end, after = padded[index : index + 4]
        for step in range(_CURVE_STEPS):
            share = step / _CURVE_STEPS
            curve.append(
                (
                    _through(before[0], start[0], end[0], after[0], share),
                    _through(before[1], start[1], end[1], after[1], share),
                )
            )
    if not closed:
        curve.append((points[-1][0], points[-1][1]))
    return curve


def oval_points(centre: Point, across: float, down: float) -> list[Point]:
    """Points of an ellipse, enough of them for a whole frame."""
    turns = [2 * math.pi * step / 40 for step in range(40)]
    return [(centre[0] + across * math.cos(turn), centre[1] + down * math.sin(turn)) for turn in turns]


def mirrored(points: Points) -> list[Point]:
    """A right half, top to bottom, closed by its mirror image."""
    return [*points, *((-x, y) for x, y in reversed(points) if x)]


def _tube(start: Point, end: Point, wide: float, narrow: float) -> list[Point]:
    """The straight sides between two round joints."""
    away, down = end[0] - start[0], end[1] - start[1]
    length = math.hypot(away, down) or 1.0
    side_x, side_y = -down / length, away / length
    return [
        (start[0] + side_x * wide, start[1] + side_y * wide),
        (end[0] + side_x * narrow, end[1] + side_y * narrow),
        (end[0] - side_x * narrow, end[1] - side_y * narrow),
        (start[0] - side_x * wide, start[1] - side_y * wide),
    ]


def _through(before: float, start: float, end: float, after: float, share: float) -> float:
    bend = 2 * before - 5 * start + 4 * end - after
    swing = 3 * start - before - 3 * end + after
    return start + 0.5 * share * (end - before + share * (bend + share * swing))
