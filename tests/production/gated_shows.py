"""A show behind the gate: its plan changed, a version conformed to, why it is blocked, and that nothing was sent."""

from decimal import Decimal

import pytest

from recoil_assets.domain.errors import BlockedError
from recoil_assets.domain.ledger import Balance
from recoil_assets.production.gates import check_board
from tests.support.project import plan
from tests.support.show import Show, cell

NOTHING = Balance(spent=Decimal(0), reserved=Decimal(0))


def replanned(show: Show, *, order: int = 1, **changes: object) -> None:
    """Change every shot of the plan, or with ``order`` -1 their order, and take the plan in."""
    document = plan("ep_001", batches=1)
    shots = [{**shot, **changes} for shot in document["shots"]][::order]
    show.rewrite_plan({**document, "shots": shots})


def conformed(show: Show, number: int, *, expected: int) -> None:
    with show.studio() as studio:
        studio.scenes.conform(cell(1), number, expected=expected)


def refused(show: Show) -> str:
    """The reason the gate itself gives for the cell now."""
    body = show.body(cell(1))
    with show.studio() as studio, pytest.raises(BlockedError) as blocked:
        check_board(studio, body)
    assert blocked.value.cure
    return blocked.value.reason


def sends_nothing(show: Show) -> None:
    assert show.lab.submitted == []
    assert show.balance() == NOTHING
