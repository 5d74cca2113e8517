"""A bill above what was reserved stops its price until a person has looked at it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.price import PriceCorrection
from recoil_assets.production.ports import Billed
from recoil_assets.production.studio import Studio
from resources.opening import open_studio
from tests.support.project import plan
from tests.support.show import Show, cell, settings

from .conftest import MakeShow


def corrected(usd: str, as_of: date) -> object:
    correction = PriceCorrection(usd=Decimal(usd), as_of=as_of)

    def refit(studio: Studio) -> Studio:
        return replace(studio, price_book=studio.price_book.corrected({"reel": correction}))

    return refit


@pytest.fixture
def overbilled(show: Show) -> Show:
    """The first cell was to cost $0.30 and was billed at $5."""
    show.lab.cost = Decimal(5)
    assert show.make(cells=[cell(1)]).finished(cell(1))
    return show


def test_a_bill_above_the_estimate_stops_its_price(overbilled: Show) -> None:
    blocked = overbilled.make(cells=[cell(2)]).blocked(cell(2))
    assert blocked.reason == "billed_above_estimate"
    assert "reel was to cost at most $0.30 and was billed at $5.00" in blocked.message
    assert '[prices."reel"]' in blocked.cure
    assert len(overbilled.lab.submitted) == 1
    assert overbilled.balance().reserved == 0
    overbilled.make(cells=[cell(2)]).blocked(cell(2))


def test_a_bill_above_the_estimate_stops_what_waits_for_a_place(make_show: MakeShow) -> None:
    """Their money is held already, at the price that the first job's cost proves too low."""
    show = make_show(plan("ep_001", batches=4, shots_each=1), text=settings(choices={"concurrency": 1}))
    show.lab.cost = Decimal(5)
    ended = show.make()
    stopped = [ended.blocked(cell(number)) for number in range(1, 5) if not ended.finished(cell(number))]
    assert [blocked.reason for blocked in stopped] == ["billed_above_estimate"] * 3
    assert len(show.lab.submitted) == 1
    balance = show.balance()
    assert (balance.spent, balance.reserved) == (5, 0)


def test_a_price_that_a_person_corrected_is_spent_on_again(overbilled: Show) -> None:
    overbilled.refit = corrected("1.70", date(2026, 3, 1))
    assert overbilled.make(cells=[cell(2)]).finished(cell(2))
    (attempt,) = overbilled.attempts(cell(2))
    assert attempt.intent.estimate_usd == Decimal("5.10")
    assert '[prices."reel"] in recoil.toml, 2026-03-01' in attempt.intent.price_source


def test_a_price_that_a_person_confirmed_is_spent_on_again_until_the_next_such_bill(
    make_show: MakeShow,
) -> None:
    show = make_show(plan("ep_001", batches=3, shots_each=1))
    show.lab.cost = Decimal(5)
    show.make(cells=[cell(1)])
    show.refit = corrected("0.10", date(2026, 3, 1))
    assert show.make(cells=[cell(2)]).finished(cell(2))
    assert show.make(cells=[cell(3)]).blocked(cell(3)).reason == "billed_above_estimate"
    assert len(show.lab.submitted) == 2


def test_another_model_is_not_stopped(overbilled: Show) -> None:
    overbilled.change_settings(settings(choices={"model": "animatic"}))
    assert overbilled.make(cells=[cell(2)]).finished(cell(2))


def test_a_bill_of_exactly_the_estimate_stops_nothing(show: Show) -> None:
    show.lab.cost = Decimal("0.30")
    assert show.make().finished(cell(1), cell(2))


def test_a_failed_job_that_is_billed_too_high_is_not_tried_again(quoted: Show) -> None:
    """Its second attempt would be made at a price that is known to be wrong."""
    quoted.lab.fail_first, quoted.lab.failure_billed = 1, Billed.YES
    poll = quoted.lab.poll

    async def poll_with_a_bill(*args: object) -> object:
        return replace(await poll(*args), cost_usd=Decimal(2), cost_is_billed=True)

    quoted.lab.poll = poll_with_a_bill
    assert quoted.make(stages=["takes"]).blocked(cell(1)).reason == "billed_above_estimate"
    assert len(quoted.lab.submitted) == 1
    assert quoted.balance().spent == 2


def test_a_price_is_corrected_in_the_projects_settings(show: Show) -> None:
    corrected = settings() + '\n[prices."seedance-2.0"]\nusd = "0.99"\nas_of = 2026-03-01\n'
    show.change_settings(corrected)
    with open_studio(show.root) as studio:
        rate = studio.price_book.known("seedance-2.0")
    assert (str(rate.usd), rate.as_of) == ("0.99", date(2026, 3, 1))


@pytest.mark.parametrize(
    "entry",
    [
        "[prices.reel]\nusd = '-1'\nas_of = 2026-03-01",
        "[prices.reel]\nusd = '1'",
        "[prices.unheard-of]\nusd = '1'\nas_of = 2026-03-01",
    ],
)
def test_a_correction_that_is_none_is_refused(show: Show, entry: str) -> None:
    show.change_settings(f"{settings()}\n{entry}\n")
    with pytest.raises(RecoilError, match=r"prices\.reel|unheard-of"), open_studio(show.root):
        pass


def test_a_model_that_was_to_cost_nothing_and_was_billed_is_stopped_too(make_show: MakeShow) -> None:
    """A zero passes every cap: without this, a wrong one in the price book would spend without end."""
    text = settings(choices={"model": "animatic", "concurrency": 1}, caps={"project_usd": "0"})
    show = make_show(plan("ep_001", batches=3, shots_each=1), text=text)
    show.animatic.cost = Decimal(2)
    ended = show.make()
    takes = [request for _, request in show.animatic.submitted if request.modality != "board"]
    assert len(takes) == 1
    assert show.balance().spent == 2
    reasons = [getattr(ended.of(item)[-1], "reason", "made") for item in show.records]
    assert sorted(reasons) == ["billed_above_estimate", "billed_above_estimate", "made"]


def test_what_a_model_of_unknown_price_may_cost_is_never_nothing(show: Show) -> None:
    show.change_settings('allow_unpriced_up_to_usd = "0"\n' + settings())
    with pytest.raises(RecoilError, match="allow_unpriced_up_to_usd"), open_studio(show.root):
        pass
