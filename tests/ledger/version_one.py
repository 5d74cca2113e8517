"""A ledger file as version 1 wrote it: before corrections, with one entry a kind."""

from pathlib import Path

import duckdb

TABLES = """
CREATE TABLE meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
CREATE TABLE entries (
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
INSERT INTO meta VALUES ('schema_version', '1');
"""

ENTRIES = """
INSERT INTO entries
SELECT 2 * n + k + 1, 'old.' || n, ['reserve', 'charge'][k + 1], 2 - k * 0.5, k * 2,
       CASE k WHEN 1 THEN 'succeeded' END, CASE k WHEN 1 THEN 'billed' END,
       'show', 'ep_001', 'BATCH_001', 'run_1', 'fal', 'veo', 'take',
       '2026-02-01', '2026-02-01T12:00:00.000000Z', 'note ' || n
FROM range({attempts}) AS attempts (n), range(2) AS kinds (k)
"""


def write(path: Path, *, attempts: int) -> None:
    """Every attempt reserved $2 and was charged $1.50."""
    with duckdb.connect(path) as connection:
        connection.execute(TABLES)
        connection.execute(ENTRIES.format(attempts=attempts))
