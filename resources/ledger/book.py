"""The ledger inside one transaction: what is read and appended, in SQL."""

from collections.abc import Mapping
from decimal import Decimal

import duckdb

from recoil_assets.domain.ledger import Balance, Booking, CapReachedError, Caps, EntryKind, LedgerEntry
from recoil_assets.production.ports import Clock
from resources.ledger.rules import Booked, Stamp
from resources.ledger.schema import COLUMNS

_NAMES = ", ".join(COLUMNS)
_PLACES = ", ".join("?" for _ in COLUMNS)
_APPEND = f"INSERT INTO ledger.entries ({_NAMES}) VALUES ({_PLACES})"  # noqa: S608  column names of ours
_ENTRIES = f"SELECT {_NAMES} FROM ledger.entries"  # noqa: S608  column names of ours
_BALANCE = """
SELECT coalesce(sum(amount_usd) FILTER (WHERE kind = 'charge'), 0),
       coalesce(sum(amount_usd) FILTER (WHERE kind = 'reserve'), 0) - coalesce(sum(closes_usd), 0)
FROM ledger.entries
"""


class Book:
    """One open transaction.

    Only the holder of the ledger's lock has one, so what it reads is still true when it appends.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._last_number: int | None = None

    def stamp(self, clock: Clock) -> Stamp:
        """The next entry's number, and the time."""
        if self._last_number is None:
            row = self._connection.execute("SELECT coalesce(max(number), 0) FROM ledger.entries").fetchone()
            self._last_number = int(row[0]) if row is not None else 0
        return Stamp(self._last_number + 1, clock.today(), clock.now())

    def booked(self, attempt_id: str) -> Booked:
        """The entries of an attempt, by kind."""
        return {entry.kind: entry for entry in self.entries({"attempt_id": attempt_id})}

    def kinds(self) -> dict[str, frozenset[EntryKind]]:
        """The kinds of entries of every attempt."""
        rows = self._connection.execute(
            "SELECT attempt_id, list(kind) FROM ledger.entries GROUP BY attempt_id"
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
        return self._entries(*_condition(where))

    def overruns(self, model: str) -> list[LedgerEntry]:
        """The charges for a model above what they closed, in booking order."""
        return self._entries("WHERE kind = 'charge' AND amount_usd > closes_usd AND model = ?", [model])

    def _entries(self, condition: str, values: list[str]) -> list[LedgerEntry]:
        rows = self._connection.execute(f"{_ENTRIES} {condition} ORDER BY number", values).fetchall()
        return [LedgerEntry.model_validate(dict(zip(COLUMNS, row, strict=True))) for row in rows]

    def balance(self, where: Mapping[str, str]) -> Balance:
        """The sums over the entries whose columns have the given values."""
        condition, values = _condition(where)
        row = self._connection.execute(f"{_BALANCE} {condition}", values).fetchone()
        spent, reserved = row if row is not None else (0, 0)
        return Balance(Decimal(spent), Decimal(reserved))

    def check_caps(self, booking: Booking, amount: Decimal, caps: Caps, *, day: str) -> None:
        """``CapReachedError`` for the first cap that ``amount`` USD more would pass; zero passes them all."""
        if amount == 0:
            return
        scopes: dict[str, dict[str, str]] = {
            "run": {"run_id": booking.run_id},
            "episode": {"project": booking.project, "episode": booking.episode},
            "project": {"project": booking.project},
            "day": {"day": day},
        }
        for cap, limit in caps.limits():
            balance = self.balance(scopes[cap])
            if balance.committed + amount > limit:
                raise CapReachedError(cap, estimate=amount, balance=balance, limit=limit)


def _condition(where: Mapping[str, str]) -> tuple[str, list[str]]:
    """A WHERE clause and its values; column names come from this package only."""
    if not where:
        return "", []
    return "WHERE " + " AND ".join(f"{column} = ?" for column in where), list(where.values())
