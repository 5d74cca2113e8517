"""Faces: a head in units of its own height, the eye line at y = 0, seen from the front or turned."""

from dataclasses import dataclass

from resources.providers.animatic.drawing.colour import INK, Colour, darker, lighter, mix
from resources.providers.animatic.drawing.pen import Pen, Point, Points, oval_points
from resources.providers.animatic.people.casting import Look
from resources.providers.animatic.story.script_words import Mood

_DETAIL_PX = 30
"""Height of a head, pixels, below which a face is a few marks: more would smear."""


@dataclass(frozen=True, slots=True)
class Face:
    """How a face is held.

    Attributes:
        turn: -1 looks to the left of the frame, 0 at the camera, 1 to the right.
        mouth_open, eyes_shut: talking and blinking.
    """

    turn: float
    mood: Mood = Mood.CALM
    mouth_open: bool = False
    eyes_shut: bool = False


_BROWS: dict[Mood, tuple[float, float]] = {
    Mood.CALM: (-0.014, 0.006),
    Mood.GLAD: (-0.02, -0.015),
    Mood.ANGRY: (0.06, -0.03),
    Mood.SAD: (-0.045, 0.03),
    Mood.STARTLED: (-0.06, -0.06),
}
"""How far the inner and outer ends of the brows move down."""

_MOUTHS: dict[Mood, float] = {
    Mood.CALM: 0.012,
    Mood.GLAD: 0.06,
    Mood.ANGRY: -0.03,
    Mood.SAD: -0.045,
    Mood.STARTLED: -0.01,
}
"""How far the middle of the mouth hangs below its corners."""


def head_outline(look: Look, turn: float) -> list[Point]:
    """The edge of the face and skull, chin at y = 0.5."""
    jaw = look.jaw
    right: list[Point] = [
        (0.0, -0.53),
        (0.25, -0.475),
        (0.385, -0.25),
        (0.39, 0.02),
        (0.355 + 0.02 * jaw, 0.2),
        (0.235 + 0.065 * jaw, 0.395),
        (0.085 + 0.05 * jaw, 0.495),
    ]
    left = [(-x, y) for x, y in reversed(right) if x]
    # A turned face loses its far cheek and gains the back of the skull.
    return [(_turned(x, y, turn), y) for x, y in (*right, *left)]


def draw_face(pen: Pen, look: Look, face: Face) -> None:
    """The head without hair: ears, skull, features."""
    shadow = mix(darker(look.skin, 0.2), (176, 84, 84), 0.18)
    for side in (-1, 1):
        if side * face.turn < 0.55:  # noqa: PLR2004  the far ear goes behind the cheek
            ear = (side * 0.385 - face.turn * 0.07, 0.07)
            pen.oval(ear, 0.07, 0.115, look.skin, ink=0.8)
            if pen.unit_px > _DETAIL_PX:
                pen.stroke(
                    ((ear[0] + side * 0.025, 0.01), (ear[0] - side * 0.012, 0.07), (ear[0], 0.13)),
                    ink=0.5,
                    line=shadow,
                )
    outline = head_outline(look, face.turn)
    pen.shape(outline, look.skin, ink=1.0)
    if pen.unit_px < _DETAIL_PX:
        _marks(pen, face)
        return
    _cheek_shadow(pen, look, face, shadow)
    _beard(pen, look, face)
    for side in (-1, 1):
        _eye(pen, look, face, side)
        _brow(pen, look, face, side)
    _nose(pen, face, shadow)
    _mouth(pen, look, face, shadow)
    if look.glasses:
        _glasses(pen, face)


def _turned(x: float, y: float, turn: float) -> float:
    far = x * turn > 0
    squeeze = 0.13 if far else -0.02
    cheek = 0.02 if far and 0.05 < y < 0.3 else 0.0  # noqa: PLR2004  the cheekbone stands out on the far side
    return x * (1 - squeeze * abs(turn)) + turn * (cheek + 0.03 * max(0.0, y))


def _place(face: Face, side: float, out: float) -> float:
    """Where a feature ``out`` from the middle of the face lies; ``side`` is 0 for the middle."""
    return face.turn * 0.125 + side * out * (1 - 0.26 * max(0.0, side * face.turn))


def _marks(pen: Pen, face: Face) -> None:
    for side in (-1, 1):
        pen.oval((_place(face, side, 0.17), 0.02), 0.036, 0.05, INK)
    pen.stroke(((_place(face, -1, 0.09), 0.29), (_place(face, 1, 0.09), 0.29)), ink=0.7)


def _cheek_shadow(pen: Pen, look: Look, face: Face, shadow: Colour) -> None:
    """One flat shadow down the side that is turned away: what makes a drawn head round."""
    away = -1 if face.turn >= 0 else 1
    outline = head_outline(look, face.turn)
    half = len(outline) // 2
    edge = outline[1 : half + 1] if away > 0 else outline[half + 1 :]
    edge = [point for point in edge if -0.3 < point[1] < 0.47]  # noqa: PLR2004  the brow and chin stay in the light
    inner = [(x - away * (0.1 + 0.05 * (y > 0.3)), y) for x, y in reversed(edge)]  # noqa: PLR2004  wider under the jaw
    pen.shape([*edge, *inner], mix(look.skin, shadow, 0.5))
    pen.shape(head_outline(look, face.turn), None, ink=1.0)


def _almond(face: Face, side: int) -> tuple[float, float, list[Point], list[Point]]:
    """An eye's middle, half width, and the points of its upper and lower lids, left to right."""
    middle, wide = _place(face, side, 0.178), 0.092 * (1 - 0.22 * max(0.0, side * face.turn))
    tall = {Mood.STARTLED: 0.072, Mood.ANGRY: 0.042, Mood.GLAD: 0.048, Mood.SAD: 0.05}.get(face.mood, 0.056)
    steps = [step / 6 - 1 for step in range(13)]
    slant = -0.012 * side
    upper = [(middle + wide * s, slant * s - tall * (1 - s * s) ** 0.6) for s in steps]
    lower = [(middle + wide * s, slant * s + 0.72 * tall * (1 - s * s) ** 0.8) for s in steps]
    return middle, wide, upper, lower


def _eye(pen: Pen, look: Look, face: Face, side: int) -> None:
    middle, wide, upper, lower = _almond(face, side)
    if face.eyes_shut:
        pen.stroke(lower, ink=1.1)
        return
    pen.polygon([*upper, *reversed(lower)], (252, 250, 246))
    looking = middle + face.turn * 0.03
    _within_lids(pen, oval_points((looking, 0.002), 0.05, 0.056), upper, lower, darker(look.hair_colour, 0.1))
    _within_lids(pen, oval_points((looking, 0.002), 0.024, 0.028), upper, lower, INK)
    if not look.extra:
        pen.oval((looking - 0.018, -0.018), 0.013, 0.014, (255, 255, 255))
    pen.stroke(upper, ink=1.25 if look.feminine else 1.0)
    pen.stroke(lower[3:-3], ink=0.45, line=darker(look.skin, 0.45))
    crease = [(x, y - 0.032) for x, y in upper[2:-2]]
    pen.stroke(crease, ink=0.4, line=darker(look.skin, 0.35))
    if look.feminine and not look.extra:
        corner = upper[-1] if side > 0 else upper[0]
        pen.stroke((corner, (corner[0] + side * 0.035, corner[1] - 0.03)), ink=0.9)
    if face.mood is Mood.SAD and side * face.turn <= 0:
        pen.oval(
            (middle + side * wide * 0.4, 0.12), 0.014, 0.026, (214, 236, 250), ink=0.3, line=(120, 160, 190)
        )


def _within_lids(pen: Pen, points: Points, upper: Points, lower: Points, colour: Colour) -> None:
    """A disc cut off by the lids above and below it."""
    left, right = upper[0][0], upper[-1][0]
    cut = []
    for x, y in points:
        across = min(max(x, left), right)
        step = (across - left) / (right - left) * (len(upper) - 1)
        index, part = min(int(step), len(upper) - 2), step - min(int(step), len(upper) - 2)
        top = upper[index][1] + (upper[index + 1][1] - upper[index][1]) * part
        bottom = lower[index][1] + (lower[index + 1][1] - lower[index][1]) * part
        cut.append((across, min(max(y, top), bottom)))
    pen.polygon(cut, colour)


def _brow(pen: Pen, look: Look, face: Face, side: int) -> None:
    inner_down, outer_down = _BROWS[face.mood]
    inner, outer = _place(face, side, 0.075), _place(face, side, 0.29)
    top = -0.135
    thick = 0.026 if look.feminine else 0.04
    inner_y, outer_y = top + inner_down + 0.012, top + outer_down + 0.022
    arch = ((inner + outer) / 2 + side * 0.02, top + (inner_down + outer_down) / 2 - 0.022)
    colour = darker(look.hair_colour, 0.25)
    pen.shape(
        ((inner, inner_y), arch, (outer, outer_y), (arch[0], arch[1] + thick), (inner, inner_y + thick)),
        colour,
    )


def _nose(pen: Pen, face: Face, shadow: Colour) -> None:
    way = 1 if face.turn >= 0 else -1
    reach = way * (0.035 + 0.05 * abs(face.turn))
    middle = _place(face, 0, 0)
    bridge = (middle + way * 0.02, 0.02)
    tip = (middle + reach, 0.185)
    pen.stroke(
        (bridge, (middle + reach * 0.7, 0.12), tip, (middle + reach * 0.3, 0.212)),
        ink=0.65,
        line=darker(shadow, 0.3),
    )
    pen.stroke(
        ((middle - way * 0.05, 0.19), (middle - way * 0.035, 0.212)), ink=0.5, line=darker(shadow, 0.3)
    )


def _mouth(pen: Pen, look: Look, face: Face, shadow: Colour) -> None:
    hang = _MOUTHS[face.mood]
    middle, left, right = (
        _place(face, 0, 0) + face.turn * 0.02,
        _place(face, -1, 0.125),
        _place(face, 1, 0.125),
    )
    y = 0.315
    lips = mix(look.skin, (186, 70, 82), 0.5 if look.feminine else 0.28)
    if face.mouth_open or face.mood is Mood.STARTLED:
        deep = 0.085 if face.mouth_open else 0.06
        narrow = 0.75
        edge = ((middle + (left - middle) * narrow, y), (middle, y - 0.028), (middle + (right - middle) * narrow, y),
                (middle, y + deep))  # fmt: skip
        pen.shape(edge, (92, 34, 42), ink=0.8)
        pen.polygon(
            (
                (middle - 0.05, y - 0.012),
                (middle + 0.05, y - 0.012),
                (middle + 0.045, y + 0.012),
                (middle - 0.045, y + 0.012),
            ),
            (250, 246, 240),
        )
        return
    corner = y - hang * 0.5
    pen.shape(
        ((left * 0.7 + middle * 0.3, y), (middle, y + hang * 0.6 + 0.012), (right * 0.7 + middle * 0.3, y),
         (middle, y + hang * 0.6 + 0.058)),
        lips,
    )  # fmt: skip
    if look.feminine:
        pen.shape(
            (
                (left * 0.75 + middle * 0.25, y),
                (middle, y - 0.03),
                (right * 0.75 + middle * 0.25, y),
                (middle, y + hang * 0.5 + 0.008),
            ),
            mix(lips, shadow, 0.35),
        )
    pen.stroke(((left, corner), (middle, y + hang * 0.55), (right, corner)), ink=0.85)


def _beard(pen: Pen, look: Look, face: Face) -> None:
    if not look.beard:
        return
    outline = [(x, y) for x, y in head_outline(look, face.turn) if y > 0.15]  # noqa: PLR2004  from the sideburns down
    middle = _place(face, 0, 0)
    upper_lip = [(middle - 0.17, 0.3), (middle - 0.09, 0.245), (middle + 0.09, 0.245), (middle + 0.17, 0.3)]
    if look.beard == "moustache":
        pen.shape((*upper_lip, (middle, 0.285)), look.hair_colour, ink=0.4)
        return
    colour = mix(look.skin, look.hair_colour, 0.3) if look.beard == "stubble" else look.hair_colour
    ordered = sorted(outline, key=lambda point: point[0], reverse=True)
    pen.shape((*ordered, *upper_lip), colour, ink=0.0 if look.beard == "stubble" else 0.5)
    if look.beard == "beard":
        pen.oval((middle, 0.325), 0.1, 0.045, look.skin)


def _glasses(pen: Pen, face: Face) -> None:
    frame: Colour = (40, 36, 44)
    middles = []
    for side in (-1, 1):
        middle, wide, _, _ = _almond(face, side)
        middles.append((middle, wide + 0.045))
        points = [
            (middle + x * (wide + 0.045), 0.01 + y * 0.105)
            for x, y in (
                (-1, -0.7),
                (-0.6, -1),
                (0.6, -1),
                (1, -0.7),
                (0.85, 0.6),
                (0.4, 1),
                (-0.4, 1),
                (-0.85, 0.6),
            )
        ]
        pen.shape(points, None, ink=1.0, line=frame)
        pen.stroke(
            ((middle - wide * 0.4, -0.05), (middle - wide * 0.7, 0.0)), ink=0.6, line=lighter(frame, 0.75)
        )
    (left, left_wide), (right, right_wide) = middles
    pen.stroke(((left + left_wide, -0.03), (right - right_wide, -0.03)), ink=0.9, line=frame)
    pen.stroke(((left - left_wide, -0.03), (-0.37, 0.0)), ink=0.8, line=frame)
    pen.stroke(((right + right_wide, -0.03), (0.37, 0.0)), ink=0.8, line=frame)
