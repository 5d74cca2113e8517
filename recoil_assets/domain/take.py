"""Takes: which beats would be rendered, and why the others would not.

A take is an attempt of kind ``take``; its primary is a person's or a success's choice, kept apart from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.grouping.group import GroupIdentity
from recoil_assets.domain.value import Value


class PrimaryChoice(Value):
    """A selection of a beat's primary take. Choices are only ever appended; the last one counts.

    Attributes:
        attempt_id: the primary; empty where a stale or lost one was released on purpose. Such a choice is the
            cleared-stale marker, and the next choice consumes it.
        identity: with a release, the grouping identity that the released take was named by, where one is known.
    """

    number: int
    shot_set: str
    attempt_id: str
    chosen_at: str
    chosen_by: str
    identity: GroupIdentity | None = None

    @property
    def is_release(self) -> bool:
        """Whether it leaves the beat without a primary."""
        return not self.attempt_id


class BeatStanding(StrEnum):
    """What a beat needs, decided before any money moves."""

    CURRENT = "current"  # its primary is of exactly this request and is on disk
    RENDER = "render"  # an attempt may be made
    LIVE = "live"  # an attempt is in flight, here or elsewhere
    UNSETTLED = "unsettled"  # an attempt's money is uncertain; a person resolves it
    EXHAUSTED = "exhausted"  # every attempt this request may have was made, and failed
    MEDIA_MISSING = "media_missing"  # its primary is of exactly this request, but the file is gone


@dataclass(frozen=True, slots=True)
class BeatTakes:
    """Everything known about one beat's takes.

    Attributes:
        attempts: every take attempt of the shot set, oldest first.
        primary: the chosen attempt, or None.
        primary_media_present: whether the primary's file exists and is not empty.
    """

    attempts: tuple[Attempt, ...]
    primary: Attempt | None
    primary_media_present: bool


def beat_standing(takes: BeatTakes, *, basis: str, max_takes: int) -> BeatStanding:
    """What a beat needs to have a primary of ``basis``.

    Attempts of other bases do not count against ``max_takes``; unsent and build-failed ones never do.
    """
    states = [attempt.state for attempt in takes.attempts]
    if AttemptState.UNKNOWN in states:
        return BeatStanding.UNSETTLED
    if any(attempt.is_open for attempt in takes.attempts):
        return BeatStanding.LIVE
    if takes.primary is not None and takes.primary.intent.basis == basis:
        return BeatStanding.CURRENT if takes.primary_media_present else BeatStanding.MEDIA_MISSING
    if attempts_used(takes.attempts, basis=basis) >= max_takes:
        return BeatStanding.EXHAUSTED
    return BeatStanding.RENDER


def attempts_used(attempts: Sequence[Attempt], *, basis: str) -> int:
    """How many attempts of ``basis`` were really sent. A reroll is one that a person allowed beside them."""
    return sum(
        1
        for attempt in attempts
        if attempt.intent.basis == basis and attempt.was_sent and not attempt.intent.reroll
    )
