"""The ledger's tables and their version. The file is attached to the connection as ``ledger``."""

import duckdb

from recoil_assets.domain.ledger import LedgerEntry

SCHEMA_VERSION = 1

COLUMNS = tuple(LedgerEntry.model_fields)
"""The columns of ``entries``: the fields of ``LedgerEntry`` under their own names."""

_TABLES = """
CREATE TABLE ledger.meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
CREATE TABLE ledger.entries (
    number BIGINT NOT NULL UNIQUE CHECK (number > 0),
    attempt_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL CHECK (kind IN ('reserve', 'charge', 'release')),
    amount_usd DECIMAL(18, 6) NOT NULL CHECK (amount_usd >= 0),
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
    UNIQUE (attempt_id, kind),
    CHECK ((kind = 'charge') = (outcome IS NOT NULL AND evidence IS NOT NULL))
);
"""


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of an empty file."""
    connection.execute(_TABLES)
    connection.execute("INSERT INTO ledger.meta VALUES ('schema_version', ?)", [str(SCHEMA_VERSION)])


def version_of(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The schema version the attached file says it has; ``None`` where it is no ledger."""
    try:
        row = connection.execute("SELECT value FROM ledger.meta WHERE key = 'schema_version'").fetchone()
    except duckdb.CatalogException:
        return None
    return int(row[0]) if row is not None and str(row[0]).isdecimal() else None
