"""Pinned cards: the approved pictures of a shot's cast and place, small, at the frame's upper edge."""

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from recoil_assets.domain.request import RequestShot
from resources.providers.animatic.drawing.colour import INK, PAPER
from resources.providers.animatic.drawing.type_setting import Lettering
from resources.providers.animatic.pictures import Pictures

_MOST_CARDS = 3
_TILTS = (-3.0, 2.5, -1.5)


def pin_cards(
    sheet: Image.Image, shot: RequestShot, pictures: Pictures, *, frame_height: int, place: bool = False
) -> None:
    """Pin the cards of a shot's cast, and of its place where ``place`` says so, along a clear sheet's upper edge."""
    cards = [(name, pictures.cast[name], 1.0) for name in shot.cast if name in pictures.cast][:_MOST_CARDS]
    if place and shot.location in pictures.places:
        cards.insert(0, (shot.location, pictures.places[shot.location], 1.35))
    unit = min(sheet.width, frame_height * 0.7)
    right = sheet.width - unit * 0.03
    for index, (name, picture, shape) in enumerate(reversed(cards)):
        card = _card(name, picture, round(unit * 0.155 * shape), round(unit * 0.185))
        turned = card.rotate(_TILTS[index % len(_TILTS)], Image.Resampling.BICUBIC, expand=True)
        right -= turned.width
        if right < 0:
            return
        at = (round(right), round(unit * 0.03))
        shadow = Image.new("RGBA", turned.size, (10, 8, 20, 255))
        shadow.putalpha(
            turned.getchannel("A")
            .point(lambda value: value * 2 // 5)
            .filter(ImageFilter.GaussianBlur(unit * 0.006))
        )
        sheet.alpha_composite(shadow, (at[0] + round(unit * 0.006), at[1] + round(unit * 0.01)))
        sheet.alpha_composite(turned, at)
        right -= unit * 0.012


def _card(name: str, picture: Image.Image, width: int, height: int) -> Image.Image:
    """A white-edged print with its name under it."""
    edge = max(2, round(height * 0.04))
    lettering = Lettering(max(7, round(height * 0.13)), bold=True)
    label = lettering.line_height
    card = Image.new("RGBA", (width + 2 * edge, height + edge + label), (*PAPER, 255))
    # Faces are in the upper third of most portraits.
    card.paste(
        ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS, centering=(0.5, 0.25)), (edge, edge)
    )
    words = lettering.cut(name.replace("_", " "), width)
    lettering.draw(
        ImageDraw.Draw(card), edge + (width - lettering.width(words)) / 2, height + edge, words, INK
    )
    return ImageOps.expand(card, border=2, fill=(0, 0, 0, 0))
