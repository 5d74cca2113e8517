"""The contract on another database: what DuckDB's ledger promises is the port's promise, not DuckDB's."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from recoil_assets.production.ports import Ledger

from .contract import LedgerContract
from .machine import LedgerMachine
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

    class Machine(LedgerMachine):
        def __init__(self) -> None:
            folder = tmp_path_factory.mktemp("history")
            super().__init__(lambda clock: SQLiteLedger(folder / "ledger.sqlite", clock=clock))

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
