"""Sets by the sea, built from the horizon forward."""

from resources.providers.animatic.drawing.colour import Colour, darker, lighter, mix
from resources.providers.animatic.drawing.pen import Pen
from resources.providers.animatic.sets.place import Place
from resources.providers.animatic.sets.scenery import EYE_LEVEL, REACH, gradient, ridge, sky
from resources.providers.animatic.story.script_words import Hour

_LAMP_LIGHT: Colour = (255, 222, 150)


def shore(pen: Pen, place: Place) -> None:
    """Sea to the horizon, a headland with a lighthouse, surf, wet sand."""
    light = place.light
    horizon = EYE_LEVEL + 1.7
    sky(pen, light, horizon, place.chance("sky"))
    _headland(pen, place, horizon)
    _sea(pen, place, horizon, 0.6)
    sand = light.on((214, 190, 150), 0.05)
    edge = [(-REACH, 0.3), (-8.0, 0.7), (-3.0, 0.25), (1.5, 0.8), (6.0, 0.3), (REACH, 0.7)]
    pen.shape([*edge, (REACH, 24.0), (-REACH, 24.0)], darker(sand, 0.16))
    pen.shape([*((x, y + 0.9) for x, y in edge), (REACH, 24.0), (-REACH, 24.0)], sand)
    pen.stroke(edge, ink=3.4, line=(246, 248, 246))
    pen.stroke([(x, y - 0.35) for x, y in edge], ink=1.6, line=(232, 240, 240))
    stones = place.chance("stones")
    for _ in range(16):
        x, y, size = stones.between(-REACH, REACH), stones.between(1.4, 5.5), stones.between(0.08, 0.34)
        pen.oval((x, y), size * 1.4, size, light.on((138, 132, 128), 0.08), ink=0.6)


def _headland(pen: Pen, place: Place, horizon: float) -> None:
    rock = place.light.on((112, 118, 112), 0.4)
    pen.shape(
        (
            (2.4, horizon + 0.4),
            (3.0, horizon - 1.0),
            (4.2, horizon - 2.0),
            (8.0, horizon - 2.6),
            (REACH, horizon - 3.4),
            (REACH, horizon + 0.5),
        ),
        rock,
        ink=0.4,
    )
    x, base = 3.6, horizon - 1.5
    pen.polygon(
        ((x - 0.32, base), (x + 0.32, base), (x + 0.2, base - 2.3), (x - 0.2, base - 2.3)),
        (238, 232, 222),
        ink=0.6,
    )
    pen.polygon(
        ((x - 0.28, base - 0.6), (x + 0.28, base - 0.6), (x + 0.25, base - 1.2), (x - 0.25, base - 1.2)),
        (190, 76, 66),
    )
    if place.light.lamps or place.light.hour is Hour.GREY:
        pen.glow((x, base - 2.55), 1.8, (255, 240, 190), 0.7)
    pen.box(x - 0.17, base - 2.7, x + 0.17, base - 2.3, (255, 236, 170), ink=0.6)
    pen.polygon(((x - 0.26, base - 2.7), (x + 0.26, base - 2.7), (x, base - 3.05)), (190, 76, 66), ink=0.6)


def deck(pen: Pen, place: Place) -> None:
    """A ship's deck: planks, a rail with a life ring, the sea, the wheelhouse to one side."""
    light = place.light
    horizon = EYE_LEVEL + 1.0
    sky(pen, light, horizon, place.chance("sky"))
    ridge(pen, horizon, 1.1, light.on((116, 128, 130), 0.55), place.chance("coast"))
    _sea(pen, place, horizon, 0.2)
    plank = light.on(mix(place.wood, (176, 142, 106), 0.6), 0.05)
    gradient(pen, -0.4, 9.0, plank, darker(plank, 0.25))
    pen.box(-REACH, 8.9, REACH, 24.0, darker(plank, 0.25))
    for step in range(-16, 17):
        pen.stroke(((step * 0.9, -0.4), (step * 0.9 * 3.4, 10.0)), ink=0.5, line=darker(plank, 0.35))
    white: Colour = (238, 238, 232)
    for post in range(-9, 10):
        pen.box(post * 1.9 - 0.07, -3.2, post * 1.9 + 0.07, -0.3, white, ink=0.6)
    for y in (-3.25, -2.3, -1.35):
        pen.box(-REACH, y, REACH, y + (0.18 if y < -3 else 0.1), white, ink=0.6)  # noqa: PLR2004  the top rail is thick
    pen.oval((-1.9, -2.0), 0.72, 0.72, (208, 92, 62), ink=0.8)
    pen.oval((-1.9, -2.0), 0.38, 0.38, mix(light.sky_low, (62, 112, 134), 0.6), ink=0.8)
    for x, y in ((-2.45, -2.0), (-1.35, -2.0), (-1.9, -2.55), (-1.9, -1.45)):
        pen.oval((x, y), 0.13, 0.13, white)
    pen.box(2.7, -9.6, REACH, 0.2, light.on((232, 230, 222), 0.05), ink=0.9)
    pen.box(2.5, -9.9, REACH, -9.4, (176, 86, 66), ink=0.9)
    for x in (3.3, 6.3, 9.3):
        pen.box(x, -8.1, x + 1.9, -5.3, _LAMP_LIGHT if light.lamps else darker(light.sky_top, 0.35), ink=0.9)
    pen.box(5.4, -4.2, 7.2, 0.2, (150, 164, 166), ink=0.8)


def _sea(pen: Pen, place: Place, top: float, bottom: float) -> None:
    light = place.light
    deep = light.on((62, 112, 134), 0.12)
    gradient(pen, top, bottom + 1.5, mix(deep, light.sky_low, 0.5), deep)
    waves = place.chance("waves")
    for _ in range(70):
        share = waves.fraction()
        y = top + (bottom - top) * share
        x, size = waves.between(-REACH, REACH), 0.3 + 1.1 * share
        pen.stroke(
            ((x, y), (x + size * 0.5, y - 0.06 - 0.1 * share), (x + size, y)),
            ink=0.5 + 0.5 * share,
            line=lighter(deep, 0.4),
        )


def quay(pen: Pen, place: Place) -> None:
    """A stone quay that runs out to a lighthouse, the sea on both sides, bollards, a lamp."""
    light, horizon = place.light, EYE_LEVEL + 0.9
    sky(pen, light, horizon, place.chance("sky"))
    _sea(pen, place, horizon, 6.0)
    pen.box(-REACH, 6.0, REACH, 24.0, darker(light.on((62, 112, 134), 0.12), 0.2))
    rock = light.on((88, 92, 98), 0.25)
    pen.shape(
        (
            (-1.9, horizon + 0.6),
            (-1.2, horizon - 0.3),
            (0.2, horizon - 0.6),
            (1.5, horizon - 0.3),
            (2.6, horizon + 0.6),
        ),
        rock,
        ink=0.6,
    )
    _tower(pen, place, 0.15, horizon - 0.3, 1.7)
    stone = light.on((138, 134, 132), 0.08)
    left, right = ((-0.75, horizon + 0.35), (-9.5, 14.0)), ((1.15, horizon + 0.35), (8.2, 14.0))
    pen.polygon((left[0], right[0], right[1], left[1]), stone, ink=0.9)
    pen.polygon((left[0], left[1], (-12.0, 14.0), (-1.0, horizon + 0.45)), darker(stone, 0.45), ink=0.9)
    for row in range(12):
        share = (row / 12) ** 2.1
        y = horizon + 0.35 + (14.0 - horizon) * share
        from_x, to_x = (
            left[0][0] + (left[1][0] - left[0][0]) * share,
            right[0][0] + (right[1][0] - right[0][0]) * share,
        )
        pen.stroke(((from_x, y), (to_x, y)), ink=0.6, line=darker(stone, 0.25))
        for joint in (0.2, 0.42, 0.64, 0.86):
            x = from_x + (to_x - from_x) * (joint + 0.1 * (row % 2))
            pen.stroke(((x, y), (x * 1.05, y + 0.3 + 3.0 * share)), ink=0.5, line=darker(stone, 0.22))
    for share in (0.06, 0.2, 0.5):
        x, y, size = (
            left[0][0] + (left[1][0] - left[0][0]) * share + 0.5 * share,
            horizon + 0.35 + (14.0 - horizon) * share,
            0.14 + 1.3 * share,
        )
        pen.shape(
            (
                (x - size * 0.4, y),
                (x - size * 0.34, y - size),
                (x - size * 0.6, y - size * 1.3),
                (x + size * 0.6, y - size * 1.3),
                (x + size * 0.34, y - size),
                (x + size * 0.4, y),
            ),
            (58, 58, 66),
            ink=0.8,
        )
    _quay_lamp(pen, place)


def _tower(pen: Pen, place: Place, x: float, base: float, size: float) -> None:
    """A banded lighthouse."""
    white: Colour = place.light.on((232, 226, 216), 0.1)
    red: Colour = place.light.on((178, 78, 62), 0.1)
    for band in range(5):
        low, high = band / 5, (band + 1) / 5
        wide, narrow = (0.56 - 0.2 * low) * size, (0.56 - 0.2 * high) * size
        corners = (
            (x - wide, base - 3.4 * size * low),
            (x + wide, base - 3.4 * size * low),
            (x + narrow, base - 3.4 * size * high),
            (x - narrow, base - 3.4 * size * high),
        )
        pen.polygon(corners, red if band % 2 else white, ink=0.7)
    top = base - 3.4 * size
    if place.light.lamps:
        pen.glow((x, top - 0.3 * size), 2.6 * size, (255, 226, 150), 0.65)
    pen.box(x - 0.5 * size, top - 0.08 * size, x + 0.5 * size, top + 0.08 * size, (62, 60, 68), ink=0.7)
    pen.box(
        x - 0.28 * size,
        top - 0.6 * size,
        x + 0.28 * size,
        top,
        (255, 232, 160) if place.light.lamps else (196, 216, 218),
        ink=0.7,
    )
    pen.polygon(
        ((x - 0.4 * size, top - 0.6 * size), (x, top - 1.0 * size), (x + 0.4 * size, top - 0.6 * size)),
        red,
        ink=0.7,
    )
    pen.shape(
        (
            (x - 0.14 * size, base),
            (x - 0.14 * size, base - 0.4 * size),
            (x, base - 0.5 * size),
            (x + 0.14 * size, base - 0.4 * size),
            (x + 0.14 * size, base),
        ),
        (80, 62, 56),
        ink=0.6,
    )


def _quay_lamp(pen: Pen, place: Place) -> None:
    lit, post = place.light.lamps, (54, 52, 60)
    x, base, top = 2.55, 0.6, -6.3
    pen.band(((x, base), (x, top), (x - 0.25, top - 0.55), (x - 0.9, top - 0.5)), 0.13, post)
    if lit:
        pen.glow((x - 0.95, top - 0.15), 3.0, (255, 206, 120), 0.7)
        pen.glow((x - 1.6, base + 0.9), 2.6, (255, 206, 120), 0.28)
    pen.shape(
        ((x - 1.4, top - 0.18), (x - 1.2, top - 0.55), (x - 0.7, top - 0.55), (x - 0.5, top - 0.18)),
        post,
        ink=0.8,
    )
    pen.oval((x - 0.95, top - 0.15), 0.34, 0.1, (255, 232, 170) if lit else (228, 228, 220), ink=0.6)
