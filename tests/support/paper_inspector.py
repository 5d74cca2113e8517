"""An inspector of takes for tests whose provider writes files that are no films."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.take_quality import FoundFault


@dataclass
class PaperInspector:
    """Passes every file, or says of it what ``judge`` does. ``looked_at`` names the files, in order.

    ``told`` is what was said of each: the length that the model makes, and what it does not honour.
    """

    judge: Callable[[Path], tuple[FoundFault, ...]] = lambda _: ()

    def __post_init__(self) -> None:
        self.looked_at: list[str] = []
        self.told: list[tuple[float, frozenset[str]]] = []

    def faults(
        self,
        media: Path,
        asked: GenerationRequest,  # noqa: ARG002
        *,
        made_s: float,
        unhonoured: Collection[str],
    ) -> tuple[FoundFault, ...]:
        self.looked_at.append(media.name)
        self.told.append((made_s, frozenset(unhonoured)))
        return self.judge(media)
