import os
from pathlib import Path

import duckdb
import pytest

from recoil_assets.domain.errors import LedgerBusyError
from recoil_assets.domain.ledger import Balance
from resources.ledger.duckdb_ledger import DuckDBLedger

from .conftest import StartChild, give_the_word, line_from
from .samples import NO_CAPS, SetClock, booking, dollars


def test_two_processes_under_one_cap_never_pass_it_together(
    ledger: DuckDBLedger, path: Path, child: StartChild
) -> None:
    processes = [child("child", "reserve", path, prefix, "30") for prefix in ("one", "two")]
    for process in processes:
        assert line_from(process) == "ready"
    for process in processes:
        give_the_word(process)
    assert sum(int(line_from(process)) for process in processes) == 30
    assert ledger.balance() == Balance(spent=dollars(0), reserved=dollars(30))
    assert ledger.verify() == []


def test_a_lock_held_by_another_process_is_reported_with_its_name_and_nothing_is_booked(
    ledger: DuckDBLedger, path: Path, clock: SetClock, child: StartChild
) -> None:
    ledger.reserve(booking("a"), dollars(1), NO_CAPS)
    holder = child("holder", "lock", path)
    assert line_from(holder) == "ready"

    hurried = DuckDBLedger(path, clock=clock, wait_s=0.05)
    for call in (hurried.balance, lambda: hurried.reserve(booking("b"), dollars(1), NO_CAPS)):
        with pytest.raises(LedgerBusyError) as busy:
            call()
        assert f"held by process {holder.pid} (holder.py lock)" in busy.value.message

    give_the_word(holder)
    assert holder.wait() == 0
    assert [entry.attempt_id for entry in ledger.entries()] == ["a"]


def test_a_lock_dies_with_its_holder(ledger: DuckDBLedger, path: Path, child: StartChild) -> None:
    holder = child("holder", "lock", path)
    assert line_from(holder) == "ready"
    holder.kill()
    ledger.reserve(booking("a"), dollars(1), NO_CAPS)
    assert ledger.balance().reserved == 1


def test_another_program_that_opened_the_file_itself_is_reported_with_its_name(
    ledger: DuckDBLedger, path: Path, clock: SetClock, child: StartChild
) -> None:
    ledger.reserve(booking("a"), dollars(1), NO_CAPS)
    shell = child("holder", "open", path)
    assert line_from(shell) == "ready"

    hurried = DuckDBLedger(path, clock=clock, wait_s=0.05)
    for call in (hurried.balance, lambda: hurried.reserve(booking("b"), dollars(1), NO_CAPS)):
        with pytest.raises(LedgerBusyError, match=f"held by process {shell.pid} \\(python"):
            call()

    give_the_word(shell)
    assert shell.wait() == 0
    assert [entry.attempt_id for entry in ledger.entries()] == ["a"]


def test_a_connection_of_this_process_to_the_file_is_reported(
    ledger: DuckDBLedger, path: Path, clock: SetClock
) -> None:
    ledger.reserve(booking("a"), dollars(1), NO_CAPS)
    with duckdb.connect(path), pytest.raises(LedgerBusyError, match="another part of this process"):
        DuckDBLedger(path, clock=clock, wait_s=0).balance()
    assert ledger.balance().reserved == 1


def test_a_killed_process_loses_nothing_it_was_told(
    ledger: DuckDBLedger, path: Path, child: StartChild
) -> None:
    told: set[str] = set()
    for round_number in range(2):
        process = child("child", "book_for_ever", path, str(round_number))
        told |= {line_from(process) for _ in range(12)}
        process.kill()
        rest, _ = process.communicate()
        told |= {line for line in rest.split("\n")[:-1] if line}

        booked = {f"{entry.attempt_id} {entry.kind}" for entry in ledger.entries()}
        assert told <= booked
        assert ledger.verify() == []


def test_a_full_disk_refuses_and_is_harmless_when_there_is_room_again(path: Path, child: StartChild) -> None:
    process = child("child", "run_out_of_room", path)
    assert "could not reserve $1.00 for full" in line_from(process)
    assert line_from(process) == "before after"


def test_an_unclosed_ledger_does_not_keep_its_process_alive(path: Path, child: StartChild) -> None:
    process = child("child", "leave_without_closing", path)
    assert line_from(process) == "ready"
    give_the_word(process)
    assert process.wait(timeout=30) == 0


def test_a_child_that_is_forked_while_a_connection_is_kept_is_ended_by_no_signal(
    ledger: DuckDBLedger,
) -> None:
    """A ledger that is closed leaves its connection to the next one, and a child can not close it."""
    ledger.reserve(booking("parent"), dollars(1), NO_CAPS)
    ledger.close()
    forked = os.fork()
    if forked == 0:
        os._exit(0)
    assert os.waitpid(forked, 0)[1] == 0
    ledger.reserve(booking("parent again"), dollars(1), NO_CAPS)
    assert [entry.attempt_id for entry in ledger.entries()] == ["parent", "parent again"]


def test_a_forked_child_books_with_a_writer_of_its_own(ledger: DuckDBLedger) -> None:
    ledger.reserve(booking("parent"), dollars(1), NO_CAPS)
    forked = os.fork()
    if forked == 0:
        try:
            ledger.reserve(booking("child"), dollars(1), NO_CAPS)
        finally:
            os._exit(0)
    assert os.waitpid(forked, 0)[1] == 0
    ledger.reserve(booking("parent again"), dollars(1), NO_CAPS)
    assert [entry.attempt_id for entry in ledger.entries()] == ["parent", "child", "parent again"]
