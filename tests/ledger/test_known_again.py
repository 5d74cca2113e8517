"""What is known of a ledger stays known while its file is closed, with what others booked meanwhile."""

import os
import shutil
import signal
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import cast

import duckdb
import pytest

from recoil_assets.domain.errors import LedgerError
from recoil_assets.domain.ledger import CapReachedError, Caps, Evidence, Outcome
from recoil_assets.production.ports import Ledger
from resources.ledger import book
from resources.ledger.duckdb_ledger import DuckDBLedger
from resources.ledger.ledger_file import LedgerFile

from .conftest import StartChild, line_from
from .machine import hold_against_a_model
from .queueing import reserve_job
from .samples import NO_CAPS, SetClock, booking, charge, dollars

PATIENCE_S = 20.0


class InTurn:
    """A ledger by two writers that know nothing of each other, as two processes have them: each second call is one's.

    The file has two names, since a process has one writer for a name.
    """

    def __init__(self, folder: Path, clock: SetClock) -> None:
        self.names = [folder / name / "ledger.duckdb" for name in ("one", "other")]
        for name in self.names:
            name.parent.mkdir()
        self.ledgers = [DuckDBLedger(name, clock=clock) for name in self.names]
        self._turns = cycle(self.ledgers)

    def __getattr__(self, name: str) -> object:
        one, other = self.names
        if not one.exists():
            return getattr(self.ledgers[0], name)
        if not other.exists():
            os.link(one, other)
        return getattr(next(self._turns), name)

    def close(self) -> None:
        for ledger in self.ledgers:
            ledger.close()


@pytest.fixture
def both(tmp_path: Path, clock: SetClock) -> InTurn:
    return InTurn(tmp_path, clock)


def test_any_history_by_two_writers_in_turn_agrees_with_a_model(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    def opened(clock: SetClock) -> Ledger:
        in_turn: object = InTurn(tmp_path_factory.mktemp("history"), clock)
        return cast("Ledger", in_turn)

    hold_against_a_model(opened, histories=10, steps=14)


def test_what_another_process_reserved_meanwhile_counts_for_a_cap_that_was_summed_up_before(
    both: InTurn,
) -> None:
    caps = Caps(project_usd=dollars(10))
    one, other = both.ledgers
    one.reserve(booking("a"), dollars(4), caps)
    os.link(*both.names)
    other.reserve(booking("b"), dollars(4), caps)
    with pytest.raises(CapReachedError):
        one.reserve(booking("c"), dollars(4), caps)
    both.close()


def test_a_bill_above_its_estimate_that_another_process_booked_meanwhile_is_seen(both: InTurn) -> None:
    one, other = both.ledgers
    one.reserve(booking("a"), dollars(4), NO_CAPS)
    assert one.overruns(model="veo") == []
    os.link(*both.names)
    charge(other, "a", 5)
    assert [(overrun.attempt_id, overrun.cost_usd) for overrun in one.overruns(model="veo")] == [("a", 5)]
    assert one.booked() == other.booked() == {"a": {"reserve", "charge"}}
    both.close()


def test_what_a_process_booked_that_was_killed_with_the_file_open_counts_too(
    ledger: DuckDBLedger, path: Path, child: StartChild
) -> None:
    caps = Caps(project_usd=dollars(5))
    ledger.reserve(booking("before"), dollars(1), caps)
    process = child("child", "die_with_the_file_open", path, "2")
    booked = [line_from(process) for _ in range(4)]
    assert process.wait(timeout=PATIENCE_S) == -signal.SIGKILL
    assert path.with_name("ledger.duckdb.wal").exists(), "the file was not open"
    with pytest.raises(CapReachedError):
        ledger.reserve(booking("after"), dollars(1), caps)
    assert set(ledger.booked()) == {"before", *booked}
    assert ledger.verify() == []


@pytest.mark.parametrize("how", ["renamed", "copied over"])
def test_a_ledger_that_is_restored_between_two_calls_is_the_one_that_counts(
    how: str, ledger: DuckDBLedger, path: Path, clock: SetClock
) -> None:
    saved, later = path.with_name("saved.duckdb"), path.with_name("later.duckdb")
    ledger.reserve(booking("a"), dollars(4), NO_CAPS)
    shutil.copy(path, saved)
    shutil.copy(path, later)
    DuckDBLedger(later, clock=clock).reserve(booking("of the backup"), dollars(5), NO_CAPS)
    ledger.reserve(booking("lost"), dollars(1), NO_CAPS)
    assert ledger.balance().reserved == 5

    if how == "renamed":
        later.rename(path)
    else:
        path.write_bytes(later.read_bytes())
    assert ledger.balance().reserved == 9, "as many entries, the last another"
    with pytest.raises(CapReachedError):
        ledger.reserve(booking("b"), dollars(2), Caps(project_usd=dollars(10)))
    path.write_bytes(saved.read_bytes())
    ledger.reserve(booking("b"), dollars(2), Caps(project_usd=dollars(10)))
    assert [(entry.number, entry.attempt_id) for entry in ledger.entries()] == [(1, "a"), (2, "b")]
    assert ledger.verify() == []


@pytest.mark.parametrize("entries", ["none", "one"])
def test_a_ledger_of_another_version_that_takes_its_place_is_not_taken_for_the_one_that_was_known(
    entries: str, ledger: DuckDBLedger, path: Path
) -> None:
    caps = Caps(project_usd=dollars(0)) if entries == "none" else NO_CAPS
    with suppress(CapReachedError):
        ledger.reserve(booking("a"), dollars(4), caps)
    with duckdb.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    with pytest.raises(LedgerError, match="schema version 99"):
        ledger.reserve(booking("b"), dollars(4), NO_CAPS)
    with duckdb.connect(path) as connection:
        count = connection.execute("SELECT count(*) FROM entries").fetchone()
    assert count == (0 if entries == "none" else 1,)


def test_where_much_was_booked_meanwhile_it_is_asked_anew(
    both: InTurn, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = both.ledgers
    monkeypatch.setattr(book, "_MOST_CAUGHT_UP", 3)
    one.reserve(booking("mine"), dollars(1), NO_CAPS)
    os.link(*both.names)
    for count in (2, 3, 4):
        for number in range(count):
            other.reserve(booking(f"{count}.{number}"), dollars(1), NO_CAPS)
        assert one.balance().reserved == other.balance().reserved
        one.reserve(booking(f"mine.{count}"), dollars(1), NO_CAPS)
    assert one.balance().reserved == 2 + 3 + 4 + 4
    both.close()


def test_where_too_much_is_known_it_is_asked_anew(
    ledger: DuckDBLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "_MOST_KNOWN", 2)
    for number in range(5):
        ledger.reserve(booking(str(number)), dollars(1), Caps(project_usd=dollars(5)))
    with pytest.raises(CapReachedError):
        ledger.reserve(booking("5"), dollars(1), Caps(project_usd=dollars(5)))
    assert ledger.balance().reserved == 5


def test_what_is_held_is_what_was_committed_and_not_closed_by_anybody(path: Path, clock: SetClock) -> None:
    kept = LedgerFile(path)
    kept.answer([reserve_job("a"), reserve_job("b")])
    assert kept.held == 2
    kept.let_go()
    charge(DuckDBLedger(path, clock=clock), "a", 1)
    kept.answer([reserve_job("c")])
    assert kept.held == 2, "b and c"
    kept.let_go()
    with duckdb.connect(path) as connection:
        connection.execute("CREATE UNIQUE INDEX one_more ON entries ((least(number, 5)))")
    kept.answer([reserve_job("d"), reserve_job("e")])
    assert kept.held == 3, "of the two one was written"
    kept.let_go()
    kept.close()


def test_entries_that_were_read_are_not_read_again(
    ledger: DuckDBLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.booked()
    ledger.reserve(booking("before"), dollars(1), NO_CAPS)
    ledger.booked()
    asked: list[str] = []
    rows = book.Book._rows

    def noted(self: book.Book, statement: str, values: list[object]) -> list[tuple[object, ...]]:
        asked.append(statement)
        return rows(self, statement, values)

    monkeypatch.setattr(book.Book, "_rows", noted)
    ledger.reserve(booking("a"), dollars(1), NO_CAPS)
    assert ledger.overruns(model="veo") == []
    ledger.charge(booking("a"), dollars(2), outcome=Outcome.SUCCEEDED, evidence=Evidence.BILLED)
    assert [overrun.attempt_id for overrun in ledger.overruns(model="veo")] == ["a"]
    assert ledger.booked()["a"] == {"reserve", "charge"}
    assert set(asked) == {book._SINCE}
