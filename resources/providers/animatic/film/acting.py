"""Acting: when a shot's figures blink, and when the one who speaks has the mouth open."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from resources.providers.animatic.drawing.chance import Chance
from resources.providers.animatic.film.timeline import Line, lines_of
from resources.providers.animatic.story.staging import Stage, speaker_of

_BLINK_S = 0.14


def blinks_of(chance: Chance, length_s: float) -> tuple[float, ...]:
    """When, in seconds from the shot's start, eyes close: every two to four seconds, as people do."""
    times, time = [], chance.between(0.8, 2.2)
    while time < length_s - 0.3:
        times.append(time)
        time += chance.between(2.0, 4.2)
    return tuple(times)


def is_blinking(blinks: Sequence[float], seconds: float) -> bool:
    """Whether eyes are shut ``seconds`` after the shot's start."""
    return any(blink <= seconds < blink + _BLINK_S for blink in blinks)


@dataclass(frozen=True, slots=True)
class Part:
    """A line and the near figure who says it."""

    line: Line
    talker: int


def parts_of(stage: Stage) -> tuple[Part, ...]:
    """The shot's lines that somebody in focus says; a line that names nobody is the first one's who speaks."""
    parts = []
    for line in lines_of(stage.shot.dialogue):
        name = speaker_of(line.text)
        talkers = [
            index for index, one in enumerate(stage.near) if one.speaks and name in ("", one.character)
        ]
        if talkers:
            parts.append(Part(line, talkers[0]))
    return tuple(parts)


def talker_at(parts: Sequence[Part], share: float, seconds: float) -> int:
    """Whose mouth is open, -1 for nobody's: in the rhythm of syllables while a line is on screen."""
    said = [part.talker for part in parts if part.line.start <= share < part.line.end - 0.02]
    return said[0] if said and _is_open(seconds) else -1


def _is_open(seconds: float) -> bool:
    return math.sin(2 * math.pi * 3.1 * seconds) + 0.7 * math.sin(2 * math.pi * 4.7 * seconds + 1.0) > -0.25  # noqa: PLR2004
