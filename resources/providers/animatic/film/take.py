"""The take: a request's shots filmed from drawn layers, or from the pictures the request carries."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from PIL import Image

from recoil_assets.domain.request import GenerationRequest
from resources.providers.animatic.film.motion import move_of
from resources.providers.animatic.film.planar import Planar
from resources.providers.animatic.film.rig import Rig, drawn_rig, plate, plate_rig
from resources.providers.animatic.film.slate import slate_of
from resources.providers.animatic.film.timeline import Span, spans_of
from resources.providers.animatic.film.video import write_video
from resources.providers.animatic.pictures import BoardPicture, Pictures
from resources.providers.animatic.sheet.board import NOTE, board_panels, is_same_drawing, panel_pictures
from resources.providers.animatic.story.staging import Stage, stage_shots


class RenderingStopped(Exception):  # noqa: N818  nothing is wrong: nobody waits for the take any more
    """The take was given up before its last frame."""


def render_take(
    path: Path, request: GenerationRequest, pictures: Pictures, stopped: Callable[[], bool]
) -> None:
    """Render the take of a request to ``path``.

    Odd frame sides are lowered by one pixel: 4:2:0 video has none.

    Raises:
        RenderingStopped: ``stopped`` said so; the file is not whole.
    """
    size = (max(2, request.width // 2 * 2), max(2, request.height // 2 * 2))
    write_video(path, _frames(request, pictures, size, stopped), size=size, fps=request.fps)


def _frames(
    request: GenerationRequest, pictures: Pictures, size: tuple[int, int], stopped: Callable[[], bool]
) -> Iterator[Planar]:
    source = _Source(request, pictures, size)
    for span in spans_of(request):
        rig, slate = (
            source.rig(span),
            slate_of(request, span, size, pictures, pin_place=not source.shows_place(span)),
        )
        for number in range(span.start, span.end):
            if stopped():
                raise RenderingStopped
            frame = rig.frame(number - span.start, span.frames, request.fps)
            slate.lay_over(frame, number)
            yield frame


class _Source:
    """Where each shot's picture comes from: its start frame, the approved board, or the drawing of it."""

    def __init__(self, request: GenerationRequest, pictures: Pictures, size: tuple[int, int]) -> None:
        self._request, self._pictures, self._size = request, pictures, size
        self._stages = stage_shots(request.shots, seed=request.seed, aspect=request.width / request.height)
        self._panels: list[Image.Image | Stage] = (
            _board_shots(request, pictures.board) if pictures.board else []
        )

    def shows_place(self, span: Span) -> bool:
        """Whether the place's own picture is the backdrop."""
        drawn = not self._panels and not self._start(span)
        return drawn and self._request.shots[span.index].location in self._pictures.places

    def rig(self, span: Span) -> Rig:
        """The rig of one shot."""
        request, stage = self._request, self._stages[span.index]
        camera = move_of(stage, request.seed)
        start, panel = self._start(span), self._panels[span.index] if self._panels else None
        if start is not None:
            rig = plate_rig(start, camera, self._size)
        elif isinstance(panel, Image.Image):
            rig = plate_rig(panel, camera, self._size)
        else:
            photo = None if panel else self._pictures.places.get(stage.shot.location)
            rig = drawn_rig(
                panel or stage, camera, self._size, span.frames / request.fps, request.seed, photo
            )
        return self._ending(rig, span)

    def _start(self, span: Span) -> Image.Image | None:
        return self._pictures.start if span.index == 0 else None

    def _ending(self, rig: Rig, span: Span) -> Rig:
        if self._pictures.end is None or span.index != len(self._request.shots) - 1:
            return rig
        return replace(rig, end=plate(self._pictures.end, self._size))


def _board_shots(request: GenerationRequest, board: BoardPicture) -> list[Image.Image | Stage]:
    """What the board shows for each shot: its picture, or, where that is our own untouched drawing, its staging.

    A drawing is known by drawing it again and comparing; its staging then films sharper than its small picture.
    """
    found = panel_pictures(board.sheet, request.width, request.height, len(request.shots))
    seed = _seed_of(board)
    if seed is None:
        return list(found)
    stages = stage_shots(request.shots, seed=seed, aspect=request.width / request.height)
    ours = board_panels(request, Pictures(), seed=seed)
    return [
        stage if is_same_drawing(panel, drawn) else panel
        for panel, drawn, stage in zip(found, ours, stages, strict=True)
    ]


def _seed_of(board: BoardPicture) -> int | None:
    """The seed noted in a board that this provider drew."""
    try:
        note = json.loads(board.notes.get(NOTE, ""))
    except ValueError:
        return None
    seed = note.get("seed") if isinstance(note, dict) else None
    return seed if isinstance(seed, int) else None
