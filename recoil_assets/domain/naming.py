"""Names: beat ids and the file names of takes.

A take's file name carries everything needed to know what it is of, and parses back to exactly that:
``ep_001.continuity_003.EP001_SH0010-EP001_SH0020.t002.mp4``. Dots and hyphens can not occur in keys or shot
ids, so no name is ambiguous. Names of the older pass-counter form (``EP001_PASS02_SH010-SH020_T01.mp4``)
still parse, so that media made before Recoil keeps its identity.
"""

import re
from collections.abc import Sequence
from typing import Literal

from pydantic import Field, field_validator

from recoil_assets.domain.cell import KEY_PATTERN
from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.value import Value

StrategyName = Literal["continuity", "coverage", "oner", "solo"]

SHOT_ID_PATTERN = re.compile(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*")
LONGEST_SHOT_ID = 28
MOST_SHOTS = 6
HIGHEST_NUMBER = 9999

_CURRENT = re.compile(
    r"(?P<episode>[A-Za-z0-9_]+)\.(?P<strategy>continuity|coverage|oner|solo)_(?P<ordinal>[0-9]{3}|[1-9][0-9]{3})"
    r"\.(?P<shots>[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*)\.t(?P<take>[0-9]{3}|[1-9][0-9]{3})\.mp4"
)
_LEGACY = re.compile(
    r"EP(?P<episode>[0-9]{3,4})_PASS(?P<ordinal>[0-9]{2,4})"
    r"_(?P<shots>[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*)_T(?P<take>[0-9]{2,4})\.mp4"
)


def is_shot_id(text: str) -> bool:
    """Whether ``text`` can be a shot id: up to 28 letters and digits, single underscores between."""
    return len(text) <= LONGEST_SHOT_ID and SHOT_ID_PATTERN.fullmatch(text) is not None


class TakeName(Value):
    """What a take's file name says. ``take`` counts from 1 and never restarts."""

    episode: str
    strategy: StrategyName
    ordinal: int = Field(ge=0, le=HIGHEST_NUMBER)
    shot_ids: tuple[str, ...]
    take: int = Field(ge=1, le=HIGHEST_NUMBER)

    @field_validator("episode")
    @classmethod
    def _episode_is_a_key(cls, episode: str) -> str:
        if KEY_PATTERN.fullmatch(episode) is None:
            raise ValueError(f"{episode!r} is not an episode key")
        return episode

    @field_validator("shot_ids")
    @classmethod
    def _shots_are_nameable(cls, shot_ids: tuple[str, ...]) -> tuple[str, ...]:
        if not 1 <= len(shot_ids) <= MOST_SHOTS:
            raise ValueError(f"a take covers 1 to {MOST_SHOTS} shots, not {len(shot_ids)}")
        wrong = [shot_id for shot_id in shot_ids if not is_shot_id(shot_id)]
        if wrong:
            raise ValueError(f"not shot ids: {', '.join(map(repr, wrong))}")
        return shot_ids


def take_stem(name: TakeName) -> str:
    """The part of a file name that all takes of one beat share; take numbers count under it."""
    return f"{name.episode}.{name.strategy}_{name.ordinal:03d}.{'-'.join(name.shot_ids)}"


def build_file_name(name: TakeName) -> str:
    """The file name of a take; ``parse_file_name`` gives ``name`` back for every name."""
    return f"{take_stem(name)}.t{name.take:03d}.mp4"


def build_legacy_file_name(name: TakeName) -> str:
    """The pass-counter form of a take's file name, looked for before a file is written.

    Raises:
        UsageError: the episode key has no number to build the form's ``EP`` token from.
    """
    return f"EP{episode_number(name.episode):03d}_PASS{name.ordinal:02d}_{'-'.join(name.shot_ids)}_T{name.take:02d}.mp4"


def episode_number(episode: str) -> int:
    """The number at the end of an episode key; ``UsageError`` where there is none."""
    number = re.search(r"(\d{1,4})$", episode)
    if number is None:
        raise UsageError(f"{episode!r} has no episode number", cure="name episodes like ep_001")
    return int(number[1])


def parse_file_name(file_name: str) -> TakeName | None:
    """What a take's file name says, or ``None`` where it is neither form's.

    The pass-counter form names no strategy; its passes were coverage passes.
    """
    strategy = "coverage"
    if match := _CURRENT.fullmatch(file_name):
        episode, strategy = match["episode"], match["strategy"]
    elif match := _LEGACY.fullmatch(file_name):
        episode = f"ep_{int(match['episode']):03d}"
    else:
        return None
    try:
        return TakeName(
            episode=episode,
            strategy=strategy,
            ordinal=int(match["ordinal"]),
            shot_ids=tuple(match["shots"].split("-")),
            take=int(match["take"]),
        )
    except ValueError:
        return None


def multi_shot_beat_id(batch: str, source_pass_id: str | None) -> str:
    """The id of a group's one multi-shot beat: the batch id, or ``<pass>__cov``."""
    return f"{source_pass_id}__cov" if source_pass_id else batch


def part_beat_id(whole: str, head_shot: str) -> str:
    """The id of a part of a multi-shot beat: the whole's id and the part's first shot; other parts do not rename it."""
    return f"{whole}__{head_shot}"


def single_shot_beat_id(shot_id: str, source_pass_id: str | None) -> str:
    """The id of a single-shot beat: the shot id, or ``<pass>__<shot>``."""
    return f"{source_pass_id}__{shot_id}" if source_pass_id else shot_id


_TOKEN = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z][A-Z0-9]*)*")


def tag_token(name: str, default: str) -> str:
    """``name`` as a tag token (``[A-Z][A-Z0-9]*(_[A-Z][A-Z0-9]*)*``), or ``default`` where none is left.

    A part that would start with a digit joins the part before it: ``LOC_01`` is written ``LOC01``.
    """
    parts = [part for part in re.sub(r"[^A-Z0-9_]", "", name.upper().replace("-", "_")).split("_") if part]
    joined: list[str] = []
    for part in parts:
        if part[0].isdigit() and joined:
            joined[-1] += part
        else:
            joined.append(part)
    token = "_".join(joined)
    return token if _TOKEN.fullmatch(token) else default


def beat_tag(*, multi_shot: bool, casts: Sequence[Sequence[str]], locations: Sequence[str]) -> str:
    """The semantic tag of a beat.

    Args:
        multi_shot: whether the beat renders a whole group in one generation.
        casts: each shot's character ids, in story order.
        locations: each shot's location id; empty where a shot has none.

    ``A_<CHAR>`` where a multi-shot beat has one character in all, ``COV_<LOC>`` or ``COV_ENV`` where it has
    none; everything else goes by the head shot: ``SOLO_<CHAR>``, or ``SOLO_ENV`` without a cast.
    """
    if multi_shot:
        everyone = {character for cast in casts for character in cast}
        if len(everyone) == 1:
            return f"A_{tag_token(everyone.pop(), 'CHAR')}"
        if not everyone:
            places = {place for place in locations if place}
            return f"COV_{tag_token(places.pop(), 'LOC')}" if len(places) == 1 else "COV_ENV"
    head = casts[0] if casts else ()
    if not head:
        return "SOLO_ENV"
    return f"SOLO_{tag_token(head[0], 'CHAR')}" if head[0] else "SOLO"
