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
from resources.ledger.history import NOTHING, History, Standing


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


def reserve_entry(booked: History, booking: Booking, amount: Decimal, stamp: Stamp) -> LedgerEntry | None:
    """The entry that holds ``amount`` USD; a closed attempt never holds money again."""
    if booked.release is not None:
        raise LedgerError(
            f"attempt {booking.attempt_id} can not be reserved: it was released (entry "
            f"{booked.release.number})",
            cure="start another attempt; a released one is never sent",
        )
    if booked.reserve is not None:
        facts = {**_facts(booking), "run_id": booking.run_id, "amount_usd": amount}
        _refuse_differences("reserve", booked.reserve, facts)
        return None
    if booked.charge is not None:
        raise LedgerError(
            f"attempt {booking.attempt_id} can not be reserved: it was charged without a reservation (entry "
            f"{booked.charge.number}), so nothing would ever close the new one",
            cure="start another attempt",
        )
    return _entry(EntryKind.RESERVE, booking, stamp, amount=amount)


def charge_entry(
    booked: History, booking: Booking, cost: Standing, stamp: Stamp, *, note: str
) -> LedgerEntry | None:
    """The entry that charges ``cost`` and closes exactly what was reserved; of a written-off attempt a correction.

    ``note`` is a remark, not a fact: a replay may word it differently, and the first one stays.
    """
    if cost in booked.standings and booked.charge is not None:
        _refuse_differences("charge", booked.charge, _facts(booking))
        return None
    if booked.was_written_off:
        return correction_entry(booked, booking, _kept_bill(booked, cost), stamp, note=note)
    _refuse_after(booked.release, "charged")
    if booked.charge is not None:
        facts = {"amount_usd": cost.cost_usd, "outcome": cost.outcome, "evidence": cost.evidence}
        _refuse_differences("charge", booked.charge, {**_facts(booking), **facts})
        return None
    return _closing_entry(
        EntryKind.CHARGE, booked, booking, stamp, amount=cost.cost_usd, cost=cost, note=note
    )


def release_entry(booked: History, booking: Booking, stamp: Stamp, *, note: str) -> LedgerEntry | None:
    """The entry that frees what was reserved; without a reservation a tombstone that forbids one.

    A written-off attempt holds nothing any more: its charge is corrected to nothing, unless a bill was found.
    """
    if booked.was_written_off:
        if booked.standings[-1].evidence is not Evidence.WRITTEN_OFF:
            return None
        return correction_entry(booked, booking, NOTHING, stamp, note=note)
    _refuse_after(booked.charge, "released")
    if booked.release is not None:
        _refuse_differences("release", booked.release, _facts(booking))
        return None
    amount = booked.reserve.amount_usd if booked.reserve is not None else ZERO
    return _closing_entry(EntryKind.RELEASE, booked, booking, stamp, amount=amount, note=note)


def write_off_entry(booked: History, booking: Booking, amount: Decimal, stamp: Stamp) -> LedgerEntry | None:
    """The charge of an attempt of which nobody found out what it cost; nothing where it is closed."""
    if booked.closing is not None:
        return None
    cost = Standing(amount, Outcome.FAILED_BUT_BILLED, Evidence.WRITTEN_OFF)
    note = "nobody found out in time whether it was billed"
    return _closing_entry(EntryKind.CHARGE, booked, booking, stamp, amount=amount, cost=cost, note=note)


def correction_entry(
    booked: History, booking: Booking, cost: Standing, stamp: Stamp, *, note: str
) -> LedgerEntry | None:
    """The entry that makes ``cost`` what the attempt has cost: the difference, for the same run and day."""
    if booked.first is None or booked.closing is None:
        raise LedgerError(
            f"attempt {booking.attempt_id} can not be corrected: it was neither charged nor released",
            cure="charge or release it; a correction needs something to correct",
        )
    if cost.outcome is not Outcome.SUCCEEDED and (cost.outcome is Outcome.NOT_BILLED) != (cost.cost_usd == 0):
        raise LedgerError(
            f"attempt {booking.attempt_id} can not be corrected to {show(cost.cost_usd)} {cost.outcome}",
            cure="what cost nothing and did not succeed was not billed, and the other way round",
        )
    _refuse_differences(str(booked.first.kind), booked.first, _facts(booking))
    standing = booked.standings[-1]
    if standing == cost:
        return None
    return _entry(
        EntryKind.CORRECTION,
        booking.model_copy(update={"run_id": booked.first.run_id}),
        Stamp(stamp.number, booked.first.day, stamp.booked_at),
        amount=cost.cost_usd - standing.cost_usd,
        cost=cost,
        note=note,
        ordinal=len(booked.corrections) + 1,
    )


def _kept_bill(booked: History, told: Standing) -> Standing:
    """What is told of an attempt that was written off, at the amount of its bill where one was found meanwhile."""
    standing = booked.standings[-1]
    if standing.evidence is Evidence.BILLED and told.evidence is not Evidence.BILLED:
        return Standing(standing.cost_usd, told.outcome, Evidence.BILLED)
    return told


def _closing_entry(
    kind: EntryKind,
    booked: History,
    booking: Booking,
    stamp: Stamp,
    *,
    amount: Decimal,
    cost: Standing | None = None,
    note: str,
) -> LedgerEntry:
    reserve = booked.reserve
    if reserve is None:
        return _entry(kind, booking, stamp, amount=amount, cost=cost, note=note)
    _refuse_differences("reserve", reserve, _facts(booking))
    # A resumed run closes what another run reserved on another day: both stay those of the reservation,
    # else one cap would keep the hold for ever and another would see the charge twice.
    origin = Stamp(stamp.number, reserve.day, stamp.booked_at)
    mine = booking.model_copy(update={"run_id": reserve.run_id})
    return _entry(kind, mine, origin, amount=amount, closes=reserve.amount_usd, cost=cost, note=note)


def _entry(
    kind: EntryKind,
    booking: Booking,
    stamp: Stamp,
    *,
    amount: Decimal,
    closes: Decimal = ZERO,
    cost: Standing | None = None,
    note: str = "",
    ordinal: int = 1,
) -> LedgerEntry:
    return LedgerEntry(
        number=stamp.number,
        kind=kind,
        amount_usd=amount,
        closes_usd=closes,
        outcome=cost.outcome if cost else None,
        evidence=cost.evidence if cost else None,
        run_id=booking.run_id,
        day=stamp.day,
        booked_at=stamp.booked_at,
        note=note,
        ordinal=ordinal,
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


def _refuse_after(closing: LedgerEntry | None, asked: str) -> None:
    if closing is not None:
        raise LedgerError(
            f"attempt {closing.attempt_id} can not be {asked}: it was closed by a {closing.kind} of "
            f"{show(closing.amount_usd)} (entry {closing.number})",
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
