"""A generation request: everything a provider is asked for, resolved, before any adapter maps it.

Its digest is a take's *basis*. Retry and reroll overlays are recorded beside it and are not part of it.
"""

from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.grouping.group import GroupIdentity
from recoil_assets.domain.reference import Reference, refs_fingerprint
from recoil_assets.domain.value import Value

RequestModality = Literal["board", "video_i2v", "r2v_multi"]


class RequestShot(Value):
    """A shot as the provider sees it: framing, length in seconds, who, where, and the words."""

    shot_id: str
    shot_type: str
    duration_s: float
    cast: tuple[str, ...] = ()
    location: str = ""
    description: str = ""
    dialogue: tuple[str, ...] = ()


class GenerationRequest(Value):
    """One picture or clip to generate.

    Attributes:
        duration_s: length of the clip in seconds; 0 for a board.
        width, height: pixels. fps: frames a second; 0 for a board.
        references: images that go with the prompt, board included, in the order they are sent.
    """

    modality: RequestModality
    model: str
    prompt: str
    shots: tuple[RequestShot, ...]
    duration_s: float
    width: int
    height: int
    fps: int
    aspect_ratio: str
    audio: bool
    seed: int
    tier: str = ""
    references: tuple[Reference, ...] = ()
    start_frame: Reference | None = None
    end_frame: Reference | None = None
    provider_hints: dict[str, Any] = Field(default_factory=dict)
    generation_config: dict[str, Any] = Field(default_factory=dict)
    element_config: dict[str, Any] = Field(default_factory=dict)
    grouping: GroupIdentity
    tag: str

    @cached_property
    def digest(self) -> str:
        """The basis: digest of the whole resolved request."""
        return digest_of(self)

    @property
    def all_references(self) -> tuple[Reference, ...]:
        """References and frames, each once."""
        frames = tuple(frame for frame in (self.start_frame, self.end_frame) if frame is not None)
        return tuple(dict.fromkeys((*self.references, *frames)))

    @property
    def fingerprint(self) -> str:
        """The refs fingerprint: says whether references or something else drifted."""
        return refs_fingerprint(self.all_references)
