"""Deciding about takes: approve one, take that back, choose the primary, or release one that is of no use.

Every decision is made under the beat's lock: a run that renders the beat can not move its primary meanwhile.
"""

from dataclasses import dataclass
from enum import StrEnum

from recoil_assets.domain.attempt import Attempt
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import BlockedError, UsageError
from recoil_assets.domain.scene import Beat
from recoil_assets.domain.take import PrimaryChoice
from recoil_assets.domain.take_approval import (
    BeatDecisions,
    Decider,
    approve,
    choose_primary,
    last_choice,
    require_no_other_approved,
    unapprove,
)
from recoil_assets.production.beat_takes import has_its_media, one_beat, read_decisions
from recoil_assets.production.payloads import cell_payloads
from recoil_assets.production.studio import Studio


class TakeAction(StrEnum):
    """What a person does with a take."""

    APPROVE = "approve"
    UNAPPROVE = "unapprove"
    PRIMARY = "primary"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeSaid:
    """What a person says about a take.

    Attributes:
        take: its number; 0 is the latest that succeeded, and for an approval that is taken back or a release the
            one it can only be.
        seen_sha256: the media that was looked at, or the start of its digest; empty takes the file that is there.
    """

    action: TakeAction
    reviewer: str
    take: int = 0
    seen_sha256: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What came of it: the beat as it stands now, and whether another take is its primary."""

    cell: Cell
    beat: Beat
    take: int
    decisions: BeatDecisions
    primary_moved: bool


def review_take(studio: Studio, episode: str, name: str, said: TakeSaid) -> Reviewed:
    """Record what a person says about a take of the beat ``name``.

    Raises:
        UsageError: there is no such beat or take, the word names nobody, or nothing is left to do.
        BlockedError: ``in_progress_elsewhere`` while a run owns the beat; ``take_not_succeeded``; ``media_missing``;
            ``take_changed`` where the media is not what was looked at; ``take_approved`` where the beat stands on
            another approved take; ``take_stale`` where the primary would be of another request than the present one;
            ``primary_usable`` where what is to be released is neither stale nor lost.
    """
    if not said.reviewer.strip():
        raise UsageError("a decision needs a name", cure="name who decides")
    cell, beat = one_beat(studio, episode, name)
    with studio.locks.beat(episode, beat.shot_set):
        before = read_decisions(studio, episode, beat)
        attempt = _meant(before, beat, said)
        _DO[said.action](studio, cell, beat, before, attempt, said)
        after = read_decisions(studio, episode, beat)
    moved = after.takes.primary != before.takes.primary
    studio.note(
        f"take_{_EVENTS[said.action]}",
        cell=cell.key,
        beat_id=beat.beat_id,
        attempt_id=attempt.attempt_id,
        reviewer=said.reviewer,
        note=said.note,
        standing=after.standing,
    )
    return Reviewed(cell, beat, attempt.intent.number, after, moved)


_EVENTS = {
    TakeAction.APPROVE: "approved",
    TakeAction.UNAPPROVE: "unapproved",
    TakeAction.PRIMARY: "chosen",
    TakeAction.RELEASE: "released",
}


def _meant(beat: BeatDecisions, named: Beat, said: TakeSaid) -> Attempt:
    """The take that is meant."""
    if said.take:
        for attempt in beat.takes.attempts:
            if attempt.intent.number == said.take:
                return attempt
        numbers = ", ".join(str(item.intent.number) for item in beat.takes.attempts) or "none"
        raise UsageError(
            f"{named.beat_id} has no take {said.take} (takes: {numbers})", cure="see recoil take list"
        )
    meant = {
        TakeAction.UNAPPROVE: beat.latest_approved,
        TakeAction.RELEASE: beat.takes.primary,
    }.get(said.action, beat.latest)
    if meant is None:
        raise UsageError(f"{named.beat_id} has no such take ({beat.standing})", cure="see recoil take list")
    return meant


def _approve(
    studio: Studio, cell: Cell, beat: Beat, before: BeatDecisions, attempt: Attempt, said: TakeSaid
) -> None:
    on_disk = (
        studio.media.digest(attempt.intent.media_path)
        if studio.media.present(attempt.intent.media_path)
        else ""
    )
    seen = on_disk if on_disk.startswith(said.seen_sha256) else said.seen_sha256
    decided = approve(before, attempt.attempt_id, seen=seen, on_disk=on_disk, by=_decider(studio, said))
    if decided.primary is not None:
        _require_present_request(studio, cell, beat, attempt)
    studio.take_decisions.append(cell.episode, decided.decision)
    if decided.primary is not None:
        studio.primaries.choose(cell.episode, decided.primary)


def _unapprove(
    studio: Studio, cell: Cell, _: Beat, before: BeatDecisions, attempt: Attempt, said: TakeSaid
) -> None:
    decision = unapprove(before, attempt.attempt_id, by=_decider(studio, said))
    studio.take_decisions.append(cell.episode, decision)


def _choose(
    studio: Studio, cell: Cell, beat: Beat, before: BeatDecisions, attempt: Attempt, said: TakeSaid
) -> None:
    choice = choose_primary(
        before,
        attempt.attempt_id,
        media_present=has_its_media(studio, attempt),
        by=_decider(studio, said),
    )
    _require_present_request(studio, cell, beat, attempt)
    studio.primaries.choose(cell.episode, choice)


def _release(
    studio: Studio, cell: Cell, beat: Beat, before: BeatDecisions, attempt: Attempt, said: TakeSaid
) -> None:
    """Leave the beat without a primary, and the marker that a reroll may take its identity from."""
    primary = before.takes.primary
    if primary is None or primary.attempt_id != attempt.attempt_id:
        raise UsageError(
            f"take {attempt.intent.number} is not the primary of {beat.beat_id}", cure="see recoil take list"
        )
    require_no_other_approved(before)
    stale = attempt.intent.basis != _basis(studio, cell, beat)
    if before.takes.primary_media_present and not stale:
        raise BlockedError(
            "primary_usable",
            f"take {attempt.intent.number} of {beat.beat_id} is of the present request, and its media is there",
            cure=f"make another one beside it: recoil take reroll {cell.episode} {beat.beat_id}",
        )
    by = _decider(studio, said)
    studio.primaries.choose(
        cell.episode,
        PrimaryChoice(
            number=last_choice(before) + 1,
            shot_set=beat.shot_set,
            attempt_id="",
            chosen_at=by.at,
            chosen_by=by.name,
            identity=beat.grouping,
        ),
    )


def _require_present_request(studio: Studio, cell: Cell, beat: Beat, attempt: Attempt) -> None:
    """A take of another request is shown as stale where it is the primary, but it is not made so anew."""
    if attempt.intent.basis != _basis(studio, cell, beat):
        raise BlockedError(
            "take_stale",
            f"take {attempt.intent.number} of {beat.beat_id} was made from another request than the present one",
            cure="bring that request back (recoil take list says what drifted), or choose a current take",
        )


def _basis(studio: Studio, cell: Cell, beat: Beat) -> str:
    manifest = studio.scenes.manifest(cell)
    if manifest is None:
        return ""
    body = studio.scenes.body(cell, manifest.active_version.digest)
    payloads = cell_payloads(studio, body, studio.cell_choices(cell))
    return next(item.basis for item in payloads if item.beat.shot_set == beat.shot_set)


def _decider(studio: Studio, said: TakeSaid) -> Decider:
    return Decider(name=said.reviewer.strip(), at=studio.clock.now(), note=said.note)


_DO = {
    TakeAction.APPROVE: _approve,
    TakeAction.UNAPPROVE: _unapprove,
    TakeAction.PRIMARY: _choose,
    TakeAction.RELEASE: _release,
}
