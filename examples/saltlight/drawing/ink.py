"""Shapes and the print they are laid on: smooth curves in a 768 x 1024 frame, drawn at twice the size and scaled down.

Pictures have few colours, like a screen print: that is the look, and it keeps the files small.
"""

# Its chance is seeded.
# ruff: noqa: S311
# fmt: off

import math
import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT, SCALE = 768, 1024, 2
COLOURS = 224

Point = tuple[float, float]
Colour = str | tuple[str, str]
"""One colour, or the top and bottom colours of a vertical gradient over the shape."""


def curve(points: Sequence[Point], *, closed: bool = True) -> list[Point]:
    """A smooth line through ``points`` (Catmull-Rom)."""
    count = len(points)
    pick = (lambda i: points[i % count]) if closed else (lambda i: points[max(0, min(count - 1, i))])
    line: list[Point] = []
    for index in range(count if closed else count - 1):
        before, start, end, after = (pick(index + step) for step in (-1, 0, 1, 2))
        for tick in range(14):
            t = tick / 14
            line.append(
                tuple(
                    0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
                    for a, b, c, d in zip(before, start, end, after, strict=True)
                )
            )
    return line if closed else [*line, points[-1]]


def mirrored(half: Sequence[Point], axis: float = WIDTH / 2) -> list[Point]:
    """A closed outline from its right half, listed from top to bottom."""
    return [*half, *[(2 * axis - x, y) for x, y in reversed(half) if x != axis]]


def blank() -> Image.Image:
    """An empty mask."""
    return Image.new("L", (WIDTH * SCALE, HEIGHT * SCALE))


def scaled(points: Iterable[Point]) -> list[Point]:
    """Points of the frame in pixels of the drawing."""
    return [(x * SCALE, y * SCALE) for x, y in points]


def shape(*outlines: Sequence[Point], soft: float = 0) -> Image.Image:
    """A mask of filled outlines, its edge blurred by ``soft``."""
    mask = blank()
    for outline in outlines:
        ImageDraw.Draw(mask).polygon(scaled(outline), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(soft * SCALE)) if soft else mask


def disc(x: float, y: float, across: float, down: float | None = None, *, soft: float = 0) -> Image.Image:
    """A mask of an ellipse by its centre and radii."""
    mask, down = blank(), across if down is None else down
    box = [((x - across) * SCALE, (y - down) * SCALE), ((x + across) * SCALE, (y + down) * SCALE)]
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return mask.filter(ImageFilter.GaussianBlur(soft * SCALE)) if soft else mask


def stroke(points: Sequence[Point], start: float, end: float, *, soft: float = 0) -> Image.Image:
    """A mask of a brush stroke through ``points``, its width going from ``start`` to ``end``."""
    mask = blank()
    draw, line = ImageDraw.Draw(mask), curve(points, closed=False)
    for index, (a, b) in enumerate(pairwise(line)):
        radius = (start + (end - start) * index / len(line)) / 2
        steps = max(1, int(math.dist(a, b) * SCALE / max(radius, 0.5)))
        for step in range(steps):
            x = a[0] + (b[0] - a[0]) * step / steps
            y = a[1] + (b[1] - a[1]) * step / steps
            draw.ellipse(scaled([(x - radius, y - radius), (x + radius, y + radius)]), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(soft * SCALE)) if soft else mask


def within(mask: Image.Image, clip: Image.Image) -> Image.Image:
    """The part of ``mask`` that lies inside ``clip``."""
    return ImageChops.multiply(mask, clip)


class Print:
    """A picture in the making: shapes are laid one over the other."""

    def __init__(self, ground: Colour) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE))
        self.lay(Image.new("L", self.image.size, 255), ground)

    def lay(self, mask: Image.Image, colour: Colour, opacity: float = 1.0) -> None:
        """Lay ``colour`` where ``mask`` is."""
        box = mask.getbbox()
        if box is None:
            return
        part = mask.crop(box)
        if isinstance(colour, str):
            ink = Image.new("RGB", part.size, colour)
        else:
            ramp = Image.linear_gradient("L").resize(part.size)
            top, bottom = (Image.new("RGB", part.size, end) for end in colour)
            ink = Image.composite(bottom, top, ramp)
        self.image.paste(ink, box[:2], part.point(lambda level: int(level * opacity)))

    def save(self, path: Path) -> None:
        """Scale down, reduce to few colours, write."""
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        palette = small.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=3)
        small.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


def rain(picture: Print, seed: int, drops: int, colour: str, opacity: float, slant: float = 0.16) -> None:
    """Slanting rain."""
    chance, mask = random.Random(seed), blank()
    draw = ImageDraw.Draw(mask)
    for _ in range(drops):
        x, y, length = chance.uniform(-60, WIDTH), chance.uniform(-80, HEIGHT), chance.uniform(18, 64)
        draw.line(scaled([(x, y), (x + length * slant, y + length)]), fill=chance.randint(90, 255), width=2)
    picture.lay(mask, colour, opacity)
