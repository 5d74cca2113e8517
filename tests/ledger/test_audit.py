from decimal import Decimal

import pytest

from recoil_assets.domain.ledger import EntryKind, Evidence, LedgerEntry, Outcome
from resources.ledger.audit import problems

RESERVE = LedgerEntry(
    number=1,
    attempt_id="a",
    kind=EntryKind.RESERVE,
    amount_usd=Decimal(2),
    closes_usd=Decimal(0),
    project="show",
    episode="ep_001",
    batch="BATCH_001",
    run_id="run_1",
    provider="fal",
    model="veo",
    attempt_kind="take",
    day="2026-03-01",
    booked_at="2026-03-01T12:00:00.000000Z",
)
PAID = {"outcome": Outcome.SUCCEEDED, "evidence": Evidence.BILLED}
CHARGE = {"number": 2, "kind": EntryKind.CHARGE, "closes_usd": Decimal(2), **PAID}
CORRECTION = {"number": 3, "kind": EntryKind.CORRECTION, "amount_usd": Decimal(-1), **PAID}
RELEASE = {"number": 2, "kind": EntryKind.RELEASE, "closes_usd": Decimal(2)}


def after(**changes: object) -> LedgerEntry:
    return RESERVE.model_copy(update=changes)


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([after(number=2)], "The ledger lost entries: 1 of its numbers are missing, the first is 1."),
        (
            [RESERVE, after(attempt_id="b", number=5)],
            "The ledger lost entries: 3 of its numbers are missing, the first is 2.",
        ),
        ([RESERVE, after(attempt_id="b")], "Entry number 1 is used 2 times."),
        ([after(amount_usd=Decimal(-2))], "Entry 1 (reserve of attempt a) has a negative amount."),
        (
            [RESERVE, after(**CHARGE | {"outcome": None})],
            "Entry 2 (charge of attempt a) does not say what it pays for.",
        ),
        (
            [RESERVE, after(**CHARGE | {"evidence": None})],
            "Entry 2 (charge of attempt a) does not say what its amount rests on.",
        ),
        (
            [after(**PAID)],
            "Entry 1 (reserve of attempt a) has an outcome or evidence, which only a charge or a correction has.",
        ),
        (
            [after(closes_usd=Decimal(1))],
            "Entry 1 (reserve of attempt a) closes $1.00; a reserve closes nothing.",
        ),
        (
            [RESERVE, after(**RELEASE | {"amount_usd": Decimal(1)})],
            "Entry 2 (release of attempt a) says it releases $1.00 and closes $2.00.",
        ),
        ([RESERVE, after(number=2)], "Attempt a has 2 entries of kind reserve."),
        (
            [RESERVE, after(**CHARGE), after(**RELEASE | {"number": 3})],
            "Attempt a is both charged and released.",
        ),
        (
            [RESERVE, after(**CHARGE | {"closes_usd": Decimal(3)})],
            "Attempt a closes $3.00 and had reserved $2.00.",
        ),
        (
            [RESERVE, after(**CHARGE | {"closes_usd": Decimal(1)})],
            "Attempt a is closed, and $1.00 of its reservation is still held.",
        ),
        ([after(**CHARGE | {"number": 1}), after(number=2)], "Attempt a was closed before it was reserved."),
        (
            [RESERVE, after(**CHARGE), after(**CORRECTION | {"closes_usd": Decimal(1)})],
            "Entry 3 (correction of attempt a) closes $1.00; a correction closes nothing.",
        ),
        (
            [RESERVE, after(**CHARGE), after(**CORRECTION | {"outcome": None})],
            "Entry 3 (correction of attempt a) does not say what it pays for.",
        ),
        ([RESERVE, after(**CORRECTION | {"number": 2})], "Attempt a was corrected before it was closed."),
        (
            [RESERVE, after(**CHARGE), after(**CORRECTION), after(**CORRECTION | {"number": 4})],
            "Attempt a has 2 entries of kind correction and ordinal 1.",
        ),
        (
            [RESERVE, after(**CHARGE), after(**CORRECTION | {"ordinal": 2})],
            "The corrections of attempt a are numbered 2.",
        ),
        (
            [RESERVE, after(**CHARGE), after(**CORRECTION | {"amount_usd": Decimal(-3)})],
            "Attempt a costs -$1.00 after entry 3.",
        ),
        (
            [RESERVE, after(**CHARGE), after(**CORRECTION | {"outcome": Outcome.NOT_BILLED})],
            "Attempt a costs $1.00 after entry 3, which says it was not billed.",
        ),
        (
            [RESERVE, after(**CHARGE | {"day": "2026-03-02"})],
            "The entries of attempt a name different values of day: 2026-03-01, 2026-03-02.",
        ),
    ],
)
def test_a_broken_invariant_is_said_in_a_sentence(entries: list[LedgerEntry], sentence: str) -> None:
    assert sentence in problems(entries)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [RESERVE],
        [RESERVE, after(**CHARGE)],
        [RESERVE, after(**CHARGE | {"amount_usd": Decimal(9)})],
        [RESERVE, after(**RELEASE)],
        [RESERVE, after(**CHARGE), after(**CORRECTION)],
        [RESERVE, after(**RELEASE), after(**CORRECTION | {"amount_usd": Decimal(1)})],
        [after(**RELEASE | {"number": 1, "amount_usd": Decimal(0), "closes_usd": Decimal(0)})],
        [after(**CHARGE | {"number": 1, "closes_usd": Decimal(0)})],
    ],
)
def test_honest_entries_have_no_problems(entries: list[LedgerEntry]) -> None:
    assert problems(entries) == []
