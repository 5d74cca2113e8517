"""The budget ledger on DuckDB."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from recoil_assets.domain.ledger import (
    Balance,
    Booking,
    Caps,
    EntryKind,
    Evidence,
    LedgerEntry,
    Outcome,
    Overrun,
)
from recoil_assets.domain.money import ZERO, show, upper_bound, usd
from recoil_assets.production.ports import Clock
from resources.ledger import rules
from resources.ledger.audit import problems
from resources.ledger.book import Book
from resources.ledger.history import Standing
from resources.ledger.job import Operation
from resources.ledger.registry import WRITERS

T = TypeVar("T")


class DuckDBLedger:
    """``production.ports.Ledger`` in one DuckDB file.

    Every call is synchronous and durable when it returns, and a call by itself leaves the file closed again; between
    calls that come in together it stays open, for a quarter of a second at most. From an event loop call it in another
    thread. Objects for the same file share one writer.
    The file is made by the first booking; reading a ledger that does not exist makes nothing.

    Args:
        path: the DuckDB file; its folder must exist. The lock is ``<path>.lock`` beside it, never deleted.
        clock: gives the day that day caps follow. Entries are ordered by number, so it may go backwards.
        wait_s: seconds a call waits for another process before ``LedgerBusyError``.
    """

    def __init__(self, path: Path, *, clock: Clock, wait_s: float = 10.0) -> None:
        self._path = path.resolve()
        self._clock = clock
        self._wait_s = wait_s

    def reserve(self, booking: Booking, amount: Decimal, caps: Caps) -> None:
        """See ``Ledger.reserve``. ``amount`` is rounded up to six places: a hold may be high, never low."""
        held = upper_bound(amount)

        def run(book: Book) -> None:
            stamp = book.stamp(self._clock)
            entry = rules.reserve_entry(book.booked(booking.attempt_id), booking, held, stamp)
            if entry is not None:
                book.check_caps(booking, held, caps, day=stamp.day)
                book.append(entry)

        self._book(f"reserve {show(held)} for {booking.attempt_id}", booking, run)

    def restore(self, booking: Booking, amount: Decimal, *, day: str) -> None:
        """See ``Ledger.restore``."""
        held = upper_bound(amount)

        def run(book: Book) -> None:
            booked, stamp = book.booked(booking.attempt_id), book.stamp(self._clock)
            if booked.first is not None:
                return
            entry = rules.reserve_entry(booked, booking, held, replace(stamp, day=day))
            if entry is not None:
                book.append(entry)

        self._book(f"hold {show(held)} again for {booking.attempt_id}", booking, run)

    def charge(
        self, booking: Booking, amount: Decimal, *, outcome: Outcome, evidence: Evidence, note: str = ""
    ) -> None:
        """See ``Ledger.charge``. More than was reserved is accepted and counts at once."""
        cost = Standing(usd(amount), outcome, evidence)

        def run(book: Book) -> None:
            booked, stamp = book.booked(booking.attempt_id), book.stamp(self._clock)
            entry = rules.charge_entry(booked, booking, cost, stamp, note=note)
            if entry is not None:
                book.append(entry)

        self._book(f"charge {show(cost.cost_usd)} to {booking.attempt_id}", booking, run)

    def write_off(self, booking: Booking, amount: Decimal) -> None:
        """See ``Ledger.write_off``."""
        cost = upper_bound(amount)

        def run(book: Book) -> None:
            booked, stamp = book.booked(booking.attempt_id), book.stamp(self._clock)
            entry = rules.write_off_entry(booked, booking, cost, stamp)
            if entry is not None:
                book.append(entry)

        self._book(f"write {show(cost)} off for {booking.attempt_id}", booking, run)

    def correct(
        self, booking: Booking, amount: Decimal, *, outcome: Outcome, evidence: Evidence, note: str = ""
    ) -> None:
        """See ``Ledger.correct``."""
        cost = Standing(usd(amount), outcome, evidence)

        def run(book: Book) -> None:
            booked, stamp = book.booked(booking.attempt_id), book.stamp(self._clock)
            entry = rules.correction_entry(booked, booking, cost, stamp, note=note)
            if entry is not None:
                book.append(entry)

        self._book(f"correct {booking.attempt_id} to {show(cost.cost_usd)}", booking, run)

    def release(self, booking: Booking, *, note: str = "") -> None:
        """See ``Ledger.release``."""

        def run(book: Book) -> None:
            booked = book.booked(booking.attempt_id)
            entry = rules.release_entry(booked, booking, book.stamp(self._clock), note=note)
            if entry is not None:
                book.append(entry)

        self._book(f"release {booking.attempt_id}", booking, run)

    def balance(
        self, *, run_id: str | None = None, episode: str | None = None, day: str | None = None
    ) -> Balance:
        """See ``Ledger.balance``. ``day`` is the day of reservation, ``YYYY-MM-DD``."""
        asked = {"run_id": run_id, "episode": episode, "day": day}
        where = {column: value for column, value in asked.items() if value is not None}
        return self._call(
            Operation(
                "read the balance", lambda book: book.balance(where), absent=lambda: Balance(ZERO, ZERO)
            )
        )

    def entries(self, *, episode: str | None = None) -> list[LedgerEntry]:
        """See ``Ledger.entries``."""
        where = {} if episode is None else {"episode": episode}
        return self._call(Operation("read the entries", lambda book: book.entries(where), absent=list))

    def booked(self) -> Mapping[str, frozenset[EntryKind]]:
        """See ``Ledger.booked``."""
        return self._call(Operation("read what is booked", lambda book: book.kinds(), absent=dict))

    def overruns(self, *, model: str) -> list[Overrun]:
        """See ``Ledger.overruns``."""
        return self._call(
            Operation(f"read the overruns of {model}", lambda book: book.overruns(model), absent=list)
        )

    def verify(self) -> list[str]:
        """See ``Ledger.verify``."""
        return problems(self.entries())

    def close(self) -> None:
        """Finish pending calls and end this process's writer. A call after it starts the writer again."""
        WRITERS.writer(self._path).close()

    def _book(self, what: str, booking: Booking, run: Callable[[Book], None]) -> None:
        self._call(Operation(what, run, attempt_id=booking.attempt_id))

    def _call(self, operation: Operation[T]) -> T:
        return WRITERS.writer(self._path).call(operation, wait_s=self._wait_s)
