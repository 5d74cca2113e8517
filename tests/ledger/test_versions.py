"""Ledger files of another version: brought up to date by the first booking, whole whatever happens meanwhile."""

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from recoil_assets.domain.errors import LedgerError
from recoil_assets.domain.ledger import Balance
from resources.ledger.duckdb_ledger import DuckDBLedger

from . import version_one
from .conftest import Child, give_the_word, line_from
from .samples import NO_CAPS, booking, charge, dollars

StartChild = Callable[..., Child]


def everything_beside(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir() if not file.name.endswith(".lock")}


def version_in(path: Path) -> str:
    with duckdb.connect(path, read_only=True) as connection:
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
        assert row is not None
        return str(row[0])


@pytest.mark.parametrize("version", ["0", "3", "7"])
def test_a_version_nobody_knows_is_refused_and_left_alone(
    ledger: DuckDBLedger, path: Path, version: str
) -> None:
    version_one.write(path, attempts=2)
    with duckdb.connect(path) as connection:
        connection.execute("UPDATE meta SET value = ?", [version])
    before = everything_beside(path)
    for call in (ledger.verify, lambda: ledger.reserve(booking(), dollars(1), NO_CAPS)):
        with pytest.raises(LedgerError, match=f"has schema version {version}"):
            call()
    assert everything_beside(path) == before


def test_a_ledger_of_version_1_is_read_as_it_is_and_not_written(ledger: DuckDBLedger, path: Path) -> None:
    version_one.write(path, attempts=3)
    before = everything_beside(path)
    assert ledger.balance() == Balance(spent=dollars("4.5"), reserved=dollars(0))
    assert [entry.ordinal for entry in ledger.entries()] == [1] * 6
    assert ledger.booked().keys() == {"old.0", "old.1", "old.2"}
    assert ledger.overruns(model="veo") == []
    assert ledger.verify() == []
    assert everything_beside(path) == before


def test_the_first_booking_brings_a_ledger_of_version_1_up_to_date_with_every_entry(
    ledger: DuckDBLedger, path: Path
) -> None:
    version_one.write(path, attempts=50)
    before = ledger.entries()
    ledger.correct(booking("old.7"), dollars(1), outcome=before[1].outcome, evidence=before[1].evidence)
    assert ledger.entries()[:-1] == before
    assert ledger.balance().spent == dollars("74.5")
    assert ledger.verify() == []
    assert version_in(path) == "2"
    assert set(everything_beside(path)) == {path.name}


def test_what_only_the_write_ahead_log_of_a_version_1_ledger_holds_is_brought_along(
    ledger: DuckDBLedger, path: Path, tmp_path: Path
) -> None:
    """A copy of the open file and its log is what a crash leaves."""
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    version_one.write(path, attempts=1)
    with duckdb.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '1'; CHECKPOINT")
        connection.execute(
            "INSERT INTO entries SELECT * REPLACE (3 AS number, 'late' AS attempt_id) FROM entries WHERE number = 1"
        )
        for file in (path, path.with_name(f"{path.name}.wal")):
            shutil.copy(file, crashed / file.name)
    recovered = DuckDBLedger(crashed / path.name, clock=ledger._clock)
    recovered.reserve(booking("new"), dollars(1), NO_CAPS)
    assert [entry.attempt_id for entry in recovered.entries()] == ["old.0", "old.0", "late", "new"]
    recovered.close()


def test_a_process_killed_while_it_brings_a_ledger_up_to_date_loses_no_entry(
    path: Path, child: StartChild, ledger: DuckDBLedger
) -> None:
    """The leftovers of one kill are there at the next; sooner or later a process gets through."""
    version_one.write(path, attempts=6_000)
    chance = random.Random(4)  # noqa: S311  the same times at every run, not a secret
    for number in range(3):
        process = child("child", "book_once", path, f"new.{number}")
        assert line_from(process) == "booking"
        time.sleep(chance.uniform(0.0, 0.1))
        process.kill()
        process.wait()
        assert ledger.balance().spent == dollars(9_000)
    ledger.reserve(booking("last"), dollars(1), NO_CAPS)
    assert version_in(path) == "2"
    assert sum(1 for entry in ledger.entries() if entry.attempt_id.startswith("old.")) == 12_000
    assert ledger.verify() == []


def test_a_kill_before_any_file_operation_of_bringing_up_to_date_leaves_a_whole_ledger(
    path: Path, child: StartChild, ledger: DuckDBLedger
) -> None:
    """From the file as version 1 left it each time; what was killed before is the leftover of the next."""
    version_one.write(path, attempts=5)
    old = path.read_bytes()
    for number in range(40):
        path.write_bytes(old)
        process = child("child", "die_at_a_file_operation", path, str(number))
        said, _ = process.communicate(timeout=60)
        assert ledger.balance().spent == dollars("7.5"), f"killed before operation {number}"
        assert len([entry for entry in ledger.entries() if entry.attempt_id != "new"]) == 10
        if said:
            break
    assert said == "booked\n"
    assert number >= 5, "it was killed before it began, cleared up, synced, moved and synced again"
    assert ledger.balance().reserved == 1


def test_two_processes_that_bring_a_ledger_up_to_date_at_once_do_so_once_and_keep_its_cap(
    path: Path, child: StartChild, ledger: DuckDBLedger
) -> None:
    version_one.write(path, attempts=10)
    processes = [child("child", "reserve", path, prefix, "30") for prefix in ("one", "two")]
    for process in processes:
        assert line_from(process) == "ready"
        give_the_word(process)
    assert sum(int(line_from(process)) for process in processes) == 15
    assert ledger.balance() == Balance(spent=dollars(15), reserved=dollars(15))
    assert ledger.verify() == []


def test_a_disk_that_is_full_while_a_ledger_is_brought_up_to_date_leaves_the_old_one(
    path: Path, child: StartChild, ledger: DuckDBLedger
) -> None:
    version_one.write(path, attempts=20_000)
    before = everything_beside(path)
    process = child("child", "book_with_little_room", path)
    assert "nothing was changed" in line_from(process)
    assert process.wait() == 0
    assert everything_beside(path)[path.name] == before[path.name]
    charge(ledger, "new", 1)
    assert ledger.balance().spent == dollars(30_001)
    assert ledger.verify() == []
