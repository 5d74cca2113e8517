"""Decoding a picture to its last pixel: a file that only begins like a picture is found before it is paid for."""

import io

from PIL import Image, ImageSequence

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MOST_PIXELS = 64 * 2**20
"""Of all frames together: what decodes within a second and a few hundred megabytes."""


def decoding_fault(data: bytes) -> tuple[str, str]:
    """Why ``data`` does not decode as one of ``FORMATS``, and the cure; both empty where it does. Never raises."""
    try:
        pixels = _decode(data)
    except Exception as error:  # noqa: BLE001  a decoder may raise anything over bytes that are no picture
        why = str(error) or type(error).__name__
        return f"can not be decoded ({why})", "export the picture again as PNG or JPEG"
    if pixels > MOST_PIXELS:
        return (
            f"has {pixels / 10**6:.0f} million pixels",
            "export it below 8192 x 8192 pixels, without animation",
        )
    return "", ""


def _decode(data: bytes) -> int:
    """The pixels of all frames, every one decoded; what is too many is counted and no longer decoded."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        picture.verify()  # checksums, which decoding passes over; the picture is used up by it
    pixels = 0
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        for frame in ImageSequence.Iterator(picture):
            pixels += frame.width * frame.height
            if pixels > MOST_PIXELS:
                break
            frame.load()
    return pixels
