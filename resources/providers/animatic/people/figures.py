"""Figures: a whole person, head to shoes, in heads, the eye line at y = 0."""

from dataclasses import dataclass, replace

from resources.providers.animatic.drawing.colour import Colour, darker, lighter
from resources.providers.animatic.drawing.pen import Pen
from resources.providers.animatic.people.casting import Look
from resources.providers.animatic.people.clothes import draw_back, draw_torso, legs_of, shoulder, sleeve_of
from resources.providers.animatic.people.faces import Face, draw_face
from resources.providers.animatic.people.hair import draw_back_of_head, draw_hair_behind, draw_hair_over
from resources.providers.animatic.people.poses import POSES, STANCES, Arm, Pose, Stance
from resources.providers.animatic.people.props import draw_prop


@dataclass(frozen=True, slots=True)
class Figure:
    """One person as drawn.

    Attributes:
        pose, stance: names of entries in ``POSES`` and ``STANCES``.
        prop: what the lead hand holds, where the pose holds something.
        looming: 1 at eye level; below 1 the body dwindles under the head (seen from above), above 1 it
            towers over the viewer (seen from below).
    """

    look: Look
    face: Face
    pose: str = "rest"
    stance: str = "stand"
    prop: str = ""
    looming: float = 1.0


def draw_figure(pen: Pen, figure: Figure) -> None:
    """The figure from the front."""
    look, face = figure.look, figure.face
    lead = 1 if face.turn >= 0 else -1
    pose, stance = POSES[figure.pose], STANCES[figure.stance]
    body = replace(pen, across=pen.across * figure.looming, down=pen.down * figure.looming)
    if stance.seated:
        _chair(body)
    draw_hair_behind(pen, look)
    _legs(body, look, stance, lead)
    over = _Arms(body, look, pose, figure.prop, lead)
    draw_torso(body, look, face.turn)
    over.draw(raised=False)
    draw_face(pen, look, face)
    draw_hair_over(pen, look, face.turn)
    over.draw(raised=True)


def draw_from_behind(pen: Pen, look: Look) -> None:
    """Head and shoulders from behind, as seen over them."""
    draw_back(pen, look)
    for side in (-1, 1):
        _arm(pen, look, POSES["rest"].lead, side)
    draw_back_of_head(pen, look)


class _Arms:
    def __init__(self, pen: Pen, look: Look, pose: Pose, prop: str, lead: int) -> None:
        self._pen, self._look, self._pose, self._prop, self._lead = pen, look, pose, prop, lead

    def draw(self, *, raised: bool) -> None:
        for arm, side in ((self._pose.rear, -self._lead), (self._pose.lead, self._lead)):
            if arm.raised is not raised:
                continue
            _arm(self._pen, self._look, arm, side)
            if self._pose.holds and side == self._lead:
                hand = self._pen.at(side * arm.wrist[0], arm.wrist[1], 0.62, mirrored=side < 0)
                draw_prop(hand, self._prop)
                _fingers(self._pen, self._look, arm, side)


def _arm(pen: Pen, look: Look, arm: Arm, side: int) -> None:
    wide = shoulder(look)
    joint = (side * wide * 0.86, 1.06)
    elbow, wrist = (side * arm.elbow[0] * look.build, arm.elbow[1]), (side * arm.wrist[0], arm.wrist[1])
    short = look.outfit in ("tee", "dress", "scrubs")
    thick = 0.185 if look.feminine else 0.21
    _hand(pen, look, elbow, wrist)
    if short:
        pen.limb((joint, elbow, wrist), (thick * 0.85, thick * 0.72, thick * 0.5), look.skin)
        half = (joint[0] + (elbow[0] - joint[0]) * 0.62, joint[1] + (elbow[1] - joint[1]) * 0.62)
        pen.limb((joint, half), (thick, thick * 1.02), sleeve_of(look))
        _join(pen, look, joint, side, thick)
        return
    cuff = (elbow[0] + (wrist[0] - elbow[0]) * 0.94, elbow[1] + (wrist[1] - elbow[1]) * 0.94)
    pen.limb((joint, elbow, cuff), (thick, thick * 0.86, thick * 0.66), sleeve_of(look))
    _join(pen, look, joint, side, thick)
    bend = (elbow[0] - side * thick * 0.5, elbow[1] - 0.02)
    pen.stroke(
        (bend, (elbow[0] + side * thick * 0.1, elbow[1] + 0.06)), ink=0.5, line=darker(look.cloth, 0.35)
    )


def _join(pen: Pen, look: Look, joint: tuple[float, float], side: int, thick: float) -> None:
    """Paint the seam between sleeve and shoulder away, so that the arm grows out of the trunk."""
    colour = sleeve_of(look)
    if look.outfit != "vest":
        pen.oval((joint[0] - side * 0.05, joint[1] + 0.02), thick * 0.92, thick * 0.9, colour)


def _hand(pen: Pen, look: Look, elbow: tuple[float, float], wrist: tuple[float, float]) -> None:
    along = (wrist[0] - elbow[0], wrist[1] - elbow[1])
    length = max(0.01, (along[0] ** 2 + along[1] ** 2) ** 0.5)
    way = (along[0] / length, along[1] / length)
    knuckles = (wrist[0] + way[0] * 0.2, wrist[1] + way[1] * 0.2)
    thumb = (wrist[0] + way[0] * 0.1 - way[1] * 0.13, wrist[1] + way[1] * 0.1 + way[0] * 0.13)
    pen.limb((wrist, thumb), (0.07, 0.045), look.skin)
    pen.limb((wrist, knuckles), (0.115, 0.1), look.skin)


def _fingers(pen: Pen, look: Look, arm: Arm, side: int) -> None:
    """Fingers closed round what is held."""
    x, y = side * arm.wrist[0], arm.wrist[1]
    for row in range(3):
        pen.limb(
            ((x - 0.1, y - 0.1 + row * 0.085), (x + 0.09, y - 0.12 + row * 0.085)),
            (0.05, 0.045),
            look.skin,
            ink=0.7,
        )


def _legs(pen: Pen, look: Look, stance: Stance, lead: int) -> None:
    colour = legs_of(look)
    thick = 0.3 * look.build
    for leg in (stance.rear, stance.lead):
        hip, knee, ankle = ((x * lead, y) for x, y in leg)
        _shoe(pen, ankle, lead, darker(look.trousers, 0.55))
        pen.limb((hip, knee, ankle), (thick, thick * 0.74, thick * 0.5), colour)
        pen.stroke(
            ((knee[0] - 0.1, knee[1] + 0.04), (knee[0] + 0.1, knee[1])), ink=0.5, line=darker(colour, 0.3)
        )


def _shoe(pen: Pen, ankle: tuple[float, float], lead: int, colour: Colour) -> None:
    x, y = ankle
    pen.shape(
        (
            (x - lead * 0.18, y - 0.08),
            (x + lead * 0.14, y - 0.08),
            (x + lead * 0.44, y + 0.14),
            (x + lead * 0.42, y + 0.24),
            (x - lead * 0.2, y + 0.24),
        ),
        colour,
        ink=0.9,
    )
    pen.stroke(((x - lead * 0.2, y + 0.22), (x + lead * 0.42, y + 0.22)), ink=0.8, line=lighter(colour, 0.5))


def _chair(pen: Pen) -> None:
    wood: Colour = (122, 84, 58)
    pen.box(-0.72, 1.5, 0.72, 2.9, wood, ink=0.9)
    pen.box(-0.56, 1.66, 0.56, 2.6, lighter(wood, 0.18), ink=0.6)
    pen.box(-0.78, 2.85, 0.78, 3.1, darker(wood, 0.1), ink=0.9)
    for side in (-0.7, 0.58):
        pen.box(side, 3.1, side + 0.12, 4.66, darker(wood, 0.2), ink=0.9)
