"""A damaged state of one attempt: carried on from the state before it, paid once, and no other cell is stopped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.ledger import Balance
from recoil_assets.production.stages import TAKES
from tests.support.attempt_lines import attempt_path, cut_line
from tests.support.show import Show, cell

PAID = Balance(spent=Decimal("0.25"), reserved=Decimal(0))


def damaged(show: Show, state: str) -> Path:
    """The file of a cell's take, of which that state was cut short."""
    (attempt,) = show.attempts(cell(1))
    path = attempt_path(show.root, attempt.attempt_id)
    cut_line(path, state, 40)
    return path


def test_a_settled_state_that_is_damaged_is_settled_again_and_costs_nothing_again(quoted: Show) -> None:
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    damaged(quoted, "settled")
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert len(quoted.lab.submitted) == 1
    assert quoted.balance() == PAID


@pytest.mark.parametrize("state", ["sending", "submitted", "completed", "downloaded"])
def test_a_damaged_state_stops_its_own_cell_with_the_name_of_the_file_until_it_is_restored(
    show: Show, state: str
) -> None:
    assert show.make().finished(cell(1), cell(2))
    path = damaged(show, state)
    ended = show.make()
    assert str(path) in ended.failed(cell(1)).message
    assert ended.finished(cell(2))
    assert len(show.lab.submitted) == 2


class TurningBack:
    """A clock that goes back an hour with every look."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> str:
        self._now -= timedelta(hours=1)
        return self._now.isoformat(timespec="microseconds").replace("+00:00", "Z")

    def today(self) -> str:
        return self.now()[:10]


def test_a_clock_that_goes_back_changes_no_order_and_loses_nothing(show: Show) -> None:
    clock = TurningBack()
    show.refit = lambda studio: replace(studio, clock=clock)
    show.lab.fail_first = 1
    assert show.make().finished(cell(1), cell(2))
    assert show.make().finished(cell(1), cell(2))
    assert len(show.lab.submitted) == 3
    assert show.balance() == Balance(spent=Decimal("0.50"), reserved=Decimal(0))
    for item in show.records:
        assert show.attempts(item)[-1].succeeded
