"""The editorial desk: the files of a cut, and small pictures of large ones."""

import io
from pathlib import Path

from PIL import Image

from recoil_assets.domain.cut import Cut
from recoil_assets.domain.errors import RecoilError
from resources.editorial.assembly import assemble
from resources.editorial.contact_sheet import draw_contact_sheet
from resources.editorial.length import media_seconds
from resources.editorial.timeline import write_timeline

_WIDEST_THUMBNAIL = 900
_SCALES = (1.0, 0.8, 0.64, 0.5, 0.4, 0.32)
_QUALITIES = (60, 40)


class EditorialDesk:
    """See ``editorial_ports.Editorial``; paths in a cut are relative to ``project_root``."""

    def __init__(self, project_root: Path) -> None:
        self._root = project_root

    def assemble(self, cut: Cut, destination: Path) -> None:
        """See ``editorial_ports.Editorial``."""
        assemble(cut, self._root, destination)

    def write_timeline(self, cut: Cut, destination: Path) -> None:
        """See ``editorial_ports.Editorial``."""
        write_timeline(cut, self._root, destination)

    def draw_contact_sheet(self, cut: Cut, destination: Path) -> None:
        """See ``editorial_ports.Editorial``."""
        draw_contact_sheet(cut, self._root, destination)

    def seconds(self, media: Path) -> float:
        """See ``editorial_ports.Editorial``."""
        return media_seconds(media)

    def thumbnail(self, picture: Path, *, max_bytes: int) -> bytes:
        """See ``editorial_ports.Editorial``."""
        try:
            with Image.open(picture) as opened:
                image = opened.convert("RGB")
        except OSError as error:
            raise RecoilError(
                f"{picture} is not a picture ({error})", cure="materialise this cell again"
            ) from error
        for scale in _SCALES:  # the words on a board have to be read: width before quality
            width = max(1, round(min(image.width, _WIDEST_THUMBNAIL) * scale))
            size = (width, max(1, round(image.height * width / image.width)))
            small = image.resize(size, Image.Resampling.LANCZOS)
            for quality in _QUALITIES:
                data = _webp(small, quality)
                if len(data) <= max_bytes:
                    return data
        raise RecoilError(f"{picture} can not be shown in {max_bytes} bytes", cure="make the picture smaller")


def _webp(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=3)
    return buffer.getvalue()
