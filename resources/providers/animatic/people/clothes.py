"""Clothes: the torso of a figure in heads, the eye line at y = 0, by outfit."""

from collections.abc import Callable

from resources.providers.animatic.drawing.colour import PAPER, Colour, darker, lighter, mix
from resources.providers.animatic.drawing.pen import Pen, Point, mirrored
from resources.providers.animatic.people.casting import Look


def shoulder(look: Look) -> float:
    """Half the width across the shoulders, heads."""
    return 0.7 * look.build


def draw_torso(pen: Pen, look: Look, turn: float) -> None:
    """Neck, trunk and what is worn on it."""
    _neck(pen, look)
    pen.shape(mirrored(_trunk(look)), look.cloth, ink=1.0)
    _folds(pen, look)
    dress = _OUTFITS.get(look.outfit, _tee)
    dress(pen, look, turn)


def draw_back(pen: Pen, look: Look) -> None:
    """The same trunk seen from behind."""
    _neck(pen, look)
    pen.shape(mirrored(_trunk(look)), look.cloth, ink=1.0)
    tone = darker(look.cloth, 0.3)
    pen.stroke(((-0.24, 0.78), (0.0, 0.86), (0.24, 0.78)), ink=0.7, line=tone)
    pen.stroke(((0.0, 1.0), (0.02, 1.7), (0.0, 2.4)), ink=0.6, line=tone)


def _trunk(look: Look) -> list[Point]:
    wide = shoulder(look)
    waist = 0.5 * look.build * (0.86 if look.feminine else 1.04)
    hip = 0.58 * look.build * (1.06 if look.feminine else 0.96)
    right: list[Point] = [(0.0, 0.7), (0.17, 0.68), (0.34, 0.76), (wide * 0.93, 0.9), (wide * 1.02, 1.08),
                          (wide * 0.92, 1.5), (waist, 2.1), (hip, 2.72)]  # fmt: skip
    if look.outfit == "dress":
        return [*right, (hip * 1.3, 3.5), (hip * 1.5, 4.15), (0.0, 4.22)]
    if look.outfit in ("coat", "raincoat"):
        return [*right, (hip * 1.1, 3.4), (hip * 1.16, 3.95), (0.0, 3.98)]
    return [*right, (hip * 1.01, 3.02), (0.0, 3.05)]


def _neck(pen: Pen, look: Look) -> None:
    wide = 0.155 if look.feminine else 0.19
    pen.shape(
        (
            (-wide, 0.2),
            (wide, 0.2),
            (wide * 0.96, 0.55),
            (wide + 0.12, 0.76),
            (0.0, 0.98),
            (-wide - 0.12, 0.76),
            (-wide * 0.96, 0.55),
        ),
        look.skin,
        ink=1.0,
    )
    shade = darker(look.skin, 0.2)
    pen.shape(
        (
            (-wide, 0.3),
            (wide, 0.3),
            (wide * 0.97, 0.5),
            (0.04, 0.66),
            (-wide * 0.5, 0.6),
            (-wide * 0.97, 0.48),
        ),
        shade,
    )


def _folds(pen: Pen, look: Look) -> None:
    tone = darker(look.cloth, 0.28)
    wide = shoulder(look)
    pen.shape(
        (
            (wide * 0.62, 1.35),
            (wide * 0.92, 1.3),
            (wide * 0.78, 1.9),
            (wide * 0.74, 2.7),
            (wide * 0.45, 2.75),
            (wide * 0.58, 2.0),
        ),
        mix(look.cloth, tone, 0.55),
    )
    pen.stroke(((-wide * 0.7, 1.4), (-wide * 0.58, 1.62)), ink=0.6, line=tone)


def _neckline(pen: Pen, look: Look, deep: float) -> None:
    """Skin that a low collar leaves open, as a V; its upper edge runs into the neck."""
    low = 0.69 + deep
    pen.polygon(
        (
            (-0.16, 0.66),
            (0.16, 0.66),
            (0.22, 0.71),
            (0.12, 0.69 + deep * 0.6),
            (0.0, low),
            (-0.12, 0.69 + deep * 0.6),
            (-0.22, 0.71),
        ),
        look.skin,
    )
    for side in (-1, 1):
        pen.stroke(((side * 0.23, 0.7), (side * 0.12, 0.69 + deep * 0.6), (0.0, low)), ink=0.6)
    if deep > 0.3:  # noqa: PLR2004  a deep neckline shows the collar bones
        for side in (-1, 1):
            pen.stroke(((side * 0.17, 0.83), (side * 0.06, 0.87)), ink=0.5, line=darker(look.skin, 0.3))


def _collar(pen: Pen, colour: Colour) -> None:
    for side in (-1, 1):
        pen.polygon(
            ((side * 0.2, 0.62), (side * 0.02, 0.86), (side * 0.2, 1.06), (side * 0.33, 0.76)),
            colour,
            ink=0.8,
        )


def _tee(pen: Pen, look: Look, _turn: float) -> None:
    _neckline(pen, look, 0.16)
    pen.stroke(
        ((-0.25, 0.7), (-0.12, 0.87), (0.12, 0.87), (0.25, 0.7)), ink=0.9, line=darker(look.cloth, 0.35)
    )


def _shirt(pen: Pen, look: Look, turn: float) -> None:
    middle = turn * 0.05
    _neckline(pen, look, 0.24)
    pen.stroke(((0.0, 0.95), (middle, 1.7), (middle, 2.95)), ink=0.7, line=darker(look.cloth, 0.4))
    for row in range(5):
        pen.oval((middle + 0.05, 1.15 + row * 0.36), 0.025, 0.025, lighter(look.cloth, 0.7), ink=0.4)
    _collar(pen, lighter(look.cloth, 0.25))


def _blouse(pen: Pen, look: Look, turn: float) -> None:
    _neckline(pen, look, 0.42)
    pen.stroke(((-0.26, 0.72), (-0.1, 0.98), (0.0, 1.14), (0.1, 0.98), (0.26, 0.72)), ink=0.9)
    pen.stroke(((0.0, 1.14), (turn * 0.04, 2.0)), ink=0.6, line=darker(look.cloth, 0.4))


def _sweater(pen: Pen, look: Look, _turn: float) -> None:
    pen.shape(
        ((-0.27, 0.74), (-0.21, 0.57), (0.0, 0.63), (0.21, 0.57), (0.27, 0.74), (0.0, 0.9)),
        lighter(look.cloth, 0.18),
        ink=0.9,
    )
    tone = darker(look.cloth, 0.3)
    for out in (-0.12, 0.0, 0.12):
        pen.stroke(((out, 0.68 + 0.05 * (out == 0)), (out * 1.1, 0.8)), ink=0.5, line=tone)
    pen.stroke(((-0.5 * look.build, 2.86), (0.0, 2.92), (0.5 * look.build, 2.86)), ink=0.7, line=tone)


def _hoodie(pen: Pen, look: Look, _turn: float) -> None:
    _neckline(pen, look, 0.14)
    hood = darker(look.cloth, 0.12)
    for side in (-1, 1):
        pen.shape(
            (
                (side * 0.12, 0.92),
                (side * 0.22, 0.52),
                (side * 0.42, 0.56),
                (side * 0.5, 0.84),
                (side * 0.3, 1.0),
            ),
            hood,
            ink=0.9,
        )
        pen.stroke(((side * 0.1, 0.95), (side * 0.12, 1.2), (side * 0.09, 1.42)), ink=0.9, line=look.accent)
    pen.shape(((-0.36, 2.75), (-0.26, 2.25), (0.26, 2.25), (0.36, 2.75)), hood, ink=0.8)


def _raincoat(pen: Pen, look: Look, turn: float) -> None:
    """An oilskin: a roll-neck in the opening of a wide collar, the hood down behind, press studs."""
    _sweater_neck(pen, lighter(look.accent, 0.3))
    collar = darker(look.cloth, 0.14)
    for side in (-1, 1):
        pen.shape(
            (
                (side * 0.2, 0.62),
                (side * 0.42, 0.6),
                (side * 0.56, 0.86),
                (side * 0.36, 1.14),
                (side * 0.02, 1.3),
                (side * 0.16, 0.95),
            ),
            collar,
            ink=0.9,
        )
    pen.stroke(((0.0, 1.3), (turn * 0.04, 2.2), (turn * 0.06, 3.9)), ink=0.9)
    for row in range(4):
        pen.oval((turn * 0.04 + 0.06, 1.5 + row * 0.5), 0.035, 0.035, (120, 116, 112), ink=0.5)
    pen.stroke(((-0.42, 1.5), (-0.4, 2.3), (-0.44, 3.2)), ink=1.1, line=lighter(look.cloth, 0.4))


def _sweater_neck(pen: Pen, wool: Colour) -> None:
    pen.shape(
        ((-0.25, 0.72), (-0.2, 0.5), (0.0, 0.57), (0.2, 0.5), (0.25, 0.72), (0.14, 1.12), (-0.14, 1.12)),
        wool,
        ink=0.9,
    )
    for out in (-0.12, 0.0, 0.12):
        pen.stroke(((out, 0.58), (out * 1.1, 0.95)), ink=0.5, line=darker(wool, 0.25))


def _open_front(pen: Pen, look: Look, shirt: Colour, low: float) -> None:
    """A shirt front between two lapels."""
    pen.polygon(((-0.2, 0.7), (0.2, 0.7), (0.0, low)), shirt, ink=0.7)
    _neckline(pen, look, 0.2)
    for side in (-1, 1):
        pen.polygon(
            ((side * 0.19, 0.64), (side * 0.02, 0.86), (side * 0.12, 1.0), (side * 0.26, 0.76)),
            shirt,
            ink=0.7,
        )
        pen.polygon(
            (
                (side * 0.25, 0.7),
                (side * 0.36, 1.05),
                (side * 0.27, 1.14),
                (side * 0.33, 1.22),
                (0.0, low),
                (side * 0.13, 1.0),
            ),
            darker(look.cloth, 0.14),
            ink=0.8,
        )


def _blazer(pen: Pen, look: Look, _turn: float) -> None:
    _open_front(pen, look, lighter(look.accent, 0.45), 1.85)
    if not look.feminine:
        pen.polygon(
            ((-0.05, 0.88), (0.05, 0.88), (0.07, 1.5), (0.0, 1.62), (-0.07, 1.5)),
            darker(look.accent, 0.55),
            ink=0.6,
        )
    pen.stroke(((0.0, 1.85), (0.03, 2.4), (0.1, 3.02)), ink=0.8)
    pen.oval((0.07, 2.02), 0.035, 0.035, darker(look.cloth, 0.5))


def _coat(pen: Pen, look: Look, _turn: float) -> None:
    _open_front(pen, look, look.accent, 1.6)
    pen.stroke(((0.0, 1.6), (0.02, 2.6), (0.04, 3.95)), ink=0.8)
    pen.polygon(
        (
            (-0.5 * look.build, 2.18),
            (0.5 * look.build, 2.18),
            (0.5 * look.build, 2.34),
            (-0.5 * look.build, 2.34),
        ),
        darker(look.cloth, 0.3),
        ink=0.7,
    )
    pen.box(-0.08, 2.14, 0.1, 2.38, mix(look.accent, (220, 180, 90), 0.5), ink=0.6)


def _dress(pen: Pen, look: Look, _turn: float) -> None:
    _neckline(pen, look, 0.36)
    pen.stroke(((-0.25, 0.72), (-0.12, 0.98), (0.0, 1.08), (0.12, 0.98), (0.25, 0.72)), ink=0.9)
    pen.shape(
        (
            (-0.42 * look.build, 2.06),
            (0.42 * look.build, 2.06),
            (0.44 * look.build, 2.22),
            (0.0, 2.26),
            (-0.44 * look.build, 2.22),
        ),
        look.accent,
        ink=0.7,
    )
    tone = darker(look.cloth, 0.3)
    for out in (-0.3, 0.0, 0.3):
        pen.stroke(((out * 0.8, 2.5), (out * 1.3, 3.3), (out * 1.5, 4.0)), ink=0.6, line=tone)


def _apron(pen: Pen, look: Look, turn: float) -> None:
    _shirt(pen, look, turn)
    cloth = mix(look.accent, (186, 156, 112), 0.55)
    for side in (-1, 1):
        pen.stroke(((side * 0.22, 0.78), (side * 0.28, 1.2)), ink=1.6, line=darker(cloth, 0.25))
    pen.shape(
        (
            (-0.32, 1.18),
            (0.32, 1.18),
            (0.42, 1.9),
            (0.52, 2.3),
            (0.54, 3.5),
            (-0.54, 3.5),
            (-0.52, 2.3),
            (-0.42, 1.9),
        ),
        cloth,
        ink=0.9,
    )
    pen.polygon(((-0.24, 2.4), (0.24, 2.4), (0.2, 2.85), (-0.2, 2.85)), darker(cloth, 0.1), ink=0.6)
    pen.box(0.1, 1.36, 0.28, 1.46, PAPER, ink=0.5)


def _vest(pen: Pen, look: Look, _turn: float) -> None:
    shirt = lighter(look.accent, 0.6)
    dark = darker(look.cloth, 0.35)
    wide = shoulder(look)
    pen.shape(mirrored(_trunk(look)), shirt, ink=1.0)
    for side in (-1, 1):
        pen.polygon(
            (
                (side * wide * 0.62, 0.86),
                (side * 0.3, 0.8),
                (0.0, 1.85),
                (side * 0.06, 3.0),
                (side * 0.56 * look.build, 2.95),
                (side * 0.5 * look.build, 2.1),
                (side * wide * 0.8, 1.4),
            ),
            dark,
            ink=0.9,
        )
    _neckline(pen, look, 0.14)
    _collar(pen, shirt)
    for side in (-1, 1):
        pen.polygon(((0.0, 0.9), (side * 0.2, 0.8), (side * 0.2, 1.02)), (150, 36, 48), ink=0.7)
    for row in range(3):
        pen.oval((0.05, 2.05 + row * 0.3), 0.03, 0.03, (206, 170, 96))


def _scrubs(pen: Pen, look: Look, _turn: float) -> None:
    _neckline(pen, look, 0.34)
    pen.stroke(
        ((-0.27, 0.7), (0.0, 1.08), (0.27, 0.7)), ink=1.4, line=lighter(look.cloth, 0.35), curved=False
    )
    pen.polygon(((0.12, 1.3), (0.4, 1.3), (0.38, 1.62), (0.14, 1.62)), lighter(look.cloth, 0.1), ink=0.6)
    pen.stroke(((-0.22, 0.75), (-0.26, 1.2), (-0.1, 1.5), (0.02, 1.3)), ink=1.0, line=(70, 74, 84))


def _uniform(pen: Pen, look: Look, turn: float) -> None:
    _shirt(pen, look, turn)
    for side in (-1, 1):
        pen.box(side * 0.34 - 0.12, 1.25, side * 0.34 + 0.12, 1.55, darker(look.cloth, 0.15), ink=0.6)
        pen.polygon(
            (
                (side * 0.38, 0.76),
                (side * 0.66 * look.build, 0.86),
                (side * 0.62 * look.build, 0.98),
                (side * 0.38, 0.88),
            ),
            (212, 176, 92),
            ink=0.6,
        )
    pen.oval((0.33, 1.16), 0.06, 0.07, (222, 190, 100), ink=0.6)


_OUTFITS: dict[str, Callable[[Pen, Look, float], None]] = {
    "tee": _tee,
    "shirt": _shirt,
    "blouse": _blouse,
    "sweater": _sweater,
    "hoodie": _hoodie,
    "blazer": _blazer,
    "coat": _coat,
    "raincoat": _raincoat,
    "dress": _dress,
    "apron": _apron,
    "vest": _vest,
    "scrubs": _scrubs,
    "uniform": _uniform,
}


def sleeve_of(look: Look) -> Colour:
    """The colour of the arms' sleeves."""
    return lighter(look.accent, 0.6) if look.outfit == "vest" else look.cloth


def legs_of(look: Look) -> Colour:
    """The colour of the legs: trousers, or skin below a dress."""
    return look.skin if look.outfit == "dress" else look.trousers
