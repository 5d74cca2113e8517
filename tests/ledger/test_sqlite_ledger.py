"""The contract on another database: what DuckDB's ledger promises is the port's promise, not DuckDB's."""

from pathlib import Path

import pytest

from recoil_assets.production.ports import Ledger

from .contract import LedgerContract
from .machine import hold_against_a_model
from .samples import SetClock
from .sqlite_ledger import SQLiteLedger


class TestSQLiteLedgerKeepsTheContract(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path: Path, clock: SetClock) -> Ledger:
        return SQLiteLedger(tmp_path / "ledger.sqlite", clock=clock)


@pytest.mark.parametrize(
    "examples", [pytest.param(15, id="a few"), pytest.param(150, id="many", marks=pytest.mark.proof)]
)
def test_any_long_history_agrees_with_a_model(
    tmp_path_factory: pytest.TempPathFactory, examples: int
) -> None:
    """The rules are the same for every backend, and this one is quick: so here the histories are long."""

    def opened(clock: SetClock) -> Ledger:
        return SQLiteLedger(tmp_path_factory.mktemp("history") / "ledger.sqlite", clock=clock)

    hold_against_a_model(opened, histories=examples, steps=40)
