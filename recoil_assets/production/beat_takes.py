"""A beat's takes as they are on disk, and what people decided about them. Reads only."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.scene import Beat, SceneBody
from recoil_assets.domain.take import BeatTakes, PrimaryChoice
from recoil_assets.domain.take_approval import BeatDecisions, ordered_primary
from recoil_assets.production.studio import Studio

if TYPE_CHECKING:
    from recoil_assets.production.payloads import BeatPayload


@dataclass(frozen=True, slots=True)
class NamedBeats:
    """What a person means by a name: beats of one cell's active version."""

    cell: Cell
    body: SceneBody
    beats: tuple[Beat, ...]


def beats_named(studio: Studio, episode: str, name: str) -> NamedBeats | None:
    """The beat of that id, or every beat of the batch of that name; ``None`` where there is neither."""
    roster = studio.rosters.get(episode)
    for batch in roster.keys if roster else ():
        cell = Cell(episode, batch)
        manifest = studio.scenes.manifest(cell)
        if manifest is None:
            continue
        body = studio.scenes.body(cell, manifest.active_version.digest)
        beats = tuple(beat for beat in body.beats if beat.beat_id == name)
        if beats or batch == name:
            return NamedBeats(cell, body, beats or body.beats)
    return None


def one_beat(studio: Studio, episode: str, name: str) -> tuple[Cell, Beat]:
    """The one beat that is meant by a name.

    Raises:
        UsageError: there is none, or the name means several.
    """
    found = beats_named(studio, episode, name)
    if found is None:
        raise UsageError(
            f"{episode} has no beat {name!r}", cure=f"take a beat or batch of recoil take list {episode}"
        )
    if len(found.beats) != 1:
        ids = ", ".join(beat.beat_id for beat in found.beats)
        raise UsageError(f"{name} means {len(found.beats)} beats: {ids}", cure="name one of them")
    return found.cell, found.beats[0]


def read_takes(studio: Studio, episode: str, beat: Beat) -> BeatTakes:
    """Everything known about a beat's takes."""
    return _takes_of(studio, episode, beat.shot_set, studio.primaries.current(episode, beat.shot_set))


def _takes_of(studio: Studio, episode: str, shot_set: str, choice: PrimaryChoice | None) -> BeatTakes:
    attempts = studio.journal.attempts(episode, "take", shot_set)
    primary = next((item for item in attempts if choice and item.attempt_id == choice.attempt_id), None)
    present = primary is not None and has_its_media(studio, primary)
    return BeatTakes(attempts=attempts, primary=primary, primary_media_present=present)


def read_decisions(studio: Studio, episode: str, beat: Beat) -> BeatDecisions:
    """A beat's takes with every decision about them."""
    return _decisions_of(studio, episode, beat.shot_set)


def kept_beats(studio: Studio, body: SceneBody) -> frozenset[str]:
    """Ids of the beats with an approved take: nothing renders them unless they are named, so they cost nothing."""
    return frozenset(
        beat.beat_id for beat in body.beats if read_decisions(studio, body.episode, beat).approved
    )


def unplanned_takes(studio: Studio, episode: str, planned: Collection[str]) -> tuple[BeatDecisions, ...]:
    """The takes of every shot set that no active version has any longer: they were paid for, and are kept.

    Args:
        planned: the shot sets that the active versions have.
    """
    ids = [name for name in studio.journal.ids() if name.startswith(f"{episode}.")]
    intents = [studio.journal.attempt(attempt_id).intent for attempt_id in ids]
    shot_sets = dict.fromkeys(
        intent.shot_set for intent in intents if intent.kind == "take" and intent.shot_set not in planned
    )
    found = [_decisions_of(studio, episode, shot_set) for shot_set in shot_sets]
    return tuple(sorted(found, key=lambda item: _first_made(item.takes)))


def _first_made(takes: BeatTakes) -> str:
    return takes.attempts[0].intent.created_at


def _decisions_of(studio: Studio, episode: str, shot_set: str) -> BeatDecisions:
    choice = studio.primaries.current(episode, shot_set)
    return BeatDecisions(
        shot_set=shot_set,
        takes=_takes_of(studio, episode, shot_set, choice),
        decisions=studio.take_decisions.history(episode, shot_set),
        choice=choice,
    )


def has_its_media(studio: Studio, attempt: Attempt) -> bool:
    """Whether the media of a take is on disk, with the very bytes that were fetched."""
    downloaded = attempt.record(AttemptState.DOWNLOADED)
    if downloaded is None:
        return False
    return studio.media.holds(attempt.intent.media_path, str(downloaded.facts["sha256"]))


def adoptable(studio: Studio, takes: BeatTakes, payload: "BeatPayload") -> Attempt | None:
    """A succeeded take of exactly this request that is not the primary yet: a late result, or one returned to."""
    current = takes.primary is not None and takes.primary.intent.basis == payload.basis
    if current and takes.primary_media_present:
        return None
    for attempt in reversed(takes.attempts):
        if attempt.succeeded and attempt.intent.basis == payload.basis and has_its_media(studio, attempt):
            return attempt
    return None


def ordered(studio: Studio, decisions: BeatDecisions, payload: "BeatPayload") -> Attempt | None:
    """The take of exactly this request that a person ordered to become the primary, and that is not yet."""
    take = ordered_primary(decisions)
    if take is None or take.intent.basis != payload.basis or not has_its_media(studio, take):
        return None
    return take


def take_marks(decisions: BeatDecisions, attempt: Attempt) -> Mapping[str, str]:
    """How a take stands among those of its beat, in words that are the same wherever it is shown."""

    def mark(word: str, other: Attempt | None) -> str:
        return word if other is not None and other.attempt_id == attempt.attempt_id else ""

    return {
        "primary": mark("primary", decisions.takes.primary),
        "approved": "approved" if attempt in decisions.approved else "",
        "latest": mark("latest", decisions.latest),
        "latest_approved": mark("latest approved", decisions.latest_approved),
        "ordered": mark("to be primary", ordered_primary(decisions)),
    }
