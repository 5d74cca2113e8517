"""A price ceiling is one more cap, on everything that is made on the strength of an approval."""

from decimal import Decimal

import pytest

from recoil_assets.domain.ledger import Balance, Evidence, Outcome
from recoil_assets.production.bookkeeping import booking_of
from recoil_assets.production.ports import Billed
from recoil_assets.production.stages import (
    GENERATE_STAGES,
    TAKES,
)
from tests.support.show import Show, cell, settings
from tests.support.watched import Watch


@pytest.mark.parametrize(("ceiling", "sent"), [("0.59", 0), ("0.60", 1), ("1.19", 1), ("1.20", 2)])
def test_a_price_ceiling_binds_everything_that_is_spent_on_its_approval(
    gated: Show, ceiling: str, sent: int
) -> None:
    """Six seconds are worth $0.60, and every job fails and is billed in full."""
    gated.decide(cell(1), price_ceiling_usd=Decimal(ceiling))
    gated.make(stages=GENERATE_STAGES[:-1])
    gated.lab.fail_first, gated.lab.failure_billed = 99, Billed.YES
    blocked = gated.make(stages=[TAKES]).blocked(cell(1))
    assert blocked.reason == "price_ceiling_reached"
    assert f"approved for ${ceiling}" in blocked.message
    assert len(gated.lab.submitted) == len(gated.attempts(cell(1))) == sent
    assert gated.balance() == Balance(spent=sent * Decimal("0.60"), reserved=Decimal(0))


def test_a_price_ceiling_that_is_lowered_in_the_last_moment_binds(gated: Show) -> None:
    gated.decide(cell(1))
    gated.make(stages=GENERATE_STAGES[:-1])

    def lower(step: str) -> None:
        if step == "ledger.reserve":
            Show(gated.root).decide(cell(1), price_ceiling_usd=Decimal("0.10"))

    gated.refit = Watch(look=lower).refit
    assert gated.make(stages=[TAKES]).blocked(cell(1)).reason == "price_ceiling_reached"
    gated.refit = lambda studio: studio
    assert gated.lab.submitted == []
    assert gated.balance() == Balance(spent=Decimal(0), reserved=Decimal(0))


def test_a_price_ceiling_counts_what_earlier_runs_spent_on_the_board(gated: Show) -> None:
    gated.decide(cell(1), price_ceiling_usd=Decimal("1.00"))
    assert gated.make().finished(cell(1))
    gated.change_settings(settings(gate=True, choices={"seed": 7}))
    gated.decide(cell(1), price_ceiling_usd=Decimal("0.80"))
    assert gated.make(stages=GENERATE_STAGES).blocked(cell(1)).reason == "price_ceiling_reached"
    assert gated.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))


def test_a_price_ceiling_counts_what_a_bill_corrected(gated: Show) -> None:
    gated.decide(cell(1), price_ceiling_usd=Decimal("1.00"))
    assert gated.make().finished(cell(1))
    (first,) = gated.attempts(cell(1))
    with gated.studio() as studio:
        outcome, evidence = Outcome.SUCCEEDED, Evidence.BILLED
        studio.ledger.correct(booking_of(first.intent), Decimal("0.55"), outcome=outcome, evidence=evidence)
    gated.change_settings(settings(gate=True, choices={"seed": 7}))
    assert gated.make(stages=GENERATE_STAGES).blocked(cell(1)).reason == "price_ceiling_reached"
    assert gated.balance() == Balance(spent=Decimal("0.55"), reserved=Decimal(0))


def test_a_higher_ceiling_lets_the_cell_go_on(gated: Show) -> None:
    gated.decide(cell(1), price_ceiling_usd=Decimal("0.10"))
    gated.make().blocked(cell(1))
    gated.decide(cell(1), price_ceiling_usd=Decimal("0.60"))
    assert gated.make().finished(cell(1))
