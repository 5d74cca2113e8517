"""A shot, as a plan lists it."""

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from recoil_assets.domain.value import Value


class CastMember(Value):
    """A character who is in a shot. Fields the plan adds beside ``char_id`` are kept in ``raw``."""

    char_id: str
    raw: dict[str, Any] = Field(default_factory=dict)


class DialogueLine(Value):
    """A line spoken in a shot; ``char_id`` is empty where the plan does not say who speaks.

    Fields the plan adds are kept in ``raw``. A line without any has the digest it had before they were kept.
    """

    text: str
    char_id: str = ""
    raw: dict[str, Any] = Field(default_factory=dict, exclude_if=lambda raw: not raw)


class Shot(Value):
    """One shot of an episode.

    Attributes:
        duration_s: planned length in seconds.
        raw: every field of the plan that Recoil does not know, kept and part of every content digest.
    """

    shot_id: str
    sequence_id: str = ""
    shot_type: str = "MS"
    duration_s: float
    characters: tuple[CastMember, ...] = ()
    location_id: str = ""
    video_model: str = ""
    start_frame: str = ""
    end_frame: str = ""
    description: str = ""
    dialogue: tuple[DialogueLine, ...] = ()
    source_text: str = ""
    source_text_hash: str = ""
    raw: dict[str, Any] = Field(default_factory=dict)

    @property
    def cast(self) -> tuple[str, ...]:
        """The characters' ids, in the plan's order, each once."""
        return tuple(dict.fromkeys(member.char_id for member in self.characters))


def planned_length_s(shots: Iterable[Shot]) -> float:
    """Planned length of ``shots``, seconds, to the microsecond: 3.2, 5.9 and 5.9 s are 15 s, not more."""
    return round(sum(shot.duration_s for shot in shots), 6)
