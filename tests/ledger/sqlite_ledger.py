"""A second backend, on another database: what the contract asks of a ledger can be had without DuckDB.

SQLite serialises writers by itself (``BEGIN IMMEDIATE``), so it needs neither a writer thread nor a lock file.
Money is kept as text, exactly, and added up by ``Decimal``.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from recoil_assets.domain.ledger import (
    Balance,
    Booking,
    CapReachedError,
    Caps,
    EntryKind,
    Evidence,
    LedgerEntry,
    Outcome,
    Overrun,
)
from recoil_assets.domain.money import ZERO, upper_bound, usd
from recoil_assets.production.ports import Clock
from resources.ledger import rules
from resources.ledger.audit import problems
from resources.ledger.history import History, Standing
from resources.ledger.rules import Stamp

COLUMNS = tuple(LedgerEntry.model_fields)
Rule = Callable[[History, Stamp], LedgerEntry | None]


class SQLiteLedger:
    """``production.ports.Ledger`` in one SQLite file."""

    def __init__(self, path: Path, *, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        with self._transaction() as connection:
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS entries ({', '.join(COLUMNS)}, UNIQUE (number), "
                "UNIQUE (attempt_id, kind, ordinal))"
            )

    def reserve(self, booking: Booking, amount: Decimal, caps: Caps) -> None:
        held = upper_bound(amount)
        with self._transaction() as connection:
            booked, stamp = self._so_far(connection, booking)
            entry = rules.reserve_entry(booked, booking, held, stamp)
            if entry is not None:
                if held:
                    _check_caps(_entries(connection), booking, held, caps, stamp.day)
                _append(connection, entry)

    def restore(self, booking: Booking, amount: Decimal, *, day: str) -> None:
        def rule(booked: History, stamp: Stamp) -> LedgerEntry | None:
            if booked.first is not None:
                return None
            return rules.reserve_entry(booked, booking, upper_bound(amount), replace(stamp, day=day))

        self._book(booking, rule)

    def charge(
        self, booking: Booking, amount: Decimal, *, outcome: Outcome, evidence: Evidence, note: str = ""
    ) -> None:
        cost = Standing(usd(amount), outcome, evidence)
        self._book(booking, lambda booked, stamp: rules.charge_entry(booked, booking, cost, stamp, note=note))

    def write_off(self, booking: Booking, amount: Decimal) -> None:
        cost = upper_bound(amount)
        self._book(booking, lambda booked, stamp: rules.write_off_entry(booked, booking, cost, stamp))

    def correct(
        self, booking: Booking, amount: Decimal, *, outcome: Outcome, evidence: Evidence, note: str = ""
    ) -> None:
        cost = Standing(usd(amount), outcome, evidence)
        self._book(
            booking, lambda booked, stamp: rules.correction_entry(booked, booking, cost, stamp, note=note)
        )

    def release(self, booking: Booking, *, note: str = "") -> None:
        self._book(booking, lambda booked, stamp: rules.release_entry(booked, booking, stamp, note=note))

    def balance(
        self, *, run_id: str | None = None, episode: str | None = None, day: str | None = None
    ) -> Balance:
        asked = {"run_id": run_id, "episode": episode, "day": day}
        return _balance(self.entries(), {name: value for name, value in asked.items() if value is not None})

    def entries(self, *, episode: str | None = None) -> list[LedgerEntry]:
        with self._transaction() as connection:
            found = _entries(connection)
        return [entry for entry in found if episode in (None, entry.episode)]

    def booked(self) -> Mapping[str, frozenset[EntryKind]]:
        kinds: dict[str, set[EntryKind]] = {}
        for entry in self.entries():
            kinds.setdefault(entry.attempt_id, set()).add(entry.kind)
        return {attempt_id: frozenset(found) for attempt_id, found in kinds.items()}

    def overruns(self, *, model: str) -> list[Overrun]:
        found = []
        mine = [entry for entry in self.entries() if entry.model == model]
        for attempt_id in dict.fromkeys(entry.attempt_id for entry in mine):
            entries = [entry for entry in mine if entry.attempt_id == attempt_id]
            cost = _balance(entries, {}).spent
            if cost > sum(entry.closes_usd for entry in entries):
                found.append(Overrun(attempt_id, cost))
        return found

    def verify(self) -> list[str]:
        return problems(self.entries())

    def close(self) -> None:
        pass

    def _book(self, booking: Booking, rule: Rule) -> None:
        with self._transaction() as connection:
            entry = rule(*self._so_far(connection, booking))
            if entry is not None:
                _append(connection, entry)

    def _so_far(self, connection: sqlite3.Connection, booking: Booking) -> tuple[History, Stamp]:
        found = _entries(connection)
        stamp = Stamp(len(found) + 1, self._clock.today(), self._clock.now())
        return History.of(entry for entry in found if entry.attempt_id == booking.attempt_id), stamp

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()


def _entries(connection: sqlite3.Connection) -> list[LedgerEntry]:
    rows = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM entries ORDER BY number").fetchall()  # noqa: S608  ours
    return [LedgerEntry.model_validate(dict(zip(COLUMNS, row, strict=True))) for row in rows]


def _append(connection: sqlite3.Connection, entry: LedgerEntry) -> None:
    values = [str(value) if isinstance(value, Decimal) else value for _, value in entry]
    connection.execute(f"INSERT INTO entries VALUES ({', '.join('?' for _ in COLUMNS)})", values)  # noqa: S608  ours


def _balance(entries: list[LedgerEntry], where: Mapping[str, str]) -> Balance:
    found = [
        entry for entry in entries if all(getattr(entry, name) == value for name, value in where.items())
    ]
    spends = (EntryKind.CHARGE, EntryKind.CORRECTION)
    spent = sum((entry.amount_usd for entry in found if entry.kind in spends), ZERO)
    held = sum((entry.amount_usd for entry in found if entry.kind is EntryKind.RESERVE), ZERO)
    return Balance(spent=spent, reserved=held - sum((entry.closes_usd for entry in found), ZERO))


def _check_caps(entries: list[LedgerEntry], booking: Booking, amount: Decimal, caps: Caps, day: str) -> None:
    scopes = {
        "run": _balance(entries, {"run_id": booking.run_id}),
        "episode": _balance(entries, {"project": booking.project, "episode": booking.episode}),
        "project": _balance(entries, {"project": booking.project}),
        "day": _balance([entry for entry in entries if entry.day >= day], {}),
    }
    for cap, limit in caps.limits():
        if scopes[cap].committed + amount > limit:
            raise CapReachedError(cap, estimate=amount, balance=scopes[cap], limit=limit)
