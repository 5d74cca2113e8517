"""The cut at a glance: one picture for each shot with its slate under it, on one sheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil, sqrt
from pathlib import Path

from av.video.frame import VideoFrame
from PIL import Image, ImageDraw, ImageFont, ImageOps

from recoil_assets.domain.cut import Cut, CutClip, ShotSpan
from recoil_assets.domain.money import show
from resources.editorial.clip_media import ClipFile, UnusableClipError, clip_files, pictures
from resources.editorial.whole_file import whole_file

_PAPER = (20, 22, 26)
_FRAME = (52, 56, 64)
_BRIGHT = (240, 241, 243)
_DIM = (150, 156, 166)
_STALE = (255, 176, 32)
_APPROVED = (96, 200, 120)
_NEWER = (150, 190, 235)
_INK = (24, 18, 0)

_MARGIN = 24
_GAP = 14
_HEADER = 100
_CAPTION = 66
_NARROWEST = 112
"""Least width of a cell, pixels: a shot id is readable in it."""

_PICTURE_AREA = 1_100_000
_SMALLEST_AREA, _LARGEST_AREA = 22_000, 84_000
"""Pixels of all pictures together, and of one at least and at most: a sheet stays below about 2 MB."""

_DOT = "  ·  "

_SHAPE = 1.5
"""Width to height the grid comes closest to: that of the screens it is looked at on."""


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font Pillow brings along: the same on every machine."""
    return ImageFont.load_default(size)


@dataclass(frozen=True, slots=True)
class _Pen:
    """What a text is written with; ``size`` in pixels."""

    size: int
    colour: tuple[int, int, int]

    def width(self, text: str) -> int:
        """Pixels ``text`` takes."""
        return ceil(_font(self.size).getlength(text))


_TITLE = _Pen(30, _BRIGHT)
_TOTALS = _Pen(17, _DIM)
_WARNING = _Pen(17, _STALE)
_SHOT = _Pen(15, _BRIGHT)
_SLATE = _Pen(13, _DIM)
_BADGE = _Pen(15, _INK)


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """What was drawn: how many cells in how many columns, and the sheet's size in pixels."""

    cells: int
    columns: int
    width: int
    height: int


def draw_contact_sheet(cut: Cut, project_root: Path, destination_png: Path) -> ContactSheet:
    """Draw the cut to ``destination_png``: a frame from the middle of every shot, stale clips flagged.

    In a multi-shot clip the middle is where the plan has it. The same clips give the same bytes.

    Raises:
        UnusableClipError: clips are missing or do not decode; ``destination_png`` is as it was.
        DailiesNotWrittenError: the file system refused; ``destination_png`` is as it was.
    """
    grid = _Grid.of(cut)
    sheet = Image.new("RGB", (grid.sheet_width, grid.sheet_height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    _draw_header(draw, cut, grid.sheet_width)
    corners = grid.corners()
    problems: list[str] = []
    for file in clip_files(cut, project_root):
        try:
            thumbnails = _shot_pictures(file, grid)
        except UnusableClipError as error:
            problems.extend(error.problems)
            continue
        for span, thumbnail in zip(file.clip.shot_spans, thumbnails, strict=True):
            corner = next(corners)
            sheet.paste(thumbnail, corner)
            _draw_frame(draw, corner, grid, stale=file.clip.stale)
            _draw_standing(draw, corner, grid, file.clip)
            _draw_slate(draw, corner, grid, file.clip, span)
    if problems:
        raise UnusableClipError(problems)
    with whole_file(destination_png) as temporary:
        sheet.save(temporary, format="PNG")
    return ContactSheet(len(cut.shot_ids), grid.columns, grid.sheet_width, grid.sheet_height)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where everything is, pixels."""

    cells: int
    columns: int
    picture_width: int
    picture_height: int

    @classmethod
    def of(cls, cut: Cut) -> "_Grid":
        """The grid for a cut's number of shots and shape of frame."""
        cells = len(cut.shot_ids)
        area = min(_LARGEST_AREA, max(_SMALLEST_AREA, _PICTURE_AREA // cells))
        width = max(_NARROWEST, round(sqrt(area * cut.width / cut.height)))
        height = round(width * cut.height / cut.width)
        ideal = sqrt(_SHAPE * cells * (height + _CAPTION + _GAP) / (width + _GAP))
        rows = ceil(cells / max(1, round(ideal)))
        return cls(cells, ceil(cells / rows), width, height)

    @property
    def sheet_width(self) -> int:
        return max(520, 2 * _MARGIN + self.columns * (self.picture_width + _GAP) - _GAP)

    @property
    def sheet_height(self) -> int:
        rows = ceil(self.cells / self.columns)
        return _HEADER + rows * (self.picture_height + _CAPTION + _GAP) - _GAP + _MARGIN

    def corners(self) -> Iterator[tuple[int, int]]:
        """The upper left corners of the pictures, row by row."""
        for number in range(self.cells):
            row, column = divmod(number, self.columns)
            yield (
                _MARGIN + column * (self.picture_width + _GAP),
                _HEADER + row * (self.picture_height + _CAPTION + _GAP),
            )


def _shot_pictures(file: ClipFile, grid: _Grid) -> list[Image.Image]:
    """The frame on screen halfway through each of the clip's shots; reading ends with the last of them."""
    middles = [span.middle_s for span in file.clip.shot_spans]
    found: list[Image.Image] = []
    started_at: float | None = None
    on_screen: VideoFrame | None = None
    for frame in pictures(file):
        shown_at = frame.time or 0.0
        started_at = shown_at if started_at is None else started_at
        while (
            on_screen is not None
            and len(found) < len(middles)
            and middles[len(found)] < shown_at - started_at
        ):
            found.append(_thumbnail(on_screen, grid))
        if len(found) == len(middles):
            return found
        on_screen = frame
    # Media shorter than the cut has it shows its last frame for what is missing.
    while on_screen is not None and len(found) < len(middles):
        found.append(_thumbnail(on_screen, grid))
    return found


def _thumbnail(frame: VideoFrame, grid: _Grid) -> Image.Image:
    size = (grid.picture_width, grid.picture_height)
    picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV
    return ImageOps.pad(picture, size, Image.Resampling.LANCZOS, color=(0, 0, 0))


def _draw_header(draw: ImageDraw.ImageDraw, cut: Cut, width: int) -> None:
    room = width - 2 * _MARGIN
    stale = sum(len(clip.shot_ids) for clip in cut.clips if clip.stale)
    totals = [_counted(len(cut.shot_ids), "shot"), _counted(len(cut.clips), "take"), _clock(cut.duration_s)]
    text = _DOT.join([*totals, show(cut.cost_usd)])
    _write(draw, (_MARGIN, 20), cut.heading, _TITLE, room)
    _write(draw, (_MARGIN, 60), text, _TOTALS, room)
    if stale:
        after = _TOTALS.width(text + _DOT)
        _write(draw, (_MARGIN + after, 60), f"{_counted(stale, 'shot')} STALE", _WARNING, room - after)


def _draw_frame(draw: ImageDraw.ImageDraw, corner: tuple[int, int], grid: _Grid, *, stale: bool) -> None:
    left, top = corner
    right, bottom = left + grid.picture_width - 1, top + grid.picture_height - 1
    draw.rectangle((left, top, right, bottom), outline=_STALE if stale else _FRAME, width=3 if stale else 1)
    if stale:
        draw.rectangle((left, top, left + _BADGE.width("STALE") + 16, top + 24), fill=_STALE)
        _write(draw, (left + 8, top + 4), "STALE", _BADGE, grid.picture_width)


def _draw_standing(draw: ImageDraw.ImageDraw, corner: tuple[int, int], grid: _Grid, clip: CutClip) -> None:
    """Whether the take is approved, and which others there are, along the lower edge of its picture."""
    left, bottom = corner[0], corner[1] + grid.picture_height - 1
    badges = [*(("APPROVED",) if clip.approved else ()), *clip.others]
    for text in reversed(badges):
        width = min(_BADGE.width(text) + 16, grid.picture_width)
        fill = _APPROVED if text == "APPROVED" else _NEWER
        draw.rectangle((left, bottom - 24, left + width - 1, bottom), fill=fill)
        _write(draw, (left + 8, bottom - 20), text, _BADGE, width - 16)
        bottom -= 25


def _draw_slate(
    draw: ImageDraw.ImageDraw, corner: tuple[int, int], grid: _Grid, clip: CutClip, span: ShotSpan
) -> None:
    left, top = corner[0], corner[1] + grid.picture_height
    room = grid.picture_width
    # A beat of one shot has the shot's name, one of a whole batch the batch's: it is said once.
    beat = [] if clip.beat_id in {span.shot_id, clip.batch} else [clip.beat_id]
    origin = _DOT.join([*beat, clip.batch, f"t{clip.take_number:03d}"])
    _write(draw, (left, top + 6), span.shot_id, _SHOT, room)
    _write(draw, (left, top + 26), origin, _SLATE, room)
    _write(draw, (left, top + 44), f"{span.duration_s:.1f} s{_DOT}{clip.model}", _SLATE, room)


def _write(draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str, pen: _Pen, room: int) -> None:
    """``text`` in at most ``room`` pixels, its end cut off with an ellipsis where it is longer."""
    shown = text
    while shown and pen.width(shown) > room:
        text = text[:-1]
        shown = f"{text.rstrip()}…" if text else ""
    draw.text(place, shown, font=_font(pen.size), fill=pen.colour)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
