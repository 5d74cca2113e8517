"""Poses: where a figure's elbows, wrists, knees and ankles are, in heads, the eye line at y = 0."""

from dataclasses import dataclass

from resources.providers.animatic.drawing.pen import Point


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm on the figure's right of the frame (x > 0); the other side is its mirror image.

    ``raised`` arms are drawn over the head.
    """

    elbow: Point
    wrist: Point
    raised: bool = False


@dataclass(frozen=True, slots=True)
class Pose:
    """Both arms: ``lead`` is on the side the figure faces."""

    lead: Arm
    rear: Arm
    holds: bool = False


_REST = Arm((0.86, 1.72), (0.8, 2.5))
_FRONT = Arm((0.84, 1.72), (0.3, 1.95))

POSES: dict[str, Pose] = {
    "rest": Pose(_REST, _REST),
    "hip": Pose(Arm((1.14, 1.55), (0.58, 2.12)), _REST),
    "gesture": Pose(Arm((0.98, 1.7), (1.18, 1.02)), Arm((0.88, 1.7), (0.55, 2.05))),
    "crossed": Pose(Arm((0.84, 1.68), (-0.3, 1.62)), Arm((0.84, 1.72), (-0.34, 1.78))),
    "hold": Pose(Arm((0.9, 1.66), (0.42, 1.5)), _FRONT, holds=True),
    "phone": Pose(Arm((1.0, 1.35), (0.5, 0.42), raised=True), _REST, holds=True),
    "point": Pose(Arm((1.0, 1.25), (1.55, 0.86)), _REST),
    "toast": Pose(Arm((1.02, 1.3), (0.95, 0.55), raised=True), Arm((0.88, 1.7), (0.62, 2.15)), holds=True),
    "pockets": Pose(Arm((0.95, 1.68), (0.6, 2.32)), Arm((0.95, 1.68), (0.6, 2.32))),
}


@dataclass(frozen=True, slots=True)
class Stance:
    """Both legs, hip to ankle; ``drop`` is how many heads lower the eye line is than standing."""

    lead: tuple[Point, Point, Point]
    rear: tuple[Point, Point, Point]
    drop: float = 0.0
    seated: bool = False


STANCES: dict[str, Stance] = {
    "stand": Stance(
        ((0.28, 2.9), (0.31, 4.2), (0.33, 5.62)),
        ((-0.28, 2.9), (-0.31, 4.2), (-0.34, 5.62)),
    ),
    "walk": Stance(
        ((0.2, 2.9), (0.56, 4.12), (0.78, 5.45)),
        ((-0.2, 2.9), (-0.24, 4.2), (-0.72, 5.36)),
    ),
    "sit": Stance(
        ((0.3, 2.75), (0.5, 3.2), (0.48, 4.42)),
        ((-0.3, 2.75), (-0.44, 3.2), (-0.4, 4.42)),
        drop=1.2,
        seated=True,
    ),
}
SOLE = 5.86
"""How many heads the ground is below the eye line of a standing figure."""
