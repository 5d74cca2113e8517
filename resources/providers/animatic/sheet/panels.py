"""Panels: one shot drawn as a picture, in layers that a camera can move past each other."""

import math
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from resources.providers.animatic.drawing.chance import Chance
from resources.providers.animatic.drawing.colour import darker
from resources.providers.animatic.drawing.pen import Layer, Pen, Window
from resources.providers.animatic.people.figures import draw_figure, draw_from_behind
from resources.providers.animatic.people.insert import draw_object, draw_table, draw_table_top
from resources.providers.animatic.sets.catalogue import draw_set
from resources.providers.animatic.sets.light import lit, rim_lit
from resources.providers.animatic.sets.scenery import EYE_LEVEL
from resources.providers.animatic.story.framing import Kind
from resources.providers.animatic.story.script_words import Angle, Weather
from resources.providers.animatic.story.staging import Placed, Stage

_INK = 0.0021
"""Width of an outline, as a share of the frame's height."""
_BLUR_THAT_SMOOTHS = 1.5
"""Radius of a blur, pixels, that hides the steps of an edge by itself."""
_WIDE_HEAD = 0.108
_SET_UNIT = 0.085
_SMALLEST_SET_UNIT = 0.06


@dataclass(frozen=True, slots=True)
class Canvas:
    """What is drawn on.

    Attributes:
        width, height: the frame, pixels.
        margin: how much around the frame is drawn too, for a camera to move into, as a share of its sides.
        oversize: drawn pixels in a finished one, each way.
        part: the only part to draw; the whole where it is None.
    """

    width: int
    height: int
    margin: float = 0.0
    oversize: int = 2
    part: Window | None = None

    @property
    def window(self) -> Window:
        """The drawn part of the picture plane; its sides and its corner are even, as video wants them."""
        if self.part is not None:
            return self.part
        left, top = (math.ceil(side * self.margin / 2) * 2 for side in (self.width, self.height))
        return Window(-left, -top, self.width + 2 * left, self.height + 2 * top)

    def layer(self, *, soft: bool = False) -> Layer:
        """A clear layer of that size; one that will be blurred needs no smoothing before."""
        return Layer(self.window, 1 if soft else self.oversize)


@dataclass(frozen=True, slots=True)
class Sheets:
    """A shot in layers, back to front; the later ones are clear where nothing is drawn.

    ``falling`` (rain, snow) has the frame's own size and repeats from its lower edge to its upper.
    """

    backdrop: Image.Image
    far: Image.Image | None
    near: Image.Image | None
    front: Image.Image | None
    falling: Image.Image | None

    def flat(self) -> Image.Image:
        """The layers as one picture."""
        picture = self.backdrop.convert("RGBA")
        for sheet in (self.far, self.near, self.falling, self.front):
            if sheet is not None:
                picture.alpha_composite(sheet)
        return picture.convert("RGB")


def draw_sheets(stage: Stage, canvas: Canvas, *, photo: Image.Image | None = None) -> Sheets:
    """All layers of a shot.

    Args:
        photo: a picture of the place, used as the backdrop instead of a drawn set.
    """
    return Sheets(
        backdrop=_backdrop(stage, canvas, photo),
        far=_people(stage, canvas, stage.far, soft=stage.framing.soft * 0.6) if stage.far else None,
        near=draw_near(stage, canvas),
        front=_front(stage, canvas),
        falling=_falling(stage, canvas),
    )


def draw_near(stage: Stage, canvas: Canvas) -> Image.Image | None:
    """The layer in focus: figures, or an insert's object and hands."""
    if stage.insert:
        return _insert(stage, canvas)
    return _people(stage, canvas, stage.near, soft=0.0) if stage.near else None


def with_faces(stage: Stage, *, talker: int, eyes_shut: bool) -> Stage:
    """The stage with everyone's eyes as said and one mouth open: that of near figure ``talker``; -1 for none."""
    near = []
    for index, one in enumerate(stage.near):
        face = replace(one.figure.face, mouth_open=index == talker, eyes_shut=eyes_shut)
        near.append(replace(one, figure=replace(one.figure, face=face)))
    return replace(stage, near=tuple(near))


def cover(picture: Image.Image, width: int, height: int, *, zoom: float = 1.0) -> Image.Image:
    """The middle of ``picture``, as much of it as fills ``width`` x ``height``, magnified ``zoom`` times."""
    fitted = ImageOps.fit(
        picture.convert("RGB"), (width, height), Image.Resampling.LANCZOS, centering=(0.5, 0.42)
    )
    if zoom <= 1.0:
        return fitted
    across, down = width / zoom, height / zoom
    left, top = (width - across) / 2, (height - down) * 0.42
    return fitted.resize(
        (width, height), Image.Resampling.BICUBIC, box=(left, top, left + across, top + down)
    )


def _pen(layer: Layer, canvas: Canvas) -> Pen:
    """A pen in frame heights from the middle of the frame's upper edge."""
    return layer.pen(ink_px=max(0.8, canvas.height * _INK)).at(canvas.width / 2, 0.0, canvas.height)


def _floor(stage: Stage, unit: float) -> float:
    """Where the back wall meets the floor, in frame heights from the top."""
    framing = stage.framing
    floor = min(framing.eyes - EYE_LEVEL * unit, framing.eyes + 5.86 * framing.head - 0.1)
    shift = {Angle.LOW: 0.11, Angle.HIGH: -0.13, Angle.TOP: -0.2}.get(stage.reading.angle, 0.0)
    return floor + shift - (0.12 if framing.seen_from_above else 0.0)


def _backdrop(stage: Stage, canvas: Canvas, photo: Image.Image | None) -> Image.Image:
    window, framing = canvas.window, stage.framing
    closeness = max(1.0, framing.head / _WIDE_HEAD)
    soft = framing.soft * canvas.height
    from_above = bool(stage.insert) and stage.reading.angle is Angle.TOP
    if photo is not None and not from_above:
        picture = cover(photo, window.width, window.height, zoom=min(2.2, closeness**0.6)).convert("RGBA")
        return _blurred(picture, soft).convert("RGB")
    layer = canvas.layer(soft=soft > _BLUR_THAT_SMOOTHS and not from_above)
    pen = _pen(layer, canvas)
    if from_above:
        draw_table_top(pen.at(0.0, 0.5), stage.place)
        soft = 0.0
    else:
        unit = max(_SMALLEST_SET_UNIT, _SET_UNIT * (framing.head / _WIDE_HEAD) ** 0.55)
        draw_set(
            pen.at(stage.set_x * unit, _floor(stage, unit), unit, mirrored=stage.place.flipped), stage.place
        )
    return _blurred(lit(layer.finished(), stage.place.light.tint), soft).convert("RGB")


def _blurred(picture: Image.Image, radius: float) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(radius)) if radius > 0.4 else picture  # noqa: PLR2004  less is not seen


def _people(stage: Stage, canvas: Canvas, people: tuple[Placed, ...], *, soft: float) -> Image.Image:
    layer = canvas.layer(soft=soft * canvas.height > _BLUR_THAT_SMOOTHS)
    pen = _pen(layer, canvas)
    for one in people:
        if one.head < 0.25:  # noqa: PLR2004  feet and their shadow are in no closer shot
            _ground_shadow(pen, one)
    for one in people:
        draw_figure(_thinned(pen.at(one.x, one.eyes, one.head), one.head), one.figure)
    picture = rim_lit(layer.finished(), canvas.height * 0.0032, stage.light_side)
    return _blurred(lit(picture, stage.place.light.tint), soft * canvas.height)


def _thinned(pen: Pen, head: float) -> Pen:
    """Small figures are drawn with a finer pen, large ones with a broader one."""
    return pen.with_ink(min(1.7, max(0.5, (head / 0.2) ** 0.5)))


def _ground_shadow(pen: Pen, one: Placed) -> None:
    wide, y = one.head * 1.25, one.feet - one.head * 0.05
    edge = [
        (one.x + wide * x, y + one.head * 0.24 * down)
        for x, down in ((-1, 0), (-0.6, -1), (0.6, -1), (1, 0), (0.6, 1), (-0.6, 1))
    ]
    pen.shade(edge, (18, 14, 30), 0.42, soft=one.head * 0.22)


def _insert(stage: Stage, canvas: Canvas) -> Image.Image:
    layer = canvas.layer()
    pen = _pen(layer, canvas).with_ink(1.5).at(0.0, 0.5)
    from_above = stage.reading.angle is Angle.TOP
    if not from_above:
        draw_table(pen, stage.place)
    if stage.hands is not None:
        size = min(1.0, canvas.width / canvas.height / 0.5)
        draw_object(
            pen.at(0.0, 0.0, size), stage.insert, stage.hands, from_above=from_above, side=-stage.light_side
        )
    return lit(layer.finished(), stage.place.light.tint)


def _front(stage: Stage, canvas: Canvas) -> Image.Image | None:
    """What the camera looks past: a shoulder, or the hands of whoever is looking."""
    half = canvas.width / canvas.height / 2
    layer = canvas.layer()
    pen = _pen(layer, canvas).with_ink(1.5)
    if stage.shoulder is not None:
        shoulder = stage.shoulder
        place = pen.at(shoulder.side * (half * 0.98 + 0.015), 0.44, 0.46, mirrored=shoulder.side < 0)
        draw_from_behind(place, shoulder.look)
        shade = darker(stage.place.light.tint, 0.42)
        return _blurred(lit(layer.finished(), shade), canvas.height * 0.003)
    if stage.framing.kind is Kind.POINT_OF_VIEW:
        picture = Image.new("RGBA", layer.image.size, (12, 10, 20, 255))
        width, height = picture.size
        mask = Image.new("L", (width // 8, height // 8), 190)
        inset = (-mask.width * 0.16, -mask.height * 0.04, mask.width * 1.16, mask.height * 1.04)
        ImageDraw.Draw(mask).ellipse(inset, fill=0)
        picture.putalpha(mask.filter(ImageFilter.GaussianBlur(mask.height * 0.06)).resize((width, height)))
        return picture.reduce(layer.oversize) if layer.oversize > 1 else picture
    return None


def _falling(stage: Stage, canvas: Canvas) -> Image.Image | None:
    """Rain or snow before an outdoor set."""
    if stage.place.inside or stage.insert or stage.reading.weather is Weather.DRY:
        return None
    layer = Layer(Window(0, 0, canvas.width, canvas.height), canvas.oversize)
    height = canvas.height
    pen = layer.pen(ink_px=max(0.8, height * 0.0016))
    chance = Chance("weather", stage.shot.shot_id)
    snow = stage.reading.weather is Weather.SNOW
    for _ in range(90):
        x, y, size = (
            chance.fraction() * canvas.width,
            chance.fraction() * height,
            height * chance.between(0.002, 0.006),
        )
        for turn in (0.0, -height, height):
            if snow:
                pen.oval((x, y + turn), size, size, (250, 250, 252))
            else:
                pen.stroke(
                    ((x, y + turn), (x - size * 1.6, y + turn + size * 8)), ink=0.8, line=(206, 216, 226)
                )
    return layer.finished()
