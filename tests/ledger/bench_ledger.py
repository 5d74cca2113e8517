"""What the ledger costs beside bare DuckDB. Ratios of two measurements in one run, so that machines compare."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import duckdb

from recoil_assets.domain.ledger import Booking, Caps
from resources.ledger.duckdb_ledger import DuckDBLedger

from .conftest import give_the_word, line_from

RESERVES = 96
PROCESSES = 4
CAPS = Caps(
    run_usd=Decimal(1000), episode_usd=Decimal(1000), project_usd=Decimal(1000), day_usd=Decimal(1000)
)


class _Clock:
    def now(self) -> str:
        return "2026-03-01T12:00:00.000000Z"

    def today(self) -> str:
        return "2026-03-01"


def measure() -> list[tuple[str, float, str]]:
    """(name, ratio, explanation) for each way to reserve; a ratio below 1 is faster than bare DuckDB."""
    with tempfile.TemporaryDirectory() as folder:
        bare = _seconds(lambda: _bare(Path(folder, "bare.duckdb")))
        rows = []
        for threads in (8, 1):
            seconds = _seconds(lambda: _reserve(Path(folder, f"{threads}.duckdb"), threads))  # noqa: B023  called at once
            rows.append(
                (
                    f"ledger_reserve_{threads}_threads",
                    seconds / bare,
                    f"{RESERVES} reserves, four caps each, {seconds:.2f} s; bare DuckDB {bare:.2f} s",
                )
            )
        for threads in (4, 1):
            seconds = _processes(Path(folder, f"processes_{threads}.duckdb"), threads)
            measured = (
                f"{RESERVES} reserves by {PROCESSES} processes at once, threads in each: {threads}, {seconds:.2f} s; "
                f"bare DuckDB {bare:.2f} s, so {bare / seconds:.2f} x its rate"
            )
            rows.append((f"ledger_reserve_{PROCESSES}_processes_{threads}_threads", seconds / bare, measured))
    return rows


def _processes(path: Path, threads: int) -> float:
    """Seconds from the word to the last of the processes, which share one ledger."""
    count = str(RESERVES // PROCESSES)
    command = [sys.executable, "-m", "tests.ledger.child", "reserve_many", str(path)]
    children = [
        subprocess.Popen(
            [*command, f"p{number}", count, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    try:
        for child in children:
            line_from(child)
        start = time.perf_counter()
        for child in children:
            give_the_word(child)
        for child in children:
            line_from(child)
        return time.perf_counter() - start
    finally:
        for child in children:
            child.kill()
            child.communicate()


def _bare(path: Path) -> None:
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE entries (attempt_id VARCHAR UNIQUE, amount_usd DECIMAL(18, 6))")
    for number in range(RESERVES):
        with duckdb.connect(path) as connection:
            connection.begin()
            connection.execute("INSERT INTO entries VALUES (?, ?)", [str(number), Decimal(1)])
            connection.commit()


def _reserve(path: Path, threads: int) -> None:
    ledger = DuckDBLedger(path, clock=_Clock())
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda number: ledger.reserve(_booking(number), Decimal(1), CAPS), range(RESERVES)))
    ledger.close()


def _booking(number: int) -> Booking:
    return Booking(
        attempt_id=str(number),
        project="show",
        episode="ep_001",
        batch="BATCH_001",
        run_id="run_1",
        provider="fal",
        model="veo",
        kind="take",
    )


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
