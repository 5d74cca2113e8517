import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resources.ledger.duckdb_ledger import DuckDBLedger

from .samples import SetClock

for module in ("contract", "contract_corrections", "contract_refusals", "contract_together", "machine"):
    pytest.register_assert_rewrite(f"{__package__}.{module}")

Child = subprocess.Popen[str]
StartChild = Callable[..., Child]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.duckdb"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def ledger(path: Path, clock: SetClock) -> Iterator[DuckDBLedger]:
    opened = DuckDBLedger(path, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def child() -> Iterator[StartChild]:
    """Starts another process (a command of ``child.py`` or ``holder.py``); ends it with the test."""
    children: list[Child] = []

    def start(module: str, command: str, path: Path, *arguments: str) -> Child:
        process = subprocess.Popen(
            [sys.executable, "-m", f"tests.ledger.{module}", command, str(path), *arguments],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        children.append(process)
        return process

    yield start
    for process in children:
        process.kill()
        process.communicate()


def line_from(process: Child) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"the child ended with {process.wait()} and said nothing"
    return line.strip()


def give_the_word(process: Child) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
