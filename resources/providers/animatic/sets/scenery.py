"""Scenery: what several sets are built from. One unit is a head; y = 0 is where the back wall meets the floor."""

from PIL import Image

from resources.providers.animatic.drawing.chance import Chance
from resources.providers.animatic.drawing.colour import Colour, darker, lighter, mix
from resources.providers.animatic.drawing.pen import Pen
from resources.providers.animatic.sets.light import Light
from resources.providers.animatic.sets.place import Place
from resources.providers.animatic.story.script_words import Hour

REACH = 18.0
"""How far sets are built to each side, so that no frame shape sees their end."""
EYE_LEVEL = -4.6
"""Height of the horizon and of the vanishing point."""
CEILING = -9.2
_LAMP_LIGHT: Colour = (255, 222, 150)


def gradient(pen: Pen, top: float, bottom: float, upper: Colour, lower: Colour) -> None:
    """A full-width field that goes from ``upper`` to ``lower``."""
    image = pen.layer.image
    (_, from_y), (_, to_y) = pen.pixels(((0.0, top), (0.0, bottom)))
    first, height = round(from_y), max(1, round(to_y - from_y))
    ramp = (
        Image.linear_gradient("L")
        .resize((1, height), Image.Resampling.BILINEAR)
        .resize((image.width, height))
    )
    field = Image.composite(
        Image.new("RGBA", ramp.size, (*lower, 255)), Image.new("RGBA", ramp.size, (*upper, 255)), ramp
    )
    image.paste(field, (0, first))


def sky(pen: Pen, light: Light, horizon: float, chance: Chance) -> None:
    """Sky down to ``horizon``, with its sun or moon, stars or clouds."""
    pen.box(-REACH * 3, horizon - 70, REACH * 3, horizon - 10.9, light.sky_top)
    gradient(pen, horizon - 11, horizon, light.sky_top, light.sky_low)
    pen.box(-REACH * 3, horizon - 0.1, REACH * 3, horizon + 2, light.sky_low)
    at_x, at_y = chance.between(-2.4, 2.4), horizon - chance.between(2.6, 4.2)
    if light.hour in (Hour.DAWN, Hour.DUSK):
        at_y = horizon - chance.between(0.9, 1.8)
    if light.hour is not Hour.GREY:
        pen.glow((at_x, at_y), 4.2, lighter(light.sun, 0.2), 0.5 if light.hour is not Hour.NIGHT else 0.3)
        pen.oval((at_x, at_y), 0.62, 0.62, light.sun)
    if light.hour is Hour.NIGHT:
        for out, up, size in (
            (-0.2, -0.14, 0.13),
            (0.18, 0.1, 0.17),
            (-0.06, 0.3, 0.09),
            (0.24, -0.28, 0.07),
        ):
            pen.oval((at_x + out, at_y + up), size, size, darker(light.sun, 0.12))
        for _ in range(90):
            size = chance.between(0.012, 0.04)
            pen.oval(
                (chance.between(-REACH, REACH), horizon - chance.between(2.0, 14.0)),
                size,
                size,
                (226, 230, 244),
            )
        return
    for _ in range(9):
        _cloud(
            pen,
            chance.between(-REACH, REACH),
            horizon - chance.between(3.2, 9.0),
            chance.between(0.5, 1.1),
            light,
        )


def _cloud(pen: Pen, x: float, y: float, size: float, light: Light) -> None:
    tone = (
        lighter(light.sky_low, 0.4)
        if light.hour is not Hour.GREY
        else mix(light.sky_top, light.sky_low, 0.55)
    )
    for out, up, reach in ((-1.1, 0.0, 0.6), (-0.4, -0.32, 0.75), (0.5, -0.22, 0.7), (1.2, 0.02, 0.5)):
        pen.oval((x + out * size, y + up * size), reach * size * 1.25, reach * size * 0.62, tone)
    pen.box(x - 1.7 * size, y + 0.0 * size, x + 1.65 * size, y + 0.34 * size, tone)


def ridge(pen: Pen, base: float, height: float, colour: Colour, chance: Chance, *, step: float = 1.6) -> None:
    """A line of hills standing on ``base``."""
    points = [(-REACH, base + 14.0)]
    x = -REACH
    while x < REACH:
        points.append((x, base - chance.between(0.15, 1.0) * height))
        x += step * chance.between(0.7, 1.3)
    pen.shape([*points, (REACH, base), (REACH, base + 14.0)], colour)


def room(pen: Pen, place: Place) -> None:
    """An empty room: wall, ceiling, floor with boards that run to the vanishing point, skirting."""
    wall, floor = place.wall, place.floor
    gradient(pen, CEILING, 0.0, darker(wall, 0.16), wall)
    pen.box(-REACH, CEILING - 12, REACH, CEILING, lighter(wall, 0.25))
    pen.box(-REACH, CEILING, REACH, CEILING + 0.28, lighter(wall, 0.4), ink=0.5)
    gradient(pen, 0.0, 9.0, floor, darker(floor, 0.3))
    pen.box(-REACH, 9.0, REACH, 20.0, darker(floor, 0.3))
    for step in range(-14, 15):
        away = (10.0 - EYE_LEVEL) / -EYE_LEVEL
        pen.stroke(((step * 1.1, 0.0), (step * 1.1 * away, 10.0)), ink=0.45, line=darker(floor, 0.28))
    pen.box(-REACH, -0.36, REACH, 0.0, lighter(wall, 0.35), ink=0.7)
    pen.shade(((-REACH, 0.0), (REACH, 0.0), (REACH, 0.9), (-REACH, 0.9)), darker(floor, 0.6), 0.28, soft=0.7)


def window(
    pen: Pen,
    light: Light,
    left: float,
    top: float,
    right: float,
    bottom: float,
    *,
    curtain: Colour | None = None,
) -> None:
    """A window on the sky outside."""
    frame: Colour = (236, 232, 222)
    pen.box(left - 0.16, top - 0.16, right + 0.16, bottom + 0.16, frame, ink=0.8)
    steps = 8
    for step in range(steps):
        share = step / (steps - 1)
        pen.box(
            left,
            top + (bottom - top) * step / steps,
            right,
            top + (bottom - top) * (step + 1) / steps,
            mix(light.sky_top, light.sky_low, share),
        )
    base = top + (bottom - top) * 0.72
    far = mix(light.sky_low, light.sky_top, 0.55)
    wide = (right - left) / 5
    for block, tall in enumerate((0.5, 0.9, 0.35, 1.1, 0.6)):
        pen.box(left + block * wide, base - tall * 0.7, left + (block + 1) * wide, bottom, darker(far, 0.12))
        if light.lamps:
            pen.box(
                left + (block + 0.35) * wide,
                base - tall * 0.35,
                left + (block + 0.6) * wide,
                base - tall * 0.2,
                _LAMP_LIGHT,
            )
    middle, across = (left + right) / 2, (top + bottom) / 2
    pen.box(middle - 0.05, top, middle + 0.05, bottom, frame)
    pen.box(left, across - 0.05, right, across + 0.05, frame)
    pen.polygon(((left, top), (right, top), (right, bottom), (left, bottom)), None, ink=0.7)
    pen.box(left - 0.3, bottom + 0.14, right + 0.3, bottom + 0.34, lighter(frame, 0.2), ink=0.7)
    if curtain:
        _curtains(pen, left, top, right, bottom, curtain)


def _curtains(pen: Pen, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
    across = (top + bottom) / 2
    for side, edge in ((-1, left), (1, right)):
        pen.shape(
            (
                (edge + side * 0.55, top - 0.4),
                (edge - side * 0.3, top - 0.4),
                (edge - side * 0.16, across),
                (edge + side * 0.08, bottom + 0.7),
                (edge + side * 0.6, bottom + 0.7),
            ),
            colour,
            ink=0.8,
        )
        pen.stroke(
            ((edge + side * 0.12, top - 0.2), (edge + side * 0.2, bottom + 0.5)),
            ink=0.5,
            line=darker(colour, 0.3),
        )


def daylight_patch(pen: Pen, light: Light, x: float) -> None:
    """Window light that falls on the floor."""
    if light.hour in (Hour.DAY, Hour.DAWN):
        pen.shade(((x, 0.7), (x + 2.2, 0.7), (x + 3.6, 3.4), (x + 0.5, 3.4)), light.sun, 0.34, soft=0.25)


def door(pen: Pen, x: float, colour: Colour) -> None:
    """A closed door with its frame, its left edge at ``x``."""
    pen.box(x - 0.16, -6.4, x + 2.76, 0.0, lighter(colour, 0.45), ink=0.8)
    pen.box(x, -6.2, x + 2.6, 0.0, colour, ink=0.8)
    for top, bottom in ((-5.8, -3.5), (-3.0, -0.6)):
        pen.box(x + 0.4, top, x + 2.2, bottom, darker(colour, 0.12), ink=0.5)
    pen.oval((x + 2.3, -2.9), 0.12, 0.12, (216, 178, 92), ink=0.7)


def picture(pen: Pen, x: float, y: float, colour: Colour) -> None:
    """A framed picture, its middle at (x, y)."""
    pen.box(x - 0.8, y - 0.6, x + 0.8, y + 0.6, (96, 74, 58), ink=0.8)
    pen.box(x - 0.66, y - 0.46, x + 0.66, y + 0.46, lighter(colour, 0.5))
    pen.shape(
        (
            (x - 0.66, y + 0.46),
            (x - 0.3, y - 0.05),
            (x + 0.05, y + 0.22),
            (x + 0.36, y - 0.15),
            (x + 0.66, y + 0.46),
        ),
        colour,
    )


def pendant(pen: Pen, light: Light, x: float, bottom: float, colour: Colour) -> None:
    """A lamp that hangs from the ceiling."""
    pen.stroke(((x, CEILING), (x, bottom - 0.6)), ink=0.8)
    if light.lamps:
        pen.glow((x, bottom), 2.6, _LAMP_LIGHT, 0.6)
    pen.polygon(
        ((x - 0.18, bottom - 0.6), (x + 0.18, bottom - 0.6), (x + 0.6, bottom), (x - 0.6, bottom)),
        colour,
        ink=0.8,
    )
    pen.oval((x, bottom + 0.03), 0.3, 0.11, _LAMP_LIGHT if light.lamps else (246, 242, 226), ink=0.5)


def standing_lamp(pen: Pen, light: Light, x: float, base: float = 0.3) -> None:
    """A lamp on the floor with a paper shade."""
    pen.box(x - 0.05, -4.6, x + 0.05, base, (84, 76, 74), ink=0.6)
    pen.oval((x, base), 0.5, 0.12, (84, 76, 74), ink=0.7)
    if light.lamps:
        pen.glow((x, -5.0), 3.4, _LAMP_LIGHT, 0.65)
    pen.polygon(
        ((x - 0.4, -5.9), (x + 0.4, -5.9), (x + 0.72, -4.6), (x - 0.72, -4.6)),
        _LAMP_LIGHT if light.lamps else (238, 226, 200),
        ink=0.8,
    )


def plant(pen: Pen, x: float, base: float, height: float) -> None:
    """A plant in a pot."""
    green: Colour = (92, 128, 88)
    for lean in (-0.9, -0.45, 0.0, 0.5, 0.95):
        tip = (x + lean * height * 0.5, base - height * (1.1 - abs(lean) * 0.3))
        pen.shape(
            (
                (x - 0.08, base - 0.6),
                (x + lean * height * 0.18 - 0.2, base - height * 0.65),
                tip,
                (x + lean * height * 0.3 + 0.16, base - height * 0.55),
                (x + 0.08, base - 0.6),
            ),
            darker(green, 0.1 * (lean > 0)),
            ink=0.6,
        )
    pen.polygon(
        ((x - 0.45, base - 0.75), (x + 0.45, base - 0.75), (x + 0.32, base), (x - 0.32, base)),
        (184, 116, 84),
        ink=0.8,
    )


def shelf(
    pen: Pen, left: float, right: float, y: float, chance: Chance, wood: Colour, *, bottles: bool = False
) -> None:
    """A board at height ``y`` with books or bottles on it."""
    x = left + 0.12
    while x < right - 0.35:
        wide, tall = chance.between(0.16, 0.3), chance.between(0.6, 1.0)
        tone = chance.pick(
            ((128, 88, 76), (88, 112, 118), (176, 146, 96), (112, 100, 128), (108, 128, 96), (190, 176, 156))
        )
        if bottles:
            pen.box(x, y - tall * 0.66, x + wide, y, tone, ink=0.6)
            pen.box(x + wide * 0.32, y - tall, x + wide * 0.68, y - tall * 0.62, tone, ink=0.6)
            x += wide + chance.between(0.08, 0.22)
        else:
            pen.box(x, y - tall, x + wide, y, tone, ink=0.5)
            x += wide + (0.3 if chance.happens(0.15) else 0.01)
    pen.box(left, y, right, y + 0.16, wood, ink=0.8)
