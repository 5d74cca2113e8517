"""Bookings and a clock for the ledger's tests and measurements."""

from decimal import Decimal

from recoil_assets.domain.ledger import Booking, Caps, EntryKind, Evidence, Outcome
from recoil_assets.production.ports import Ledger

NO_CAPS = Caps()


class SetClock:
    """A clock that stands where it is put."""

    def __init__(self, day: str = "2026-03-01") -> None:
        self.day = day
        self.time = "12:00:00.000000"

    def now(self) -> str:
        return f"{self.day}T{self.time}Z"

    def today(self) -> str:
        return self.day


def booking(
    attempt_id: str = "ep_001.a.1",
    *,
    run_id: str = "run_1",
    episode: str = "ep_001",
    project: str = "show",
    model: str = "veo",
) -> Booking:
    return Booking(
        attempt_id=attempt_id,
        project=project,
        episode=episode,
        batch="BATCH_001",
        run_id=run_id,
        provider="fal",
        model=model,
        kind="take",
    )


def dollars(amount: str | int) -> Decimal:
    return Decimal(amount)


def charge(ledger: Ledger, attempt_id: str, amount: str | int, **facts: str) -> None:
    ledger.charge(
        booking(attempt_id, **facts), dollars(amount), outcome=Outcome.SUCCEEDED, evidence=Evidence.BILLED
    )


def kinds(ledger: Ledger) -> list[tuple[str, EntryKind]]:
    return [(entry.attempt_id, entry.kind) for entry in ledger.entries()]
