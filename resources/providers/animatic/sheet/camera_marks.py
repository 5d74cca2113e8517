"""Camera marks: the arrows a storyboard artist puts over a panel to say how the camera moves."""

import math

from PIL import Image

from resources.providers.animatic.drawing.colour import PAPER, Colour
from resources.providers.animatic.drawing.pen import Layer, Pen, Point, Window
from resources.providers.animatic.story.script_words import Move

_MARK: Colour = (226, 66, 44)


def draw_camera_mark(panel: Image.Image, move: Move) -> None:
    """Put the mark of ``move`` on a panel; a locked camera has none."""
    if move is Move.LOCKED:
        return
    width, height = panel.size
    layer = Layer(Window(0, 0, width, height), 3)
    # The unit is the panel's shorter side, so that marks look alike in every frame shape.
    unit = min(width, height)
    pen = layer.pen(ink_px=unit * 0.014).at(width / 2, height / 2, unit)
    across, down = width / unit / 2, height / unit / 2
    for colour, extra in ((PAPER, 1.7), (_MARK, 1.0)):
        _marks(pen, move, across - 0.05, down - 0.05, colour, extra)
    mark = layer.finished()
    panel.paste(mark, (0, 0), mark)


def _marks(pen: Pen, move: Move, across: float, down: float, colour: Colour, weight: float) -> None:
    if move in (Move.PUSH, Move.PULL):
        for x, y in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
            outer, inner = (x * across, y * down), (x * (across - 0.13), y * (down - 0.13))
            start, end = (outer, inner) if move is Move.PUSH else (inner, outer)
            _arrow(pen, start, end, colour, weight)
    elif move in (Move.PAN_LEFT, Move.PAN_RIGHT):
        way = 1 if move is Move.PAN_RIGHT else -1
        _arrow(pen, (-way * 0.26, down - 0.06), (way * 0.26, down - 0.06), colour, weight)
    elif move in (Move.TRACK_LEFT, Move.TRACK_RIGHT):
        way = 1 if move is Move.TRACK_RIGHT else -1
        for row in (0.03, 0.1):
            _arrow(pen, (-way * 0.24, down - row), (way * (0.28 - row), down - row), colour, weight)
    elif move in (Move.TILT_UP, Move.TILT_DOWN):
        way = -1 if move is Move.TILT_UP else 1
        _arrow(pen, (across - 0.05, -way * 0.26), (across - 0.05, way * 0.26), colour, weight)
    elif move is Move.ARC:
        bow = [
            (0.3 * math.cos(turn), down - 0.14 + 0.12 * math.sin(turn))
            for turn in (2.9, 2.4, 1.9, 1.4, 0.9, 0.4)
        ]
        pen.stroke(bow, ink=weight, line=colour)
        _head(pen, bow[-2], bow[-1], colour, weight)
    else:
        wave = [(-0.28 + step * 0.047, down - 0.06 + 0.035 * (-1) ** step) for step in range(13)]
        pen.stroke(wave, ink=weight, line=colour)


def _arrow(pen: Pen, start: Point, end: Point, colour: Colour, weight: float) -> None:
    pen.stroke((start, end), ink=weight, line=colour)
    _head(pen, start, end, colour, weight)


def _head(pen: Pen, start: Point, end: Point, colour: Colour, weight: float) -> None:
    turn = math.atan2(end[1] - start[1], end[0] - start[0])
    for side in (-2.55, 2.55):
        pen.stroke(
            (end, (end[0] + 0.058 * math.cos(turn + side), end[1] + 0.058 * math.sin(turn + side))),
            ink=weight,
            line=colour,
        )
