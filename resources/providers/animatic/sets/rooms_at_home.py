"""Rooms people live in, each about seven heads wide in an upright frame and furnished well beyond it."""

from resources.providers.animatic.drawing.colour import Colour, darker, lighter, mix
from resources.providers.animatic.drawing.pen import Pen
from resources.providers.animatic.sets.place import Place
from resources.providers.animatic.sets.scenery import (
    CEILING,
    EYE_LEVEL,
    REACH,
    daylight_patch,
    door,
    gradient,
    pendant,
    picture,
    plant,
    room,
    shelf,
    standing_lamp,
    window,
)

_STEEL: Colour = (176, 182, 188)


def kitchen(pen: Pen, place: Place) -> None:
    """Worktop with cupboards, a window over it, a hood over the hob, pendant lamps."""
    room(pen, place)
    tile = lighter(place.wall, 0.3)
    pen.box(-REACH, -4.6, REACH, -2.9, tile, ink=0.5)
    for column in range(-20, 21):
        pen.stroke(((column * 0.85, -4.6), (column * 0.85, -2.9)), ink=0.3, line=darker(tile, 0.18))
    window(pen, place.light, -3.0, -7.2, -0.4, -4.4)
    for left in (-9.0, -6.2, 3.1, 5.9, 8.7):
        pen.box(left, -8.2, left + 2.6, -5.4, place.accent, ink=0.8)
        pen.oval((left + 2.3, -5.7), 0.09, 0.09, _STEEL, ink=0.5)
    pen.polygon(((0.9, -6.6), (2.5, -6.6), (3.0, -5.0), (0.4, -5.0)), _STEEL, ink=0.8)
    pen.box(1.2, CEILING, 2.2, -6.6, darker(_STEEL, 0.1), ink=0.8)
    pen.box(-REACH, -2.9, REACH, -2.6, lighter(place.wood, 0.3), ink=0.8)
    pen.box(-REACH, -2.6, REACH, 0.1, mix(place.accent, place.wall, 0.35), ink=0.8)
    for column in range(-9, 10):
        pen.box(
            column * 1.7 + 0.1, -2.4, column * 1.7 + 1.6, -0.15, mix(place.accent, place.wall, 0.22), ink=0.5
        )
        pen.stroke(((column * 1.7 + 0.6, -2.1), (column * 1.7 + 1.1, -2.1)), ink=0.9, line=_STEEL)
    for x in (1.1, 2.0):
        pen.oval((x, -3.05), 0.36, 0.1, (66, 66, 72), ink=0.6)
    pen.box(0.8, -3.7, 1.5, -3.1, darker(_STEEL, 0.15), ink=0.8)
    plant(pen, -4.0, -2.9, 1.3)
    for x in (-1.9, 3.9):
        pendant(pen, place.light, x, -6.4 if x > 0 else -7.6, place.accent)


def bedroom(pen: Pen, place: Place) -> None:
    """A bed against the wall, a curtained window, a picture, a lamp."""
    room(pen, place)
    window(pen, place.light, 1.7, -7.2, 4.4, -3.2, curtain=lighter(place.accent, 0.2))
    picture(pen, -1.6, -6.1, place.accent)
    daylight_patch(pen, place.light, 0.8)
    pen.shape(
        ((-4.6, 0.3), (-4.6, -3.2), (-4.2, -3.8), (0.6, -3.8), (1.0, -3.2), (1.0, 0.3)), place.wood, ink=0.9
    )
    for x in (-3.2, -0.6):
        pen.shape(
            ((x - 0.95, -1.6), (x - 0.9, -2.5), (x, -2.65), (x + 0.9, -2.5), (x + 0.95, -1.6)),
            (242, 238, 230),
            ink=0.8,
        )
    pen.shape(
        ((-4.9, 1.4), (-4.7, -1.4), (-1.8, -1.75), (1.1, -1.4), (1.4, 1.4), (-1.8, 1.7)),
        lighter(place.accent, 0.35),
        ink=0.9,
    )
    pen.shape(
        ((-4.95, 1.5), (-4.8, -0.2), (-1.8, -0.5), (1.2, -0.2), (1.45, 1.5), (-1.8, 1.8)),
        place.accent,
        ink=0.8,
    )
    pen.box(1.7, -1.7, 3.0, 0.3, darker(place.wood, 0.1), ink=0.8)
    plant(pen, 2.35, -1.7, 1.5)
    door(pen, 6.2, place.wood)
    standing_lamp(pen, place.light, -6.2)


def living(pen: Pen, place: Place) -> None:
    """A sofa under a picture, a window, a lamp, a plant, a rug."""
    room(pen, place)
    window(pen, place.light, 1.9, -7.4, 4.6, -3.4, curtain=mix(place.accent, place.wall, 0.4))
    picture(pen, -2.2, -6.2, place.accent)
    picture(pen, -0.2, -5.8, mix(place.accent, (200, 140, 90), 0.6))
    daylight_patch(pen, place.light, 1.2)
    pen.oval((-0.6, 2.6), 5.2, 1.0, mix(place.accent, (230, 214, 190), 0.55), ink=0.6)
    sofa = mix(place.accent, (120, 104, 120), 0.35)
    pen.shape(((-4.2, 0.4), (-4.2, -3.0), (-3.8, -3.3), (1.0, -3.3), (1.4, -3.0), (1.4, 0.4)), sofa, ink=0.9)
    pen.shape(((-3.7, -0.4), (-3.7, -1.5), (0.9, -1.5), (0.9, -0.4)), lighter(sofa, 0.14), ink=0.8)
    for x in (-4.7, 0.7):
        pen.shape(
            ((x, 0.5), (x, -1.9), (x + 0.5, -2.2), (x + 1.2, -1.9), (x + 1.2, 0.5)),
            darker(sofa, 0.1),
            ink=0.9,
        )
    pen.shape(((-3.3, -1.4), (-3.1, -2.6), (-2.0, -2.7), (-1.8, -1.4)), lighter(place.accent, 0.5), ink=0.8)
    standing_lamp(pen, place.light, 2.6 if place.flipped else -5.4)
    plant(pen, 4.0, 0.6, 3.0)
    pen.box(-9.8, -7.2, -6.6, 0.0, place.wood, ink=0.9)
    for row in range(4):
        shelf(pen, -9.6, -6.8, -5.6 + row * 1.7, place.chance(f"books {row}"), lighter(place.wood, 0.2))
    door(pen, 6.4, place.wood)


def ward(pen: Pen, place: Place) -> None:
    """A hospital bed, a curtain on a rail, a monitor."""
    room(pen, place)
    pen.box(-REACH, -3.0, REACH, -2.7, place.accent, ink=0.4)
    window(pen, place.light, -1.2, -7.4, 1.6, -4.2)
    pen.box(-REACH, -7.9, REACH, -7.75, _STEEL, ink=0.6)
    cloth = mix(place.accent, (214, 230, 228), 0.65)
    for fold in range(5):
        pen.shape(
            (
                (-4.9 + fold * 0.5, -7.75),
                (-4.4 + fold * 0.5, -7.75),
                (-4.36 + fold * 0.52, 0.2),
                (-4.95 + fold * 0.5, 0.1),
            ),
            darker(cloth, 0.08 * (fold % 2)),
            ink=0.6,
        )
    pen.box(-1.9, -3.4, -1.6, 0.8, _STEEL, ink=0.8)
    pen.box(3.6, -2.4, 3.9, 0.8, _STEEL, ink=0.8)
    pen.shape(
        ((-1.8, -0.9), (-1.7, -1.9), (3.6, -1.6), (3.8, -0.8), (3.7, -0.3), (-1.7, -0.3)),
        (238, 240, 240),
        ink=0.9,
    )
    pen.shape(((-1.6, -1.9), (-1.4, -2.5), (-0.4, -2.4), (-0.3, -1.8)), (250, 250, 248), ink=0.8)
    pen.box(2.3, -6.6, 3.9, -5.2, (48, 56, 66), ink=0.9)
    pen.stroke(
        ((2.4, -5.9), (2.8, -5.9), (2.95, -6.4), (3.1, -5.5), (3.25, -5.9), (3.8, -5.9)),
        ink=0.9,
        line=(120, 220, 150),
        curved=False,
    )
    pen.box(3.05, -5.2, 3.15, 0.4, _STEEL, ink=0.6)
    door(pen, 6.0, cloth)


def corridor(pen: Pen, place: Place) -> None:
    """A passage that runs to its vanishing point, with doors on both sides and lights overhead."""
    wall, floor, light = place.wall, place.floor, place.light
    end_left, end_right, end_top, end_bottom = -1.1, 1.1, EYE_LEVEL - 2.2, EYE_LEVEL + 2.0
    pen.box(-REACH * 2, -40, REACH * 2, 30, darker(wall, 0.2))
    pen.polygon(
        ((end_left, end_top), (-REACH, -40), (-REACH, 34), (end_left, end_bottom)),
        darker(wall, 0.08),
        ink=0.8,
    )
    pen.polygon(
        ((end_right, end_top), (REACH, -40), (REACH, 34), (end_right, end_bottom)), darker(wall, 0.2), ink=0.8
    )
    pen.polygon(
        ((end_left, end_top), (end_right, end_top), (REACH, -40), (-REACH, -40)), lighter(wall, 0.25), ink=0.8
    )
    pen.polygon(((end_left, end_bottom), (end_right, end_bottom), (REACH, 34), (-REACH, 34)), floor, ink=0.8)
    for step in range(1, 9):
        near = 1.1 * 1.42**step
        pen.stroke(
            ((-near, EYE_LEVEL + near * 1.82), (near, EYE_LEVEL + near * 1.82)),
            ink=0.5,
            line=darker(floor, 0.25),
        )
    for near in (1.45, 2.2, 3.4, 5.3, 8.4):
        far = near * 1.24
        for side in (-1, 1):
            pen.polygon(
                (
                    (side * near, EYE_LEVEL + near * 1.82),
                    (side * near, EYE_LEVEL - near * 0.95),
                    (side * far, EYE_LEVEL - far * 0.95),
                    (side * far, EYE_LEVEL + far * 1.82),
                ),
                mix(place.wood, wall, 0.15),
                ink=0.8,
            )
        lamp: Colour = (255, 240, 200) if light.lamps else (248, 248, 240)
        up, low = EYE_LEVEL - near * 2.0, EYE_LEVEL - far * 2.0
        pen.polygon(
            ((-near * 0.35, up), (near * 0.35, up), (far * 0.35, low), (-far * 0.35, low)), lamp, ink=0.6
        )
    pen.box(end_left, end_top, end_right, end_bottom, lighter(wall, 0.15), ink=0.8)
    window(pen, light, -0.55, end_top + 0.6, 0.55, end_bottom - 1.0)
    pen.glow((0.0, EYE_LEVEL), 3.2, light.sky_low, 0.4)


def car(pen: Pen, place: Place) -> None:
    """Inside a car, looking back: seats, side windows, the road through the rear window."""
    light, shell = place.light, darker(mix(place.accent, (70, 72, 82), 0.6), 0.25)
    pen.box(-REACH * 2, -40, REACH * 2, 30, shell)
    gradient(pen, -7.6, -3.0, light.sky_top, light.sky_low)
    pen.box(-REACH * 2, -40, REACH * 2, -7.5, lighter(shell, 0.12))
    far = light.on((112, 124, 118), 0.45)
    for block in range(-9, 10):
        tall = place.chance(f"block {block}").between(0.6, 2.2)
        pen.box(block * 1.5, -3.4 - tall, block * 1.5 + 1.4, -2.6, darker(far, 0.08 * (block % 3)))
    pen.polygon(((-0.5, -3.6), (0.5, -3.6), (3.4, -1.8), (-3.4, -1.8)), light.on((96, 96, 102), 0.3))
    pen.polygon(((-0.05, -3.4), (0.05, -3.4), (0.3, -1.8), (-0.3, -1.8)), (228, 224, 206))
    pen.box(-REACH * 2, -2.2, REACH * 2, 30, shell, ink=0.9)
    for side in (-1, 1):
        pen.shape(
            (
                (side * 3.7, -2.0),
                (side * 4.0, -5.2),
                (side * 3.1, -7.8),
                (side * 3.9, -8.2),
                (side * 4.8, -5.4),
                (side * 4.7, -2.0),
            ),
            darker(shell, 0.2),
            ink=0.9,
        )
        pen.shape(
            (
                (side * 0.5, 4.0),
                (side * 0.5, -1.6),
                (side * 0.9, -2.8),
                (side * 2.9, -2.8),
                (side * 3.4, -1.6),
                (side * 3.6, 4.0),
            ),
            mix(shell, place.wood, 0.45),
            ink=0.9,
        )
        pen.shape(
            ((side * 1.1, -2.7), (side * 1.2, -3.9), (side * 2.6, -3.9), (side * 2.7, -2.7)),
            mix(shell, place.wood, 0.55),
            ink=0.9,
        )
