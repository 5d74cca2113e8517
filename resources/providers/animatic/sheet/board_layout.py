"""The layout of a board: where each panel and caption is on the sheet, pixels.

The layout follows from the frame's shape and the number of shots alone, so a board's panels can be cut out
of its picture again.
"""

import math
from dataclasses import dataclass

MARGIN = 28
GAP = 24
HEADER = 104
CAPTION = 152
_PANEL_AREA = 240_000
_NARROWEST, _WIDEST = 360, 480
_MOST_COLUMNS = 4
_BEST_SHAPE = 1.25
"""Width over height that suits a browser's page."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column outside."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row outside."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class BoardLayout:
    """A sheet with one panel a shot, row by row in story order."""

    width: int
    height: int
    columns: int
    panels: tuple[Box, ...]

    @property
    def rows(self) -> int:
        """Rows of panels."""
        return math.ceil(len(self.panels) / self.columns)


def layout_of(frame_width: int, frame_height: int, shots: int) -> BoardLayout:
    """The layout of a board of ``shots`` panels, each of the frame's shape."""
    aspect = frame_width / frame_height
    width = round(min(max(math.sqrt(_PANEL_AREA * aspect), _NARROWEST), _WIDEST) / 2) * 2
    height = max(2, round(width / aspect / 2) * 2)
    columns = min(
        range(1, min(shots, _MOST_COLUMNS) + 1), key=lambda count: _misfit(count, shots, width, height)
    )
    panels = tuple(
        Box(
            MARGIN + (index % columns) * (width + GAP),
            HEADER + (index // columns) * (height + CAPTION + GAP),
            width,
            height,
        )
        for index in range(shots)
    )
    return BoardLayout(
        width=2 * MARGIN + columns * (width + GAP) - GAP,
        height=panels[-1].bottom + CAPTION + MARGIN,
        columns=columns,
        panels=panels,
    )


def _misfit(columns: int, shots: int, width: int, height: int) -> float:
    """How ill a number of columns suits a page: its shape, and panels left empty."""
    rows = math.ceil(shots / columns)
    shape = (columns * width) / (rows * (height + CAPTION))
    return abs(math.log(shape / _BEST_SHAPE)) + 0.25 * (rows * columns - shots)
