"""The slate: what is written over a take's picture: shot, size, time, action, dialogue, progress."""

from dataclasses import dataclass

from PIL import Image, ImageDraw

from recoil_assets.domain.request import GenerationRequest, RequestShot
from resources.providers.animatic.drawing.colour import PAPER, Colour
from resources.providers.animatic.drawing.type_setting import Lettering, plain
from resources.providers.animatic.film.planar import Planar, planar
from resources.providers.animatic.film.timeline import Line, Span, lines_of
from resources.providers.animatic.pictures import Pictures
from resources.providers.animatic.sheet.pinned import pin_cards

_MARK: Colour = (240, 92, 64)
_QUIET: Colour = (206, 202, 200)
_GROUND: Colour = (14, 12, 22)
_TRACK: Colour = (84, 80, 92)


@dataclass(frozen=True, slots=True)
class Strip:
    """Something laid over every frame of a shot: a picture and its corner."""

    picture: Planar
    at: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Slate:
    """All lettering of one shot, set once and laid over each of its frames."""

    strips: tuple[Strip, ...]
    subtitles: tuple[tuple[Line, Strip], ...]
    clock: Lettering
    clock_at: tuple[int, int]
    clock_size: tuple[int, int]
    bar_top: int
    span: Span
    fps: int

    def lay_over(self, frame: Planar, number: int) -> None:
        """Write over ``frame``, the ``number``-th of the take, counted from 0."""
        for strip in self.strips:
            frame.paste(strip.picture, strip.at)
        share = (number - self.span.start) / self.span.frames
        for line, strip in self.subtitles:
            if line.start <= share < line.end:
                frame.paste(strip.picture, strip.at)
        self._clock_over(frame, number)
        self._progress_over(frame, number)

    def _clock_over(self, frame: Planar, number: int) -> None:
        seconds, frames = divmod(number, self.fps)
        text = f"{seconds // 60:02d}:{seconds % 60:02d}:{frames:02d}"
        mask = Image.new("L", self.clock_size, 0)
        self.clock.draw_mask(ImageDraw.Draw(mask), 0, 0, text)
        frame.stamp(mask, self.clock_at, PAPER)

    def _progress_over(self, frame: Planar, number: int) -> None:
        width, height = frame.size
        done = round(width * (number - self.span.start + 1) / self.span.frames)
        frame.fill(0, self.bar_top, width, height, _TRACK)
        frame.fill(0, self.bar_top, max(2, done), height, _MARK)


def slate_of(
    request: GenerationRequest, span: Span, size: tuple[int, int], pictures: Pictures, *, pin_place: bool
) -> Slate:
    """The slate of one shot of a take.

    Args:
        pin_place: whether the place's picture is pinned up, because it is not the backdrop.
    """
    shot = request.shots[span.index]
    width, height = size
    unit = max(340.0, min(width, height * 0.8))
    head, body = Lettering(_even(unit * 0.038), bold=True), Lettering(_even(unit * 0.034))
    edge = _even(unit * 0.035)
    action = body.wrapped(shot.description, width - 2 * edge, 2)
    bar = max(4, _even(unit * 0.009))
    ground_height = _even(edge * 1.6 + head.line_height + len(action) * body.line_height + edge * 0.4 + bar)
    top = _even(height - ground_height)
    row = top + _even(edge * 0.9)
    ground = Image.new("RGBA", (width, height - top), (*_GROUND, 0))
    ground.putalpha(_rising(width, height - top))
    draw = ImageDraw.Draw(ground)
    clock_width = _even(head.width("00:00:00")) + 2
    _heading(draw, request, span, head, edge, row - top, width - edge - clock_width - unit * 0.03)
    for number, line in enumerate(action):
        body.draw(
            draw, edge, row - top + head.line_height + edge * 0.1 + number * body.line_height, line, _QUIET
        )
    strips = [Strip(planar(ground), (0, top))]
    cards = Image.new("RGBA", (width, _even(min(width, height * 0.7) * 0.34)), (0, 0, 0, 0))
    pin_cards(cards, shot, pictures, frame_height=height, place=pin_place)
    pinned = cards.getchannel("A").getbbox()
    tag = _tag(request.seed, round(unit * 0.026))
    if pinned:
        strips.append(Strip(planar(cards), (0, 0)))
    crowded = pinned is not None and edge + tag.size[0] >= pinned[0]
    strips.append(Strip(tag, (edge, _even(pinned[3] + edge * 0.5) if pinned and crowded else edge)))
    return Slate(
        strips=tuple(strips),
        subtitles=_subtitles(shot, width, top, unit),
        clock=head,
        clock_at=(_even(width - edge - clock_width), row),
        clock_size=(clock_width, _even(head.line_height)),
        bar_top=height - bar,
        span=span,
        fps=request.fps,
    )


def _heading(
    draw: ImageDraw.ImageDraw,
    request: GenerationRequest,
    span: Span,
    head: Lettering,
    left: float,
    top: float,
    right: float,
) -> None:
    """Number of the shot, its id, size and length."""
    shot = request.shots[span.index]
    number = f"{span.index + 1}/{len(request.shots)}" if len(request.shots) > 1 else "1"
    chip = head.width(number) + head.size * 0.7
    draw.rectangle((left, top, left + chip, top + head.line_height), fill=_MARK)
    head.draw(draw, left + head.size * 0.35, top + 1, number, PAPER)
    left += chip + head.size * 0.45
    facts = f"{plain(shot.shot_type) or 'MS'} {shot.duration_s:g}s"
    name = head.cut(shot.shot_id, right - left - head.width(facts) - head.size * 0.5)
    head.draw(draw, left, top + 1, name, PAPER)
    left += head.width(name) + head.size * 0.45
    head.draw(draw, left, top + 1, head.cut(facts, right - left), _MARK)


def _subtitles(shot: RequestShot, width: int, bottom: int, unit: float) -> tuple[tuple[Line, Strip], ...]:
    """Dialogue lines set white on dark just above the slate, in the middle."""
    lettering = Lettering(_even(unit * 0.05), bold=True)
    found = []
    for line in lines_of(shot.dialogue):
        rows = lettering.wrapped(line.text, width * 0.84, 3)
        if not rows:
            continue
        pad = lettering.size * 0.4
        box = (
            _even(max(lettering.width(row) for row in rows) + 2 * pad),
            _even(len(rows) * lettering.line_height + pad),
        )
        sheet = Image.new("RGBA", box, (*_GROUND, 176))
        draw = ImageDraw.Draw(sheet)
        for number, row in enumerate(rows):
            left = (box[0] - lettering.width(row)) / 2
            lettering.draw(draw, left, pad * 0.4 + number * lettering.line_height, row, (255, 250, 236))
        found.append(
            (
                line,
                Strip(
                    planar(sheet), (_even((width - box[0]) / 2), max(0, _even(bottom - box[1] - unit * 0.02)))
                ),
            )
        )
    return tuple(found)


def _tag(seed: int, size: int) -> Planar:
    """What this is and which one, small: nobody mistakes it for a finished take."""
    lettering = Lettering(size, bold=True)
    text = f"ANIMATIC  seed {seed}"
    sheet = Image.new(
        "RGBA",
        (_even(lettering.width(text) + size), _even(lettering.line_height + size * 0.3)),
        (*_GROUND, 120),
    )
    lettering.draw(ImageDraw.Draw(sheet), size * 0.5, size * 0.1, text, (236, 232, 226))
    return planar(sheet)


def _rising(width: int, height: int) -> Image.Image:
    """Clear at the upper edge, nearly opaque from a quarter down: the picture fades into the slate."""
    ramp = Image.new("L", (1, height))
    for row in range(height):
        ramp.putpixel((0, row), round(216 * min(1.0, row / (height * 0.3))))
    return ramp.resize((width, height))


def _even(value: float) -> int:
    return max(2, int(value) // 2 * 2)
