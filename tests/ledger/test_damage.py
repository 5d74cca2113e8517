"""A ledger file that was cut short: refused before anything is booked, and left for a backup to replace."""

from pathlib import Path

import pytest

from recoil_assets.domain.errors import LedgerError
from resources.ledger.duckdb_ledger import DuckDBLedger

from . import version_one
from .samples import charge, dollars


def cut(path: Path, part: float) -> tuple[bytes, bytes]:
    """Keep the first ``part`` of a file; what it was, and what it is now."""
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    return whole, path.read_bytes()


@pytest.fixture
def long_ledger(ledger: DuckDBLedger, path: Path) -> DuckDBLedger:
    version_one.write(path, attempts=20_000)
    charge(ledger, "new", 1)
    ledger.close()
    return ledger


@pytest.mark.parametrize("part", [0.002, 0.3, 0.6, 0.85, 0.95])
def test_a_ledger_that_was_cut_short_books_nothing_and_is_left_as_it_is(
    long_ledger: DuckDBLedger, path: Path, part: float
) -> None:
    whole, left = cut(path, part)
    with pytest.raises(LedgerError) as refused:
        charge(long_ledger, "later", 1)
    assert "restore it from a backup" in refused.value.cure
    assert path.read_bytes() == left

    path.write_bytes(whole)
    charge(long_ledger, "later", 1)
    assert long_ledger.balance().spent == dollars(30_002)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.85, 0.95])
def test_a_ledger_that_was_cut_short_shows_all_that_was_booked_or_nothing(
    long_ledger: DuckDBLedger, path: Path, part: float
) -> None:
    """What was cut off at the end may be an index, which reading does without."""
    cut(path, part)
    try:
        shown = len(long_ledger.entries())
    except LedgerError:
        shown = 0
    assert shown in (0, 40_001)
