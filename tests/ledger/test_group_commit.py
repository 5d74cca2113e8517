import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from recoil_assets.domain.errors import LedgerError
from recoil_assets.domain.ledger import Balance, CapReachedError, Caps, Evidence, Outcome, Overrun
from resources.ledger.duckdb_ledger import DuckDBLedger
from resources.ledger.job import Answer, Job
from resources.ledger.ledger_file import LedgerFile
from resources.ledger.registry import WRITERS

from .queueing import queued_together
from .samples import NO_CAPS, SetClock, booking, dollars


def charge(ledger: DuckDBLedger, attempt_id: str, note: str) -> Callable[[], None]:
    return lambda: ledger.charge(
        booking(attempt_id), dollars(1), outcome=Outcome.SUCCEEDED, evidence=Evidence.BILLED, note=note
    )


def reserve(ledger: DuckDBLedger, attempt_id: str, amount: int, caps: Caps = NO_CAPS) -> Callable[[], None]:
    return lambda: ledger.reserve(booking(attempt_id), dollars(amount), caps)


def fail_at_an_equal_note(path: Path) -> None:
    """A constraint the ledger knows nothing of makes a statement fail in the middle of a group."""
    with duckdb.connect(path) as connection:
        connection.execute("CREATE UNIQUE INDEX same_note ON entries (note)")


def test_a_failing_statement_loses_its_own_booking_and_no_other(ledger: DuckDBLedger, path: Path) -> None:
    ledger.reserve(booking("first"), dollars(1), NO_CAPS)
    fail_at_an_equal_note(path)

    outcomes = queued_together(
        path,
        [
            charge(ledger, "a", "a's note"),
            charge(ledger, "b", "a's note"),
            charge(ledger, "c", "c's note"),
            ledger.entries,
        ],
    )

    errors = [outcome.exception() for outcome in outcomes]
    assert [type(error) for error in errors] == [type(None), LedgerError, type(None), type(None)]
    assert "could not charge $1.00 to b" in str(errors[1])
    assert [entry.attempt_id for entry in ledger.entries()] == ["first", "a", "c"]
    assert ledger.verify() == []


def test_a_group_that_fails_after_a_question_in_its_middle_books_each_innocent_call_once(
    ledger: DuckDBLedger, path: Path
) -> None:
    ledger.reserve(booking("first"), dollars(1), NO_CAPS)
    fail_at_an_equal_note(path)

    outcomes = queued_together(
        path,
        [
            charge(ledger, "a", "a's note"),
            lambda: ledger.balance(episode="ep_001"),
            charge(ledger, "b", "a's note"),
            lambda: ledger.balance(run_id="r"),
            charge(ledger, "c", "c's note"),
        ],
    )

    errors = [outcome.exception() for outcome in outcomes]
    assert [type(error) for error in errors[::2]] == [type(None), LedgerError, type(None)]
    assert [(entry.number, entry.attempt_id) for entry in ledger.entries()] == [
        (1, "first"),
        (2, "a"),
        (3, "c"),
    ]


def test_a_row_that_can_not_be_read_stops_the_bookings_of_its_own_attempt_alone(
    ledger: DuckDBLedger, path: Path
) -> None:
    ledger.reserve(booking("odd"), dollars(1), NO_CAPS)
    ledger.reserve(booking("a"), dollars(1), NO_CAPS)
    ledger.close()  # while it is at work it reads no row again
    with duckdb.connect(path) as connection:
        connection.execute("UPDATE entries SET outcome = 'of a later Recoil' WHERE attempt_id = 'odd'")
    outcomes = queued_together(
        path, [charge(ledger, "a", "a's"), charge(ledger, "odd", "odd's"), charge(ledger, "b", "b's")]
    )
    errors = [outcome.exception() for outcome in outcomes]
    assert [type(error) for error in errors] == [type(None), LedgerError, type(None)]


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_a_ledger_that_was_never_made_is_read_by_many_at_once(path: Path) -> None:
    """A read may come in while others are answered that there is nothing: it is answered so too."""
    ledger = DuckDBLedger(path, clock=SetClock())

    def read(_: int) -> Balance:
        return ledger.balance()

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(read, range(400))) == {Balance(dollars(0), dollars(0))}
    assert not path.exists()


def test_text_the_database_can_not_keep_is_refused_and_the_rest_of_the_group_is_booked(
    ledger: DuckDBLedger, path: Path
) -> None:
    outcomes = queued_together(path, [charge(ledger, "a", "\ud800"), charge(ledger, "b", "")])
    assert isinstance(outcomes[0].exception(), LedgerError)
    assert [entry.attempt_id for entry in ledger.entries()] == ["b"]


def test_a_refused_call_leaves_the_rest_of_its_group_booked(ledger: DuckDBLedger, path: Path) -> None:
    caps = Caps(run_usd=dollars(10))
    outcomes = queued_together(
        path,
        [
            reserve(ledger, "a", 6, caps),
            reserve(ledger, "b", 6, caps),
            reserve(ledger, "c", 4, caps),
            reserve(ledger, "a", 7, caps),
        ],
    )
    errors = [type(outcome.exception()) for outcome in outcomes]
    assert errors == [type(None), CapReachedError, type(None), LedgerError]
    assert [entry.attempt_id for entry in ledger.entries()] == ["a", "c"]


def test_calls_of_one_group_see_each_other(ledger: DuckDBLedger, path: Path) -> None:
    ledger.reserve(booking("first"), dollars(1), NO_CAPS)
    outcomes = queued_together(
        path,
        [
            reserve(ledger, "a", 6),
            reserve(ledger, "a", 6),
            charge(ledger, "a", ""),
            ledger.balance,
            lambda: ledger.release(booking("a")),
        ],
    )
    assert [type(outcome.exception()) for outcome in outcomes] == [type(None)] * 4 + [LedgerError]
    assert outcomes[3].result() == Balance(spent=dollars(1), reserved=dollars(1))
    assert [entry.number for entry in ledger.entries()] == [1, 2, 3]


@pytest.mark.parametrize("cap", ["run_usd", "episode_usd", "project_usd", "day_usd"])
def test_a_cap_counts_what_its_own_group_booked_before(ledger: DuckDBLedger, path: Path, cap: str) -> None:
    ledger.reserve(booking("first"), dollars(1), NO_CAPS)
    caps = Caps.model_validate({cap: dollars(10)})
    outcomes = queued_together(
        path,
        [
            reserve(ledger, "a", 6, caps),
            charge(ledger, "a", ""),
            reserve(ledger, "b", 9, caps),
            reserve(ledger, "c", 8, caps),
            lambda: ledger.release(booking("c")),
            reserve(ledger, "d", 8, caps),
            reserve(ledger, "e", 1, caps),
        ],
    )
    errors = [type(outcome.exception()) for outcome in outcomes]
    none = type(None)
    assert errors == [none, none, CapReachedError, none, none, none, CapReachedError]
    assert ledger.balance() == Balance(spent=dollars(1), reserved=dollars(9))


def test_a_balance_read_twice_in_a_group_has_every_kind_of_entry_booked_between(
    ledger: DuckDBLedger, path: Path
) -> None:
    ledger.reserve(booking("first"), dollars(5), NO_CAPS)
    outcomes = queued_together(
        path,
        [
            ledger.balance,
            reserve(ledger, "a", 6),
            charge(ledger, "a", ""),
            lambda: ledger.correct(
                booking("a"), dollars(3), outcome=Outcome.SUCCEEDED, evidence=Evidence.PERSON
            ),
            reserve(ledger, "b", 2),
            lambda: ledger.release(booking("first")),
            ledger.balance,
        ],
    )
    assert outcomes[0].result() == Balance(spent=dollars(0), reserved=dollars(5))
    assert outcomes[-1].result() == Balance(spent=dollars(3), reserved=dollars(2)) == ledger.balance()


def test_a_group_sees_an_overrun_come_and_go(ledger: DuckDBLedger, path: Path) -> None:
    ledger.reserve(booking("a"), dollars("0.5"), NO_CAPS)
    model = booking("a").model

    def overruns() -> object:
        return ledger.overruns(model=model)

    outcomes = queued_together(
        path,
        [
            overruns,
            charge(ledger, "a", ""),
            overruns,
            lambda: ledger.correct(
                booking("a"), dollars("0.5"), outcome=Outcome.SUCCEEDED, evidence=Evidence.PERSON
            ),
            overruns,
        ],
    )
    assert [outcomes[place].result() for place in (0, 2, 4)] == [[], [Overrun("a", dollars(1))], []]


def test_who_asks_two_things_at_once_after_a_rest_is_answered_both_by_one_transaction(
    ledger: DuckDBLedger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve(ledger, "first", 1)()
    time.sleep(0.3)  # its writer rests
    groups: list[int] = []
    answer, sleep = LedgerFile.answer, time.sleep

    def counted(self: LedgerFile, jobs: Sequence[Job[object]]) -> list[Answer]:
        groups.append(len(jobs))
        return answer(self, jobs)

    with ThreadPoolExecutor(2) as threads:
        meanwhile: list[Future[None]] = []

        def ask_meanwhile(seconds: float) -> None:
            if not meanwhile:
                meanwhile.append(threads.submit(reserve(ledger, "third", 1)))
                for _ in range(2000):
                    if WRITERS.writer(path).pending() == 2:
                        break
                    sleep(0.001)
            sleep(seconds)

        monkeypatch.setattr(LedgerFile, "answer", counted)
        monkeypatch.setattr("resources.ledger.writer.time.sleep", ask_meanwhile)
        threads.submit(reserve(ledger, "second", 1)).result(timeout=30)
        meanwhile[0].result(timeout=30)
    assert groups == [2]


def test_more_calls_than_a_group_takes_are_all_done(ledger: DuckDBLedger, path: Path) -> None:
    calls = [reserve(ledger, str(number), 1) for number in range(70)]
    outcomes = queued_together(path, calls)
    assert [outcome.exception() for outcome in outcomes] == [None] * 70
    assert ledger.balance().reserved == 70


def test_nobody_is_answered_while_the_lock_is_held_by_someone_else(ledger: DuckDBLedger, path: Path) -> None:
    answered = threading.Event()
    with FileLock(path.with_name("ledger.duckdb.lock")):
        caller = threading.Thread(
            target=lambda: (ledger.reserve(booking(), dollars(1), NO_CAPS), answered.set()), daemon=True
        )
        caller.start()
        while WRITERS.writer(path).pending() == 0:
            time.sleep(0.001)
        assert not answered.wait(0.05)
        assert not path.exists()
    caller.join()
    assert answered.is_set()


def test_two_ledgers_for_one_file_share_a_writer_whatever_their_paths_say(
    path: Path, clock: SetClock
) -> None:
    path.with_name("folder").mkdir()
    link = path.with_name("link.duckdb")
    link.symlink_to(path)
    ledgers = [
        DuckDBLedger(other, clock=clock)
        for other in (path, path.parent / "folder" / ".." / "ledger.duckdb", link)
    ]
    before = threading.active_count()
    for number, ledger in enumerate(ledgers):
        ledger.reserve(booking(str(number)), dollars(1), NO_CAPS)
    assert threading.active_count() == before + 1
    ledgers[0].close()
    assert ledgers[1].balance().reserved == 3
    ledgers[2].close()
    assert threading.active_count() == before


def test_a_close_while_calls_are_queued_finishes_them(ledger: DuckDBLedger, path: Path) -> None:
    calls = [reserve(ledger, str(number), 1) for number in range(5)]
    with ThreadPoolExecutor(6) as threads:
        with FileLock(path.with_name("ledger.duckdb.lock")):
            outcomes = [threads.submit(call) for call in calls]
            while WRITERS.writer(path).pending() < 5:
                time.sleep(0.001)
            closing = threads.submit(ledger.close)
        closing.result()
        assert WRITERS.writer(path).pending() == 0
        assert [outcome.result() for outcome in outcomes] == [None] * 5
    assert ledger.balance().reserved == 5


def test_a_clock_that_fails_fails_its_own_call(path: Path, clock: SetClock) -> None:
    class BrokenClock(SetClock):
        def today(self) -> str:
            raise OSError("no clock today")

    broken, sound = DuckDBLedger(path, clock=BrokenClock()), DuckDBLedger(path, clock=clock)
    outcomes = queued_together(path, [reserve(broken, "a", 1), reserve(sound, "b", 1)])
    assert "no clock today" in str(outcomes[0].exception())
    assert [entry.attempt_id for entry in sound.entries()] == ["b"]
    sound.close()
