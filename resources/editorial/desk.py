"""The editorial desk: the files of a cut, and small pictures of large ones."""

from pathlib import Path

from recoil_assets.domain.cut import Cut
from resources.editorial.assembly import assemble
from resources.editorial.contact_sheet import draw_contact_sheet
from resources.editorial.length import media_seconds
from resources.editorial.thumbnail import thumbnail_of
from resources.editorial.timeline import write_timeline


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
        return thumbnail_of(picture, max_bytes=max_bytes)
