"""The ledger's file stays attached while calls come in one after the other, and whoever else wants it gets it."""

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from filelock import FileLock

from resources.ledger import kernel_lock, ledger_file, writer
from resources.ledger.duckdb_ledger import DuckDBLedger
from resources.ledger.job import Answer, Job
from resources.ledger.ledger_file import LedgerFile

from .conftest import StartChild, line_from
from .queueing import queued_together, reserve_job
from .samples import NO_CAPS, SetClock, booking, charge, dollars

FOR_EVER_S = 3600.0
PATIENCE_S = 20.0


@contextmanager
def busy(ledger: DuckDBLedger, threads: int = 6) -> Iterator[None]:
    """Threads that book all the time, once all of them have been answered."""
    over, first = threading.Event(), threading.Barrier(threads + 1)

    def book(worker: int) -> None:
        for turn in itertools.count():
            ledger.reserve(booking(f"{worker}.{turn}"), dollars(1), NO_CAPS)
            if turn == 0:
                first.wait(PATIENCE_S)
            if over.is_set():
                return

    with ThreadPoolExecutor(threads) as pool:
        booking_all = [pool.submit(book, worker) for worker in range(threads)]
        try:
            first.wait(PATIENCE_S)
            yield
        finally:
            over.set()
        for each in booking_all:
            each.result(timeout=PATIENCE_S)


def is_had_in_time(try_once: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if try_once():
            return True
        time.sleep(0.005)
    return False


def takes_lock_of(path: Path) -> bool:
    """Try once, as another process that waits does."""
    with kernel_lock.held(path.with_name(f"{path.name}.lock")) as lock:
        return lock is not None


@pytest.fixture
def attached(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many groups were answered with each file that was opened, in order."""
    groups: list[int] = []
    answer, attach = LedgerFile.answer, LedgerFile._attach

    def counted(self: LedgerFile, jobs: Sequence[Job[object]]) -> list[Answer]:
        answers = answer(self, jobs)
        groups[-1] += 1
        return answers

    def opened(self: LedgerFile, *args: Any, **kwargs: Any) -> duckdb.DuckDBPyConnection:
        groups.append(0)
        return attach(self, *args, **kwargs)

    monkeypatch.setattr(LedgerFile, "answer", counted)
    monkeypatch.setattr(LedgerFile, "_attach", opened)
    return groups


def test_a_process_that_waits_gets_a_file_that_would_be_kept_open_for_ever(
    ledger: DuckDBLedger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_LONGEST_S", FOR_EVER_S)

    with busy(ledger):
        assert is_had_in_time(lambda: takes_lock_of(path))


def test_a_program_that_does_not_say_that_it_waits_gets_its_turn_too(
    ledger: DuckDBLedger, path: Path
) -> None:
    lock = FileLock(path.with_name("ledger.duckdb.lock"))
    with busy(ledger), lock.acquire(timeout=PATIENCE_S, poll_interval=0.005), duckdb.connect(path) as mine:
        assert mine.execute("SELECT count(*) >= 6 FROM entries").fetchone() == (True,)


def test_a_fork_gets_its_turn_too(ledger: DuckDBLedger) -> None:
    with busy(ledger):
        child = os.fork()
        if child == 0:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0


def test_it_is_opened_once_for_many_groups_and_what_it_says_is_right_all_the_time(
    ledger: DuckDBLedger, attached: list[int]
) -> None:
    with busy(ledger):
        for _ in range(20):
            before = ledger.balance().reserved
            ledger.reserve(booking("mine"), dollars(1), NO_CAPS)
            assert ledger.balance().reserved >= max(before, dollars(1))
    ledger.close()
    assert max(attached) > 1
    entries = ledger.entries()
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    assert ledger.balance().reserved == len({entry.attempt_id for entry in entries}) == len(entries)
    assert ledger.verify() == []


def test_nobody_is_waited_for_once_all_have_asked_for_whom_money_is_held(
    ledger: DuckDBLedger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_GATHER_S", (2 * PATIENCE_S, 2 * PATIENCE_S))
    monkeypatch.setattr(writer, "_LONGEST_S", FOR_EVER_S)
    names = ["a", "b"]
    held = [partial(ledger.reserve, booking(name), dollars(1), NO_CAPS) for name in names]
    spent = [partial(charge, ledger, name, 1) for name in names]
    for outcome in queued_together(path, held):
        outcome.result(timeout=PATIENCE_S)
    log = path.with_name("ledger.duckdb.wal")
    assert log.exists(), "it is kept open for what they cost"
    with ThreadPoolExecutor(2) as threads:
        for outcome in [threads.submit(call) for call in spent]:
            outcome.result(timeout=PATIENCE_S)
    assert is_had_in_time(lambda: not log.exists()), "nothing is held"


def test_it_is_closed_when_nothing_more_is_asked(ledger: DuckDBLedger, path: Path) -> None:
    with busy(ledger):
        pass

    def is_closed() -> bool:
        try:
            duckdb.connect(path).close()
        except duckdb.Error:
            return False
        return not path.with_name("ledger.duckdb.wal").exists()

    assert is_had_in_time(is_closed)


def test_nobody_relies_on_a_log_whose_name_is_not_on_disk(
    ledger: DuckDBLedger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.reserve(booking("first"), dollars(1), NO_CAPS)
    events: list[str] = []
    sync, give = ledger_file._sync, writer.LedgerWriter._give

    def synced(place: Path) -> None:
        sync(place)
        if place == path.parent:
            events.append("named")

    def given(self: writer.LedgerWriter, jobs: Sequence[Job[object]], answers: Sequence[Answer]) -> None:
        log = path.with_name("ledger.duckdb.wal").exists()
        events.append("answered with the log there" if log else "answered")
        give(self, jobs, answers)

    monkeypatch.setattr(ledger_file, "_sync", synced)
    monkeypatch.setattr(writer.LedgerWriter, "_give", given)
    with busy(ledger):
        pass
    ledger.close()
    assert "answered with the log there" in events
    for place, event in enumerate(events):
        if event == "answered with the log there":
            earlier = [item for item in events[:place] if item != event]
            assert earlier[-1:] == ["named"]


def test_where_the_name_can_not_be_made_durable_the_file_is_closed_before_anybody_is_answered(
    ledger: DuckDBLedger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.reserve(booking("first"), dollars(1), NO_CAPS)
    logs: list[bool] = []
    give = writer.LedgerWriter._give

    def given(self: writer.LedgerWriter, jobs: Sequence[Job[object]], answers: Sequence[Answer]) -> None:
        logs.append(path.with_name("ledger.duckdb.wal").exists())
        give(self, jobs, answers)

    def refused(place: Path) -> None:
        raise OSError(5, "Input/output error", str(place))

    monkeypatch.setattr(writer.LedgerWriter, "_give", given)
    monkeypatch.setattr(ledger_file, "_sync", refused)
    with busy(ledger):
        pass
    assert len(logs) > 1
    assert not any(logs)


@pytest.mark.parametrize("told", ["at the first group", "at a later group"])
def test_a_process_that_is_killed_with_the_file_open_loses_nothing_it_was_told(
    told: str, ledger: DuckDBLedger, path: Path, child: StartChild
) -> None:
    groups = {"at the first group": 1, "at a later group": 3}[told]
    process = child("child", "die_with_the_file_open", path, str(groups))
    answered = [line_from(process) for _ in range(2 * groups)]
    assert process.wait(timeout=PATIENCE_S) == -signal.SIGKILL
    assert path.with_name("ledger.duckdb.wal").exists(), "the file was not open"
    assert [entry.attempt_id for entry in ledger.entries()] == answered
    ledger.reserve(booking("after"), dollars(1), NO_CAPS)
    assert ledger.balance().reserved == 2 * groups + 1
    assert ledger.verify() == []


def test_a_ledger_that_takes_its_place_meanwhile_is_the_one_that_is_booked_in(
    path: Path, clock: SetClock
) -> None:
    kept, restored = LedgerFile(path), path.with_name("backup.duckdb")
    DuckDBLedger(restored, clock=clock).reserve(booking("of the backup"), dollars(1), NO_CAPS)
    kept.answer([reserve_job("before")])
    restored.rename(path)
    kept.answer([reserve_job("after")])
    kept.let_go()
    kept.close()
    booked = [entry.attempt_id for entry in DuckDBLedger(path, clock=clock).entries()]
    assert booked == ["of the backup", "after"]


def test_a_first_group_that_writes_nothing_names_no_log_for_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = LedgerFile(path)
    kept.answer([reserve_job("first")])
    kept.let_go()
    named: list[bool] = []
    sync = ledger_file._sync

    def synced(place: Path) -> None:
        named.append(place == path.parent and path.with_name("ledger.duckdb.wal").exists())
        sync(place)

    monkeypatch.setattr(ledger_file, "_sync", synced)
    for attempt_id in ("first", "second", "third"):
        kept.answer([reserve_job(attempt_id)])
        assert kept.is_safe_open()
    assert named == [True]
    kept.let_go()
    kept.close()


def test_a_log_that_is_restored_with_its_ledger_meanwhile_is_left_alone(path: Path) -> None:
    log, restored, its_log = (path.with_name(name) for name in ("ledger.duckdb.wal", "saved", "saved.wal"))
    restored.write_bytes(b"a ledger")
    its_log.write_bytes(b"what was booked after it")
    kept = LedgerFile(path)
    kept.answer([reserve_job("kept")])
    assert log.exists()
    its_log.rename(log)
    restored.rename(path)
    kept.let_go()
    kept.close()
    assert (path.read_bytes(), log.read_bytes()) == (b"a ledger", b"what was booked after it")


def test_a_file_that_could_not_be_closed_whole_has_a_log_whose_name_is_on_disk(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = LedgerFile(path)
    kept.answer([reserve_job("first")])
    named: list[Path] = []
    monkeypatch.setattr(ledger_file, "_sync", named.append)

    class NoRoom:
        """A connection that can not move anything from the log into the file."""

        def execute(self, statement: str) -> None:
            raise duckdb.IOException(f"no room for {statement}")

        def close(self) -> None:
            """Nothing is lost by it: what is committed is in the log."""

    connection = kept._connection
    monkeypatch.setattr(kept, "_connection", NoRoom())
    kept.let_go()
    assert named == [path.parent]
    assert connection is not None
    connection.close()


def test_who_waited_for_it_does_not_wait_for_a_file_that_is_kept_open_soon_again(
    ledger: DuckDBLedger, path: Path, attached: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_SHARED_S", FOR_EVER_S)

    with busy(ledger):
        assert is_had_in_time(lambda: not takes_lock_of(path))  # it is held: that is said
        assert is_had_in_time(lambda: takes_lock_of(path))
        since = len(attached)
        assert is_had_in_time(lambda: len(attached) > since + 5)
    assert attached[since:-1]
    assert max(attached[since:-1]) == 1


def test_a_full_disk_keeps_nobody_from_a_lock_or_from_waiting_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kernel_lock.os, "pwrite", refused)
    with kernel_lock.held(tmp_path / "some.lock") as lock:
        assert lock is not None
        with kernel_lock.held(tmp_path / "some.lock") as second:
            assert second is None


def test_after_a_group_that_failed_the_file_is_closed_and_what_it_remembered_forgotten(path: Path) -> None:
    kept = LedgerFile(path)
    kept.answer([reserve_job("first")])
    kept.let_go()
    with duckdb.connect(path) as connection:
        connection.execute("CREATE UNIQUE INDEX same_note ON entries (note)")
    kept.answer([reserve_job("a"), reserve_job("b")])
    with duckdb.connect(path) as connection:
        connection.execute("DROP INDEX same_note")
    kept.answer([reserve_job("a"), reserve_job("b")])
    kept.let_go()
    with duckdb.connect(path) as connection:
        booked = connection.execute("SELECT number, attempt_id FROM entries ORDER BY number").fetchall()
    kept.close()
    assert booked == [(1, "first"), (2, "a"), (3, "b")]


def test_a_lock_is_wanted_once_somebody_tried_it_and_still_names_its_holder(tmp_path: Path) -> None:
    place = tmp_path / "some.lock"
    with kernel_lock.held(place) as lock:
        assert lock is not None
        assert not lock.is_wanted()
        with kernel_lock.held(place) as second:
            assert second is None
        assert lock.is_wanted()
        assert kernel_lock.holder(place) == f"process {os.getpid()} ({kernel_lock.program()})"
    with kernel_lock.held(place) as lock:
        assert lock is not None
        assert not lock.is_wanted()
