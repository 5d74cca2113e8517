"""Spending: what an episode cost, from the ledger alone."""

from dataclasses import dataclass
from decimal import Decimal

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.ledger import Balance, EntryKind, LedgerEntry
from recoil_assets.domain.money import ZERO
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class SpendLine:
    """What one attempt cost, USD. ``held`` is reserved and neither charged nor released."""

    attempt_id: str
    batch: str
    kind: str
    provider: str
    model: str
    reserved: Decimal
    charged: Decimal
    held: Decimal
    outcome: str
    evidence: str
    day: str


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


def report_spending(studio: Studio, episode: str) -> SpendReport:
    """The spending of an episode, one line an attempt, in the order money was first held. Reads only."""
    entries = studio.ledger.entries(episode=episode)
    by_attempt: dict[str, list[LedgerEntry]] = {}
    for entry in entries:
        by_attempt.setdefault(entry.attempt_id, []).append(entry)
    return SpendReport(
        episode=episode,
        lines=tuple(_line(group) for group in by_attempt.values()),
        balance=studio.ledger.balance(episode=episode),
        position=digest_of(
            [[entry.number, entry.attempt_id, entry.kind, str(entry.amount_usd)] for entry in entries]
        ),
    )


def _line(entries: list[LedgerEntry]) -> SpendLine:
    reserved = sum((entry.amount_usd for entry in entries if entry.kind is EntryKind.RESERVE), ZERO)
    closed = sum((entry.closes_usd for entry in entries), ZERO)
    charge = next((entry for entry in entries if entry.kind is EntryKind.CHARGE), None)
    first = entries[0]
    return SpendLine(
        attempt_id=first.attempt_id,
        batch=first.batch,
        kind=first.attempt_kind,
        provider=first.provider,
        model=first.model,
        reserved=reserved,
        charged=charge.amount_usd if charge else ZERO,
        held=reserved - closed,
        outcome=charge.outcome.value if charge and charge.outcome else "",
        evidence=charge.evidence.value if charge and charge.evidence else "",
        day=first.day,
    )
