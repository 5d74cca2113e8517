"""Approving takes: what a person decided about them, which one a beat stands on, and what that forbids.

Each take's last decision counts. A beat with an approved take is approved: its primary is an approved take, and
nothing renders it again unless a person names it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.errors import BlockedError, UsageError
from recoil_assets.domain.take import BeatTakes, PrimaryChoice
from recoil_assets.domain.value import Value


class TakeVerdict(StrEnum):
    """What a person decided about a take."""

    APPROVED = "approved"
    UNAPPROVED = "unapproved"  # an approval was taken back


class TakeDecision(Value):
    """One decision about one take. Decisions are only ever appended.

    Attributes:
        number: from 1 within the shot set.
        sha256: digest of the media that was decided on.
    """

    number: int
    shot_set: str
    attempt_id: str
    sha256: str
    verdict: TakeVerdict
    decided_by: str
    decided_at: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides, when (UTC, ISO 8601), and what they say about it."""

    name: str
    at: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class BeatDecisions:
    """A beat's takes and every decision about them.

    Attributes:
        decisions: oldest first.
        choice: the latest choice of a primary, or None.
    """

    shot_set: str
    takes: BeatTakes
    decisions: tuple[TakeDecision, ...]
    choice: PrimaryChoice | None

    @property
    def approved(self) -> tuple[Attempt, ...]:
        """The takes that are approved now, oldest first."""
        last = {decision.attempt_id: decision.verdict for decision in self.decisions}
        return tuple(
            take for take in self.takes.attempts if last.get(take.attempt_id) is TakeVerdict.APPROVED
        )

    @property
    def latest(self) -> Attempt | None:
        """The newest take that succeeded, approved or not."""
        return _newest([take for take in self.takes.attempts if take.succeeded])

    @property
    def latest_approved(self) -> Attempt | None:
        """The newest take that is approved: another than ``latest`` where a newer one awaits a decision."""
        return _newest(self.approved)

    @property
    def standing(self) -> str:
        """The two beside each other, as they are shown everywhere."""
        latest, approved = self.latest, self.latest_approved
        if latest is None:
            return "no take"
        of_latest = f"latest t{latest.intent.number:03d}"
        if approved is None:
            return f"{of_latest}, none approved"
        if approved.attempt_id == latest.attempt_id:
            return f"{of_latest}, approved"
        return f"{of_latest} not approved, latest approved t{approved.intent.number:03d}"


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval to be recorded, and the choice of a primary that goes with it, or None."""

    decision: TakeDecision
    primary: PrimaryChoice | None


def approve(beat: BeatDecisions, attempt_id: str, *, seen: str, on_disk: str, by: Decider) -> Approval:
    """Approve a take. It becomes the primary where the primary is not an approved one.

    Args:
        seen: digest of the media that the person looked at.
        on_disk: digest of the take's media now; empty where it is missing.

    Raises:
        UsageError: it is no take of the beat, or approved already.
        BlockedError: it did not succeed, or its media is missing or another than was looked at.
    """
    take = _take(beat, attempt_id)
    if take in beat.approved:
        raise UsageError(f"{_name(take)} is approved already", cure="nothing is left to do")
    _require_usable(take, media_present=bool(on_disk))
    downloaded = take.record(AttemptState.DOWNLOADED)
    made = str(downloaded.facts.get("sha256", "")) if downloaded else ""
    if not seen == on_disk == made:
        raise BlockedError(
            "take_changed",
            f"the media of {_name(take)} is not what was looked at",
            cure="look at the take again, then approve it",
        )
    primary = beat.takes.primary
    stands = primary is not None and (primary in beat.approved or primary.attempt_id == attempt_id)
    return Approval(
        decision=_decision(beat, take, TakeVerdict.APPROVED, by),
        primary=None if stands else _choice(beat, take, by),
    )


def unapprove(beat: BeatDecisions, attempt_id: str, *, by: Decider) -> TakeDecision:
    """Take an approval back. The primary stays as it is, until somebody chooses or renders another.

    Raises:
        UsageError: it is no take of the beat, or not approved.
    """
    take = _take(beat, attempt_id)
    if take not in beat.approved:
        raise UsageError(f"{_name(take)} is not approved", cure="see recoil take list")
    return _decision(beat, take, TakeVerdict.UNAPPROVED, by)


def choose_primary(
    beat: BeatDecisions, attempt_id: str, *, media_present: bool, by: Decider
) -> PrimaryChoice:
    """Make a take the primary.

    Raises:
        UsageError: it is no take of the beat, or the primary already.
        BlockedError: it did not succeed, its media is missing, or the beat has an approved take and this is none.
    """
    take = _take(beat, attempt_id)
    if beat.takes.primary is not None and beat.takes.primary.attempt_id == attempt_id:
        raise UsageError(f"{_name(take)} is the primary already", cure="nothing is left to do")
    _require_usable(take, media_present=media_present)
    require_no_other_approved(beat, attempt_id)
    return _choice(beat, take, by)


def require_no_other_approved(beat: BeatDecisions, attempt_id: str = "") -> None:
    """Refuse a primary that is not approved where another take is; a take to come has no id yet.

    Raises:
        BlockedError: ``take_approved``.
    """
    if beat.approved and attempt_id not in {take.attempt_id for take in beat.approved}:
        raise BlockedError(
            "take_approved",
            f"{', '.join(map(_name, beat.approved))} of the beat is approved and stays its primary",
            cure="approve the other take, or take the approval back: recoil take unapprove",
        )


def ordered_primary(beat: BeatDecisions) -> Attempt | None:
    """The take that was ordered to become the primary and is not yet: made now, or by a run that ended between the two.

    A choice or an approval that was made since it was ordered makes the order void, also where the approval was taken
    back again; so does a take that is approved.
    """
    last, approved_last = last_choice(beat), _last_approval(beat)
    if beat.approved:
        return None
    return _newest(
        [
            take
            for take in beat.takes.attempts
            if take.succeeded and take.intent.replaces == last and take.intent.decided >= approved_last
        ]
    )


def last_choice(beat: BeatDecisions) -> int:
    """The number of the latest choice of a primary; 0 for none."""
    return beat.choice.number if beat.choice else 0


def last_decision(beat: BeatDecisions) -> int:
    """The number of the latest decision about a take of the beat; 0 for none."""
    return beat.decisions[-1].number if beat.decisions else 0


def require_unapproved_or_named(beat: BeatDecisions, *, basis: str, named: bool) -> None:
    """Refuse to render an approved beat that nobody named, however stale it is.

    Args:
        basis: digest of the beat's present request.
        named: whether a person asked for exactly this beat.

    Raises:
        BlockedError: ``approved_take_stale``.
    """
    primary = beat.takes.primary
    if named or not beat.approved or (primary is not None and primary.intent.basis == basis):
        return
    raise BlockedError(
        "approved_take_stale",
        f"{', '.join(map(_name, beat.approved))} is approved, and the request is another now",
        cure="take the approval back (recoil take unapprove), then materialise takes for this cell; or make a "
        "take beside it and approve and choose that: recoil take reroll",
    )


def _last_approval(beat: BeatDecisions) -> int:
    """The number of the latest approval, whether or not it was taken back; 0 for none."""
    approvals = (item.number for item in beat.decisions if item.verdict is TakeVerdict.APPROVED)
    return max(approvals, default=0)


def _newest(takes: Sequence[Attempt]) -> Attempt | None:
    return max(takes, key=lambda take: take.intent.number, default=None)


def _take(beat: BeatDecisions, attempt_id: str) -> Attempt:
    for take in beat.takes.attempts:
        if take.attempt_id == attempt_id:
            return take
    raise UsageError(f"{attempt_id!r} is no take of this beat", cure="see recoil take list")


def _require_usable(take: Attempt, *, media_present: bool) -> None:
    if not take.succeeded:
        raise BlockedError(
            "take_not_succeeded",
            f"{_name(take)} is {take.state}" + (f": {take.error}" if take.error else ""),
            cure="choose a take that succeeded: recoil take list",
        )
    if not media_present:
        raise BlockedError(
            "media_missing",
            f"the media of {_name(take)} ({take.intent.media_path}) is missing",
            cure="materialise takes, which fetches it again, or restore it from a backup",
        )


def _decision(beat: BeatDecisions, take: Attempt, verdict: TakeVerdict, by: Decider) -> TakeDecision:
    downloaded = take.record(AttemptState.DOWNLOADED)
    return TakeDecision(
        number=last_decision(beat) + 1,
        shot_set=beat.shot_set,
        attempt_id=take.attempt_id,
        sha256=str(downloaded.facts.get("sha256", "")) if downloaded else "",
        verdict=verdict,
        decided_by=by.name,
        decided_at=by.at,
        note=by.note,
    )


def _choice(beat: BeatDecisions, take: Attempt, by: Decider) -> PrimaryChoice:
    return PrimaryChoice(
        number=last_choice(beat) + 1,
        shot_set=beat.shot_set,
        attempt_id=take.attempt_id,
        chosen_at=by.at,
        chosen_by=by.name,
    )


def _name(take: Attempt) -> str:
    return f"take {take.intent.number}"
