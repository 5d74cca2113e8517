"""Facts the protocol leans on, each provoked on the real parts, and our own way beside it.

A fact that no longer holds after an upgrade fails here, and says so by its name. Where the rest is shown:

- Interrupts and Dagster's Terminate: ``test_terminate``; ``production/test_stopping``.
- A worker that Dagster gave up is not taken for dead: below.
- Lock objects, deleted lock files: below; ``store/test_locks``, ``ledger/test_duckdb_ledger``
  (``test_the_lock_file_is_never_replaced_or_deleted``).
- A full disk and the request id: below; ``store/test_journal``
  (``test_room_for_every_state_is_set_aside_when_an_attempt_is_opened``), ``production/test_sending``
  (``test_a_disk_that_is_full_before_the_post_sends_nothing_and_holds_nothing``), ``ledger/test_processes``
  (``test_a_full_disk_refuses_and_is_harmless_when_there_is_room_again``).
- Two cursors under a cap: below; ``ledger/contract_together`` (``test_eight_threads_under_one_cap_never_pass_it``),
  ``ledger/test_processes`` (``test_two_processes_under_one_cap_never_pass_it_together``).
- A plain ``open`` of the ledger: below.
- COMMIT after an aborted transaction: below; ``ledger/test_group_commit``
  (``test_a_failing_statement_loses_its_own_booking_and_no_other``).
- Waiters that starve: below.
- A busy ledger after a POST: ``production/test_sending``
  (``test_a_busy_ledger_after_the_post_leaves_the_take_to_be_settled``).
- A missing write-ahead log: below; ``production/test_books``
  (``test_a_ledger_restored_from_an_older_backup_is_brought_up_to_date``), ``ledger/test_duckdb_ledger``
  (``test_a_write_ahead_log_without_its_ledger_is_refused_because_money_would_be_forgotten``).
- SIGKILL in commit loops: ``ledger/test_processes`` (``test_a_killed_process_loses_nothing_it_was_told``).
- DuckDB lets one process in at a time: ``ledger/test_processes``
  (``test_another_program_that_opened_the_file_itself_is_reported_with_its_name``).
- Emitting without rendering does not read fresh: ``graph/test_provenance``
  (``test_takes_are_not_said_to_be_fresh_without_rendering_what_changed``), ``production/test_second_run``
  (``test_takes_are_not_recorded_for_a_payload_that_is_not_the_present_one``).
- One failure at the end leaves the other cells made: ``graph/test_production_step``
  (``test_one_failed_cell_does_not_stop_the_others``).
- A run that Dagster retries only resumes: below.
- A backfill split into several runs at once: ``production/test_two_runs``, ``crash/test_two_runs``.
- POSTs on kept-alive connections that the server closes: ``fal/test_submitting``
  (``test_on_kept_alive_connections_that_close_posts_are_lost_and_on_fresh_ones_none_is``).
"""

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from filelock import FileLock, Timeout

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import PreparedJob, Submission
from recoil_assets.production.stages import TAKES
from resources.ledger import kernel_lock
from resources.ledger.duckdb_ledger import DuckDBLedger
from resources.project_store.journal import AttemptJournal
from resources.project_store.layout import Layout
from resources.project_store.locks import FileLocks, moving_version
from tests.ledger.samples import NO_CAPS, SetClock, booking
from tests.production.labs import HeldLab, Lab
from tests.store.samples import intent, record
from tests.support.attempt_lines import attempt_path, line_of
from tests.support.graph import STAGES, GraphUnderTest
from tests.support.project import plan
from tests.support.show import Show, cell

MakeGraph = Callable[..., GraphUnderTest]
HERE = Path(__file__).parents[2]


def test_what_is_shown_elsewhere_is_really_there() -> None:
    tests = HERE / "tests"
    named = set(re.findall(r"``(\w+(?:/\w+)?)``", __doc__ or "")) - {"open"}
    files = {name for name in named if "/" in name or name == "test_terminate"}
    assert len(files) > 10
    folders = (tests, tests / "protocol")
    assert [name for name in files if not any((at / f"{name}.py").exists() for at in folders)] == []
    text = "".join((tests / f"{name}.py").read_text() for name in files if "/" in name)
    assert [name for name in named - files if f"def {name}(" not in text] == []


class TestLocks:
    def test_waiting_for_a_filelock_in_a_loop_stops_the_loop(self, tmp_path: Path) -> None:
        """A fact about filelock: whoever has the lock can not go on to free it. That is why we never wait there."""

        async def hold() -> None:
            with FileLock(tmp_path / "lock"):
                await asyncio.sleep(0)

        async def wait() -> None:
            with FileLock(tmp_path / "lock", timeout=0.2):
                pass

        async def both() -> None:
            await asyncio.gather(hold(), wait())

        with pytest.raises(Timeout):
            run_loop(both())

    def test_one_filelock_object_lets_two_owners_in(self, tmp_path: Path) -> None:
        shared = FileLock(tmp_path / "lock", timeout=0)
        with shared, shared:
            assert shared.is_locked, "a fact about filelock: that is why no object is shared"

    def test_two_tasks_of_one_loop_never_own_a_beat_together(self, tmp_path: Path) -> None:
        locks = FileLocks(Layout(tmp_path))

        async def own() -> bool:
            try:
                with locks.beat("ep_001", "5e7"):
                    await asyncio.sleep(0.05)
            except Exception:  # noqa: BLE001  refused, for whatever reason: it is not in
                return False
            return True

        async def both() -> list[bool]:
            return await asyncio.gather(own(), own())

        assert sorted(run_loop(both())) == [False, True]

    def test_whoever_waits_for_a_version_does_not_stop_the_loop(self, tmp_path: Path) -> None:
        """Another beat is sent meanwhile, and only that lets go of the version that is waited for."""
        show = Show.begin(tmp_path / "show", plan("ep_001", batches=2, shots_each=1))
        show.make(stages=STAGES[:-1])
        moving = moving_version(Layout(show.root), cell(1))
        assert moving.__enter__()
        show.lab = LettingGoLab(lambda: moving.__exit__(None, None, None))
        assert show.make(stages=[TAKES]).finished(cell(1), cell(2))
        assert len(show.lab.submitted) == 2
        show.close()

    def test_a_lock_file_that_is_deleted_lets_a_second_owner_in(self, tmp_path: Path) -> None:
        locks = FileLocks(Layout(tmp_path))
        with locks.beat("ep_001", "5e7"):
            for path in Layout(tmp_path).locks.iterdir():
                path.unlink()
            with locks.beat("ep_001", "5e7"):
                pass  # the fact itself: that is why nothing here deletes them


class LettingGoLab(Lab):
    """Calls ``first`` at its first POST."""

    def __init__(self, first: Callable[[], None]) -> None:
        super().__init__()
        self._first = first

    async def submit(self, job: PreparedJob) -> Submission:
        if not self.submitted:
            self._first()
        return await super().submit(job)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "recoil-test", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small disk can not be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path) -> None:
    """Leave no page free."""
    with (disk / "everything").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 4096)


class TestAFullDisk:
    def test_a_request_id_has_its_room_before_the_disk_is_full(self, small_disk: Path) -> None:
        journal = AttemptJournal(Layout(small_disk))
        journal.open(intent())
        journal.make_room(intent().attempt_id)
        journal.record(intent().attempt_id, record(AttemptState.SENDING))
        fill(small_disk)
        journal.record(intent().attempt_id, record(AttemptState.SUBMITTED, request_id="job-1"))
        (submitted,) = AttemptJournal(Layout(small_disk)).attempt(intent().attempt_id).records[1:]
        assert submitted.facts == {"request_id": "job-1"}

    def test_without_room_set_aside_the_request_id_is_lost(self, small_disk: Path) -> None:
        journal = AttemptJournal(Layout(small_disk))
        journal.open(intent())
        journal.record(intent().attempt_id, record(AttemptState.SENDING))
        file = attempt_path(small_disk, intent().attempt_id)
        os.truncate(file, line_of(file, "sending")[1])
        fill(small_disk)
        with pytest.raises(OSError, match="No space left"):
            journal.record(intent().attempt_id, record(AttemptState.SUBMITTED, request_id="job-1" * 1000))
        assert journal.attempt(intent().attempt_id).state is AttemptState.SENDING, (
            "and is unknown from now on"
        )


class TestDuckDB:
    def test_two_cursors_that_look_before_they_book_pass_a_cap(self) -> None:
        """A fact about snapshots: that is why one thread books."""
        connection = duckdb.connect(":memory:")
        connection.execute("CREATE TABLE held (usd INTEGER); INSERT INTO held VALUES (80)")
        cursors = [connection.cursor(), connection.cursor()]
        for cursor in cursors:
            cursor.begin()
        seen = [cursor.execute("SELECT sum(usd) FROM held").fetchall() for cursor in cursors]
        assert seen == [[(80,)], [(80,)]], "each has room for 20 under a cap of 100"
        for cursor in cursors:
            cursor.execute("INSERT INTO held VALUES (20)")
            cursor.commit()
        assert connection.execute("SELECT sum(usd) FROM held").fetchall() == [(120,)]
        connection.close()

    def test_a_commit_after_an_error_says_nothing_and_writes_nothing(self) -> None:
        """A fact about COMMIT: that is why a failed group is rolled back and booked again one by one."""
        connection = duckdb.connect(":memory:")
        connection.execute("CREATE TABLE entries (key TEXT PRIMARY KEY); INSERT INTO entries VALUES ('a')")
        connection.begin()
        connection.execute("INSERT INTO entries VALUES ('innocent')")
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("INSERT INTO entries VALUES ('a')")
        connection.commit()
        assert connection.execute("SELECT key FROM entries").fetchall() == [("a",)]
        connection.close()

    @pytest.mark.crash
    def test_a_plain_open_of_the_held_file_lets_another_process_in(self, tmp_path: Path) -> None:
        """A fact about POSIX locks: closing any handle on a file drops them."""
        path = tmp_path / "plain.duckdb"
        with duckdb.connect(path) as connection:
            connection.execute("CREATE TABLE entries (key TEXT)")
            assert "Could not set lock" in in_another_process(OPEN, path)
            path.read_bytes()
            assert in_another_process(OPEN, path) == "in"

    @pytest.mark.crash
    def test_a_plain_open_of_the_ledger_lets_no_other_recoil_in(self, tmp_path: Path) -> None:
        path = tmp_path / "ledger.duckdb"
        ledger = DuckDBLedger(path, clock=SetClock())
        ledger.reserve(booking("a"), Decimal(1), NO_CAPS)
        with kernel_lock.held(path.with_name("ledger.duckdb.lock")) as mine, duckdb.connect(path):
            assert mine
            path.read_bytes()
            assert "LedgerBusyError" in in_another_process(BOOK, path)
        assert in_another_process(BOOK, path) == "in"
        assert [entry.attempt_id for entry in ledger.entries()] == ["a", "b"]
        ledger.close()

    def test_a_database_without_its_log_opens_and_has_forgotten(self, tmp_path: Path) -> None:
        """A fact about the write-ahead log: that is why the journal is compared with the ledger at every start."""
        path = tmp_path / "logged.duckdb"
        in_another_process(LEAVE_A_LOG, path)
        path.with_name("logged.duckdb.wal").unlink()
        with duckdb.connect(path) as connection:
            assert connection.execute("SELECT count(*) FROM entries").fetchall() == [(1,)]


OPEN = """
import duckdb
duckdb.connect(path).close()
"""
BOOK = """
from decimal import Decimal
from resources.ledger.duckdb_ledger import DuckDBLedger
from tests.ledger.samples import NO_CAPS, SetClock, booking
DuckDBLedger(path, clock=SetClock(), wait_s=0.05).reserve(booking("b"), Decimal(1), NO_CAPS)
"""
LEAVE_A_LOG = """
import os, duckdb
connection = duckdb.connect(path)
connection.execute("CREATE TABLE entries (key INTEGER); INSERT INTO entries VALUES (0)")
connection.execute("CHECKPOINT; PRAGMA disable_checkpoint_on_shutdown")
for number in range(1, 21):
    connection.execute("INSERT INTO entries VALUES (?)", [number])
os._exit(0)
"""


def in_another_process(program: str, path: Path) -> str:
    """``in`` where the program did what it was to do with ``path``, else what it said."""
    text = f"import sys\nfrom pathlib import Path\npath = Path(sys.argv[1])\n{program}\n"
    ended = subprocess.run(
        [sys.executable, "-c", text, str(path)], cwd=HERE, capture_output=True, text=True, check=False
    )
    return "in" if ended.returncode == 0 else ended.stderr


@pytest.mark.crash
def test_who_waits_for_a_ledger_that_others_keep_busy_has_its_turn(tmp_path: Path) -> None:
    """Exponential back-off got four turns in eight seconds; every booking here has five seconds or fails."""
    path = tmp_path / "ledger.duckdb"
    busy = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.child", "book_for_ever", str(path), name],
            cwd=HERE,
            stdout=subprocess.PIPE,
        )
        for name in ("one", "two")
    ]
    try:
        for process in busy:
            assert process.stdout is not None
            assert process.stdout.readline()
        drains = [threading.Thread(target=process.communicate) for process in busy]
        for drain in drains:
            drain.start()
        ledger = DuckDBLedger(path, clock=SetClock(), wait_s=5)
        for number in range(8):
            ledger.reserve(booking(f"waiter.{number}"), Decimal(1), NO_CAPS)
        ledger.close()
    finally:
        for process in busy:
            process.kill()
        for drain in drains:
            drain.join()


class TestDagster:
    @pytest.fixture
    def graph(self, make_graph: MakeGraph) -> GraphUnderTest:
        graph = make_graph(plan("ep_001", batches=1, shots_each=1))
        graph.plan("ep_001")
        assert graph.produce("ep_001", stages=STAGES[:-1]).success
        return graph

    def test_a_run_that_dagster_retries_sends_nothing_new(self, graph: GraphUnderTest) -> None:
        """``dagster/max_retries`` retries in spite of ``allow_retries=False``: its run must be harmless."""
        of_a_retry = {"dagster/parent_run_id": "earlier", "dagster/root_run_id": "earlier"}
        keys = "ep_001|BATCH_001"
        ranged = {
            "dagster/asset_partition_range_start": keys,
            "dagster/asset_partition_range_end": keys,
        }
        retried = graph.run([TAKES], tags={**ranged, **of_a_retry, "dagster/retry_number": "1"})
        assert graph.provider.submitted == []
        assert "resume_only" in graph.awaited(retried)[TAKES, keys]
        assert graph.produce("ep_001", stages=[TAKES]).success
        assert len(graph.provider.submitted) == 1

    def test_the_tags_of_a_retry_are_still_called_so(self) -> None:
        from dagster._core.storage import tags  # noqa: PLC0415  private: what is tested is that it has not moved

        assert tags.PARENT_RUN_ID_TAG == "dagster/parent_run_id"
        assert tags.ROOT_RUN_ID_TAG == "dagster/root_run_id"
        assert tags.RETRY_NUMBER_TAG == "dagster/retry_number"

    def test_a_run_that_dagster_gave_up_still_owns_its_beat(self, graph: GraphUnderTest) -> None:
        """A force-cancelled worker goes on for seconds: the lock says who owns a beat, not the run's status."""
        graph.provider = lab = HeldLab()
        lab.name, lab.cost = "animatic", Decimal(0)
        graph.__post_init__()
        with ThreadPoolExecutor(1) as thread:
            first = thread.submit(graph.produce, "ep_001", stages=[TAKES])
            assert lab.entered.wait(60)
            (run,) = graph.instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
            graph.instance.report_run_canceled(run)
            second = graph.produce("ep_001", stages=[TAKES])
            lab.go.set()
            first.result()
        assert "in_progress_elsewhere" in graph.awaited(second)[TAKES, "ep_001|BATCH_001"]
        assert len(lab.submitted) == 1
