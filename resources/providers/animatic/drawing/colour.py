"""Colours, as red, green and blue from 0 to 255, and how to mix them."""

import colorsys

Colour = tuple[int, int, int]

INK: Colour = (34, 30, 42)
PAPER: Colour = (250, 247, 240)


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """A colour from its hue (turns), saturation and value (0 to 1)."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """``one`` with ``share`` (0 to 1) of ``other`` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def lighter(colour: Colour, share: float) -> Colour:
    """``colour`` moved toward white."""
    return mix(colour, (255, 255, 255), share)


def darker(colour: Colour, share: float) -> Colour:
    """``colour`` moved toward a cool black, which looks less dead than a neutral one."""
    return mix(colour, (16, 14, 30), share)
