"""Planar pictures: brightness and colour apart, as video stores them (4:2:0, BT.709, video range).

Frames are put together in this form: a third of the work of red, green and blue, and no conversion a frame.
"""

from dataclasses import dataclass

from PIL import Image, ImageDraw

from resources.providers.animatic.drawing.colour import Colour

_RED, _GREEN, _BLUE = 0.2126, 0.7152, 0.0722
_LUMA, _CHROMA = 219 / 255, 224 / 255
_TO_PLANES = (
    _RED * _LUMA, _GREEN * _LUMA, _BLUE * _LUMA, 16.0,
    -_RED * _CHROMA / 1.8556, -_GREEN * _CHROMA / 1.8556, (1 - _BLUE) * _CHROMA / 1.8556, 128.0,
    (1 - _RED) * _CHROMA / 1.5748, -_GREEN * _CHROMA / 1.5748, -_BLUE * _CHROMA / 1.5748, 128.0,
)  # fmt: skip
"""Rows of ITU-R BT.709 for video range: brightness, blue difference, red difference."""

FloatBox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Planar:
    """A picture in planes; both sides are even.

    Attributes:
        luma: brightness at full size. blue, red: colour differences at half size.
        cover, half_cover: how opaque each pixel is, at both sizes; None where the whole picture is.
    """

    luma: Image.Image
    blue: Image.Image
    red: Image.Image
    cover: Image.Image | None = None
    half_cover: Image.Image | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.luma.size

    def resized(self, size: tuple[int, int], box: FloatBox) -> "Planar":
        """The part of the picture in ``box`` (fractions of pixels count) at ``size``, which is even."""
        half, half_box = (size[0] // 2, size[1] // 2), (box[0] / 2, box[1] / 2, box[2] / 2, box[3] / 2)
        smooth = Image.Resampling.BILINEAR
        return Planar(
            self.luma.resize(size, smooth, box=box),
            self.blue.resize(half, smooth, box=half_box),
            self.red.resize(half, smooth, box=half_box),
            self.cover.resize(size, smooth, box=box) if self.cover else None,
            self.half_cover.resize(half, smooth, box=half_box) if self.half_cover else None,
        )

    def cropped(self, left: int, top: int, width: int, height: int) -> "Planar":
        """A part of the picture, its corner and sides even, to paint on."""
        half = (left // 2, top // 2, (left + width) // 2, (top + height) // 2)
        whole = (left, top, left + width, top + height)
        return Planar(self.luma.crop(whole), self.blue.crop(half), self.red.crop(half))

    def paste(self, other: "Planar", at: tuple[int, int]) -> None:
        """Lay ``other`` over this picture with its corner at ``at``, which is even."""
        half = (at[0] // 2, at[1] // 2)
        self.luma.paste(other.luma, at, other.cover)
        self.blue.paste(other.blue, half, other.half_cover)
        self.red.paste(other.red, half, other.half_cover)

    def blended(self, other: "Planar", share: float) -> "Planar":
        """This opaque picture with ``share`` (0 to 1) of another of its size."""
        return Planar(
            Image.blend(self.luma, other.luma, share),
            Image.blend(self.blue, other.blue, share),
            Image.blend(self.red, other.red, share),
        )

    def fill(self, left: int, top: int, right: int, bottom: int, colour: Colour) -> None:
        """Paint a rectangle."""
        brightness, blue, red = _planes_of(colour)
        for plane, value, scale in ((self.luma, brightness, 1), (self.blue, blue, 2), (self.red, red, 2)):
            edges = (
                left // scale,
                top // scale,
                max(left // scale, -(-right // scale) - 1),
                max(top // scale, -(-bottom // scale) - 1),
            )
            if right > left and bottom > top:
                ImageDraw.Draw(plane).rectangle(edges, fill=value)

    def stamp(self, mask: Image.Image, at: tuple[int, int], colour: Colour) -> None:
        """Paint ``colour`` through a mask, its corner at ``at``, which is even."""
        brightness, blue, red = _planes_of(colour)
        half, small = (at[0] // 2, at[1] // 2), mask.reduce(2)
        self.luma.paste(brightness, at, mask)
        self.blue.paste(blue, half, small)
        self.red.paste(red, half, small)

    def packed(self) -> bytes:
        """All three planes, one after the other."""
        return self.luma.tobytes() + self.blue.tobytes() + self.red.tobytes()


def planar(picture: Image.Image) -> Planar:
    """An RGB or RGBA picture of even size in planes."""
    luma, blue, red = picture.convert("RGB").convert("RGB", _TO_PLANES).split()
    cover = picture.getchannel("A") if picture.mode == "RGBA" else None
    return Planar(luma, blue.reduce(2), red.reduce(2), cover, cover.reduce(2) if cover else None)


def _planes_of(colour: Colour) -> tuple[int, int, int]:
    rows = (_TO_PLANES[0:4], _TO_PLANES[4:8], _TO_PLANES[8:12])
    brightness, blue, red = (
        round(sum(a * b for a, b in zip(row, (*colour, 1), strict=True))) for row in rows
    )
    return brightness, blue, red
