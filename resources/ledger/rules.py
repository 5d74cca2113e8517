"""The rules of booking, pure: what an attempt's next entry is, given the entries it already has.

They hold for any backend. A rule answers with the entry to append, with ``None`` where the booking was made
before (a replay), or with a ``LedgerError``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from recoil_assets.domain.errors import LedgerError
from recoil_assets.domain.ledger import Booking, EntryKind, Evidence, LedgerEntry, Outcome
from recoil_assets.domain.money import ZERO, show

Booked = Mapping[EntryKind, LedgerEntry]
"""An attempt's entries so far; a kind occurs at most once."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where and when an entry is booked.

    Attributes:
        number: the entry's place in the ledger; numbers order entries, times do not.
        day: the UTC day.
        booked_at: UTC, ISO 8601.
    """

    number: int
    day: str
    booked_at: str


def reserve_entry(booked: Booked, booking: Booking, amount: Decimal, stamp: Stamp) -> LedgerEntry | None:
    """The entry that holds ``amount`` USD; a closed attempt never holds money again."""
    if EntryKind.RELEASE in booked:
        raise LedgerError(
            f"attempt {booking.attempt_id} can not be reserved: it was released (entry "
            f"{booked[EntryKind.RELEASE].number})",
            cure="start another attempt; a released one is never sent",
        )
    reserve = booked.get(EntryKind.RESERVE)
    if reserve is not None:
        _refuse_differences(
            "reserve", reserve, {**_facts(booking), "run_id": booking.run_id, "amount_usd": amount}
        )
        return None
    if EntryKind.CHARGE in booked:
        raise LedgerError(
            f"attempt {booking.attempt_id} can not be reserved: it was charged without a reservation (entry "
            f"{booked[EntryKind.CHARGE].number}), so nothing would ever close the new one",
            cure="start another attempt",
        )
    return _entry(EntryKind.RESERVE, booking, stamp, amount=amount)


def charge_entry(
    booked: Booked,
    booking: Booking,
    amount: Decimal,
    stamp: Stamp,
    *,
    outcome: Outcome,
    evidence: Evidence,
    note: str,
) -> LedgerEntry | None:
    """The entry that charges ``amount`` USD and closes exactly what was reserved.

    ``note`` is a remark, not a fact: a replay may word it differently, and the first one stays.
    """
    _refuse_after(EntryKind.RELEASE, "charged", booked, booking)
    charge = booked.get(EntryKind.CHARGE)
    if charge is not None:
        facts = {**_facts(booking), "amount_usd": amount, "outcome": outcome, "evidence": evidence}
        _refuse_differences("charge", charge, facts)
        return None
    return _closing_entry(
        EntryKind.CHARGE, booked, booking, stamp, amount=amount, outcome=outcome, evidence=evidence, note=note
    )


def release_entry(booked: Booked, booking: Booking, stamp: Stamp, *, note: str) -> LedgerEntry | None:
    """The entry that frees what was reserved; without a reservation a tombstone that forbids one."""
    _refuse_after(EntryKind.CHARGE, "released", booked, booking)
    release = booked.get(EntryKind.RELEASE)
    if release is not None:
        _refuse_differences("release", release, _facts(booking))
        return None
    reserve = booked.get(EntryKind.RESERVE)
    amount = reserve.amount_usd if reserve is not None else ZERO
    return _closing_entry(EntryKind.RELEASE, booked, booking, stamp, amount=amount, note=note)


def _closing_entry(
    kind: EntryKind,
    booked: Booked,
    booking: Booking,
    stamp: Stamp,
    *,
    amount: Decimal,
    outcome: Outcome | None = None,
    evidence: Evidence | None = None,
    note: str,
) -> LedgerEntry:
    reserve = booked.get(EntryKind.RESERVE)
    if reserve is None:
        return _entry(kind, booking, stamp, amount=amount, outcome=outcome, evidence=evidence, note=note)
    _refuse_differences("reserve", reserve, _facts(booking))
    # A resumed run closes what another run reserved on another day: both stay those of the reservation,
    # else one cap would keep the hold for ever and another would see the charge twice.
    origin = Stamp(stamp.number, reserve.day, stamp.booked_at)
    return _entry(
        kind,
        booking.model_copy(update={"run_id": reserve.run_id}),
        origin,
        amount=amount,
        closes=reserve.amount_usd,
        outcome=outcome,
        evidence=evidence,
        note=note,
    )


def _entry(
    kind: EntryKind,
    booking: Booking,
    stamp: Stamp,
    *,
    amount: Decimal,
    closes: Decimal = ZERO,
    outcome: Outcome | None = None,
    evidence: Evidence | None = None,
    note: str = "",
) -> LedgerEntry:
    return LedgerEntry(
        number=stamp.number,
        kind=kind,
        amount_usd=amount,
        closes_usd=closes,
        outcome=outcome,
        evidence=evidence,
        run_id=booking.run_id,
        day=stamp.day,
        booked_at=stamp.booked_at,
        note=note,
        **_facts(booking),
    )


def _facts(booking: Booking) -> dict[str, str]:
    """What all entries of an attempt share, under the entry's names; the run is the reservation's own."""
    return {
        "attempt_id": booking.attempt_id,
        "project": booking.project,
        "episode": booking.episode,
        "batch": booking.batch,
        "provider": booking.provider,
        "model": booking.model,
        "attempt_kind": booking.kind,
    }


def _refuse_after(closed_by: EntryKind, asked: str, booked: Booked, booking: Booking) -> None:
    entry = booked.get(closed_by)
    if entry is not None:
        raise LedgerError(
            f"attempt {booking.attempt_id} can not be {asked}: it was closed by a {closed_by} of "
            f"{show(entry.amount_usd)} (entry {entry.number})",
            cure="compare the attempt's journal with `recoil budget`; nothing was changed",
        )


def _refuse_differences(word: str, stored: LedgerEntry, asked: Mapping[str, object]) -> None:
    different = [
        f"{name} is {getattr(stored, name)}, asked was {value}"
        for name, value in asked.items()
        if getattr(stored, name) != value
    ]
    if different:
        raise LedgerError(
            f"attempt {stored.attempt_id} has a {word} with other facts (entry {stored.number}): "
            + "; ".join(different),
            cure="an entry is never changed; give a different attempt an id of its own",
        )
