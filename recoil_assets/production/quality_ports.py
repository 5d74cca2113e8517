"""The port of the take quality check: what production needs to know of a file that arrived."""

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.take_quality import FoundFault


class TakeInspector(Protocol):
    """Looks at a file, decoding it to its end, in bounded time and memory."""

    def faults(
        self, media: Path, asked: GenerationRequest, *, made_s: float, unhonoured: Collection[str]
    ) -> tuple[FoundFault, ...]:
        """Everything that makes the file no take of ``asked``; that it is no video is a fault too, never an error.

        Args:
            asked: the request as it was sent.
            made_s: the length that the model makes for it, seconds.
            unhonoured: what of it the model does not act on, by the names of its fields.
        """
        ...
