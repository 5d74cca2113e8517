"""Small pictures of large ones, light enough for Dagster's event log."""

import io
from hashlib import sha256
from pathlib import Path

from PIL import Image

from recoil_assets.domain.errors import RecoilError

_WIDEST = 900
_SCALES = (1.0, 0.8, 0.64, 0.5, 0.4, 0.32)
_QUALITY = 60
_LEAST_QUALITY = 40

_MOST_KEPT = 128
_KEPT: dict[tuple[bytes, int], bytes] = {}
"""By the picture's digest and the limit: every run shows the boards it comes past, and encoding one takes 0.2 s."""


def thumbnail_of(picture: Path, *, max_bytes: int) -> bytes:
    """``picture`` as WebP of at most ``max_bytes``, as wide as they allow.

    Raises:
        RecoilError: it can not be read as a picture, or not be shown in so few bytes.
    """
    try:
        data = picture.read_bytes()
        key = sha256(data).digest(), max_bytes
        kept = _KEPT.get(key)
        if kept is not None:
            return kept
        with Image.open(io.BytesIO(data)) as opened:
            image = opened.convert("RGB")
    except OSError as error:
        raise RecoilError(
            f"{picture} is not a picture ({error})", cure="materialise this cell again"
        ) from error
    shown = _within(image, max_bytes)
    if shown is None:
        raise RecoilError(f"{picture} can not be shown in {max_bytes} bytes", cure="make the picture smaller")
    if len(_KEPT) >= _MOST_KEPT:
        _KEPT.clear()
    _KEPT[key] = shown
    return shown


def _within(image: Image.Image, max_bytes: int) -> bytes | None:
    """The widest that fits, then the better of two qualities: the words on a board have to be read."""
    for scale in _SCALES:
        width = max(1, round(min(image.width, _WIDEST) * scale))
        size = (width, max(1, round(image.height * width / image.width)))
        small = image.resize(size, Image.Resampling.LANCZOS)
        plain = _webp(small, _LEAST_QUALITY)
        if len(plain) <= max_bytes:
            good = _webp(small, _QUALITY)
            return good if len(good) <= max_bytes else plain
    return None


def _webp(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=3)
    return buffer.getvalue()
