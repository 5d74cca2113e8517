"""Sets under a town's sky, built from the horizon forward."""

from resources.providers.animatic.drawing.chance import Chance
from resources.providers.animatic.drawing.colour import Colour, darker, lighter, mix
from resources.providers.animatic.drawing.pen import Pen
from resources.providers.animatic.sets.place import Place
from resources.providers.animatic.sets.scenery import EYE_LEVEL, REACH, gradient, sky

_LAMP_LIGHT: Colour = (255, 222, 150)


def street(pen: Pen, place: Place) -> None:
    """House fronts that run to the vanishing point, a road with kerbs, street lamps."""
    light = place.light
    sky(pen, light, EYE_LEVEL, place.chance("sky"))
    pen.polygon(
        ((-1.6, EYE_LEVEL), (1.6, EYE_LEVEL), (REACH * 2, 30), (-REACH * 2, 30)),
        light.on((112, 112, 120), 0.15),
    )
    for side in (-1, 1):
        _house_row(pen, place, side)
        pen.polygon(
            (
                (side * 0.9, EYE_LEVEL + 0.55),
                (side * 1.25, EYE_LEVEL + 0.55),
                (side * REACH * 2, 22),
                (side * 12.5, 22),
            ),
            light.on((168, 160, 152), 0.1),
            ink=0.7,
        )
    for near in (0.55, 1.0, 1.8, 3.2, 5.6):
        pen.polygon(
            (
                (-near * 0.06, EYE_LEVEL + near * 1.3),
                (near * 0.06, EYE_LEVEL + near * 1.3),
                (near * 0.09, EYE_LEVEL + near * 1.8),
                (-near * 0.09, EYE_LEVEL + near * 1.8),
            ),
            (232, 226, 204),
        )
    for side, near in ((-1, 2.3), (1, 3.1), (-1, 6.8)):
        _street_lamp(pen, place, side * near * 0.98, EYE_LEVEL + near * 1.55, near)


def _house_row(pen: Pen, place: Place, side: int) -> None:
    tones: tuple[Colour, ...] = (
        (176, 128, 104),
        (190, 168, 140),
        (142, 140, 148),
        (166, 112, 96),
        (150, 158, 146),
    )
    chance = place.chance(f"houses {side}")
    near = 1.15
    for house in range(8):
        far, tall = near, chance.between(2.4, 4.6)
        near *= 1.42
        tone = place.light.on(chance.pick(tones), max(0.0, 0.5 - house * 0.09))
        low = 1.3
        pen.polygon(
            (
                (side * far, EYE_LEVEL + far * low),
                (side * far, EYE_LEVEL - far * tall),
                (side * near, EYE_LEVEL - near * tall),
                (side * near, EYE_LEVEL + near * low),
            ),
            darker(tone, 0.1 if side > 0 else 0.0),
            ink=0.7,
        )
        for row in range(4):
            for column in (0.22, 0.62):
                left, right = far + (near - far) * column, far + (near - far) * (column + 0.2)
                up, down = tall * (0.86 - row * 0.26), tall * (0.86 - row * 0.26) - 0.34
                if down < -low + 0.6:
                    continue
                lit = place.light.lamps and chance.happens(0.55)
                pane = _LAMP_LIGHT if lit else darker(tone, 0.42)
                pen.polygon(
                    (
                        (side * left, EYE_LEVEL - left * up),
                        (side * right, EYE_LEVEL - right * up),
                        (side * right, EYE_LEVEL - right * down),
                        (side * left, EYE_LEVEL - left * down),
                    ),
                    pane,
                    ink=0.4,
                )


def _street_lamp(pen: Pen, place: Place, x: float, base: float, size: float) -> None:
    post: Colour = (62, 62, 72)
    top = base - size * 3.0
    arm = x - 0.4 * size * (1 if x > 0 else -1)
    pen.band(((x, base), (x, top), (arm, top - 0.1 * size)), 0.07 * size, post, curved=False)
    if place.light.lamps:
        pen.glow((arm, top), size * 1.1, _LAMP_LIGHT, 0.7)
    pen.oval(
        (arm, top), 0.16 * size, 0.1 * size, _LAMP_LIGHT if place.light.lamps else (238, 236, 226), ink=0.6
    )


def roof(pen: Pen, place: Place) -> None:
    """A flat roof with a parapet, a water tank, and the city behind it."""
    light = place.light
    sky(pen, light, EYE_LEVEL + 1.6, place.chance("sky"))
    for depth, tall, seed in ((0.65, 4.6, "far"), (0.38, 3.0, "near")):
        _skyline(pen, place, depth, tall, place.chance(seed))
    gradient(pen, -1.0, 9.0, light.on((150, 144, 140), 0.1), darker(light.on((150, 144, 140), 0.1), 0.3))
    pen.box(-REACH, 8.9, REACH, 24.0, darker(light.on((150, 144, 140), 0.1), 0.3))
    pen.box(-REACH, -2.1, REACH, -0.4, mix(place.wall, (150, 120, 108), 0.5), ink=0.8)
    pen.box(-REACH, -2.4, REACH, -2.0, lighter(place.wall, 0.15), ink=0.8)
    for leg in (-4.5, -2.9):
        pen.box(leg, -3.4, leg + 0.18, -0.6, (84, 74, 72), ink=0.7)
    pen.box(-4.8, -6.0, -2.4, -3.3, place.wood, ink=0.9)
    pen.polygon(((-5.0, -6.0), (-3.6, -7.1), (-2.2, -6.0)), darker(place.wood, 0.2), ink=0.9)
    pen.box(2.4, -3.6, 4.3, -0.5, (160, 164, 166), ink=0.8)
    pen.oval((3.35, -2.3), 0.68, 0.68, (112, 116, 122), ink=0.7)
    for turn in ((-0.6, -2.3), (0.6, -2.3)):
        pen.stroke(((3.35, -2.3), (3.35 + turn[0], turn[1])), ink=0.7)


def _skyline(pen: Pen, place: Place, depth: float, tall: float, chance: Chance) -> None:
    x = -REACH
    while x < REACH:
        wide, high = chance.between(0.9, 1.9), chance.between(0.35, 1.0) * tall
        tone = place.light.on((92, 98, 118), depth)
        pen.box(x, EYE_LEVEL + 2.2 - high, x + wide, 0.0, tone, ink=0.35)
        for row in range(int(high / 0.5)):
            for column in range(int(wide / 0.4)):
                lit = place.light.lamps and chance.happens(0.4)
                pane = mix(tone, _LAMP_LIGHT, 0.75) if lit else darker(tone, 0.12)
                left, top = x + 0.18 + column * 0.4, EYE_LEVEL + 2.45 - high + row * 0.5
                pen.box(left, top, left + 0.18, top + 0.24, pane)
        x += wide + chance.between(-0.1, 0.25)
