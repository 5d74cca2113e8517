"""The editorial port: what production needs to turn a cut into files."""

from pathlib import Path
from typing import Protocol

from recoil_assets.domain.cut import Cut


class Editorial(Protocol):
    """Makes watchable and editable files of a cut. Same cut, same bytes."""

    def assemble(self, cut: Cut, destination: Path) -> None:
        """One mp4 of all clips in story order; ``RecoilError`` naming a clip that can not be used."""
        ...

    def write_timeline(self, cut: Cut, destination: Path) -> None:
        """An OpenTimelineIO timeline, and a CMX3600 list beside it."""
        ...

    def draw_contact_sheet(self, cut: Cut, destination: Path) -> None:
        """A PNG with a frame of every shot."""
        ...

    def seconds(self, media: Path) -> float:
        """Length of a media file, seconds; ``RecoilError`` where it does not decode."""
        ...

    def thumbnail(self, picture: Path, *, max_bytes: int) -> bytes:
        """A WebP of ``picture`` no larger than ``max_bytes``."""
        ...
