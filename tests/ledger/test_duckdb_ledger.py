from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from recoil_assets.domain.errors import LedgerError
from recoil_assets.domain.ledger import Balance, LedgerEntry
from recoil_assets.production.ports import Ledger
from resources.ledger.duckdb_ledger import DuckDBLedger

from .contract import LedgerContract
from .machine import hold_against_a_model
from .samples import NO_CAPS, SetClock, booking, dollars

NOTHING = Balance(spent=dollars(0), reserved=dollars(0))


class TestDuckDBLedgerKeepsTheContract(LedgerContract):
    @pytest.fixture
    def ledger(self, path: Path, clock: SetClock) -> Iterator[Ledger]:
        opened = DuckDBLedger(path, clock=clock)
        yield opened
        opened.close()


def test_any_history_agrees_with_a_model(tmp_path_factory: pytest.TempPathFactory) -> None:
    def opened(clock: SetClock) -> Ledger:
        return DuckDBLedger(tmp_path_factory.mktemp("history") / "ledger.duckdb", clock=clock)

    hold_against_a_model(opened, histories=10, steps=14)


# Files that are refused


def test_a_ledger_of_a_newer_version_is_refused_and_both_versions_are_named(
    ledger: DuckDBLedger, path: Path
) -> None:
    ledger.reserve(booking("a"), dollars(1), NO_CAPS)
    with duckdb.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '7' WHERE key = 'schema_version'")

    for call in (ledger.balance, lambda: ledger.reserve(booking("b"), dollars(1), NO_CAPS)):
        with pytest.raises(LedgerError) as refused:
            call()
        assert "version 7" in refused.value.message
        assert "version 2" in refused.value.message
        assert "newer" in refused.value.cure


def test_a_duckdb_file_that_is_no_ledger_is_refused_and_left_alone(ledger: DuckDBLedger, path: Path) -> None:
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE wages (amount INTEGER)")
    with pytest.raises(LedgerError, match="not a ledger"):
        ledger.reserve(booking(), dollars(1), NO_CAPS)
    with duckdb.connect(path) as connection:
        assert connection.execute("SHOW TABLES").fetchall() == [("wages",)]


@pytest.mark.parametrize("content", [b"", b"garbage" * 4096])
def test_a_file_that_is_not_duckdb_is_refused_and_left_alone(
    ledger: DuckDBLedger, path: Path, content: bytes
) -> None:
    path.write_bytes(content)
    for call in (ledger.balance, lambda: ledger.reserve(booking(), dollars(1), NO_CAPS)):
        with pytest.raises(LedgerError, match="can not be opened"):
            call()
    assert path.read_bytes() == content


def test_a_write_ahead_log_without_its_ledger_is_refused_because_money_would_be_forgotten(
    ledger: DuckDBLedger, path: Path
) -> None:
    path.with_name("ledger.duckdb.wal").write_bytes(b"entries that were committed")
    for call in (ledger.entries, lambda: ledger.reserve(booking(), dollars(1), NO_CAPS)):
        with pytest.raises(LedgerError, match="write-ahead log"):
            call()
    assert not path.exists()


def test_a_booking_in_a_folder_that_does_not_exist_is_refused(tmp_path: Path, clock: SetClock) -> None:
    ledger = DuckDBLedger(tmp_path / "gone" / "ledger.duckdb", clock=clock)
    assert ledger.balance() == NOTHING
    with pytest.raises(LedgerError, match="could not reserve") as refused:
        ledger.reserve(booking(), dollars(1), NO_CAPS)
    assert "folder" in refused.value.cure
    ledger.close()


# What is written, and when


def test_reading_a_ledger_that_was_never_made_writes_nothing(ledger: DuckDBLedger, tmp_path: Path) -> None:
    assert (ledger.balance(), ledger.entries(), ledger.verify()) == (NOTHING, [], [])
    assert list(tmp_path.iterdir()) == []


def test_reading_a_ledger_leaves_its_file_as_it_is(ledger: DuckDBLedger, path: Path) -> None:
    ledger.reserve(booking(), dollars(1), NO_CAPS)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    assert ledger.balance().reserved == 1
    assert len(ledger.entries()) == 1
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_the_file_is_whole_and_closed_when_a_booking_returns(
    ledger: DuckDBLedger, path: Path, tmp_path: Path
) -> None:
    ledger.reserve(booking(), dollars(1), NO_CAPS)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ledger.duckdb", "ledger.duckdb.lock"]
    with duckdb.connect(path) as connection:
        assert connection.execute("SELECT attempt_id, amount_usd FROM entries").fetchall() == [
            ("ep_001.a.1", dollars("1.000000"))
        ]


def test_a_ledger_opened_after_another_was_closed_knows_nothing_of_it_and_does_not_hold_it(
    tmp_path: Path, clock: SetClock
) -> None:
    earlier, later = (DuckDBLedger(tmp_path / f"{name}.duckdb", clock=clock) for name in ("earlier", "later"))
    earlier.reserve(booking("a"), dollars(1), NO_CAPS)
    earlier.close()
    with duckdb.connect(tmp_path / "earlier.duckdb"):
        later.reserve(booking("b"), dollars(2), NO_CAPS)
        assert [entry.attempt_id for entry in later.entries()] == ["b"]
    later.close()
    assert [entry.attempt_id for entry in earlier.entries()] == ["a"]
    earlier.close()


def test_the_lock_file_is_never_replaced_or_deleted(ledger: DuckDBLedger, path: Path) -> None:
    ledger.reserve(booking("a"), dollars(1), NO_CAPS)
    lock = path.with_name("ledger.duckdb.lock")
    before = lock.stat().st_ino
    ledger.reserve(booking("b"), dollars(1), NO_CAPS)
    ledger.close()
    assert lock.stat().st_ino == before


def test_a_ledger_left_half_made_by_a_crash_is_made_anew(ledger: DuckDBLedger, path: Path) -> None:
    path.with_name("ledger.duckdb.new").write_bytes(b"half")
    path.with_name("ledger.duckdb.new.wal").write_bytes(b"half")
    ledger.reserve(booking(), dollars(1), NO_CAPS)
    assert ledger.balance().reserved == 1
    assert not path.with_name("ledger.duckdb.new").exists()


def test_the_table_has_the_columns_of_an_entry_and_keeps_money_exact(
    ledger: DuckDBLedger, path: Path
) -> None:
    ledger.reserve(booking(), dollars("999999.999999"), NO_CAPS)
    with duckdb.connect(path) as connection:
        described = connection.execute("DESCRIBE entries").fetchall()
    types = {name: kind for name, kind, *_ in described}
    assert list(types) == list(LedgerEntry.model_fields)
    assert types["amount_usd"] == types["closes_usd"] == "DECIMAL(18,6)"
    assert ledger.balance().reserved == dollars("999999.999999")


def test_verify_says_what_an_edit_by_hand_broke(ledger: DuckDBLedger, path: Path) -> None:
    ledger.reserve(booking("a"), dollars(1), NO_CAPS)
    ledger.release(booking("a"))
    ledger.reserve(booking("b"), dollars(1), NO_CAPS)
    with duckdb.connect(path) as connection:
        connection.execute("DELETE FROM entries WHERE number = 1")
    assert ledger.verify() == [
        "The ledger lost entries: 1 of its numbers are missing, the first is 1.",
        "Attempt a closes $1.00 and had reserved $0.00.",
    ]
