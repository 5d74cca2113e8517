"""The board: a storyboard sheet, one panel a shot, with what a director wants to know under each."""

import io
import json
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from recoil_assets.domain.request import GenerationRequest, RequestShot
from resources.providers.animatic.drawing.colour import INK, PAPER, Colour
from resources.providers.animatic.drawing.type_setting import Lettering, plain
from resources.providers.animatic.people.casting import look_of
from resources.providers.animatic.pictures import Pictures
from resources.providers.animatic.sheet.board_layout import MARGIN, BoardLayout, Box, layout_of
from resources.providers.animatic.sheet.camera_marks import draw_camera_mark
from resources.providers.animatic.sheet.panels import Canvas, draw_sheets
from resources.providers.animatic.sheet.pinned import pin_cards
from resources.providers.animatic.story.script_words import Move
from resources.providers.animatic.story.staging import Stage, stage_shots

NOTE = "recoil-animatic"
"""Name of the text in a board's PNG that holds the seed it was drawn with."""

_SOFT: Colour = (112, 106, 104)
_RULE: Colour = (208, 202, 192)
_MARK: Colour = (214, 62, 42)
_TITLE = Lettering(34, bold=True)
_SUBTITLE = Lettering(18)
_NUMBER = Lettering(19, bold=True)
_LABEL = Lettering(17, bold=True)
_SMALL = Lettering(14, bold=True)
_BODY = Lettering(17)


def draw_board(request: GenerationRequest, pictures: Pictures) -> bytes:
    """The board of a request as a PNG file."""
    panels = board_panels(request, pictures, seed=request.seed)
    layout = layout_of(request.width, request.height, len(request.shots))
    sheet = Image.new("RGB", (layout.width, layout.height), PAPER)
    draw = ImageDraw.Draw(sheet)
    _header(draw, request, layout)
    stages = stage_shots(request.shots, seed=request.seed, aspect=request.width / request.height)
    for number, (box, panel, stage) in enumerate(zip(layout.panels, panels, stages, strict=True), start=1):
        sheet.paste(panel, (box.left, box.top))
        draw.rectangle((box.left - 2, box.top - 2, box.right + 1, box.bottom + 1), outline=INK, width=2)
        _caption(draw, box, number, stage)
    note = PngInfo()
    note.add_text(NOTE, json.dumps({"seed": request.seed, "shots": len(request.shots)}, sort_keys=True))
    file = io.BytesIO()
    sheet.save(file, "PNG", pnginfo=note)
    return file.getvalue()


def board_panels(request: GenerationRequest, pictures: Pictures, *, seed: int) -> list[Image.Image]:
    """The panels of a board, drawn at the size they have on the sheet."""
    boxes = layout_of(request.width, request.height, len(request.shots)).panels
    stages = stage_shots(request.shots, seed=seed, aspect=request.width / request.height)
    return [
        draw_panel(stage, box.width, box.height, pictures) for stage, box in zip(stages, boxes, strict=True)
    ]


def draw_panel(stage: Stage, width: int, height: int, pictures: Pictures) -> Image.Image:
    """One panel with its camera mark and the references pinned to it."""
    canvas = Canvas(width, height, oversize=3)
    panel = draw_sheets(stage, canvas, photo=pictures.places.get(stage.shot.location)).flat()
    if pictures.cast:
        cards = Image.new("RGBA", panel.size, (0, 0, 0, 0))
        pin_cards(cards, stage.shot, pictures, frame_height=height)
        panel.paste(cards, (0, 0), cards)
    draw_camera_mark(panel, stage.reading.move or Move.LOCKED)
    return panel


def panel_pictures(sheet: Image.Image, frame_width: int, frame_height: int, shots: int) -> list[Image.Image]:
    """The pictures of a sheet's panels, one a shot.

    A sheet of the board's own proportions is cut where the panels are, whatever its size (a finish made
    elsewhere keeps them); one of the grid's proportions is cut into equal parts; any other picture is
    shown whole for every shot.
    """
    layout = layout_of(frame_width, frame_height, shots)
    if _alike(sheet.width / sheet.height, layout.width / layout.height):
        scale = sheet.width / layout.width
        return [_cut(sheet, box, scale) for box in layout.panels]
    for columns in range(1, shots + 1):
        rows = math.ceil(shots / columns)
        if shots > 1 and _alike(sheet.width / sheet.height, columns * frame_width / (rows * frame_height)):
            return _equal_parts(sheet, columns, rows)[:shots]
    return [sheet] * shots


def is_same_drawing(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures of one size show the same, small losses of a file format allowed."""
    if one.size != other.size:
        return False
    small = (max(1, one.width // 8), max(1, one.height // 8))
    blocks = [picture.convert("RGB").resize(small, Image.Resampling.BOX) for picture in (one, other)]
    worst = max(abs(a - b) for a, b in zip(blocks[0].tobytes(), blocks[1].tobytes(), strict=True))
    return worst <= 10  # noqa: PLR2004  of 255, in the worst block of 8 x 8


def _alike(one: float, other: float) -> bool:
    return abs(one / other - 1) < 0.02  # noqa: PLR2004  a rescaled sheet is a few pixels off


def _cut(sheet: Image.Image, box: Box, scale: float) -> Image.Image:
    edges = (box.left * scale, box.top * scale, box.right * scale, box.bottom * scale)
    left, top, right, bottom = (round(edge) for edge in edges)
    return sheet.crop((left, top, right, bottom))


def _equal_parts(sheet: Image.Image, columns: int, rows: int) -> list[Image.Image]:
    width, height = sheet.width / columns, sheet.height / rows
    return [
        sheet.crop(
            (
                round(column * width),
                round(row * height),
                round((column + 1) * width),
                round((row + 1) * height),
            )
        )
        for row in range(rows)
        for column in range(columns)
    ]


def _header(draw: ImageDraw.ImageDraw, request: GenerationRequest, layout: BoardLayout) -> None:
    shots = request.shots
    seconds = sum(shot.duration_s for shot in shots)
    right = layout.width - MARGIN
    total = f"{seconds:.1f} s"
    _TITLE.draw_right(draw, right, 22, total, INK)
    count = f"{len(shots)} shot{'' if len(shots) == 1 else 's'}"
    _SUBTITLE.draw_right(draw, right, 62, count, _SOFT)
    room = layout.width - 2 * MARGIN - _TITLE.width(total) - 30
    first, last = shots[0].shot_id, shots[-1].shot_id
    title = first if first == last else f"{first} \N{EN DASH} {last}"
    size = next(
        (
            face
            for face in (_TITLE, Lettering(28, bold=True), Lettering(23, bold=True))
            if face.width(title) <= room
        ),
        Lettering(20, bold=True),
    )
    size.draw(draw, MARGIN, 22, size.cut(title, room), INK)
    group = f"{request.grouping.strategy} {request.grouping.ordinal:03d}"
    detail = "  ·  ".join(
        part for part in (request.grouping.source_pass_id or "", group, _cast(shots), _scenes(shots)) if part
    )
    _SUBTITLE.draw(draw, MARGIN, 62, _SUBTITLE.cut(detail, room), _SOFT)
    draw.line((MARGIN, 92, right, 92), fill=INK, width=2)


def _cast(shots: Sequence[RequestShot]) -> str:
    """Everybody in the shots. A producer reads who is there, and not the tag that names files by the head shot."""
    return ", ".join(dict.fromkeys(name for shot in shots for name in shot.cast))


def _scenes(shots: Sequence[RequestShot]) -> str:
    return ", ".join(dict.fromkeys(shot.location for shot in shots if shot.location))


def _caption(draw: ImageDraw.ImageDraw, box: Box, number: int, stage: Stage) -> None:
    """What is under a panel: number and id, size and length, cast and place, action, dialogue."""
    shot, left, right, y = stage.shot, box.left, box.right, box.bottom + 8
    chip = max(26, round(_NUMBER.width(str(number))) + 14)
    draw.rectangle((left - 2, y, left + chip, y + 25), fill=INK)
    _NUMBER.draw(draw, left - 1 + (chip - _NUMBER.width(str(number))) / 2, y + 1, str(number), PAPER)
    facts = f"{plain(shot.shot_type) or 'MS'} · {shot.duration_s:g} s"
    _LABEL.draw_right(draw, right, y + 3, facts, _MARK)
    room = box.width - chip - _LABEL.width(facts) - 24
    _LABEL.draw(draw, left + chip + 10, y + 3, _LABEL.cut(shot.shot_id, room), INK)
    _who_and_where(draw, shot, left, right, y + 32)
    y += 54
    lines = 2 if shot.dialogue else 4
    for line in _BODY.wrapped(shot.description, box.width, lines):
        _BODY.draw(draw, left, y, line, INK)
        y += _BODY.line_height
    if shot.dialogue:
        words = " / ".join(plain(line) for line in shot.dialogue)
        top = box.bottom + 8 + 54 + 2 * _BODY.line_height + 4
        draw.line((left, top + 3, left, top + 2 * _BODY.line_height), fill=_MARK, width=3)
        for row, line in enumerate(_BODY.wrapped(f"“{words}”", box.width - 12, 2)):
            _BODY.draw(draw, left + 12, top + row * _BODY.line_height, line, (70, 46, 52))


def _who_and_where(draw: ImageDraw.ImageDraw, shot: RequestShot, left: int, right: int, y: int) -> None:
    place = _SMALL.cut(shot.location.replace("_", " "), (right - left) * 0.45)
    _SMALL.draw_right(draw, right, y, place, _SOFT)
    room = right - left - _SMALL.width(place) - 18
    x: float = left
    for index, name in enumerate(shot.cast):
        label = _SMALL.cut(name.replace("_", " "), max(0.0, left + room - x - 16))
        if not label or (label.endswith("…") and index):
            _SMALL.draw(draw, x, y, f"+{len(shot.cast) - index}" if x + 24 < left + room else "", _SOFT)
            return
        draw.ellipse((x, y + 4, x + 10, y + 14), fill=look_of(name).cloth, outline=INK)
        _SMALL.draw(draw, x + 15, y, label, INK)
        x += 15 + _SMALL.width(label) + 12
    if not shot.cast:
        _SMALL.draw(draw, left, y, _SMALL.cut("no cast named", room), _RULE)
