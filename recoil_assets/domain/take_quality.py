"""Whether what a provider made is a usable take: the rules, on facts that somebody else measured.

A fault makes the attempt a failed one that was paid for, and may cost another. So only what makes a take
unusable is a fault, and what a model simply does not offer (its own frame rate, a size near the one asked) is not.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.request import GenerationRequest

LEAST_SHARE_OF_LENGTH = 0.9
SHORT_BY_S = 0.5
LONG_BY_S = 1.0
"""Models make whole seconds, and their last frame falls where it falls."""
OTHER_SHAPE = 0.05
"""Sizes are multiples of 16 or 32: 480 x 832 is 2.6 % off 9:16."""
LEAST_SHARE_OF_SIZE = 0.6
"""720 lines in place of 1080 are what a model without more makes; fewer are another picture."""
LEAST_SHARE_OF_RATE = 0.6
LEAST_FPS = 14.4
"""Models have a rate of their own; 16 frames a second pass for motion, whatever more was asked."""
MOSTLY = 0.95
QUIETEST = 0.001
"""Peak of a track that has nothing on it: -60 dB of full scale."""


class MediaFault(StrEnum):
    """What is wrong with a file."""

    NOT_A_VIDEO = "not_a_video"
    TORN = "torn"
    ENDLESS = "endless"
    STILL_PICTURE = "still_picture"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    WRONG_SHAPE = "wrong_shape"
    TOO_SMALL = "too_small"
    FRAME_RATE = "frame_rate"
    BLACK = "black"
    FROZEN = "frozen"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """What a file was found to be, decoded to its end.

    Attributes:
        unreadable: why it is no video that decodes, or not to its end; empty where it does.
        frames: pictures that came out. promised_frames: what the container says there are, 0 where it does not.
        stopped_early: whether there is more than was looked at.
        duration_s: from the first picture to the end of the last, seconds.
        black_share, still_share: parts of the looked-at pictures that are black, or like the one before.
        has_audio: whether there is a sound track. loudest: its peak, 1 is full scale.
    """

    unreadable: str = ""
    frames: int = 0
    promised_frames: int = 0
    stopped_early: bool = False
    duration_s: float = 0.0
    width: int = 0
    height: int = 0
    black_share: float = 0.0
    still_share: float = 0.0
    has_audio: bool = False
    loudest: float = 0.0

    @property
    def fps(self) -> float:
        """Frames a second; 0 where there is no length."""
        return self.frames / self.duration_s if self.duration_s else 0.0


@dataclass(frozen=True, slots=True)
class FoundFault:
    """A fault, and the sentence that a person reads."""

    fault: MediaFault
    sentence: str


def faults_of(
    facts: MediaFacts,
    asked: GenerationRequest,
    *,
    made_s: float = 0.0,
    unhonoured: Collection[str] = (),
) -> tuple[FoundFault, ...]:
    """Everything that makes the file no take of ``asked``; empty where it is one.

    Args:
        asked: the request as it was sent, changes applied.
        made_s: the length that the model makes for it, seconds: the next one that it offers.
        unhonoured: what of the request the model does not act on, by the names of its fields: that was said before
            money moved, and is no fault of what came.
    """
    if fatal := _fatal(facts, asked):
        return (fatal,)
    found = (
        *_length(facts, asked, made_s),
        *_size(facts, asked, of_any_shape="aspect_ratio" in unhonoured),
        *_pictures(facts, asked),
        *(_sound(facts) if asked.audio and "audio" not in unhonoured else ()),
    )
    return tuple(found)


def quality_failure(faults: Sequence[FoundFault]) -> FailureFacts:
    """The faults as a failure, to be classified like a provider's own."""
    return FailureFacts(
        error_type="bad_media",
        reason=",".join(found.fault for found in faults),
        message="; ".join(found.sentence for found in faults),
    )


def _fatal(facts: MediaFacts, asked: GenerationRequest) -> FoundFault | None:
    """What leaves nothing else to be judged."""
    if facts.unreadable and not facts.frames:
        return FoundFault(MediaFault.NOT_A_VIDEO, f"it is not a video that decodes: {facts.unreadable}")
    if facts.unreadable:
        return FoundFault(
            MediaFault.TORN, f"it does not decode to its end: after {facts.frames} frames {facts.unreadable}"
        )
    if facts.frames < facts.promised_frames and not facts.stopped_early:
        return FoundFault(
            MediaFault.TORN, f"it is torn: {facts.frames} of its {facts.promised_frames} frames are there"
        )
    if facts.stopped_early:
        return FoundFault(MediaFault.ENDLESS, f"it goes on after {facts.frames} frames")
    if facts.frames == 1 and asked.duration_s * asked.fps >= 2:  # noqa: PLR2004  two frames
        return FoundFault(MediaFault.STILL_PICTURE, "it is a single picture")
    return None


def _length(facts: MediaFacts, asked: GenerationRequest, made_s: float) -> Iterator[FoundFault]:
    least = min(asked.duration_s * LEAST_SHARE_OF_LENGTH, asked.duration_s - SHORT_BY_S)
    most = max(asked.duration_s, made_s) + LONG_BY_S
    said = f"it is {facts.duration_s:.2f} s long; {asked.duration_s:g} s were asked for"
    if facts.duration_s < least:
        yield FoundFault(MediaFault.TOO_SHORT, said)
    elif facts.duration_s > most:
        yield FoundFault(MediaFault.TOO_LONG, said)


def _size(facts: MediaFacts, asked: GenerationRequest, *, of_any_shape: bool) -> Iterator[FoundFault]:
    said = f"it is {facts.width} x {facts.height}; {asked.width} x {asked.height} were asked for"
    shape = (facts.width / facts.height) / (asked.width / asked.height)
    if not of_any_shape and not 1 - OTHER_SHAPE <= shape <= 1 + OTHER_SHAPE:
        yield FoundFault(MediaFault.WRONG_SHAPE, said)
    elif min(facts.width, facts.height) < LEAST_SHARE_OF_SIZE * min(asked.width, asked.height):
        yield FoundFault(MediaFault.TOO_SMALL, said)


def _pictures(facts: MediaFacts, asked: GenerationRequest) -> Iterator[FoundFault]:
    if facts.fps < min(LEAST_SHARE_OF_RATE * asked.fps, LEAST_FPS):
        yield FoundFault(
            MediaFault.FRAME_RATE,
            f"it has {facts.fps:.1f} frames a second; {asked.fps} were asked for",
        )
    if facts.black_share >= MOSTLY:
        yield FoundFault(MediaFault.BLACK, f"{facts.black_share:.0%} of it are black")
    elif facts.still_share >= MOSTLY:
        yield FoundFault(MediaFault.FROZEN, f"{facts.still_share:.0%} of it do not move")


def _sound(facts: MediaFacts) -> Iterator[FoundFault]:
    if not facts.has_audio:
        yield FoundFault(MediaFault.SILENT, "it has no sound track; sound was asked for")
    elif facts.loudest < QUIETEST:
        yield FoundFault(MediaFault.SILENT, "its sound track is silent; sound was asked for")
