"""Sets under an open sky, built from the horizon forward."""

from resources.providers.animatic.drawing.chance import Chance
from resources.providers.animatic.drawing.colour import Colour, darker, lighter, mix
from resources.providers.animatic.drawing.pen import Pen
from resources.providers.animatic.sets.place import Place
from resources.providers.animatic.sets.scenery import EYE_LEVEL, REACH, gradient, ridge, sky

_LAMP_LIGHT: Colour = (255, 222, 150)


def forest(pen: Pen, place: Place) -> None:
    """Trunks in three depths, undergrowth, a path."""
    light = place.light
    sky(pen, light, EYE_LEVEL, place.chance("sky"))
    gradient(pen, -8.0, 0.0, light.on((140, 168, 138), 0.55), light.on((112, 142, 108), 0.35))
    ground = light.on((112, 120, 78), 0.1)
    for depth, base, wide, count in ((0.62, -1.2, 0.22, 26), (0.36, -0.5, 0.4, 15), (0.1, 0.4, 0.62, 8)):
        chance = place.chance(f"trunks {depth}")
        pen.box(-REACH, base - 0.5, REACH, 24.0, light.on(ground, depth))
        for trunk in range(count):
            x = -REACH + (trunk + chance.between(0.15, 0.85)) * 2 * REACH / count
            _trunk(
                pen,
                x,
                base + chance.between(-0.2, 0.4),
                wide * chance.between(0.75, 1.3),
                light.on((92, 72, 62), depth),
            )
        _leaves(pen, light.on((74, 112, 74), depth), -8.2 - (1 - depth) * 0.5, chance)
    gradient(pen, 0.0, 9.0, ground, darker(ground, 0.35))
    pen.box(-REACH, 8.9, REACH, 24.0, darker(ground, 0.35))
    pen.shape(
        ((-0.5, 0.1), (0.4, 0.1), (0.9, 2.2), (3.6, 9.5), (-3.2, 9.5), (-1.2, 2.4)), lighter(ground, 0.28)
    )
    tufts = place.chance("tufts")
    for _ in range(46):
        x, y = tufts.between(-REACH, REACH), tufts.between(0.3, 5.0)
        for lean in (-0.16, 0.0, 0.16):
            pen.stroke(((x, y), (x + lean, y - 0.42)), ink=0.7, line=light.on((70, 104, 62), 0.05))


def _trunk(pen: Pen, x: float, base: float, wide: float, tone: Colour) -> None:
    pen.shape(
        (
            (x - wide, base + 0.25),
            (x - wide * 0.6, base - 1.0),
            (x - wide * 0.55, -14.0),
            (x + wide * 0.55, -14.0),
            (x + wide * 0.6, base - 1.0),
            (x + wide, base + 0.25),
        ),
        tone,
        ink=0.6,
    )
    pen.stroke(((x + wide * 0.2, base - 1.2), (x + wide * 0.25, base - 5.0)), ink=0.5, line=darker(tone, 0.3))


def _leaves(pen: Pen, tone: Colour, low: float, chance: Chance) -> None:
    for blob in range(24):
        x = -REACH + blob * 2 * REACH / 23
        pen.oval((x, low + chance.between(-0.5, 0.5)), 1.25, 0.95, darker(tone, 0.08 * (blob % 3)))
    pen.box(-REACH, low - 30, REACH, low, tone)


def desert(pen: Pen, place: Place) -> None:
    """Mesas on the horizon, a cracked plain, a cactus or two."""
    light = place.light
    sky(pen, light, EYE_LEVEL + 2.0, place.chance("sky"))
    chance = place.chance("mesas")
    horizon = EYE_LEVEL + 2.4
    for mesa in range(7):
        x = -REACH + 1.5 + mesa * 5.2 + chance.between(-1.0, 1.0)
        wide, high = chance.between(1.2, 2.2), chance.between(1.2, 2.8)
        tone = light.on((190, 112, 82), 0.42)
        pen.polygon(
            (
                (x - wide * 1.35, horizon),
                (x - wide, horizon - high * 0.6),
                (x - wide * 0.9, horizon - high),
                (x + wide * 0.8, horizon - high * 1.04),
                (x + wide, horizon - high * 0.55),
                (x + wide * 1.5, horizon),
            ),
            tone,
            ink=0.4,
        )
        pen.polygon(
            (
                (x + wide * 0.25, horizon - high * 1.02),
                (x + wide * 0.8, horizon - high * 1.04),
                (x + wide, horizon - high * 0.55),
                (x + wide * 1.5, horizon),
                (x + wide * 0.5, horizon),
            ),
            darker(tone, 0.16),
        )
    sand = light.on((222, 178, 122), 0.05)
    gradient(pen, horizon, 8.0, light.on(sand, 0.35), darker(sand, 0.14))
    pen.box(-REACH, 7.9, REACH, 24.0, darker(sand, 0.14))
    cracks = place.chance("cracks")
    for _ in range(40):
        x, y = cracks.between(-REACH, REACH), cracks.between(-1.0, 6.0)
        size = 0.25 + (y + 1.6) * 0.14
        pen.stroke(
            ((x, y), (x + size, y + 0.1 * size), (x + size * 1.5, y - 0.16 * size), (x + size * 2.4, y)),
            ink=0.55,
            line=darker(sand, 0.3),
            curved=False,
        )
    for x, base, size in ((-3.4, -0.4, 1.0), (5.4, -0.9, 0.8), (-9.0, -0.8, 0.9)):
        _cactus(pen, x, base, size, light.on((94, 128, 92), 0.1))


def _cactus(pen: Pen, x: float, base: float, size: float, tone: Colour) -> None:
    pen.limb(((x, base), (x, base - 2.6 * size)), (0.3 * size, 0.26 * size), tone, ink=0.8)
    pen.limb(
        ((x, base - 1.2 * size), (x + 0.75 * size, base - 1.3 * size), (x + 0.75 * size, base - 2.1 * size)),
        (0.17 * size,) * 3,
        tone,
        ink=0.8,
    )
    pen.limb(
        ((x, base - 0.9 * size), (x - 0.7 * size, base - 1.0 * size), (x - 0.7 * size, base - 1.6 * size)),
        (0.16 * size,) * 3,
        tone,
        ink=0.8,
    )
    pen.band(((x, base - 0.1), (x, base - 2.5 * size)), 0.28 * size, tone)


def snow(pen: Pen, place: Place) -> None:
    """Peaks, pines, a snowfield."""
    light = place.light
    horizon = EYE_LEVEL + 2.0
    sky(pen, light, horizon, place.chance("sky"))
    chance = place.chance("peaks")
    for peak in range(7):
        x, high, wide = (
            -REACH + 1.0 + peak * 5.4 + chance.between(-1.0, 1.0),
            chance.between(2.6, 4.6),
            chance.between(2.6, 3.8),
        )
        rock = light.on((112, 122, 142), 0.45)
        pen.polygon(
            ((x - wide, horizon + 0.4), (x, horizon - high), (x + wide, horizon + 0.4)), rock, ink=0.4
        )
        pen.polygon(
            (
                (x, horizon - high),
                (x - wide * 0.34, horizon - high * 0.62),
                (x - wide * 0.1, horizon - high * 0.7),
                (x + wide * 0.08, horizon - high * 0.56),
                (x + wide * 0.32, horizon - high * 0.64),
            ),
            (244, 246, 250),
        )
    for depth, base, size, count in ((0.5, -1.9, 0.7, 22), (0.2, -0.9, 1.15, 11)):
        trees = place.chance(f"pines {depth}")
        ridge(pen, base, 0.5, light.on((226, 232, 242), depth * 0.5), trees, step=3.0)
        for tree in range(count):
            _pine(
                pen,
                -REACH + (tree + trees.fraction()) * 2 * REACH / count,
                base + trees.between(-0.1, 0.4),
                size * trees.between(0.7, 1.2),
                light.on((70, 98, 96), depth),
            )
    field = mix((240, 244, 250), light.tint, 0.2)
    ridge(pen, 0.2, 0.5, field, place.chance("drifts"), step=4.0)
    gradient(pen, 0.2, 9.0, field, darker(mix(field, (170, 186, 216), 0.5), 0.06))
    pen.box(-REACH, 8.9, REACH, 24.0, darker(mix(field, (170, 186, 216), 0.5), 0.06))
    for step in range(12):
        x = place.chance(f"hollow {step}").between(-REACH, REACH)
        pen.stroke(
            ((x, 1.2 + step * 0.4), (x + 0.9, 1.05 + step * 0.4), (x + 1.9, 1.2 + step * 0.4)),
            ink=0.8,
            line=(180, 194, 220),
        )


def _pine(pen: Pen, x: float, base: float, size: float, tone: Colour) -> None:
    pen.box(x - 0.1 * size, base - 0.5 * size, x + 0.1 * size, base, (92, 74, 66), ink=0.4)
    for tier in range(3):
        low, wide = base - (0.35 + tier * 0.75) * size, (1.0 - tier * 0.24) * size
        pen.polygon(((x - wide, low), (x, low - 1.35 * size), (x + wide, low)), tone, ink=0.5)
        pen.polygon(
            (
                (x, low - 1.35 * size),
                (x - wide * 0.45, low - 0.72 * size),
                (x + wide * 0.1, low - 0.8 * size),
                (x + wide * 0.4, low - 0.74 * size),
            ),
            (238, 242, 248),
        )


def park(pen: Pen, place: Place) -> None:
    """Hills, round trees, a path, a fence, grass."""
    light = place.light
    horizon = EYE_LEVEL + 2.2
    sky(pen, light, horizon, place.chance("sky"))
    for depth, height in ((0.6, 2.4), (0.35, 1.4)):
        ridge(
            pen,
            horizon + (0.6 - depth) * 2.4,
            height,
            light.on((108, 142, 96), depth),
            place.chance(f"hills {depth}"),
            step=3.4,
        )
    grass = light.on((136, 164, 100), 0.08)
    gradient(pen, -1.3, 9.0, light.on(grass, 0.2), darker(grass, 0.22))
    pen.box(-REACH, 8.9, REACH, 24.0, darker(grass, 0.22))
    pen.shape(
        ((0.9, -1.3), (1.5, -1.3), (1.2, 0.6), (3.9, 9.6), (-3.4, 9.6), (-0.7, 0.8)),
        light.on((214, 196, 158), 0.05),
    )
    for x, base, size in (
        (-3.6, -0.7, 1.15),
        (3.7, -1.0, 1.0),
        (-8.6, -0.6, 1.2),
        (8.4, -0.9, 1.3),
        (13.0, -0.6, 1.1),
        (-13.4, -0.8, 1.0),
    ):
        _round_tree(pen, x, base, size, light.on((92, 132, 84), 0.12))
    rail = light.on((186, 162, 132), 0.05)
    for post in range(-16, 17):
        if abs(post) > 1:
            pen.box(post * 1.05 - 0.09, -1.75, post * 1.05 + 0.09, -0.2, rail, ink=0.5)
    for side in (-1, 1):
        for y in (-1.45, -0.85):
            left, right = sorted((side * 2.0, side * REACH))
            pen.box(left, y, right, y + 0.16, rail, ink=0.5)


def _round_tree(pen: Pen, x: float, base: float, size: float, tone: Colour) -> None:
    pen.polygon(
        (
            (x - 0.3 * size, base),
            (x - 0.16 * size, base - 2.4 * size),
            (x + 0.16 * size, base - 2.4 * size),
            (x + 0.3 * size, base),
        ),
        (104, 80, 66),
        ink=0.6,
    )
    for out, up, reach in ((-0.8, 2.6, 0.95), (0.8, 2.7, 0.95), (0.0, 3.5, 1.2), (0.0, 2.6, 1.1)):
        pen.oval((x + out * size, base - up * size), reach * size, reach * size * 0.9, tone, ink=0.6)
    for out, up, reach in ((-0.75, 2.65, 0.85), (0.75, 2.75, 0.85), (0.0, 3.45, 1.1), (0.0, 2.65, 1.05)):
        pen.oval((x + out * size, base - up * size), reach * size, reach * size * 0.86, tone)
    pen.oval((x - 0.35 * size, base - 3.7 * size), 0.55 * size, 0.4 * size, lighter(tone, 0.18))
