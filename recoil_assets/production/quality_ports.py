"""The port of the take quality check: what production needs to know of a file that arrived."""

from pathlib import Path
from typing import Protocol

from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.take_quality import FoundFault


class TakeInspector(Protocol):
    """Looks at a file, decoding it to its end, in bounded time and memory."""

    def faults(self, media: Path, asked: GenerationRequest, *, shortest_s: float) -> tuple[FoundFault, ...]:
        """Everything that makes the file no take of ``asked``; that it is no video is a fault too, never an error.

        Args:
            asked: the request as it was sent.
            shortest_s: the least that the model makes, seconds.
        """
        ...
