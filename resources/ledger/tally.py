"""What an attempt has come to by all of its entries: enough to compare it with the journal and with its price."""

from dataclasses import dataclass
from decimal import Decimal

from recoil_assets.domain.ledger import EntryKind, LedgerEntry
from recoil_assets.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class Tally:
    """The entries of one attempt, added up.

    Attributes:
        first_number: the number of its first entry, by which attempts are in the order they were booked in.
        cost_usd: its charge and corrections, USD.
        closed_usd: how much of its reservation is closed, USD.
    """

    model: str
    first_number: int
    kinds: frozenset[EntryKind] = frozenset()
    cost_usd: Decimal = ZERO
    closed_usd: Decimal = ZERO

    def after(self, entry: LedgerEntry) -> "Tally":
        """The tally with one entry more."""
        costs = entry.kind in (EntryKind.CHARGE, EntryKind.CORRECTION)
        return Tally(
            self.model,
            self.first_number,
            self.kinds | {entry.kind},
            self.cost_usd + (entry.amount_usd if costs else ZERO),
            self.closed_usd + entry.closes_usd,
        )
