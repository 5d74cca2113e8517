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
        width = min(image.width, _WIDEST_THUMBNAIL)
        for quality in (78, 66, 54, 42, 30):
            for scale in (1.0, 0.8, 0.64, 0.5, 0.4):
                size = (
                    max(1, round(width * scale)),
                    max(1, round(image.height * width * scale / image.width)),
                )
                data = _jpeg(image.resize(size, Image.Resampling.LANCZOS), quality)
                if len(data) <= max_bytes:
                    return data
        raise RecoilError(f"{picture} can not be shown in {max_bytes} bytes", cure="make the picture smaller")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()
