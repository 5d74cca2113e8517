"""The ledger inside one transaction: what is read and appended, in SQL.

A statement costs DuckDB a millisecond or more whatever it carries (measured), and a group has up to 64 calls. So
what the group is about is read in one statement, what it appends is written in one, and sums are kept up to date
meanwhile. All of it is forgotten with the transaction.
"""

import operator
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb

from recoil_assets.domain.ledger import (
    Balance,
    Booking,
    CapReachedError,
    Caps,
    EntryKind,
    LedgerEntry,
    Overrun,
)
from recoil_assets.production.ports import Clock
from resources.ledger.history import History
from resources.ledger.rules import Stamp
from resources.ledger.schema import COLUMNS, SCHEMA_VERSION, TYPES, entries_of

_NAMES = ", ".join(COLUMNS)
_COLUMNS_OF_ROWS = ", ".join(f"unnest(?::{TYPES[column]}[])" for column in COLUMNS)
_APPEND = f"INSERT INTO ledger.entries ({_NAMES}) SELECT {_COLUMNS_OF_ROWS}"
_BALANCE = """
SELECT coalesce(sum(amount_usd) FILTER (WHERE kind IN ('charge', 'correction')), 0),
       coalesce(sum(amount_usd) FILTER (WHERE kind = 'reserve'), 0) - coalesce(sum(closes_usd), 0)
FROM
"""
_OVERRUNS = """
SELECT attempt_id, sum(amount_usd) FILTER (WHERE kind IN ('charge', 'correction')) AS cost
FROM {entries} AS entries WHERE model = ? GROUP BY attempt_id HAVING cost > sum(closes_usd) ORDER BY min(number)
"""


Scope = tuple[tuple[str, str, str], ...]
"""Which entries: (column, ``=`` or ``>=``, value), all of which hold. Column names come from this package only."""

_COMPARES = {"=": operator.eq, ">=": operator.ge}


class Book:
    """One open transaction.

    Only the holder of the ledger's lock has one, so what it reads is still true when it appends.

    Args:
        version: the schema version of the attached file; only the present one is appended to.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, version: int = SCHEMA_VERSION) -> None:
        self._connection = connection
        self._source = entries_of(version, "ledger")
        self._last_number: int | None = None
        self._unwritten: list[LedgerEntry] = []
        self._booked: dict[str, list[LedgerEntry]] = {}
        self._balances: dict[Scope, Balance] = {}
        self._overruns: dict[str, list[Overrun]] = {}

    def stamp(self, clock: Clock) -> Stamp:
        """The next entry's number, and the time."""
        if self._last_number is None:
            ((last,),) = self._rows("SELECT coalesce(max(number), 0) FROM ledger.entries", [])
            self._last_number = int(last)
        return Stamp(self._last_number + 1, clock.today(), clock.now())

    def look_up(self, attempt_ids: Collection[str]) -> None:
        """Read what is booked of many attempts at once, for ``booked``."""
        missing = [attempt_id for attempt_id in dict.fromkeys(attempt_ids) if attempt_id not in self._booked]
        found = self._entries("WHERE list_contains(?, attempt_id)", [missing]) if missing else []
        for attempt_id in missing:
            self._booked[attempt_id] = [entry for entry in found if entry.attempt_id == attempt_id]

    def booked(self, attempt_id: str) -> History:
        """What is booked of an attempt so far."""
        self.look_up([attempt_id])
        return History.of(self._booked[attempt_id])

    def kinds(self) -> dict[str, frozenset[EntryKind]]:
        """The kinds of entries of every attempt."""
        rows = self._rows(
            f"SELECT attempt_id, list(kind) FROM {self._source} AS entries GROUP BY attempt_id",  # noqa: S608  ours
            [],
        )
        return {attempt_id: frozenset(map(EntryKind, kinds)) for attempt_id, kinds in rows}

    def append(self, entry: LedgerEntry) -> None:
        """Add an entry that ``rules`` allowed; ``write`` writes it.

        They compared what is stored before, so a plain INSERT will do (ON CONFLICT costs four times as much,
        measured); the table's UNIQUE stays as the last guard and fails the statement, hence the group.
        """
        self._unwritten.append(entry)
        self._last_number = entry.number
        if entry.attempt_id in self._booked:
            self._booked[entry.attempt_id].append(entry)
        for scope, balance in self._balances.items():
            if all(_COMPARES[compare](getattr(entry, column), value) for column, compare, value in scope):
                self._balances[scope] = balance.after(entry)
        if entry.kind is EntryKind.CORRECTION or entry.amount_usd > entry.closes_usd:
            self._overruns.clear()

    def write(self) -> None:
        """Have everything appended so far in the database: before it is asked anything, and before the commit."""
        if self._unwritten:
            rows = [[getattr(entry, column) for entry in self._unwritten] for column in COLUMNS]
            self._unwritten = []
            self._connection.execute(_APPEND, rows)

    def entries(self, where: Mapping[str, str]) -> list[LedgerEntry]:
        """The entries whose columns have the given values, in booking order."""
        return self._entries(*_condition(_equal(where)))

    def overruns(self, model: str) -> list[Overrun]:
        """The attempts with a model that cost more than was closed for them, in booking order."""
        if model not in self._overruns:
            rows = self._rows(_OVERRUNS.format(entries=self._source), [model])
            self._overruns[model] = [Overrun(attempt_id, Decimal(cost)) for attempt_id, cost in rows]
        return list(self._overruns[model])

    def balance(self, where: Mapping[str, str]) -> Balance:
        """The sums over the entries whose columns have the given values."""
        return self._balance(_equal(where))

    def check_caps(self, booking: Booking, amount: Decimal, caps: Caps, *, day: str) -> None:
        """``CapReachedError`` for the first cap that ``amount`` USD more would pass; zero passes them all.

        What is booked for a later day than ``day`` counts for its cap too: a clock that went back over midnight
        gives no day's money twice.
        """
        if amount == 0:
            return
        scopes = {
            "run": _equal({"run_id": booking.run_id}),
            "episode": _equal({"project": booking.project, "episode": booking.episode}),
            "project": _equal({"project": booking.project}),
            "day": (("day", ">=", day),),
        }
        for cap, limit in caps.limits():
            balance = self._balance(scopes[cap])
            if balance.committed + amount > limit:
                raise CapReachedError(cap, estimate=amount, balance=balance, limit=limit)

    def _balance(self, scope: Scope) -> Balance:
        if scope not in self._balances:
            condition, values = _condition(scope)
            ((spent, reserved),) = self._rows(f"{_BALANCE} {self._source} AS entries {condition}", values)
            self._balances[scope] = Balance(Decimal(spent), Decimal(reserved))
        return self._balances[scope]

    def _entries(self, condition: str, values: Sequence[object]) -> list[LedgerEntry]:
        rows = self._rows(
            f"SELECT {_NAMES} FROM {self._source} AS entries {condition} ORDER BY number",  # noqa: S608  ours
            values,
        )
        return [LedgerEntry.model_validate(dict(zip(COLUMNS, row, strict=True))) for row in rows]

    def _rows(self, statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        self.write()
        return self._connection.execute(statement, values).fetchall()


def _equal(where: Mapping[str, str]) -> Scope:
    return tuple((column, "=", value) for column, value in where.items())


def _condition(scope: Scope) -> tuple[str, list[str]]:
    """A WHERE clause and its values."""
    if not scope:
        return "", []
    clauses = " AND ".join(f"{column} {compare} ?" for column, compare, _ in scope)
    return f"WHERE {clauses}", [value for _, _, value in scope]
