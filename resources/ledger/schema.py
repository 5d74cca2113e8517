"""The ledger's tables and their version. The file is attached to the connection as ``ledger``."""

from pathlib import Path

import duckdb

from recoil_assets.domain.errors import LedgerError
from recoil_assets.domain.ledger import LedgerEntry

SCHEMA_VERSION = 2
"""Version 1 knew no corrections: it had no ``ordinal``, and one entry a kind."""

BLOCK_BYTES = 16_384
"""DuckDB's smallest block, which a ledger is made of: what changed is written in whole ones when the file is closed.

With it a transaction that opens and closes the file takes 12 to 13 ms and not 14 to 16, and a small ledger is 0.2 MB
and not 2.4 (measured). DuckDB 1.2 or later reads it; a ledger that has other blocks keeps them."""

COLUMNS = tuple(LedgerEntry.model_fields)
"""The columns of ``entries``: the fields of ``LedgerEntry`` under their own names."""

_TYPES_BESIDE_TEXT = {
    "number": "BIGINT",
    "amount_usd": "DECIMAL(18, 6)",
    "closes_usd": "DECIMAL(18, 6)",
    "ordinal": "INTEGER",
}
TYPES = {column: _TYPES_BESIDE_TEXT.get(column, "VARCHAR") for column in COLUMNS}
"""The type of every column, as ``entries`` is made with it below."""

_TABLES = """
CREATE TABLE ledger.meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
CREATE TABLE ledger.entries (
    number BIGINT NOT NULL UNIQUE CHECK (number > 0),
    attempt_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL CHECK (kind IN ('reserve', 'charge', 'release', 'correction')),
    amount_usd DECIMAL(18, 6) NOT NULL CHECK (amount_usd >= 0 OR kind = 'correction'),
    closes_usd DECIMAL(18, 6) NOT NULL CHECK (closes_usd >= 0),
    outcome VARCHAR,
    evidence VARCHAR,
    project VARCHAR NOT NULL,
    episode VARCHAR NOT NULL,
    batch VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    attempt_kind VARCHAR NOT NULL,
    day VARCHAR NOT NULL,
    booked_at VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    ordinal INTEGER NOT NULL CHECK (ordinal = 1 OR (ordinal > 1 AND kind = 'correction')),
    UNIQUE (attempt_id, kind, ordinal),
    CHECK ((kind IN ('charge', 'correction')) = (outcome IS NOT NULL AND evidence IS NOT NULL))
);
"""


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of an empty file."""
    connection.execute(_TABLES)
    connection.execute("INSERT INTO ledger.meta VALUES ('schema_version', ?)", [str(SCHEMA_VERSION)])


def entries_of(version: int, database: str) -> str:
    """What to select the entries of an attached ``database`` from, in the columns of today, whatever its version."""
    return (
        f"{database}.entries"
        if version == SCHEMA_VERSION
        else f"(SELECT *, 1 AS ordinal FROM {database}.entries)"  # noqa: S608  names of ours
    )


def copy_entries(connection: duckdb.DuckDBPyConnection, older: Path, version: int) -> None:
    """Copy every entry of the ledger file ``older`` into the attached one, in one transaction.

    Raises:
        LedgerError: what arrived is not what is there.
    """
    quoted = str(older).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS older (TYPE duckdb, READ_ONLY)")
    source, names = entries_of(version, "older"), ", ".join(COLUMNS)
    connection.begin()
    connection.execute(
        f"INSERT INTO ledger.entries ({names}) SELECT {names} FROM {source} AS entries ORDER BY number"  # noqa: S608  ours
    )
    connection.commit()
    sums = "SELECT count(*), sum(number), sum(amount_usd), sum(closes_usd) FROM"
    there = connection.execute(f"{sums} {source} AS entries").fetchone()
    here = connection.execute(f"{sums} ledger.entries").fetchone()
    connection.execute("DETACH older")
    if here != there:
        raise LedgerError(
            f"the ledger {older} could not be copied whole: {there} became {here}",
            cure="see that the disk can be read, then try again; nothing was changed",
        )


def version_of(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The schema version the attached file says it has; ``None`` where it is no ledger."""
    try:
        row = connection.execute("SELECT value FROM ledger.meta WHERE key = 'schema_version'").fetchone()
    except duckdb.CatalogException:
        return None
    return int(row[0]) if row is not None and str(row[0]).isdecimal() else None
