"""Hair: each style is a shape behind the head and one over the brow, in units of the head's height."""

from collections.abc import Callable

from resources.providers.animatic.drawing.colour import darker, lighter
from resources.providers.animatic.drawing.pen import Pen, Point
from resources.providers.animatic.people.casting import Look

_HALF_CROWN: list[Point] = [(0.0, -0.64), (0.24, -0.6), (0.41, -0.42), (0.45, -0.14)]


def draw_hair_behind(pen: Pen, look: Look) -> None:
    """What of the hair hangs behind the neck and shoulders."""
    behind = _BEHIND.get(look.hair)
    if behind:
        behind(pen, look)


def draw_hair_over(pen: Pen, look: Look, turn: float) -> None:
    """What of the hair lies over the skull and brow; ``turn`` as in a face."""
    over = _OVER.get(look.hair)
    if over:
        over(pen, look, turn)
        if look.hair not in ("curls", "buzz"):
            _shine(pen, look, turn)


def draw_back_of_head(pen: Pen, look: Look) -> None:
    """The head from behind."""
    draw_hair_behind(pen, look)
    if look.hair == "bald":
        pen.shape(_skull(0.0), look.skin, ink=1.0)
        return
    low = 0.34 if look.feminine else 0.22
    crown = [(0.0, -0.6), (0.25, -0.55), (0.41, -0.3), (0.41, 0.0), (0.33, low), (0.12, low + 0.08)]
    pen.shape(_both(crown), look.hair_colour, ink=1.0)
    tone = darker(look.hair_colour, 0.25)
    for out in (-0.2, 0.0, 0.2):
        pen.stroke(((out * 0.5, -0.5), (out * 1.2, -0.1), (out * 1.1, low - 0.05)), ink=0.6, line=tone)


def _both(right: list[Point]) -> list[Point]:
    return [*right, *((-x, y) for x, y in reversed(right) if x)]


def _skull(turn: float) -> list[Point]:
    return [
        (x + turn * 0.02, y)
        for x, y in _both(
            [(0.0, -0.53), (0.25, -0.475), (0.39, -0.25), (0.39, 0.1), (0.25, 0.38), (0.1, 0.46)]
        )
    ]


def _cap(turn: float, brow: list[Point], *, low: float = 0.02, puff: float = 0.0) -> list[Point]:
    """A crown of hair closed below by the hairline ``brow``, given from right to left."""
    crown = [(x * (1 + puff), y * (1 + puff)) for x, y in _HALF_CROWN]
    right = [*crown, (0.425, low)]
    left = [(-x, y) for x, y in reversed(right) if x]
    # The parting follows the turned brow; the temples stay on the skull.
    return [*left, *right, *((x + turn * 0.1 * max(0.0, 1 - abs(x) / 0.4), y) for x, y in brow)]


def _shine(pen: Pen, look: Look, turn: float) -> None:
    tone = lighter(look.hair_colour, 0.22)
    start = -0.2 if turn >= 0 else 0.2
    way = 1 if turn >= 0 else -1
    pen.stroke(((start, -0.53), (start + way * 0.1, -0.58), (start + way * 0.22, -0.57)), ink=1.1, line=tone)


def _crop(pen: Pen, look: Look, turn: float) -> None:
    brow = [(0.37, -0.12), (0.3, -0.27), (0.1, -0.32), (-0.12, -0.31), (-0.3, -0.27), (-0.37, -0.12)]
    pen.shape(_cap(turn, brow), look.hair_colour, ink=1.0)


def _parted(pen: Pen, look: Look, turn: float) -> None:
    way = 1 if turn >= 0 else -1
    brow = [(0.37, -0.1), (0.32, -0.22), (0.16, -0.36), (-0.02, -0.3), (-0.24, -0.2), (-0.36, -0.06)]
    if way < 0:
        brow = [(-x, y) for x, y in reversed(brow)]
    pen.shape(_cap(turn, brow, puff=0.04), look.hair_colour, ink=1.0)
    pen.stroke(
        ((way * 0.17 + turn * 0.1, -0.36), (way * 0.14, -0.5), (way * 0.05, -0.62)),
        ink=0.6,
        line=darker(look.hair_colour, 0.35),
    )


def _quiff(pen: Pen, look: Look, turn: float) -> None:
    _crop(pen, look, turn)
    lift = turn * 0.12
    pen.shape(
        ((-0.3 + lift, -0.33), (-0.33 + lift, -0.55), (-0.1 + lift, -0.75), (0.22 + lift, -0.74), (0.36 + lift, -0.55),
         (0.3 + lift, -0.34), (0.05 + lift, -0.3)),
        look.hair_colour, ink=1.0,
    )  # fmt: skip
    tone = darker(look.hair_colour, 0.3)
    for out in (-0.12, 0.06):
        pen.stroke(
            ((out + lift, -0.36), (out + 0.06 + lift, -0.52), (out + 0.14 + lift, -0.64)), ink=0.6, line=tone
        )


def _buzz(pen: Pen, look: Look, turn: float) -> None:
    brow = [(0.36, -0.12), (0.3, -0.25), (0.12, -0.3), (-0.12, -0.3), (-0.3, -0.25), (-0.36, -0.12)]
    flat = [(x * 0.93, y * 0.9) for x, y in _cap(turn, brow, low=-0.02)]
    pen.shape(flat, look.hair_colour, ink=0.8)


def _shag(pen: Pen, look: Look, turn: float) -> None:
    brow = [(0.42, 0.08), (0.36, -0.12), (0.24, -0.2), (0.14, -0.1), (0.02, -0.2), (-0.1, -0.09), (-0.2, -0.2),
            (-0.35, -0.1), (-0.42, 0.08)]  # fmt: skip
    pen.shape(_cap(turn, brow, low=0.12, puff=0.06), look.hair_colour, ink=1.0)


def _bob(pen: Pen, look: Look, turn: float) -> None:
    _curtain(pen, look, turn, length=0.42, flare=0.04)


def _fringe(pen: Pen, look: Look, turn: float) -> None:
    brow = [(0.36, 0.3), (0.335, -0.05), (0.3, -0.155), (0.12, -0.17), (-0.12, -0.17), (-0.3, -0.155), (-0.335, -0.05),
            (-0.36, 0.3)]  # fmt: skip
    pen.shape(
        [*_cap(0.0, [], low=0.3, puff=0.03), *((x + turn * 0.07, y) for x, y in brow)],
        look.hair_colour,
        ink=1.0,
    )
    tone = darker(look.hair_colour, 0.3)
    for out in (-0.18, -0.05, 0.08, 0.2):
        pen.stroke(((out + turn * 0.07, -0.2), (out * 0.9 + turn * 0.05, -0.38)), ink=0.5, line=tone)


def _long(pen: Pen, look: Look, turn: float) -> None:
    _curtain(pen, look, turn, length=0.62, flare=0.02)


def _wavy(pen: Pen, look: Look, turn: float) -> None:
    _curtain(pen, look, turn, length=0.58, flare=0.1)


def _curtain(pen: Pen, look: Look, turn: float, *, length: float, flare: float) -> None:
    """Two falls of hair from a parting, framing the face."""
    part = -0.1 if turn >= 0 else 0.1
    for side in (-1, 1):
        fall = [
            (part + turn * 0.1, -0.4),
            (side * 0.2 + turn * 0.1, -0.27),
            (side * 0.335 + turn * 0.05, -0.08),
            (side * 0.345 + turn * 0.03, 0.2),
            (side * (0.33 + flare), length),
            (side * (0.45 + flare), length - 0.04),
            (side * 0.475, 0.1),
            (side * 0.455, -0.2),
            (side * 0.39, -0.46),
            (side * 0.22, -0.61),
            (part * 0.6, -0.645),
        ]
        pen.shape(fall, look.hair_colour, ink=1.0)
        pen.stroke(
            ((part + side * 0.08, -0.5), (side * 0.33, -0.3), (side * 0.41, 0.05)),
            ink=0.5,
            line=darker(look.hair_colour, 0.3),
        )


def _tied(pen: Pen, look: Look, turn: float) -> None:
    brow = [
        (0.385, 0.04),
        (0.35, -0.14),
        (0.25, -0.29),
        (0.03, -0.37),
        (-0.22, -0.29),
        (-0.35, -0.14),
        (-0.385, 0.04),
    ]
    pen.shape(_cap(turn, brow, low=0.0), look.hair_colour, ink=1.0)
    tone = darker(look.hair_colour, 0.3)
    for out in (-0.22, 0.0, 0.22):
        pen.stroke(((out + turn * 0.1, -0.34), (out * 0.9, -0.48), (out * 0.5, -0.6)), ink=0.5, line=tone)


def _braid(pen: Pen, look: Look, turn: float) -> None:
    """Parted in the middle, gathered in one braid over the shoulder that is turned to the viewer."""
    part = turn * 0.1
    brow = [
        (0.385, 0.1),
        (0.345, -0.12),
        (0.26, -0.28),
        (0.02, -0.43),
        (-0.23, -0.28),
        (-0.345, -0.12),
        (-0.385, 0.1),
    ]
    pen.shape(_cap(turn, brow, low=0.06), look.hair_colour, ink=1.0)
    tone = darker(look.hair_colour, 0.3)
    pen.stroke(((part, -0.44), (part * 0.5, -0.63)), ink=0.7, line=tone)
    for side in (-1, 1):
        pen.stroke(
            ((part + side * 0.04, -0.46), (side * 0.22, -0.4), (side * 0.36, -0.2)), ink=0.5, line=tone
        )
    side = -1 if turn >= 0 else 1
    for link in range(8):
        down = link / 7
        centre = (side * (0.4 + 0.05 * down), 0.22 + 1.15 * down)
        pen.oval(centre, 0.115 - 0.035 * down, 0.1, look.hair_colour, ink=0.9)
        pen.stroke(
            ((centre[0] - 0.05, centre[1] + 0.03), (centre[0] + 0.04, centre[1] - 0.04)), ink=0.5, line=tone
        )
    pen.oval((side * 0.45, 1.44), 0.06, 0.045, darker(look.cloth, 0.4), ink=0.8)
    pen.shape(
        (
            (side * 0.41, 1.47),
            (side * 0.49, 1.47),
            (side * 0.5, 1.62),
            (side * 0.45, 1.7),
            (side * 0.41, 1.6),
        ),
        look.hair_colour,
        ink=0.8,
    )


def _curls(pen: Pen, look: Look, turn: float) -> None:
    size = 0.17 if look.feminine else 0.13
    ring = [
        (-0.43, -0.1),
        (-0.44, -0.3),
        (-0.35, -0.5),
        (-0.16, -0.62),
        (0.07, -0.65),
        (0.27, -0.57),
        (0.42, -0.38),
        (0.45, -0.14),
    ]
    inner = [(-0.27, -0.37), (-0.1, -0.42), (0.09, -0.43), (0.27, -0.37)]
    for x, y in ring:
        low = y > -0.2  # noqa: PLR2004  the curls beside the eyes stay off them
        pen.oval(
            (x, y), size * (0.62 if low else 1.0), size * (0.8 if low else 1.0), look.hair_colour, ink=1.0
        )
    pen.shape(_cap(turn, [(0.3, -0.26), (0.0, -0.3), (-0.3, -0.26)], low=-0.2), look.hair_colour)
    tone = darker(look.hair_colour, 0.3)
    for x, y in inner:
        pen.oval((x + turn * 0.06, y), size * 0.75, size * 0.7, look.hair_colour, ink=0.5, line=tone)


def _fall_behind(pen: Pen, look: Look) -> None:
    low = {"long": 1.25, "wavy": 1.15, "bob": 0.48, "fringe": 0.95}[look.hair]
    wide = {"long": 0.5, "wavy": 0.62, "bob": 0.49, "fringe": 0.47}[look.hair]
    side = [
        (0.0, -0.6),
        (0.35, -0.5),
        (0.47, -0.1),
        (wide, 0.35),
        (wide * 0.96, low - 0.08),
        (0.25, low),
        (0.0, low - 0.04),
    ]
    pen.shape(_both(side), darker(look.hair_colour, 0.16), ink=1.0)


def _bun_behind(pen: Pen, look: Look) -> None:
    pen.oval((0.0, -0.68), 0.2, 0.17, look.hair_colour, ink=1.0)
    pen.stroke(((-0.1, -0.7), (0.0, -0.76), (0.1, -0.7)), ink=0.5, line=darker(look.hair_colour, 0.3))


def _tail_behind(pen: Pen, look: Look) -> None:
    pen.shape(
        ((0.1, -0.55), (0.42, -0.5), (0.58, -0.2), (0.6, 0.25), (0.5, 0.72), (0.42, 0.3), (0.34, -0.1)),
        darker(look.hair_colour, 0.1),
        ink=1.0,
    )


def _curls_behind(pen: Pen, look: Look) -> None:
    if look.feminine:
        for centre in ((-0.42, 0.1), (0.42, 0.1), (-0.38, 0.32), (0.38, 0.32)):
            pen.oval(centre, 0.17, 0.17, darker(look.hair_colour, 0.14), ink=1.0)


_BEHIND: dict[str, Callable[[Pen, Look], None]] = {
    "long": _fall_behind,
    "wavy": _fall_behind,
    "bob": _fall_behind,
    "fringe": _fall_behind,
    "bun": _bun_behind,
    "ponytail": _tail_behind,
    "curls": _curls_behind,
}
_OVER: dict[str, Callable[[Pen, Look, float], None]] = {
    "crop": _crop,
    "parted": _parted,
    "quiff": _quiff,
    "buzz": _buzz,
    "shag": _shag,
    "bob": _bob,
    "fringe": _fringe,
    "long": _long,
    "wavy": _wavy,
    "bun": _tied,
    "ponytail": _tied,
    "braid": _braid,
    "curls": _curls,
}
