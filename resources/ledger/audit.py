"""The audit, pure: what the ledger's own entries say is wrong with it. Holds for any backend."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from recoil_assets.domain.ledger import EntryKind, LedgerEntry, Outcome
from recoil_assets.domain.money import ZERO, show


def problems(entries: Sequence[LedgerEntry]) -> list[str]:
    """One plain sentence for every broken invariant, in booking order; empty where all hold."""
    attempts: defaultdict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in entries:
        attempts[entry.attempt_id].append(entry)
    found = list(_numbering(entries))
    for entry in entries:
        found += _of_entry(entry)
    for attempt_id, booked in attempts.items():
        found += _of_attempt(attempt_id, booked)
    return found


def _numbering(entries: Sequence[LedgerEntry]) -> Iterator[str]:
    numbers = Counter(entry.number for entry in entries)
    for number, times in sorted(numbers.items()):
        if times > 1:
            yield f"Entry number {number} is used {times} times."
    lost = max(numbers, default=0) - len(numbers)
    if lost > 0:
        first = next(number for number in range(1, len(numbers) + 2) if number not in numbers)
        yield f"The ledger lost entries: {lost} of its numbers are missing, the first is {first}."


def _of_entry(entry: LedgerEntry) -> Iterator[str]:
    name = f"Entry {entry.number} ({entry.kind} of attempt {entry.attempt_id})"
    corrects = entry.kind is EntryKind.CORRECTION
    if (entry.amount_usd < 0 and not corrects) or entry.closes_usd < 0:
        yield f"{name} has a negative amount."
    if entry.kind is EntryKind.CHARGE or corrects:
        if entry.outcome is None:
            yield f"{name} does not say what it pays for."
        if entry.evidence is None:
            yield f"{name} does not say what its amount rests on."
    elif entry.outcome is not None or entry.evidence is not None:
        yield f"{name} has an outcome or evidence, which only a charge or a correction has."
    if (entry.kind is EntryKind.RESERVE or corrects) and entry.closes_usd != 0:
        yield f"{name} closes {show(entry.closes_usd)}; a {entry.kind} closes nothing."
    if entry.kind is EntryKind.RELEASE and entry.amount_usd != entry.closes_usd:
        yield f"{name} says it releases {show(entry.amount_usd)} and closes {show(entry.closes_usd)}."


def _of_attempt(attempt_id: str, booked: Sequence[LedgerEntry]) -> Iterator[str]:
    counted = Counter((entry.kind, entry.ordinal) for entry in booked)
    for (kind, ordinal), times in counted.items():
        if times > 1:
            which = f" and ordinal {ordinal}" if kind is EntryKind.CORRECTION else ""
            yield f"Attempt {attempt_id} has {times} entries of kind {kind}{which}."
    kinds = {entry.kind for entry in booked}
    if {EntryKind.CHARGE, EntryKind.RELEASE} <= kinds:
        yield f"Attempt {attempt_id} is both charged and released."
    reserves = [entry for entry in booked if entry.kind is EntryKind.RESERVE]
    closings = [entry for entry in booked if entry.kind in (EntryKind.CHARGE, EntryKind.RELEASE)]
    held, closed = _total(reserves, "amount_usd"), _total(closings, "closes_usd")
    if closed > held:
        yield f"Attempt {attempt_id} closes {show(closed)} and had reserved {show(held)}."
    if reserves and closings and closed < held:
        yield f"Attempt {attempt_id} is closed, and {show(held - closed)} of its reservation is still held."
    if reserves and any(entry.number < reserves[0].number for entry in closings):
        yield f"Attempt {attempt_id} was closed before it was reserved."
    yield from _of_corrections(attempt_id, booked, closings)
    for name in ("project", "episode", "batch", "run_id", "provider", "model", "attempt_kind", "day"):
        values = sorted({str(getattr(entry, name)) for entry in booked})
        if len(values) > 1:
            yield f"The entries of attempt {attempt_id} name different values of {name}: {', '.join(values)}."


def _of_corrections(
    attempt_id: str, booked: Sequence[LedgerEntry], closings: Sequence[LedgerEntry]
) -> Iterator[str]:
    corrections = [entry for entry in booked if entry.kind is EntryKind.CORRECTION]
    if not corrections:
        return
    if not closings or corrections[0].number < closings[0].number:
        yield f"Attempt {attempt_id} was corrected before it was closed."
    ordinals = [entry.ordinal for entry in corrections]
    if ordinals != list(range(1, len(ordinals) + 1)):
        yield f"The corrections of attempt {attempt_id} are numbered {', '.join(map(str, ordinals))}."
    cost = _total([entry for entry in closings if entry.kind is EntryKind.CHARGE], "amount_usd")
    for entry in corrections:
        cost += entry.amount_usd
        if cost < 0:
            yield f"Attempt {attempt_id} costs {show(cost)} after entry {entry.number}."
        if entry.outcome is Outcome.NOT_BILLED and cost > 0:
            yield f"Attempt {attempt_id} costs {show(cost)} after entry {entry.number}, which says it was not billed."


def _total(entries: Sequence[LedgerEntry], field: str) -> Decimal:
    return sum((getattr(entry, field) for entry in entries), ZERO)
