"""An attempt's entries so far, as the rules look at them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from recoil_assets.domain.ledger import EntryKind, Evidence, LedgerEntry, Outcome
from recoil_assets.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class Standing:
    """What an attempt has cost by its charge and corrections so far: how much, for what, by which evidence."""

    cost_usd: Decimal
    outcome: Outcome
    evidence: Evidence


NOTHING = Standing(ZERO, Outcome.NOT_BILLED, Evidence.REPORTED)
"""What a released attempt has cost."""


@dataclass(frozen=True, slots=True)
class History:
    """The entries of one attempt. Every kind but corrections occurs at most once."""

    reserve: LedgerEntry | None = None
    charge: LedgerEntry | None = None
    release: LedgerEntry | None = None
    corrections: tuple[LedgerEntry, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[LedgerEntry]) -> "History":
        """The history that ``entries`` of one attempt make, given in booking order."""
        found = list(entries)
        single = {entry.kind: entry for entry in found if entry.kind is not EntryKind.CORRECTION}
        return cls(
            reserve=single.get(EntryKind.RESERVE),
            charge=single.get(EntryKind.CHARGE),
            release=single.get(EntryKind.RELEASE),
            corrections=tuple(entry for entry in found if entry.kind is EntryKind.CORRECTION),
        )

    @property
    def first(self) -> LedgerEntry | None:
        """The entry whose run and day the attempt's money counts for, or ``None`` where it has none."""
        return self.reserve or self.charge or self.release

    @property
    def closing(self) -> LedgerEntry | None:
        """The charge or release that closed it, or ``None`` while it is open."""
        return self.charge or self.release

    @property
    def standings(self) -> tuple[Standing, ...]:
        """What it cost after its charge and after each correction, oldest first; a release costs nothing."""
        if self.closing is None:
            return ()
        found = [_standing(self.charge.amount_usd, self.charge) if self.charge else NOTHING]
        for correction in self.corrections:
            found.append(_standing(found[-1].cost_usd + correction.amount_usd, correction))
        return tuple(found)

    @property
    def was_written_off(self) -> bool:
        """Whether its cost was once set for want of anything better: whatever is found out later is a correction."""
        return any(standing.evidence is Evidence.WRITTEN_OFF for standing in self.standings)


def _standing(cost_usd: Decimal, entry: LedgerEntry) -> Standing:
    """What an attempt has cost since ``entry``, a charge or a correction; one that says too little says nothing."""
    return Standing(cost_usd, entry.outcome or NOTHING.outcome, entry.evidence or NOTHING.evidence)
