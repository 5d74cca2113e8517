"""The ledger inside one transaction: what is read and appended, in SQL."""

from collections.abc import Mapping
from decimal import Decimal

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
from resources.ledger.schema import COLUMNS, SCHEMA_VERSION, entries_of

_NAMES = ", ".join(COLUMNS)
_PLACES = ", ".join("?" for _ in COLUMNS)
_APPEND = f"INSERT INTO ledger.entries ({_NAMES}) VALUES ({_PLACES})"  # noqa: S608  column names of ours
_BALANCE = """
SELECT coalesce(sum(amount_usd) FILTER (WHERE kind IN ('charge', 'correction')), 0),
       coalesce(sum(amount_usd) FILTER (WHERE kind = 'reserve'), 0) - coalesce(sum(closes_usd), 0)
FROM
"""
_OVERRUNS = """
SELECT attempt_id, sum(amount_usd) FILTER (WHERE kind IN ('charge', 'correction')) AS cost
FROM {entries} AS entries WHERE model = ? GROUP BY attempt_id HAVING cost > sum(closes_usd) ORDER BY min(number)
"""


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

    def stamp(self, clock: Clock) -> Stamp:
        """The next entry's number, and the time."""
        if self._last_number is None:
            row = self._connection.execute("SELECT coalesce(max(number), 0) FROM ledger.entries").fetchone()
            self._last_number = int(row[0]) if row is not None else 0
        return Stamp(self._last_number + 1, clock.today(), clock.now())

    def booked(self, attempt_id: str) -> History:
        """What is booked of an attempt so far."""
        return History.of(self.entries({"attempt_id": attempt_id}))

    def kinds(self) -> dict[str, frozenset[EntryKind]]:
        """The kinds of entries of every attempt."""
        rows = self._connection.execute(
            f"SELECT attempt_id, list(kind) FROM {self._source} AS entries GROUP BY attempt_id"  # noqa: S608  ours
        ).fetchall()
        return {attempt_id: frozenset(map(EntryKind, kinds)) for attempt_id, kinds in rows}

    def append(self, entry: LedgerEntry) -> None:
        """Add an entry that ``rules`` allowed.

        They compared what is stored before, so a plain INSERT will do (ON CONFLICT costs four times as much,
        measured); the table's UNIQUE stays as the last guard and fails the statement, hence the group.
        """
        self._connection.execute(_APPEND, [getattr(entry, column) for column in COLUMNS])
        self._last_number = entry.number

    def entries(self, where: Mapping[str, str]) -> list[LedgerEntry]:
        """The entries whose columns have the given values, in booking order."""
        condition, values = _condition(where)
        rows = self._connection.execute(
            f"SELECT {_NAMES} FROM {self._source} AS entries {condition} ORDER BY number",  # noqa: S608  ours
            values,
        ).fetchall()
        return [LedgerEntry.model_validate(dict(zip(COLUMNS, row, strict=True))) for row in rows]

    def overruns(self, model: str) -> list[Overrun]:
        """The attempts with a model that cost more than was closed for them, in booking order."""
        rows = self._connection.execute(_OVERRUNS.format(entries=self._source), [model]).fetchall()
        return [Overrun(attempt_id, Decimal(cost)) for attempt_id, cost in rows]

    def balance(self, where: Mapping[str, str]) -> Balance:
        """The sums over the entries whose columns have the given values."""
        return self._balance(*_condition(where))

    def _balance(self, condition: str, values: list[str]) -> Balance:
        row = self._connection.execute(f"{_BALANCE} {self._source} AS entries {condition}", values).fetchone()
        spent, reserved = row if row is not None else (0, 0)
        return Balance(Decimal(spent), Decimal(reserved))

    def check_caps(self, booking: Booking, amount: Decimal, caps: Caps, *, day: str) -> None:
        """``CapReachedError`` for the first cap that ``amount`` USD more would pass; zero passes them all.

        What is booked for a later day than ``day`` counts for its cap too: a clock that went back over midnight
        gives no day's money twice.
        """
        if amount == 0:
            return
        scopes = {
            "run": _condition({"run_id": booking.run_id}),
            "episode": _condition({"project": booking.project, "episode": booking.episode}),
            "project": _condition({"project": booking.project}),
            "day": ("WHERE day >= ?", [day]),
        }
        for cap, limit in caps.limits():
            balance = self._balance(*scopes[cap])
            if balance.committed + amount > limit:
                raise CapReachedError(cap, estimate=amount, balance=balance, limit=limit)


def _condition(where: Mapping[str, str]) -> tuple[str, list[str]]:
    """A WHERE clause and its values; column names come from this package only."""
    if not where:
        return "", []
    return "WHERE " + " AND ".join(f"{column} = ?" for column in where), list(where.values())
