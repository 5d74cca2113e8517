"""The rig: everything one shot of a take needs, drawn once and then filmed frame by frame."""

import math
from dataclasses import dataclass, field, replace

from PIL import Image

from resources.providers.animatic.drawing.chance import Chance
from resources.providers.animatic.drawing.pen import Window
from resources.providers.animatic.film.acting import Part, blinks_of, is_blinking, parts_of, talker_at
from resources.providers.animatic.film.motion import MARGIN, CameraMove, View
from resources.providers.animatic.film.multiplane import Multiplane, Plane, plane_of
from resources.providers.animatic.film.planar import Planar, planar
from resources.providers.animatic.sheet.panels import (
    Canvas,
    Sheets,
    cover,
    draw_near,
    draw_sheets,
    with_faces,
)
from resources.providers.animatic.story.script_words import Weather
from resources.providers.animatic.story.staging import Placed, Stage

_BACKDROP, _FAR, _NEAR, _FRONT = 0.5, 0.72, 1.0, 1.5
_PLATE_MARGIN = 0.045
"""How much of a given picture, as a share of its sides, lies outside the frame for the camera to move into."""
_DISSOLVE = 0.4
"""The share of a shot, at its end, in which it goes over into its end frame."""
_SMALLEST_ACTING_HEAD_PX = 70
_ZOOMS_A_SECOND = 12
"""A zoom is animated on twos, as drawn films are: resampling every layer is what a frame costs most."""
_SECONDS_TO_FALL = {Weather.SNOW: 6.0, Weather.RAIN: 0.55}

Expression = tuple[int, bool]
"""Whose mouth is open (-1 for nobody's), and whether eyes are shut."""


@dataclass(slots=True)
class Rig:
    """One shot, ready to film.

    Attributes:
        faces: what is laid over the figures for each expression but the quiet one.
        falling: rain or snow of the frame's size, and the seconds it takes to cross the frame.
        end: what the shot goes over into.
    """

    camera: CameraMove
    scene: Multiplane
    faces: dict[Expression, tuple[Plane, ...]] = field(default_factory=dict)
    blinks: tuple[float, ...] = ()
    parts: tuple[Part, ...] = ()
    falling: Planar | None = None
    fall_s: float = 1.0
    end: Multiplane | None = None
    _held: tuple[View, Expression, Planar] | None = None

    def frame(self, number: int, count: int, fps: int) -> Planar:
        """The picture of the ``number``-th of ``count`` frames, counted from 0; the caller may paint on it."""
        share, seconds = number / count, number / fps
        held = number
        if self.camera.zooms:
            held -= number % max(1, round(fps / _ZOOMS_A_SECOND))
        view = self.camera.view(held / count, held / fps)
        expression = (talker_at(self.parts, share, seconds), is_blinking(self.blinks, seconds))
        picture = self._filmed(view, expression)
        if self.falling is not None:
            down = int((seconds / self.fall_s % 1.0) * picture.size[1]) // 2 * 2
            picture.paste(self.falling, (0, down))
            picture.paste(self.falling, (0, down - picture.size[1]))
        if self.end is not None and share > 1 - _DISSOLVE:
            done = (share - (1 - _DISSOLVE)) / (_DISSOLVE * 0.9)
            picture = picture.blended(self.end.frame(view), min(1.0, done))
        return picture

    def _filmed(self, view: View, expression: Expression) -> Planar:
        """The scene through the camera; a picture that is held for some frames is put together once."""
        if not (self.camera.zooms or self.camera.stays):
            return self.scene.frame(view, self.faces.get(expression, ()))
        if self._held is None or self._held[:2] != (view, expression):
            self._held = (view, expression, self.scene.frame(view, self.faces.get(expression, ())))
        held = self._held[2]
        return held.cropped(0, 0, *held.size)


def drawn_rig(
    stage: Stage,
    camera: CameraMove,
    size: tuple[int, int],
    length_s: float,
    seed: int,
    photo: Image.Image | None,
) -> Rig:
    """A rig of drawn layers.

    Args:
        size: the frame, pixels. length_s: how long the shot is, seconds.
        photo: a picture of the place, used as the backdrop.
    """
    quiet = with_faces(stage, talker=-1, eyes_shut=False)
    canvas = Canvas(*size, margin=MARGIN)
    sheets = draw_sheets(quiet, canvas, photo=photo)
    rig = Rig(
        camera=camera,
        scene=Multiplane(*size, _planes(sheets, canvas)),
        falling=planar(sheets.falling) if sheets.falling else None,
        fall_s=_SECONDS_TO_FALL.get(stage.reading.weather, 1.0),
    )
    actors = [one for one in quiet.near if one.head * size[1] > _SMALLEST_ACTING_HEAD_PX]
    if actors:
        rig.blinks = blinks_of(Chance("blinks", seed, stage.shot.shot_id), length_s)
        rig.parts = parts_of(stage)
    for expression in _expressions({part.talker for part in rig.parts}, blinks=bool(rig.blinks)):
        acted = with_faces(stage, talker=expression[0], eyes_shut=expression[1])
        planes = (_face_plane(one, acted, canvas) for one in actors)
        rig.faces[expression] = tuple(plane for plane in planes if plane is not None)
    return rig


def plate_rig(picture: Image.Image, camera: CameraMove, size: tuple[int, int]) -> Rig:
    """A rig of one given picture."""
    return Rig(camera=camera, scene=plate(picture, size))


def plate(picture: Image.Image, size: tuple[int, int]) -> Multiplane:
    """A given picture as the only layer, a little larger than the frame."""
    window = Canvas(*size, margin=_PLATE_MARGIN).window
    fitted = planar(cover(picture, window.width, window.height))
    layer = Plane(fitted, round(window.left), round(window.top), _NEAR)
    return Multiplane(*size, (layer,), reach=_PLATE_MARGIN * 0.8 / MARGIN)


def _planes(sheets: Sheets, canvas: Canvas) -> tuple[Plane, ...]:
    left, top = round(canvas.window.left), round(canvas.window.top)
    drawn = ((sheets.backdrop, _BACKDROP), (sheets.far, _FAR), (sheets.near, _NEAR), (sheets.front, _FRONT))
    planes = (plane_of(sheet, left, top, depth) for sheet, depth in drawn if sheet is not None)
    return tuple(plane for plane in planes if plane is not None)


def _expressions(talkers: set[int], *, blinks: bool) -> list[Expression]:
    """All but the quiet one."""
    eyes = (False, True) if blinks else (False,)
    return [(talker, shut) for talker in sorted(talkers | {-1}) for shut in eyes if talker >= 0 or shut]


def _face_plane(one: Placed, stage: Stage, canvas: Canvas) -> Plane | None:
    """The features of one face, drawn again to be laid over the quiet ones."""
    whole, tall = canvas.window, canvas.height
    pad = math.ceil(tall * 0.014)
    middle, eyes, head = canvas.width / 2 + one.x * tall, one.eyes * tall, one.head * tall
    left, right = (
        max(whole.left, middle - 0.4 * head - pad),
        min(whole.left + whole.width, middle + 0.4 * head + pad),
    )
    top, bottom = (
        max(whole.top, eyes - 0.22 * head - pad),
        min(whole.top + whole.height, eyes + 0.46 * head + pad),
    )
    part = Window(round(left), round(top), round(right) - round(left), round(bottom) - round(top))
    # The rim of a part is shaded as if the figure ended there, so only its inside is used.
    if part.width <= 3 * pad or part.height <= 3 * pad:
        return None
    sheet = draw_near(stage, replace(canvas, part=part))
    if sheet is None:
        return None
    inside = sheet.crop((pad, pad, part.width - pad, part.height - pad))
    return plane_of(inside, round(part.left) + pad, round(part.top) + pad, _NEAR)
