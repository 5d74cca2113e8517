"""The timeline of a take: which frames each shot has, and which words are on screen when."""

from collections.abc import Sequence
from dataclasses import dataclass

from recoil_assets.domain.request import GenerationRequest


@dataclass(frozen=True, slots=True)
class Span:
    """The frames of one shot: ``start`` up to but not including ``end``."""

    index: int
    start: int
    end: int

    @property
    def frames(self) -> int:
        """How many there are."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Line:
    """A dialogue line and the share of its shot (0 to 1) it is on screen for."""

    text: str
    start: float
    end: float


def frame_count(request: GenerationRequest) -> int:
    """Frames of the whole take: the nearest to its duration, at least one."""
    return max(1, round(round(request.duration_s * request.fps, 6)))


def spans_of(request: GenerationRequest) -> tuple[Span, ...]:
    """The shots' frames, end to end; a take of another length than its shots keeps their proportions.

    A shot too short for a frame of its own has none and is left out.
    """
    total = frame_count(request)
    planned = sum(shot.duration_s for shot in request.shots)
    spans, elapsed, start = [], 0.0, 0
    for index, shot in enumerate(request.shots):
        elapsed += shot.duration_s
        last = index == len(request.shots) - 1
        share = elapsed / planned if planned else (index + 1) / len(request.shots)
        end = total if last else min(total, round(round(share * request.duration_s * request.fps, 6)))
        if end > start:
            spans.append(Span(index, start, end))
            start = end
    return tuple(spans)


def lines_of(dialogue: Sequence[str]) -> tuple[Line, ...]:
    """Dialogue spread over its shot, longer lines for longer; silence at both ends."""
    lengths = [len(text) + 8 for text in dialogue]
    whole = sum(lengths)
    lines, elapsed = [], 0
    for text, length in zip(dialogue, lengths, strict=True):
        lines.append(Line(text, 0.04 + 0.9 * elapsed / whole, 0.04 + 0.9 * (elapsed + length) / whole))
        elapsed += length
    return tuple(lines)
