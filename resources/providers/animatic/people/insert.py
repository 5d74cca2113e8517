"""Inserts: a detail shot of an object and the hands on it, in frame heights from the middle of the frame."""

from resources.providers.animatic.drawing.colour import darker, lighter
from resources.providers.animatic.drawing.pen import Pen, Point
from resources.providers.animatic.people.casting import Look
from resources.providers.animatic.people.clothes import sleeve_of
from resources.providers.animatic.people.props import draw_prop
from resources.providers.animatic.sets.place import Place
from resources.providers.animatic.sets.scenery import gradient

TABLE_EDGE = 0.16
"""Where the far edge of a table lies below the middle of the frame."""


def draw_table_top(pen: Pen, place: Place) -> None:
    """A table seen from straight above, filling the frame."""
    wood = lighter(place.wood, 0.18)
    pen.box(-3.0, -2.0, 3.0, 2.0, wood)
    for plank in range(-9, 10):
        y = plank * 0.17
        pen.stroke(((-3.0, y), (3.0, y)), ink=0.6, line=darker(wood, 0.22))
        for knot in range(-6, 7):
            x = knot * 0.41 + 0.19 * (plank % 3)
            pen.stroke(
                ((x, y + 0.07), (x + 0.13, y + 0.06), (x + 0.22, y + 0.085)), ink=0.4, line=darker(wood, 0.14)
            )
    pen.glow((-0.1, -0.2), 0.75, place.light.sun, 0.3)


def draw_table(pen: Pen, place: Place) -> None:
    """A table across the lower part of the frame, seen from eye level."""
    wood = lighter(place.wood, 0.12)
    pen.box(-3.0, TABLE_EDGE, 3.0, 2.0, wood, ink=1.0)
    gradient(pen, TABLE_EDGE + 0.012, 0.62, lighter(wood, 0.12), darker(wood, 0.2))
    pen.stroke(((-3.0, TABLE_EDGE), (3.0, TABLE_EDGE)), ink=1.0)


def draw_object(pen: Pen, name: str, hands: Look, *, from_above: bool, side: int) -> None:
    """The object large in the frame, held or touched by hands.

    Args:
        side: which side the leading hand comes from.
    """
    if from_above:
        pen.shade([(x * 0.27 + 0.02, y * 0.27 + 0.03) for x, y in _BLOT], (20, 16, 30), 0.35, soft=0.05)
        draw_prop(pen.at(0.0, -0.03, 0.38), name)
        _hand(pen, hands, wrist=(-side * 0.2, 0.24), elbow=(-side * 0.34, 0.75), tip=(-side * 0.12, 0.1))
        _hand(pen, hands, wrist=(side * 0.2, 0.17), elbow=(side * 0.36, 0.72), tip=(side * 0.1, 0.02))
        return
    pen.shade([(x * 0.2, y * 0.05 + TABLE_EDGE + 0.13) for x, y in _BLOT], (20, 16, 30), 0.4, soft=0.04)
    draw_prop(pen.at(0.0, 0.05, 0.4), name)
    _hand(pen, hands, wrist=(side * 0.2, 0.15), elbow=(side * 0.6, 0.42), tip=(side * 0.07, 0.07))


_BLOT: tuple[Point, ...] = ((-1.0, 0.0), (-0.7, -0.8), (0.7, -0.8), (1.0, 0.0), (0.7, 0.9), (-0.7, 0.9))


def _hand(pen: Pen, look: Look, *, wrist: Point, elbow: Point, tip: Point) -> None:
    """A forearm, its sleeve, and a hand whose fingers reach to ``tip``."""
    size = 0.045
    cuff = (wrist[0] + (elbow[0] - wrist[0]) * 0.16, wrist[1] + (elbow[1] - wrist[1]) * 0.16)
    palm = ((wrist[0] + tip[0]) / 2, (wrist[1] + tip[1]) / 2)
    along = (tip[0] - wrist[0], tip[1] - wrist[1])
    length = max(1e-6, (along[0] ** 2 + along[1] ** 2) ** 0.5)
    way = (along[0] / length, along[1] / length)
    across = (-way[1], way[0])
    inward = -1 if wrist[0] * across[0] > 0 else 1
    thumb_root = (wrist[0] + across[0] * size * inward, wrist[1] + across[1] * size * inward)
    thumb_tip = (
        palm[0] + across[0] * size * 2.3 * inward + way[0] * 0.02,
        palm[1] + across[1] * size * 2.3 * inward + way[1] * 0.02,
    )
    pen.limb((thumb_root, thumb_tip), (size * 0.55, size * 0.42), look.skin)
    pen.limb((wrist, palm), (size * 1.05, size * 1.3), look.skin)
    for finger in range(4):
        out = (finger - 1.5) * size * 0.66
        root = (palm[0] + across[0] * out, palm[1] + across[1] * out)
        reach = size * (2.0 - 0.24 * abs(finger - 1.2))
        end = (root[0] + way[0] * reach, root[1] + way[1] * reach)
        pen.limb((root, end), (size * 0.42, size * 0.34), look.skin, ink=0.8)
        nail = (end[0] + way[0] * size * 0.1, end[1] + way[1] * size * 0.1)
        pen.oval(nail, size * 0.16, size * 0.18, lighter(look.skin, 0.35))
    pen.limb(
        (palm, (wrist[0] * 0.7 + palm[0] * 0.3, wrist[1] * 0.7 + palm[1] * 0.3)),
        (size * 1.15, size * 1.0),
        look.skin,
        ink=0.0,
    )
    pen.limb((cuff, elbow), (size * 1.35, size * 2.1), sleeve_of(look))
    pen.limb(
        (cuff, (cuff[0] * 0.96 + elbow[0] * 0.04, cuff[1] * 0.96 + elbow[1] * 0.04)),
        (size * 1.5, size * 1.5),
        lighter(look.accent, 0.2),
        ink=0.8,
    )
