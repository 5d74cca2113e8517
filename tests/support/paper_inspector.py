"""An inspector of takes for tests whose provider writes files that are no films."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.take_quality import FoundFault


@dataclass
class PaperInspector:
    """Passes every file, or says of it what ``judge`` does. ``looked_at`` names the files, in order."""

    judge: Callable[[Path], tuple[FoundFault, ...]] = lambda _: ()

    def __post_init__(self) -> None:
        self.looked_at: list[str] = []

    def faults(
        self,
        media: Path,
        asked: GenerationRequest,  # noqa: ARG002
        *,
        shortest_s: float,  # noqa: ARG002
    ) -> tuple[FoundFault, ...]:
        self.looked_at.append(media.name)
        return self.judge(media)
