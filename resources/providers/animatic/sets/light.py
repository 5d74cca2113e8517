"""Light: what an hour does to the sky and to everything under it."""

from dataclasses import dataclass, replace

from PIL import Image, ImageChops

from resources.providers.animatic.drawing.colour import Colour, mix
from resources.providers.animatic.story.script_words import Hour


@dataclass(frozen=True, slots=True)
class Light:
    """The light in a place.

    Attributes:
        sky_top, sky_low: the sky's colours overhead and at the horizon.
        tint: what white looks like in this light.
        lamps: whether lamps and windows are lit.
        sun: colour of sun or moon.
    """

    hour: Hour
    sky_top: Colour
    sky_low: Colour
    tint: Colour
    lamps: bool
    sun: Colour

    def on(self, colour: Colour, depth: float = 0.0) -> Colour:
        """``colour`` seen through ``depth`` (0 near, 1 at the horizon) of air."""
        return mix(colour, self.sky_low, depth)


_LIGHTS: dict[Hour, Light] = {
    Hour.DAY: Light(
        Hour.DAY, (104, 164, 206), (214, 230, 232), (255, 252, 244), lamps=False, sun=(255, 248, 222)
    ),
    Hour.DAWN: Light(
        Hour.DAWN, (134, 164, 196), (250, 212, 172), (255, 238, 216), lamps=False, sun=(255, 228, 170)
    ),
    Hour.DUSK: Light(
        Hour.DUSK, (96, 88, 140), (244, 160, 112), (250, 214, 192), lamps=True, sun=(255, 176, 104)
    ),
    Hour.NIGHT: Light(
        Hour.NIGHT, (24, 30, 62), (62, 72, 116), (162, 172, 214), lamps=True, sun=(232, 234, 220)
    ),
    Hour.GREY: Light(
        Hour.GREY, (130, 142, 154), (204, 208, 208), (226, 232, 238), lamps=False, sun=(226, 228, 226)
    ),
}


_LAMPLIT: Colour = (222, 204, 198)


def light_at(hour: Hour, *, inside: bool) -> Light:
    """The light of an hour; a room after dark is lit by its lamps."""
    light = _LIGHTS[hour]
    return replace(light, tint=_LAMPLIT) if inside and hour is Hour.NIGHT else light


def lit(picture: Image.Image, tint: Colour) -> Image.Image:
    """An RGBA picture in the light of ``tint``: every colour multiplied by it, clear pixels left clear."""
    *colours, alpha = picture.split()
    bands = [
        ImageChops.multiply(band, Image.new("L", band.size, level))
        for band, level in zip(colours, tint, strict=True)
    ]
    return Image.merge("RGBA", (*bands, alpha))


def rim_lit(picture: Image.Image, width_px: float, side: int) -> Image.Image:
    """A figure layer with its edge away from the light in shadow and the other edge caught by it.

    Args:
        width_px: width of both edges, pixels.
        side: where the light comes from, -1 left or 1 right.
    """
    reach = max(1, round(width_px))
    alpha = picture.getchannel("A")
    body = picture.convert("RGB")
    covered = ImageChops.subtract(alpha, ImageChops.offset(alpha, side * reach * 3, -reach))
    shadow = ImageChops.multiply(body, Image.new("RGB", body.size, (176, 168, 196)))
    body.paste(shadow, (0, 0), covered)
    caught = ImageChops.subtract(alpha, ImageChops.offset(alpha, -side * reach, reach // 2))
    glow = ImageChops.screen(body, Image.new("RGB", body.size, (70, 62, 48)))
    body.paste(glow, (0, 0), caught)
    body.putalpha(alpha)
    return body
