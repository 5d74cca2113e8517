"""Rooms people work and meet in, each about seven heads wide in an upright frame and furnished well beyond it."""

from resources.providers.animatic.drawing.colour import Colour, darker, lighter, mix
from resources.providers.animatic.drawing.pen import Pen
from resources.providers.animatic.people.props import draw_prop
from resources.providers.animatic.sets.place import Place
from resources.providers.animatic.sets.scenery import (
    CEILING,
    EYE_LEVEL,
    REACH,
    daylight_patch,
    door,
    gradient,
    pendant,
    plant,
    room,
    shelf,
    window,
)

_STEEL: Colour = (176, 182, 188)


def studio(pen: Pen, place: Place) -> None:
    """A workroom: sound panels, a desk with screens, a tall shelf, a microphone on its stand."""
    room(pen, place)
    for column in range(-6, 7):
        for row in range(2):
            tone = mix(place.accent, place.wall, 0.3 + 0.25 * ((column + row) % 2))
            left, top = column * 2.3 - 0.9, -8.3 + row * 2.1
            pen.box(left, top, left + 1.9, top + 1.8, tone, ink=0.5)
    pen.box(-4.9, -7.4, -2.6, 0.1, place.wood, ink=0.9)
    for row in range(4):
        shelf(pen, -4.75, -2.75, -5.8 + row * 1.75, place.chance("binders"), lighter(place.wood, 0.2))
    pen.box(-1.7, -2.7, 3.6, -2.4, lighter(place.wood, 0.2), ink=0.9)
    for x in (-1.5, 3.2):
        pen.box(x, -2.4, x + 0.2, 0.5, darker(place.wood, 0.2), ink=0.7)
    for x in (-1.6, 2.7):
        pen.box(x, -4.1, x + 0.9, -2.7, (58, 58, 66), ink=0.8)
        pen.oval((x + 0.45, -3.15), 0.28, 0.28, (92, 92, 102), ink=0.6)
        pen.oval((x + 0.45, -3.75), 0.13, 0.13, (92, 92, 102), ink=0.6)
    pen.box(-0.4, -4.7, 2.3, -3.1, (52, 56, 66), ink=0.9)
    pen.box(-0.25, -4.55, 2.15, -3.25, (96, 140, 158))
    for row, wide in enumerate((1.9, 1.2, 1.6)):
        pen.box(
            -0.1,
            -4.4 + row * 0.38,
            -0.1 + wide,
            -4.15 + row * 0.38,
            (232, 196, 120) if row % 2 else (150, 204, 176),
        )
    pen.box(0.8, -3.1, 1.1, -2.7, (52, 56, 66), ink=0.7)
    pen.box(5.0, -5.4, 5.12, 1.0, (70, 70, 78), ink=0.6)
    pen.oval((5.06, -5.6), 0.3, 0.45, (110, 112, 122), ink=0.8)


def office(pen: Pen, place: Place) -> None:
    """A wide window with blinds, a desk with a screen, shelves, a plant."""
    room(pen, place)
    window(pen, place.light, -3.3, -7.6, 1.2, -3.6)
    for row in range(6):
        pen.box(-3.4, -7.6 + row * 0.28, 1.3, -7.5 + row * 0.28, (238, 236, 228), ink=0.3)
    window(pen, place.light, -9.5, -7.6, -5.0, -3.6)
    pen.box(2.2, -7.6, 4.9, 0.1, place.wood, ink=0.9)
    for row in range(4):
        shelf(pen, 2.35, 4.75, -5.9 + row * 1.75, place.chance(f"books {row}"), lighter(place.wood, 0.2))
    daylight_patch(pen, place.light, -3.2)
    pen.box(-2.9, -2.6, 1.9, -2.3, lighter(place.wood, 0.25), ink=0.9)
    pen.box(-2.7, -2.3, -1.3, 0.6, place.wood, ink=0.8)
    pen.box(1.4, -2.3, 1.7, 0.6, place.wood, ink=0.8)
    pen.box(-1.2, -4.5, 0.8, -3.1, (62, 66, 76), ink=0.9)
    pen.box(-1.06, -4.36, 0.66, -3.24, (136, 172, 188))
    pen.box(-0.4, -3.1, 0.0, -2.6, (62, 66, 76), ink=0.6)
    pen.box(-2.6, -2.85, -1.6, -2.6, (238, 234, 224), ink=0.6)
    plant(pen, -4.3, 0.5, 3.4)
    door(pen, 6.6, place.wood)


def interview(pen: Pen, place: Place) -> None:
    """A bare room: observation window, clock, door, a steel table."""
    room(pen, place)
    pen.box(-REACH, -3.2, REACH, -0.36, darker(place.wall, 0.16), ink=0.5)
    pen.box(-2.9, -7.0, 1.6, -4.1, (70, 82, 92), ink=1.0)
    pen.polygon(((-2.7, -6.9), (-1.2, -6.9), (-2.4, -4.2), (-2.7, -4.2)), (104, 120, 130))
    pen.polygon(((0.2, -6.9), (0.7, -6.9), (-0.6, -4.2), (-1.1, -4.2)), (96, 110, 120))
    pen.oval((2.9, -6.6), 0.62, 0.62, (238, 236, 228), ink=0.9)
    pen.stroke(((2.9, -7.0), (2.9, -6.6), (3.2, -6.45)), ink=0.9, curved=False)
    pen.box(-2.0, CEILING - 0.9, 2.0, CEILING - 0.5, (250, 250, 242), ink=0.6)
    pen.glow((0.0, CEILING + 0.6), 5.0, (250, 250, 236), 0.45)
    door(pen, 4.4, (122, 132, 136))
    door(pen, -8.4, (122, 132, 136))
    pen.polygon(((-2.7, -1.9), (2.7, -1.9), (3.3, -1.2), (-3.3, -1.2)), lighter(_STEEL, 0.15), ink=0.9)
    pen.box(-3.3, -1.2, 3.3, -0.95, darker(_STEEL, 0.2), ink=0.9)
    for side in (-2.9, 2.7):
        pen.box(side, -0.95, side + 0.2, 1.4, darker(_STEEL, 0.3), ink=0.7)


def cafe(pen: Pen, place: Place) -> None:
    """A counter with bottles behind it, a coffee machine, pendant lamps, a shop window."""
    room(pen, place)
    window(pen, place.light, -4.6, -7.4, -1.6, -2.9)
    pen.box(-0.9, -7.7, 4.9, -2.6, darker(place.wood, 0.15), ink=0.9)
    for row in range(3):
        shelf(
            pen,
            -0.7,
            4.7,
            -6.2 + row * 1.5,
            place.chance(f"bottles {row}"),
            lighter(place.wood, 0.2),
            bottles=True,
        )
    window(pen, place.light, 6.0, -7.4, 9.0, -2.9)
    for x in (-3.6, -0.6, 2.4, 5.4):
        pendant(pen, place.light, x, -6.5, place.accent)
    pen.box(1.6, -3.9, 3.7, -2.6, _STEEL, ink=0.9)
    pen.box(1.8, -3.6, 3.5, -3.3, darker(_STEEL, 0.35), ink=0.5)
    for x in (2.1, 2.9):
        pen.box(x, -3.3, x + 0.25, -2.95, (70, 66, 70), ink=0.6)
    pen.box(-REACH, -2.6, REACH, -2.25, lighter(place.wood, 0.35), ink=0.9)
    pen.box(-REACH, -2.25, REACH, 0.4, mix(place.accent, place.wood, 0.4), ink=0.9)
    for column in range(-9, 10):
        pen.stroke(((column * 1.5, -2.2), (column * 1.5, 0.4)), ink=0.4, line=darker(place.accent, 0.4))
    for x in (-2.6, -0.4, 4.2):
        pen.oval((x, -0.6), 0.55, 0.15, darker(place.wood, 0.25), ink=0.8)
        pen.box(x - 0.06, -0.5, x + 0.06, 1.4, (74, 70, 76), ink=0.6)
        pen.oval((x, 1.4), 0.4, 0.1, (74, 70, 76), ink=0.6)


def cellar(pen: Pen, place: Place) -> None:
    """A brick vault: barrels at the wall, sconces, a long table."""
    brick = mix(place.wall, (150, 108, 88), 0.6)
    pen.box(-REACH * 2, -40, REACH * 2, 30, darker(brick, 0.45))
    gradient(pen, 0.0, 9.0, darker(place.floor, 0.25), darker(place.floor, 0.5))
    for middle in (-13.2, -6.6, 0.0, 6.6, 13.2):
        arch = [
            (middle - 3.0, 0.0),
            (middle - 3.0, -5.4),
            (middle - 2.4, -7.6),
            (middle, -8.8),
            (middle + 2.4, -7.6),
            (middle + 3.0, -5.4),
            (middle + 3.0, 0.0),
        ]
        pen.shape(arch, brick, ink=0.9)
        for row in range(8):
            for column in range(4):
                x = middle - 2.5 + column * 1.35 + 0.6 * (row % 2)
                if abs(x - middle) < 2.4 - 0.25 * max(0, 2 - row):
                    pen.box(
                        x,
                        -7.6 + row * 0.9,
                        x + 0.7,
                        -7.3 + row * 0.9,
                        darker(brick, 0.1),
                        ink=0.3,
                        line=darker(brick, 0.3),
                    )
        pen.glow((middle + 3.3, -5.3), 3.0, (255, 196, 110), 0.55)
        pen.polygon(
            ((middle + 3.1, -5.2), (middle + 3.5, -5.2), (middle + 3.42, -4.6), (middle + 3.18, -4.6)),
            (66, 58, 58),
            ink=0.7,
        )
        pen.shape(
            ((middle + 3.16, -5.2), (middle + 3.3, -5.8), (middle + 3.44, -5.2)), (255, 224, 150), ink=0.5
        )
    for x, y in ((-3.9, -0.4), (-2.2, -0.4), (-3.05, -2.0), (7.8, -0.4), (9.5, -0.4), (8.65, -2.0)):
        pen.oval((x, y - 0.45), 0.86, 0.86, place.wood, ink=0.9)
        pen.oval((x, y - 0.45), 0.66, 0.66, lighter(place.wood, 0.16), ink=0.6)
        pen.oval((x, y - 0.2), 0.09, 0.09, darker(place.wood, 0.5))
    shelf(pen, 1.0, 2.9, -4.2, place.chance("wine"), place.wood, bottles=True)
    shelf(pen, 1.0, 2.9, -2.9, place.chance("more wine"), place.wood, bottles=True)
    pen.box(-0.9, -1.7, 4.4, -1.35, lighter(place.wood, 0.15), ink=0.9)
    for side in (-0.6, 3.9):
        pen.box(side, -1.35, side + 0.25, 1.0, darker(place.wood, 0.15), ink=0.8)


def lamp_room(pen: Pen, place: Place) -> None:
    """The lantern of a lighthouse: the great lens on its pedestal, windows all round, a desk with a radio."""
    light, iron = place.light, (58, 50, 56)
    gradient(pen, CEILING, EYE_LEVEL + 2.4, light.sky_top, light.sky_low)
    gradient(pen, EYE_LEVEL + 1.6, 0.0, mix(light.sky_low, (48, 92, 108), 0.6), darker((48, 92, 108), 0.35))
    waves = place.chance("waves")
    for _ in range(40):
        x, y = waves.between(-REACH, REACH), waves.between(EYE_LEVEL + 1.9, -1.0)
        pen.stroke(
            ((x, y), (x + 0.5, y - 0.1), (x + 1.0, y)), ink=0.7, line=mix(light.sky_low, (120, 160, 170), 0.5)
        )
    for bar in range(-5, 6):
        pen.band(((bar * 3.3 + 1.65, CEILING - 1), (bar * 3.1 + 1.55, 0.0)), 0.22, iron, curved=False)
    for y in (-6.4, -3.4):
        pen.band(((-REACH, y), (REACH, y)), 0.14, iron, curved=False)
    pen.box(-REACH, CEILING - 20, REACH, CEILING + 0.4, darker(place.wood, 0.5))
    for rib in range(-9, 10):
        pen.stroke(
            ((rib * 1.2, CEILING + 0.4), (rib * 0.3, CEILING - 4.0)), ink=0.9, line=darker(place.wood, 0.2)
        )
    pen.box(-REACH, CEILING + 0.3, REACH, CEILING + 0.62, (172, 124, 70), ink=0.8)
    wood = mix(place.wood, (104, 66, 50), 0.6)
    pen.box(-REACH, -1.9, REACH, 0.1, wood, ink=0.9)
    pen.box(-REACH, -2.15, REACH, -1.8, (172, 124, 70), ink=0.8)
    gradient(pen, 0.1, 9.0, mix(wood, place.floor, 0.4), darker(wood, 0.4))
    pen.box(-REACH, 8.9, REACH, 24.0, darker(wood, 0.4))
    for step in range(-14, 15):
        pen.stroke(((step * 1.1, 0.1), (step * 3.5, 10.0)), ink=0.45, line=darker(wood, 0.45))
    pen.glow((0.0, -5.2), 6.5, (255, 206, 124), 0.5)
    _great_lens(pen)
    pen.box(-4.8, -2.3, -2.0, -2.0, lighter(wood, 0.2), ink=0.9)
    pen.box(-4.6, -2.0, -2.2, 0.8, darker(wood, 0.1), ink=0.9)
    draw_prop(pen.at(-3.2, -2.95, 1.5), "radio")


def _great_lens(pen: Pen) -> None:
    """A ribbed glass barrel with a bull's-eye, on a turned pedestal."""
    brass: Colour = (206, 156, 84)
    glass: Colour = (158, 196, 190)
    right = [(0.0, -8.5), (0.9, -8.3), (1.5, -7.2), (1.72, -5.4), (1.5, -3.7), (0.9, -2.7), (0.0, -2.5)]
    pen.shape([*right, *((-x, y) for x, y in reversed(right) if x)], glass, ink=1.0)
    for row in range(9):
        y = -8.0 + row * 0.62
        wide = 1.62 * (1 - ((y + 5.4) / 3.4) ** 2) ** 0.5 if abs(y + 5.4) < 3.3 else 0.5  # noqa: PLR2004  the barrel's half height
        pen.stroke(((-wide, y), (0.0, y + 0.14), (wide, y)), ink=0.8, line=lighter(glass, 0.45))
    for size, tone in (
        (1.15, (224, 214, 164)),
        (0.86, (236, 214, 140)),
        (0.56, (248, 222, 150)),
        (0.3, (255, 244, 206)),
    ):
        pen.oval((0.0, -5.3), size, size, tone, ink=0.6, line=darker(brass, 0.25))
    pen.glow((0.0, -5.3), 2.2, (255, 230, 160), 0.6)
    for x in (-1.0, 1.0):
        pen.stroke(
            ((0.0, -8.5), (x * 1.35, -7.0), (x * 1.5, -5.4), (x * 1.35, -3.8), (0.0, -2.5)),
            ink=1.6,
            line=brass,
        )
    pen.oval((0.0, -8.45), 0.8, 0.2, brass, ink=0.9)
    pen.polygon(
        ((-0.55, -2.5), (0.55, -2.5), (0.42, -1.2), (1.3, 0.5), (-1.3, 0.5), (-0.42, -1.2)),
        darker(brass, 0.3),
        ink=0.9,
    )
    for y, wide in ((-2.5, 0.95), (-1.2, 0.6), (0.5, 1.35)):
        pen.oval((0.0, y), wide, 0.2, brass, ink=0.9)
