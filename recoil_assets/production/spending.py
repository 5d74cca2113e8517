"""Spending: what an episode cost, from the ledger alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.ledger import Balance, EntryKind, Evidence, LedgerEntry
from recoil_assets.domain.money import ZERO
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class SpendLine:
    """What one attempt cost, USD.

    Attributes:
        charged: what its charge says; ``corrected`` is what later entries added to it, or took away.
        held: reserved and neither charged nor released.
        outcome, evidence: what it is paid for and what the amount rests on, by the latest entry.
    """

    attempt_id: str
    batch: str
    kind: str
    provider: str
    model: str
    reserved: Decimal
    charged: Decimal
    corrected: Decimal
    held: Decimal
    outcome: str
    evidence: str
    day: str

    @property
    def spent(self) -> Decimal:
        """What it cost as far as anybody knows, USD."""
        return self.charged + self.corrected

    @property
    def written_off(self) -> Decimal:
        """What of it is only assumed, because nobody found out in time, USD."""
        return self.spent if self.evidence == Evidence.WRITTEN_OFF else ZERO


@dataclass(frozen=True, slots=True)
class SpendReport:
    """An episode's spending.

    Attributes:
        position: digest of the ledger's entries for the episode: the same entries, the same report.
    """

    episode: str
    lines: tuple[SpendLine, ...]
    balance: Balance
    position: str

    @property
    def corrected(self) -> Decimal:
        """The sum of all corrections, USD."""
        return sum((line.corrected for line in self.lines), ZERO)

    @property
    def written_off(self) -> Decimal:
        """What of the spent is only assumed, USD."""
        return sum((line.written_off for line in self.lines), ZERO)


def report_spending(studio: Studio, episode: str) -> SpendReport:
    """The spending of an episode, one line an attempt, in the order money was first held. Reads only."""
    entries = studio.ledger.entries(episode=episode)
    return SpendReport(
        episode=episode,
        lines=spend_lines(entries),
        balance=studio.ledger.balance(episode=episode),
        position=digest_of(
            [[entry.number, entry.attempt_id, entry.kind, str(entry.amount_usd)] for entry in entries]
        ),
    )


def spend_lines(entries: Iterable[LedgerEntry]) -> tuple[SpendLine, ...]:
    """One line an attempt, in the order money was first held or spent."""
    by_attempt: dict[str, list[LedgerEntry]] = {}
    for entry in entries:
        by_attempt.setdefault(entry.attempt_id, []).append(entry)
    return tuple(_line(group) for group in by_attempt.values())


def _line(entries: list[LedgerEntry]) -> SpendLine:
    def total(kind: EntryKind) -> Decimal:
        return sum((entry.amount_usd for entry in entries if entry.kind is kind), ZERO)

    reserved = total(EntryKind.RESERVE)
    closed = sum((entry.closes_usd for entry in entries), ZERO)
    latest = next((entry for entry in reversed(entries) if entry.outcome), None)
    first = entries[0]
    return SpendLine(
        attempt_id=first.attempt_id,
        batch=first.batch,
        kind=first.attempt_kind,
        provider=first.provider,
        model=first.model,
        reserved=reserved,
        charged=total(EntryKind.CHARGE),
        corrected=total(EntryKind.CORRECTION),
        held=reserved - closed,
        outcome=latest.outcome.value if latest and latest.outcome else "",
        evidence=latest.evidence.value if latest and latest.evidence else "",
        day=first.day,
    )
