"""The ledger's words: entries, caps, balances. Append-only: balances are sums, corrections are entries."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from recoil_assets.domain.errors import BlockedError
from recoil_assets.domain.money import show
from recoil_assets.domain.value import Value


class EntryKind(StrEnum):
    """What an entry books. (attempt, kind, ordinal) is unique, so replaying a booking changes nothing."""

    RESERVE = "reserve"
    CHARGE = "charge"
    RELEASE = "release"
    CORRECTION = "correction"  # the difference to what was booked before: an entry itself is never changed


class Outcome(StrEnum):
    """What a charge pays for."""

    SUCCEEDED = "succeeded"
    FAILED_BUT_BILLED = "failed_but_billed"
    NOT_BILLED = "not_billed"  # a correction's word: it cost nothing after all


class Evidence(StrEnum):
    """How sure the charged amount is."""

    BILLED = "billed"  # the provider's own bill
    REPORTED = "reported"  # the cost the provider's reply named
    PERSON = "person"  # a person looked and said so
    ESTIMATE = "estimate"  # nothing better was known
    WRITTEN_OFF = "written_off"  # the estimate, because nobody found out in time


class Booking(Value):
    """Whom a reservation is for.

    Attributes:
        run_id: the root run or backfill; the run cap follows it.
    """

    attempt_id: str
    project: str
    episode: str
    batch: str
    run_id: str
    provider: str
    model: str
    kind: str


class Caps(Value):
    """The most that may be spent or held, USD; None is no cap."""

    run_usd: Decimal | None = None
    episode_usd: Decimal | None = None
    project_usd: Decimal | None = None
    day_usd: Decimal | None = None

    def limits(self) -> tuple[tuple[str, Decimal], ...]:
        """(cap name, limit) for every cap that is set."""
        named = (
            ("run", self.run_usd),
            ("episode", self.episode_usd),
            ("project", self.project_usd),
            ("day", self.day_usd),
        )
        return tuple((name, limit) for name, limit in named if limit is not None)


@dataclass(frozen=True, slots=True)
class Balance:
    """Sums over entries, USD. ``reserved`` is held and not yet charged or released."""

    spent: Decimal
    reserved: Decimal

    @property
    def committed(self) -> Decimal:
        """Spent and held together: what counts against a cap."""
        return self.spent + self.reserved

    def after(self, entry: "LedgerEntry") -> "Balance":
        """The sums with one entry more."""
        spends = entry.kind in (EntryKind.CHARGE, EntryKind.CORRECTION)
        held = entry.amount_usd if entry.kind is EntryKind.RESERVE else Decimal(0)
        spent = entry.amount_usd if spends else Decimal(0)
        return Balance(self.spent + spent, self.reserved + held - entry.closes_usd)


class LedgerEntry(Value):
    """One row of the ledger.

    ``ordinal`` counts an attempt's corrections from 1; of every other kind an attempt has one entry at most.

    Attributes:
        amount_usd: reserved, charged or released, USD; of a correction the difference, which may be negative.
        closes_usd: how much of the attempt's reservation it closes, USD.
        booked_at: UTC, ISO 8601.
        day: the UTC day the attempt was reserved on; day caps follow it.
    """

    number: int
    attempt_id: str
    kind: EntryKind
    amount_usd: Decimal
    closes_usd: Decimal
    outcome: Outcome | None = None
    evidence: Evidence | None = None
    project: str
    episode: str
    batch: str
    run_id: str
    provider: str
    model: str
    attempt_kind: str
    day: str
    booked_at: str
    note: str = ""
    ordinal: int = 1


@dataclass(frozen=True, slots=True)
class Overrun:
    """An attempt that cost more than was reserved for it, USD, corrections counted."""

    attempt_id: str
    cost_usd: Decimal


class CapReachedError(BlockedError):
    """A reservation would pass a cap; nothing was reserved.

    Args:
        fits: what would fit into the room that is left, in words; empty where nobody looked.
    """

    def __init__(
        self, cap: str, *, estimate: Decimal, balance: Balance, limit: Decimal, fits: str = ""
    ) -> None:
        self.cap, self.estimate, self.balance, self.limit = cap, estimate, balance, limit
        super().__init__(
            "cap_reached",
            f"the {cap} cap of {show(limit)} has room for {show(self.room)}, the attempt may cost "
            f"{show(estimate)} (spent {show(balance.spent)}, held {show(balance.reserved)})"
            + (f"; {fits}" if fits else ""),
            cure=f"raise {cap}_usd under [caps] in recoil.toml, or choose a cheaper model or fewer batches",
        )

    @property
    def room(self) -> Decimal:
        """What may still be spent or held under the cap, USD; never negative."""
        return max(self.limit - self.balance.committed, Decimal(0))

    def with_fits(self, fits: str) -> "CapReachedError":
        """The same refusal, saying what would fit."""
        return CapReachedError(
            self.cap, estimate=self.estimate, balance=self.balance, limit=self.limit, fits=fits
        )
