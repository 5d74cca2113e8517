"""An editorial desk that writes on paper: it decodes nothing and keeps every cut it was given."""

from dataclasses import dataclass, field
from pathlib import Path

from recoil_assets.domain.cut import Cut


@dataclass
class PaperDesk:
    cuts: list[Cut] = field(default_factory=list)

    def assemble(self, cut: Cut, destination: Path) -> None:
        self.cuts.append(cut)
        destination.write_text("video of " + ", ".join(clip.media_path for clip in cut.clips))

    def write_timeline(self, cut: Cut, destination: Path) -> None:
        destination.write_text(cut.title)
        destination.with_suffix(".edl").write_text(cut.title)

    def draw_contact_sheet(self, cut: Cut, destination: Path) -> None:
        destination.write_text(cut.title)

    def seconds(self, media: Path) -> float:
        assert media.stat().st_size > 0
        return 3.0

    def thumbnail(self, picture: Path, *, max_bytes: int) -> bytes:
        return picture.read_bytes()[:max_bytes]
