"""Objects: small things that a hand holds or an insert shows, about one unit high, centred on (0, 0)."""

from collections.abc import Callable

from resources.providers.animatic.drawing.colour import INK, PAPER, Colour, darker, lighter
from resources.providers.animatic.drawing.pen import Pen

_STEEL: Colour = (178, 184, 194)
_GOLD: Colour = (220, 176, 82)
_RED: Colour = (176, 56, 58)
_WOOD: Colour = (156, 108, 70)


def draw_prop(pen: Pen, name: str) -> None:
    """The object of that name; a folded sheet of paper where it is none of them."""
    _PROPS.get(name, _paper)(pen)


def _phone(pen: Pen) -> None:
    pen.polygon(
        (
            (-0.24, -0.5),
            (0.24, -0.5),
            (0.29, -0.45),
            (0.29, 0.45),
            (0.24, 0.5),
            (-0.24, 0.5),
            (-0.29, 0.45),
            (-0.29, -0.45),
        ),
        (44, 46, 58),
        ink=1.0,
    )
    pen.box(-0.24, -0.42, 0.24, 0.4, (120, 190, 214))
    pen.polygon(((-0.24, -0.42), (0.1, -0.42), (-0.24, 0.1)), (176, 224, 236))
    for row, wide in enumerate((0.3, 0.22, 0.26)):
        pen.box(-0.18, -0.1 + row * 0.15, -0.18 + wide, -0.02 + row * 0.15, PAPER)


def _paper(pen: Pen) -> None:
    pen.polygon(((-0.36, -0.5), (0.2, -0.54), (0.4, -0.36), (0.38, 0.5), (-0.34, 0.52)), PAPER, ink=1.0)
    pen.polygon(((0.2, -0.54), (0.18, -0.34), (0.4, -0.36)), darker(PAPER, 0.12), ink=0.8)
    for row, end in enumerate((0.26, 0.26, 0.12, 0.26, 0.26, 0.12)):
        pen.stroke(((-0.24, -0.3 + row * 0.13), (end, -0.3 + row * 0.13)), ink=0.6, line=(96, 98, 120))
    pen.oval((0.18, 0.38), 0.08, 0.08, _RED, ink=0.6)


def _cup(pen: Pen) -> None:
    pen.oval((0.33, 0.02), 0.19, 0.21, None, ink=2.6)
    pen.shape(
        ((-0.34, -0.3), (0.34, -0.3), (0.31, 0.2), (0.2, 0.42), (-0.2, 0.42), (-0.31, 0.2)),
        (232, 226, 214),
        ink=1.0,
    )
    pen.oval((0.0, -0.29), 0.34, 0.1, (244, 240, 230), ink=1.0)
    pen.oval((0.0, -0.27), 0.27, 0.065, (96, 60, 42))
    pen.stroke(((-0.33, 0.02), (0.0, 0.1), (0.32, 0.02)), ink=1.2, line=(90, 140, 150))
    for out in (-0.12, 0.1):
        pen.stroke(
            ((out, -0.42), (out + 0.06, -0.55), (out - 0.02, -0.68), (out + 0.05, -0.82)),
            ink=0.8,
            line=(236, 236, 236),
        )


def _glass(pen: Pen) -> None:
    pen.box(-0.03, 0.08, 0.03, 0.5, (206, 222, 226), ink=0.7)
    pen.oval((0.0, 0.5), 0.22, 0.05, (206, 222, 226), ink=0.8)
    pen.shape(
        ((-0.24, -0.5), (0.24, -0.5), (0.3, -0.2), (0.16, 0.08), (-0.16, 0.08), (-0.3, -0.2)),
        (214, 230, 234),
        ink=1.0,
    )
    pen.shape(((-0.28, -0.22), (0.28, -0.22), (0.15, 0.05), (-0.15, 0.05)), (128, 26, 52))
    pen.oval((0.0, -0.23), 0.27, 0.045, (160, 48, 72))
    pen.stroke(((-0.18, -0.42), (-0.21, -0.28)), ink=1.0, line=(255, 255, 255))


def _ring(pen: Pen) -> None:
    pen.oval((0.0, 0.14), 0.34, 0.34, _GOLD, ink=1.0)
    pen.oval((0.0, 0.14), 0.24, 0.25, darker(_GOLD, 0.6), ink=0.8)
    pen.polygon(
        ((-0.2, -0.34), (-0.1, -0.46), (0.1, -0.46), (0.2, -0.34), (0.0, -0.14)), (204, 236, 246), ink=1.0
    )
    pen.stroke(((-0.2, -0.34), (0.2, -0.34)), ink=0.6)
    pen.stroke(((0.36, -0.52), (0.44, -0.62)), ink=0.8, line=PAPER)


def _key(pen: Pen) -> None:
    pen.box(-0.045, -0.15, 0.045, 0.52, _GOLD, ink=1.0)
    for row in (0.3, 0.44):
        pen.box(0.0, row, 0.17, row + 0.08, _GOLD, ink=0.8)
    pen.oval((0.0, -0.3), 0.24, 0.22, _GOLD, ink=1.0)
    pen.oval((0.0, -0.32), 0.1, 0.09, darker(_GOLD, 0.6), ink=0.8)


def _knife(pen: Pen) -> None:
    pen.shape(((-0.07, 0.1), (-0.09, -0.4), (0.0, -0.72), (0.09, -0.3), (0.07, 0.1)), _STEEL, ink=1.0)
    pen.stroke(((0.0, -0.6), (0.02, 0.05)), ink=0.7, line=lighter(_STEEL, 0.7))
    pen.box(-0.14, 0.08, 0.14, 0.15, darker(_STEEL, 0.4), ink=0.8)
    pen.shape(((-0.08, 0.15), (0.08, 0.15), (0.1, 0.5), (0.0, 0.56), (-0.1, 0.5)), _WOOD, ink=1.0)


def _gun(pen: Pen) -> None:
    dark: Colour = (62, 64, 74)
    pen.polygon(((-0.12, 0.0), (0.16, 0.0), (0.28, 0.5), (0.02, 0.54)), darker(_WOOD, 0.35), ink=1.0)
    pen.polygon(((-0.6, -0.26), (0.3, -0.26), (0.34, 0.0), (-0.1, 0.02), (-0.6, -0.06)), dark, ink=1.0)
    pen.oval((-0.17, 0.1), 0.11, 0.1, None, ink=1.2)


def _photo(pen: Pen) -> None:
    pen.polygon(((-0.4, -0.46), (0.36, -0.52), (0.42, 0.46), (-0.34, 0.52)), PAPER, ink=1.0)
    pen.polygon(((-0.32, -0.38), (0.3, -0.43), (0.34, 0.22), (-0.28, 0.27)), (150, 184, 196), ink=0.7)
    pen.oval((0.02, -0.16), 0.11, 0.14, (226, 188, 158), ink=0.7)
    pen.shape(((-0.2, 0.24), (-0.14, 0.04), (0.02, -0.02), (0.18, 0.02), (0.26, 0.2)), _RED, ink=0.7)


def _book(pen: Pen) -> None:
    pen.polygon(
        ((-0.46, -0.4), (0.0, -0.32), (0.46, -0.4), (0.46, 0.4), (0.0, 0.48), (-0.46, 0.4)),
        (74, 62, 92),
        ink=1.0,
    )
    pen.polygon(((-0.4, -0.38), (0.0, -0.3), (0.0, 0.42), (-0.4, 0.34)), PAPER, ink=0.7)
    pen.polygon(((0.4, -0.38), (0.0, -0.3), (0.0, 0.42), (0.4, 0.34)), darker(PAPER, 0.06), ink=0.7)
    for row in range(5):
        for side in (-1, 1):
            pen.stroke(
                ((side * 0.06, -0.18 + row * 0.12), (side * 0.33, -0.23 + row * 0.12)),
                ink=0.5,
                line=(110, 108, 124),
            )


def _money(pen: Pen) -> None:
    green: Colour = (128, 168, 128)
    for step in range(4):
        lift = 0.2 - step * 0.1
        pen.polygon(
            ((-0.55, lift - 0.18), (0.45, lift - 0.24), (0.55, lift + 0.12), (-0.45, lift + 0.2)),
            lighter(green, 0.12 * step),
            ink=0.9,
        )
    pen.oval((0.0, -0.12), 0.13, 0.11, lighter(green, 0.6), ink=0.7)


def _clock(pen: Pen) -> None:
    pen.oval((0.0, 0.0), 0.48, 0.48, _GOLD, ink=1.0)
    pen.oval((0.0, 0.0), 0.39, 0.39, PAPER, ink=0.8)
    for x, y in ((0.0, -0.32), (0.32, 0.0), (0.0, 0.32), (-0.32, 0.0)):
        pen.oval((x, y), 0.028, 0.028, INK)
    pen.stroke(((0.0, 0.0), (0.0, -0.24)), ink=1.3)
    pen.stroke(((0.0, 0.0), (0.16, 0.1)), ink=1.6)


def _knob(pen: Pen) -> None:
    pen.polygon(((-0.7, -0.36), (0.7, -0.36), (0.76, 0.46), (-0.76, 0.46)), (58, 60, 74), ink=1.0)
    for column in range(4):
        x = -0.5 + column * 0.33
        pen.oval((x, 0.16), 0.12, 0.12, (112, 114, 130), ink=0.8)
        pen.stroke(((x, 0.16), (x + 0.06 - 0.04 * column, 0.06)), ink=0.9, line=PAPER)
        pen.box(x - 0.04, -0.28, x + 0.04, -0.04, (116, 206, 140) if column % 2 else (232, 178, 84))


def _palette(pen: Pen) -> None:
    pen.shape(
        (
            (-0.55, 0.1),
            (-0.4, -0.3),
            (0.1, -0.42),
            (0.52, -0.2),
            (0.55, 0.14),
            (0.3, 0.2),
            (0.22, 0.38),
            (-0.2, 0.42),
        ),
        _WOOD,
        ink=1.0,
    )
    dabs: tuple[tuple[float, float, Colour], ...] = (
        (-0.3, -0.1, (60, 96, 168)),
        (-0.02, -0.24, PAPER),
        (0.24, -0.18, (222, 170, 66)),
        (-0.3, 0.18, _RED),
    )
    for x, y, colour in dabs:
        pen.oval((x, y), 0.1, 0.075, colour, ink=0.6)
    pen.band(((0.02, 0.2), (0.5, -0.66)), 0.05, darker(_WOOD, 0.4), curved=False)
    pen.shape(((0.46, -0.6), (0.52, -0.84), (0.58, -0.58)), (70, 70, 96), ink=0.7)


def _radio(pen: Pen) -> None:
    case: Colour = (112, 74, 54)
    pen.polygon(
        ((-0.62, -0.3), (-0.5, -0.42), (0.5, -0.42), (0.62, -0.3), (0.62, 0.44), (-0.62, 0.44)), case, ink=1.0
    )
    pen.stroke(((0.5, -0.42), (0.72, -0.95)), ink=1.2)
    for row in range(5):
        pen.stroke(((-0.5, -0.22 + row * 0.11), (-0.08, -0.22 + row * 0.11)), ink=1.1, line=darker(case, 0.5))
    pen.glow((0.28, -0.04), 0.5, (255, 206, 120), 0.55)
    pen.oval((0.28, -0.04), 0.24, 0.24, (250, 226, 164), ink=1.0)
    for x, y in ((0.14, -0.1), (0.2, -0.19), (0.32, -0.21), (0.42, -0.12)):
        pen.oval((x, y), 0.014, 0.014, INK)
    pen.stroke(((0.28, 0.06), (0.38, -0.16)), ink=1.1, line=_RED)
    for out in (-0.4, -0.2):
        pen.oval((out, 0.34), 0.055, 0.055, _GOLD, ink=0.8)
    pen.oval((0.28, 0.32), 0.055, 0.055, _GOLD, ink=0.8)


def _match(pen: Pen) -> None:
    pen.glow((0.0, -0.42), 0.75, (255, 196, 104), 0.7)
    pen.box(-0.03, -0.2, 0.03, 0.5, (226, 196, 148), ink=0.9)
    pen.shape(
        ((0.0, -0.82), (0.13, -0.46), (0.1, -0.24), (0.0, -0.18), (-0.1, -0.24), (-0.13, -0.46)),
        (248, 158, 62),
        ink=0.8,
    )
    pen.shape(((0.0, -0.62), (0.06, -0.4), (0.0, -0.24), (-0.06, -0.4)), (255, 236, 168))


def _wristwatch(pen: Pen) -> None:
    for top, bottom in ((-0.62, -0.3), (0.3, 0.62)):
        pen.polygon(((-0.17, top), (0.17, top), (0.17, bottom), (-0.17, bottom)), (84, 62, 52), ink=0.9)
    _clock(pen)


def _hammer(pen: Pen) -> None:
    pen.box(-0.05, -0.3, 0.05, 0.62, _WOOD, ink=1.0)
    pen.polygon(((-0.34, -0.56), (0.22, -0.56), (0.4, -0.42), (0.22, -0.28), (-0.34, -0.28)), _STEEL, ink=1.0)


_PROPS: dict[str, Callable[[Pen], None]] = {
    "phone": _phone,
    "paper": _paper,
    "cup": _cup,
    "glass": _glass,
    "ring": _ring,
    "key": _key,
    "knife": _knife,
    "gun": _gun,
    "photo": _photo,
    "book": _book,
    "money": _money,
    "clock": _clock,
    "knob": _knob,
    "radio": _radio,
    "match": _match,
    "wristwatch": _wristwatch,
    "hammer": _hammer,
    "palette": _palette,
}
