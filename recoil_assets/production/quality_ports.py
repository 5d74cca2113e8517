"""The port of the take quality check: what production needs to know of a file that arrived."""

from pathlib import Path
from typing import Protocol

from recoil_assets.domain.take_quality import MediaFacts


class TakeInspector(Protocol):
    """Looks at a file, decoding it to its end, in bounded time and memory."""

    def measure(self, media: Path) -> MediaFacts:
        """What the file is. A file that is no video is a fact too, never an error."""
        ...
