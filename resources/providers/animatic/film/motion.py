"""Motion: where the camera is in each moment of a shot."""

import math
from dataclasses import dataclass, replace

from resources.providers.animatic.drawing.chance import Chance
from resources.providers.animatic.story.framing import Kind
from resources.providers.animatic.story.script_words import Move
from resources.providers.animatic.story.staging import Stage

MARGIN = 0.1
"""How much around the frame has to be drawn for the furthest move, as a share of the frame's sides."""


@dataclass(frozen=True, slots=True)
class View:
    """What the camera sees: its shift from the middle, as a share of the frame's sides, and its zoom.

    Attributes:
        parallax: how much more near things shift than far ones; little for a camera that only turns.
        zooms: whether the zoom differs from moment to moment.
        step: the finest shift worth showing, pixels: a slow glide stutters on whole pixels, a shake does not.
    """

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    parallax: float = 1.0
    zooms: bool = False
    step: float = 0.5


_GLIDES = {
    Move.PAN_LEFT: View(x=-0.085, zoom=1.03, parallax=0.12),
    Move.PAN_RIGHT: View(x=0.085, zoom=1.03, parallax=0.12),
    Move.TILT_UP: View(y=-0.08, zoom=1.03, parallax=0.12),
    Move.TILT_DOWN: View(y=0.08, zoom=1.03, parallax=0.12),
    Move.TRACK_LEFT: View(x=-0.06, zoom=1.03),
    Move.TRACK_RIGHT: View(x=0.06, zoom=1.03),
    Move.ARC: View(x=0.055, zoom=1.04, parallax=1.6),
}
"""Where moves that keep their distance end; they start as far on the other side. A locked camera is none of them."""


@dataclass(frozen=True, slots=True)
class CameraMove:
    """A shot's camera move.

    Attributes:
        strength: 1 for a move the words ask for, less for one that only lends life.
        aim: how far from the middle, as a share of the frame's height, what a zoom goes to is.
        phase: where a hand's unrest starts.
    """

    move: Move
    strength: float
    aim: float
    phase: float

    @property
    def zooms(self) -> bool:
        """Whether the camera comes nearer or goes back."""
        return self.move in (Move.PUSH, Move.PULL)

    @property
    def stays(self) -> bool:
        """Whether the camera does not move at all."""
        return self.move is Move.LOCKED

    def view(self, share: float, seconds: float) -> View:
        """The view at ``share`` (0 to 1) of the shot, ``seconds`` after its start."""
        done = _eased(share)
        if self.move is Move.HANDHELD:
            return self._wobble(seconds)
        if self.zooms:
            return self._zoomed(done if self.move is Move.PUSH else 1 - done)
        glide, way = _GLIDES.get(self.move, View()), (2 * done - 1) * self.strength
        return replace(glide, x=glide.x * way, y=glide.y * way)

    def _zoomed(self, done: float) -> View:
        """Nearer by ``done`` (0 to 1) of the way, keeping what is aimed at where it is."""
        zoom = 1.0 + 0.17 * self.strength * done
        return View(y=self.aim * (1 - 1 / zoom), zoom=zoom, zooms=True)

    def _wobble(self, seconds: float) -> View:
        """A hand's unrest: slow drift under a quicker shake."""
        turn = 2 * math.pi * seconds
        x = 0.009 * math.sin(turn * 0.43 + self.phase) + 0.004 * math.sin(turn * 1.31 + 2.1 * self.phase)
        y = 0.006 * math.sin(turn * 0.57 + 1.7 * self.phase) + 0.003 * math.sin(turn * 1.73 + self.phase)
        return View(x=x, y=y, zoom=1.035, parallax=0.35, step=1.0)


def move_of(stage: Stage, seed: int) -> CameraMove:
    """The move a shot's words ask for, else a slight one that suits its size."""
    chance = Chance("camera", seed, stage.shot.shot_id)
    phase = chance.between(0.0, 2 * math.pi)
    aim = stage.near[0].eyes - 0.45 if stage.near else 0.0
    if stage.reading.move is not None:
        return CameraMove(stage.reading.move, 1.0, aim, phase)
    if stage.framing.kind is Kind.POINT_OF_VIEW:
        return CameraMove(Move.HANDHELD, 1.0, aim, phase)
    close = stage.framing.head > 0.25  # noqa: PLR2004  the size of a face
    slight = (
        (Move.PUSH, Move.TRACK_LEFT, Move.TRACK_RIGHT)
        if close
        else (Move.TRACK_LEFT, Move.TRACK_RIGHT, Move.PULL)
    )
    return CameraMove(chance.pick(slight), chance.between(0.35, 0.5), aim, phase)


def _eased(share: float) -> float:
    """Slow out of the start and into the end, steady between."""
    return 0.45 * share + 0.55 * share * share * (3 - 2 * share)
