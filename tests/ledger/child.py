"""Other processes that book in the tests: ``python -m tests.ledger.child COMMAND PATH [ARGUMENT]...``."""

import itertools
import os
import resource
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from pathlib import Path

from recoil_assets.domain.errors import LedgerError
from recoil_assets.domain.ledger import CapReachedError, Caps, Evidence, Outcome
from resources.ledger import kernel_lock, writer
from resources.ledger.duckdb_ledger import DuckDBLedger

from .holder import wait_for_the_word
from .queueing import queued, queued_together
from .samples import NO_CAPS, SetClock, booking


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def reserve(path: Path, prefix: str, limit: str) -> None:
    """Reserve a dollar 24 times from four threads under a project cap; says how many passed."""
    ledger = DuckDBLedger(path, clock=SetClock())
    caps = Caps(project_usd=Decimal(limit))

    def one(turn: int) -> bool:
        try:
            ledger.reserve(booking(f"{prefix}.{turn}"), Decimal(1), caps)
        except CapReachedError:
            return False
        return True

    wait_for_the_word()
    with ThreadPoolExecutor(4) as threads:
        say(sum(threads.map(one, range(24))))


def book_for_ever(path: Path, prefix: str) -> None:
    """Reserve and charge from three threads until killed; says the attempt after each answer."""
    ledger = DuckDBLedger(path, clock=SetClock())

    def book(worker: int) -> None:
        for turn in itertools.count():
            attempt = f"{prefix}.{worker}.{turn}"
            ledger.reserve(booking(attempt), Decimal(1), NO_CAPS)
            say(f"{attempt} reserve")
            ledger.charge(booking(attempt), Decimal(1), outcome=Outcome.SUCCEEDED, evidence=Evidence.BILLED)
            say(f"{attempt} charge")

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(book, range(3)))


def leave_without_closing(path: Path) -> None:
    """End with an idle writer, and with one whose call waits for a lock that is held."""
    DuckDBLedger(path, clock=SetClock()).reserve(booking(), Decimal(1), NO_CAPS)
    held = path.with_name("held.duckdb")
    waiting = DuckDBLedger(held, clock=SetClock(), wait_s=600)
    lock = kernel_lock.held(held.with_name(f"{held.name}.lock"))
    assert lock.__enter__()
    threading.Thread(target=waiting.release, args=[booking()], daemon=True).start()
    wait_for_the_word()


def run_out_of_room(path: Path) -> None:
    """Book while files can not grow, then again when they can; says what came of each."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    ledger = DuckDBLedger(path, clock=SetClock())
    ledger.reserve(booking("before"), Decimal(1), NO_CAPS)
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, unlimited[1]))
    try:
        ledger.reserve(booking("full"), Decimal(1), NO_CAPS)
        came = "booked"
    except LedgerError as error:
        came = error.message
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    say(came.replace("\n", " "))
    ledger.reserve(booking("after"), Decimal(1), NO_CAPS)
    say(" ".join(entry.attempt_id for entry in ledger.entries()))


def reserve_many(path: Path, prefix: str, count: str, threads: str) -> None:
    """Reserve a dollar ``count`` times under four caps, and say so."""
    ledger = DuckDBLedger(path, clock=SetClock(), wait_s=60)
    much = Decimal(1000)
    caps = Caps(run_usd=much, episode_usd=much, project_usd=much, day_usd=much)
    wait_for_the_word()
    with ThreadPoolExecutor(int(threads)) as pool:
        attempts = [booking(f"{prefix}.{number}") for number in range(int(count))]
        list(pool.map(lambda attempt: ledger.reserve(attempt, Decimal(1), caps), attempts))
    say("done")


def book_once(path: Path, attempt_id: str) -> None:
    """Say ``booking`` and do so."""
    ledger = DuckDBLedger(path, clock=SetClock())
    say("booking")
    ledger.reserve(booking(attempt_id), Decimal(1), NO_CAPS)


def die_at_a_file_operation(path: Path, number: str) -> None:
    """Book, and be killed just before the ``number``-th time a file is opened, moved or removed; else say so."""
    left = int(number)

    def watch(event: str, _: object) -> None:
        nonlocal left
        if event in {"open", "os.rename", "os.remove"}:
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    ledger = DuckDBLedger(path, clock=SetClock())
    sys.addaudithook(watch)
    ledger.reserve(booking("new"), Decimal(1), NO_CAPS)
    left = sys.maxsize
    say("booked")


def book_with_little_room(path: Path) -> None:
    """Book while no file can grow beyond 100 KB; says what came of it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    try:
        DuckDBLedger(path, clock=SetClock()).reserve(booking("full"), Decimal(1), NO_CAPS)
        say("booked")
    except LedgerError as error:
        say(f"{error.message} {error.cure}".replace("\n", " "))


def die_with_the_file_open(path: Path, groups: str) -> None:
    """Book two at a time in so many transactions of one opened file, say what was booked, and be killed."""
    writer._GATHER_S, writer._LONGEST_S = (0.5, 0.5), 3600.0  # time to be killed in
    ledger = DuckDBLedger(path, clock=SetClock())
    with ThreadPoolExecutor(2) as threads:
        for group in range(int(groups)):
            attempts = [f"{group}.{number}" for number in range(2)]
            calls = [partial(ledger.reserve, booking(name), Decimal(1), NO_CAPS) for name in attempts]
            outcomes = queued(path, threads, calls) if group else queued_together(path, calls)
            for name, outcome in zip(attempts, outcomes, strict=True):
                outcome.result()
                say(name)
        os.kill(os.getpid(), signal.SIGKILL)


COMMANDS = {
    command.__name__: command
    for command in (
        reserve,
        book_for_ever,
        leave_without_closing,
        run_out_of_room,
        reserve_many,
        book_once,
        die_at_a_file_operation,
        book_with_little_room,
        die_with_the_file_open,
    )
}

if __name__ == "__main__":
    _, name, ledger_path, *arguments = sys.argv
    COMMANDS[name](Path(ledger_path), *arguments)
