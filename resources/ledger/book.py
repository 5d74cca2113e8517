"""The attached ledger, one transaction after the other: what is read and appended, in SQL.

A statement costs DuckDB a millisecond or more whatever it carries, ten beside busy threads (measured), and a group has
up to 64 calls. So what the group is about is read in one statement, what it appends is written in one, and what was
read or summed up is kept up to date meanwhile: while the file is attached nobody else can write to it. When it is
attached again the entries since are read: they are only ever appended, so where the last known one is still there,
all before it are.

A third of that millisecond is parsing (measured), so a statement is parsed once in a process.
"""

import operator
from collections.abc import Collection, Iterable, Mapping, Sequence
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
from resources.ledger.tally import Tally

_NAMES = ", ".join(COLUMNS)
_COLUMNS_OF_ROWS = ", ".join(
    "unnest(?)" if kind == "VARCHAR" else f"unnest(?::{kind}[])" for kind in TYPES.values()
)
"""Text is text without being told so, and a cast costs DuckDB as much as the column it is for (measured)."""
_APPEND = f"INSERT INTO ledger.entries ({_NAMES}) SELECT {_COLUMNS_OF_ROWS}"
_FIRST_LOOK = """
SELECT (SELECT value FROM ledger.meta WHERE key = 'schema_version'),
       max_by(entries, number),
       list(entries) FILTER (WHERE list_contains(?, attempt_id))
FROM ledger.entries AS entries
"""
_SINCE = """
SELECT (SELECT value FROM ledger.meta WHERE key = 'schema_version'), entries
FROM ledger.entries AS entries WHERE number >= ? ORDER BY number LIMIT ?
"""
_MOST_CAUGHT_UP = 1_000
"""Most entries that are read one by one: of more it takes less time to ask anew what is needed (measured)."""
_MOST_KNOWN = 10_000
"""Most attempts whose entries are kept in memory, at 3 kB each, while the file is closed."""
_BALANCE = """
SELECT {place},
       coalesce(sum(amount_usd) FILTER (WHERE kind IN ('charge', 'correction')), 0),
       coalesce(sum(amount_usd) FILTER (WHERE kind = 'reserve'), 0) - coalesce(sum(closes_usd), 0)
FROM {entries} AS entries {condition}
"""
"""One of the sums of a statement, which are told apart by their place in it."""
_TALLIES = """
SELECT attempt_id, min(model), min(number), list(kind),
       coalesce(sum(amount_usd) FILTER (WHERE kind IN ('charge', 'correction')), 0), sum(closes_usd)
FROM {entries} AS entries GROUP BY attempt_id
"""

_PARSED: dict[str, duckdb.Statement] = {}
"""Statements by their text. They are the same for every connection, and running one leaves it as it was."""

Scope = tuple[tuple[str, str, str], ...]
"""Which entries: (column, ``=`` or ``>=``, value), all of which hold. Column names come from this package only."""

_COMPARES = {"=": operator.eq, ">=": operator.ge}


class Book:
    """What is known of the attached ledger, and the transaction that is under way.

    Only the holder of the ledger's lock has one, so what it reads is still true when it appends. DuckDB is told of a
    transaction only where something is written before the end: a group's one INSERT is a transaction by itself.

    Args:
        held: ids of the attempts this process holds money for; kept up to date.
        version: the schema version of the attached file; only the present one is appended to.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, held: set[str], version: int = SCHEMA_VERSION
    ) -> None:
        self._connection = connection
        self._held = held
        self._version = version
        self._source = entries_of(version, "ledger")
        self._begun = False
        self._last_number: int | None = None
        self._last: LedgerEntry | None = None
        self._unwritten: list[LedgerEntry] = []
        self._appended: list[LedgerEntry] = []
        self._booked: dict[str, list[LedgerEntry]] = {}
        self._balances: dict[Scope, Balance] = {}
        self._tallies: dict[str, Tally] | None = None

    @classmethod
    def at_first_look(
        cls, connection: duckdb.DuckDBPyConnection, attempt_ids: Collection[str], held: set[str]
    ) -> "Book | None":
        """A book that has looked up ``attempt_ids``, all in one statement.

        ``None`` where the file is no sound ledger of the present version: what it is has to be asked step by step.
        """
        book = cls(connection, held)
        try:
            ((version, last, found),) = book._rows(_FIRST_LOOK, [list(attempt_ids)])
            if version != str(SCHEMA_VERSION):
                return None
            book._last = LedgerEntry.model_validate(last) if last is not None else None
            entries = sorted(map(LedgerEntry.model_validate, found or []), key=lambda entry: entry.number)
        except (duckdb.Error, ValueError):
            return None
        book._last_number = book._last.number if book._last else 0
        book._remember(attempt_ids, entries)
        return book

    def is_caught_up(self) -> bool:
        """Read what was appended since the file was attached before; whether all that is known of it is true.

        A file that another took the place of has another last entry, which says that it is a ledger of the present
        version, too: nothing is known of an empty one. What can not be read is for others to say.
        """
        if self._last is None or len(self._booked) > _MOST_KNOWN:
            return False
        try:
            rows = self._rows(_SINCE, [self._last.number, _MOST_CAUGHT_UP + 1])
            entries = [LedgerEntry.model_validate(entry) for _, entry in rows]
        except (duckdb.Error, ValueError):
            return False
        if not entries or entries.pop(0) != self._last or len(entries) == _MOST_CAUGHT_UP:
            return False
        if any(version != str(SCHEMA_VERSION) for version, _ in rows):
            return False
        for entry in entries:
            self._learn(entry)
        self._keep_held(entries)
        return True

    def anew(self) -> "Book":
        """Another of the same ledger, which remembers nothing."""
        return Book(self._connection, self._held, self._version)

    def stamp(self, clock: Clock) -> Stamp:
        """The next entry's number, and the time."""
        if self._last_number is None:
            ((last,),) = self._rows("SELECT coalesce(max(number), 0) FROM ledger.entries", [])
            self._last_number = int(last)
        return Stamp(self._last_number + 1, clock.today(), clock.now())

    def look_up(self, attempt_ids: Collection[str]) -> None:
        """Read what is booked of many attempts at once, for ``booked``."""
        missing = [attempt_id for attempt_id in dict.fromkeys(attempt_ids) if attempt_id not in self._booked]
        if self._tallies is not None:
            self._remember([attempt_id for attempt_id in missing if attempt_id not in self._tallies], [])
            missing = [attempt_id for attempt_id in missing if attempt_id in self._tallies]
        found = self._entries("WHERE list_contains(?, attempt_id)", [missing]) if missing else []
        self._remember(missing, found)

    def booked(self, attempt_id: str) -> History:
        """What is booked of an attempt so far."""
        self.look_up([attempt_id])
        return History.of(self._booked[attempt_id])

    def kinds(self) -> dict[str, frozenset[EntryKind]]:
        """The kinds of entries of every attempt."""
        return {attempt_id: tally.kinds for attempt_id, tally in self._all().items()}

    def append(self, entry: LedgerEntry) -> None:
        """Add an entry that ``rules`` allowed; ``commit`` writes it.

        They compared what is stored before, so a plain INSERT will do (ON CONFLICT costs four times as much,
        measured); the table's UNIQUE stays as the last guard and fails the statement, hence the group.
        """
        self._unwritten.append(entry)
        self._appended.append(entry)
        self._learn(entry)

    def commit(self) -> None:
        """Make everything that was appended durable, or raise and leave nothing of it once the file is closed."""
        self._write()
        if self._begun:
            self._connection.commit()
            self._begun = False
        self._held |= {entry.attempt_id for entry in self._appended if entry.kind is EntryKind.RESERVE}
        self._keep_held(self._appended)
        self._appended = []

    def roll_back(self) -> None:
        """Forget what was appended."""
        self._unwritten, self._appended = [], []
        if self._begun:
            self._begun = False
            self._connection.rollback()

    def _keep_held(self, entries: Iterable[LedgerEntry]) -> None:
        """Of what is held, only what ``entries`` do not close."""
        self._held -= {entry.attempt_id for entry in entries if entry.kind is not EntryKind.RESERVE}

    def entries(self, where: Mapping[str, str]) -> list[LedgerEntry]:
        """The entries whose columns have the given values, in booking order."""
        return self._entries(*_condition(_equal(where)))

    def overruns(self, model: str) -> list[Overrun]:
        """The attempts with a model that cost more than was closed for them, in booking order."""
        over = [
            (tally.first_number, Overrun(attempt_id, tally.cost_usd))
            for attempt_id, tally in self._all().items()
            if tally.model == model and tally.cost_usd > tally.closed_usd
        ]
        return [overrun for _, overrun in sorted(over, key=lambda item: item[0])]

    def balance(self, where: Mapping[str, str]) -> Balance:
        """The sums over the entries whose columns have the given values."""
        scope = _equal(where)
        self._sum_up([scope])
        return self._balances[scope]

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
        limits = caps.limits()
        self._sum_up([scopes[cap] for cap, _ in limits])
        for cap, limit in limits:
            balance = self._balances[scopes[cap]]
            if balance.committed + amount > limit:
                raise CapReachedError(cap, estimate=amount, balance=balance, limit=limit)

    def _sum_up(self, scopes: Sequence[Scope]) -> None:
        """Read the balances of ``scopes`` that are not known yet, in one statement."""
        missing = [scope for scope in dict.fromkeys(scopes) if scope not in self._balances]
        if not missing:
            return
        sums, values = [], []
        for place, scope in enumerate(missing):
            condition, wanted = _condition(scope)
            sums.append(_BALANCE.format(place=place, entries=self._source, condition=condition))
            values += wanted
        for place, spent, reserved in self._rows(" UNION ALL ".join(sums), values):
            self._balances[missing[place]] = Balance(Decimal(spent), Decimal(reserved))

    def _all(self) -> dict[str, Tally]:
        """What every attempt has come to."""
        if self._tallies is None:
            self._tallies = {
                attempt_id: Tally(
                    model, first, frozenset(map(EntryKind, kinds)), Decimal(cost), Decimal(closed)
                )
                for attempt_id, model, first, kinds, cost, closed in self._rows(
                    _TALLIES.format(entries=self._source), []
                )
            }
        return self._tallies

    def _learn(self, entry: LedgerEntry) -> None:
        """Bring what is known up to date with an entry after the last."""
        self._last_number, self._last = entry.number, entry
        if entry.attempt_id in self._booked:
            self._booked[entry.attempt_id].append(entry)
        for scope, balance in self._balances.items():
            if all(_COMPARES[compare](getattr(entry, column), value) for column, compare, value in scope):
                self._balances[scope] = balance.after(entry)
        if self._tallies is not None:
            before = self._tallies.get(entry.attempt_id, Tally(entry.model, entry.number))
            self._tallies[entry.attempt_id] = before.after(entry)

    def _remember(self, attempt_ids: Collection[str], entries: Sequence[LedgerEntry]) -> None:
        self._booked |= {attempt_id: [] for attempt_id in attempt_ids}
        for entry in entries:
            self._booked[entry.attempt_id].append(entry)

    def _write(self) -> None:
        if self._unwritten:
            rows = [[getattr(entry, column) for entry in self._unwritten] for column in COLUMNS]
            self._unwritten = []
            self._connection.execute(_parsed(self._connection, _APPEND), rows)

    def _entries(self, condition: str, values: Sequence[object]) -> list[LedgerEntry]:
        rows = self._rows(
            f"SELECT {_NAMES} FROM {self._source} AS entries {condition} ORDER BY number",  # noqa: S608  ours
            values,
        )
        return [LedgerEntry.model_validate(dict(zip(COLUMNS, row, strict=True))) for row in rows]

    def _rows(self, statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        if self._unwritten:
            if not self._begun:
                self._connection.begin()
                self._begun = True
            self._write()
        return self._connection.execute(_parsed(self._connection, statement), values).fetchall()


def _parsed(connection: duckdb.DuckDBPyConnection, statement: str) -> duckdb.Statement:
    if statement not in _PARSED:
        (_PARSED[statement],) = connection.extract_statements(statement)
    return _PARSED[statement]


def _equal(where: Mapping[str, str]) -> Scope:
    return tuple((column, "=", value) for column, value in where.items())


def _condition(scope: Scope) -> tuple[str, list[str]]:
    """A WHERE clause and its values."""
    if not scope:
        return "", []
    clauses = " AND ".join(f"{column} {compare} ?" for column, compare, _ in scope)
    return f"WHERE {clauses}", [value for _, _, value in scope]
