"""Type: setting words in boxes they can not leave.

The bundled face has Latin, Greek, Cyrillic and Vietnamese letters. Other scripts are set in a face of the
machine's own where it has one, else as empty boxes; signs that no face has (emoji) are left out.
"""

import bisect
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageDraw, ImageFont

from resources.providers.animatic.drawing.colour import Colour

_FACE = Path(__file__).parent / "fonts" / "RobotoCondensed.ttf"
_SYSTEM_FACES = (
    "NotoSansCJK-Regular.ttc",
    "DroidSansFallbackFull.ttf",
    "DejaVuSans.ttf",
    "Arial Unicode.ttf",
    "PingFang.ttc",
    "msyh.ttc",
    "segoeui.ttf",
    "Nirmala.ttf",
)
_NO_GLYPH = "\uffff"
_ELLIPSIS = "…"
_DROPPED = ("So", "Sk", "Cs", "Cn", "Co", "Cc", "Cf")
_REGULAR, _BOLD = 430, 680


@dataclass(frozen=True, slots=True)
class Lettering:
    """A size, pixels, and weight to set words in."""

    size: int
    bold: bool = False

    @property
    def line_height(self) -> int:
        """From one baseline to the next, pixels."""
        return round(self.size * 1.22)

    def width(self, text: str) -> float:
        """Pixels that ``text`` takes on one line."""
        return sum(face.getlength(run) for face, run in self._runs(text))

    def draw(self, draw: ImageDraw.ImageDraw, x: float, y: float, text: str, fill: Colour) -> None:
        """Set one line, its left end at ``x`` and its top at ``y``."""
        baseline = y + self.size * 0.95
        for face, run in self._runs(text):
            draw.text((x, baseline), run, font=face, fill=fill, anchor="ls")
            x += face.getlength(run)

    def draw_mask(self, draw: ImageDraw.ImageDraw, x: float, y: float, text: str) -> None:
        """The same on a mask (mode L), in full strength."""
        for face, run in self._runs(text):
            draw.text((x, y + self.size * 0.95), run, font=face, fill=255, anchor="ls")
            x += face.getlength(run)

    def draw_right(self, draw: ImageDraw.ImageDraw, x: float, y: float, text: str, fill: Colour) -> None:
        """Set one line, its right end at ``x``."""
        self.draw(draw, x - self.width(text), y, text, fill)

    def wrapped(self, text: str, width: float, lines: int) -> list[str]:
        """``text`` in at most ``lines`` lines of at most ``width`` pixels; an ellipsis stands for what is left."""
        words = plain(text).split(" ")
        found: list[str] = []
        while words and len(found) < lines:
            line = self._fill_line(words, width)
            found.append(line)
        if words and found:
            found[-1] = self.cut(f"{found[-1]} {' '.join(words)}", width)
        return [line for line in (self.cut(line, width) for line in found) if line]

    def cut(self, text: str, width: float) -> str:
        """``text``, or as much of its start as fits ``width`` pixels with an ellipsis."""
        text = plain(text)
        if self.width(text) <= width:
            return text
        fits = bisect.bisect_right(
            range(1, len(text) + 1), width, key=lambda count: self.width(text[:count] + _ELLIPSIS)
        )
        return text[:fits].rstrip(" ,.;:-") + _ELLIPSIS if fits else ""

    def _fill_line(self, words: list[str], width: float) -> str:
        """Take words off the front of ``words`` until the line is full; a word too long for any line is broken."""
        line = ""
        while words:
            longer = f"{line} {words[0]}" if line else words[0]
            if self.width(longer) <= width:
                line = longer
                words.pop(0)
                continue
            if not line:
                line, words[0] = self._broken(words[0], width)
            break
        return line

    def _broken(self, word: str, width: float) -> tuple[str, str]:
        """As much of the start of ``word`` as fits ``width``, and what is left; a sign too wide for it is lost."""
        fits = bisect.bisect_right(range(1, len(word) + 1), width, key=lambda count: self.width(word[:count]))
        return word[:fits], word[max(1, fits) :]

    def _runs(self, text: str) -> list[tuple[ImageFont.FreeTypeFont, str]]:
        """``text`` in stretches that one face can set."""
        runs: list[tuple[ImageFont.FreeTypeFont, str]] = []
        for sign in text:
            face = _face_for(sign, self.size, self.bold)
            if face is None:
                continue
            if runs and (runs[-1][0] is face or sign == " "):
                runs[-1] = (runs[-1][0], runs[-1][1] + sign)
            else:
                runs.append((face, sign))
        return runs


def plain(text: str) -> str:
    """``text`` on one line, with single spaces and no invisible signs."""
    return " ".join("".join(sign if unicodedata.category(sign) != "Cf" else "" for sign in text).split())


@cache
def _bundled(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    face = ImageFont.truetype(_FACE, size)
    face.set_variation_by_axes([_BOLD if bold else _REGULAR])
    return face


@cache
def _system_face(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


@cache
def _face_for(sign: str, size: int, bold: bool) -> ImageFont.FreeTypeFont | None:
    """The face that has a glyph for ``sign``; None where it is better left out."""
    bundled = _bundled(size, bold)
    if sign == " " or _has(bundled, sign):
        return bundled
    for name in _SYSTEM_FACES:
        face = _system_face(name, size)
        if face is not None and _has(face, sign):
            return face
    return None if unicodedata.category(sign) in _DROPPED else bundled


def _has(face: ImageFont.FreeTypeFont, sign: str) -> bool:
    mask, missing = face.getmask(sign), face.getmask(_NO_GLYPH)
    return mask.size != missing.size or bytes(mask) != bytes(missing)
