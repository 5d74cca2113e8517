"""A take whose media is gone for good: made again where a person agreed to pay, once for each file that was lost."""

from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.ledger import Balance
from tests.support.show import Show, cell, settings
from tests.support.watched import PowerCutError, Watch

from .labs import ForgetfulLab, Lab


class RefusingEverything(ForgetfulLab):
    """Every job fails, and no earlier result is there any more."""

    def __init__(self) -> None:
        super().__init__(None)
        self.fetched = ["instant-1"]
        self.fail_first = 99


def film(show: Show) -> Path:
    return show.root / show.attempts(cell(1))[-1].intent.media_path


@pytest.fixture
def lost(quoted: Show) -> Show:
    """A show whose only take is gone, here and at its provider."""
    quoted.change_settings(settings(choices={"max_takes": 1}))
    quoted.lab = ForgetfulLab(None)
    assert quoted.make().finished(cell(1))
    film(quoted).unlink()
    return quoted


def test_what_bringing_it_back_costs_is_said_with_the_way_to_agree(lost: Show) -> None:
    blocked = lost.make().blocked(cell(1))
    assert blocked.reason == "media_missing"
    assert "making it again costs at most $0.30" in blocked.message
    assert "recoil run ep_001 --recover BATCH_001" in blocked.cure
    assert len(lost.lab.submitted) == 1


@pytest.mark.parametrize("other", [cell(2), cell(1, "ep_002")], ids=str)
def test_agreeing_for_another_cell_buys_nothing(lost: Show, other: Cell) -> None:
    assert lost.make(recover=[other]).blocked(cell(1)).reason == "media_missing"
    assert len(lost.lab.submitted) == 1


def test_a_lost_take_is_made_again_once_although_all_its_attempts_are_used_up(lost: Show) -> None:
    assert lost.make(recover=[cell(1)]).finished(cell(1))
    assert film(lost).exists()
    assert [attempt.succeeded for attempt in lost.attempts(cell(1))] == [True, True]
    assert lost.balance() == Balance(spent=Decimal("0.50"), reserved=Decimal(0))
    assert lost.make(recover=[cell(1)]).finished(cell(1))
    assert len(lost.lab.submitted) == 2, "agreeing again buys nothing that is there"


def test_what_is_made_again_and_fails_is_not_made_a_third_time(lost: Show) -> None:
    lost.lab = lab = RefusingEverything()
    assert "making its lost take again failed" in lost.make(recover=[cell(1)]).failed(cell(1)).message
    assert "attempts failed" in lost.make(recover=[cell(1)]).failed(cell(1)).message
    assert len(lab.submitted) == 1


def test_a_cap_binds_what_is_made_again_too(lost: Show) -> None:
    lost.change_settings(settings(choices={"max_takes": 1}, caps={"project_usd": "0.50"}))
    assert lost.make(recover=[cell(1)]).blocked(cell(1)).reason == "cap_reached"
    assert len(lost.lab.submitted) == 1


def test_a_take_that_cost_nothing_is_made_again_unasked(quoted: Show) -> None:
    quoted.change_settings(settings(choices={"model": "animatic"}))
    quoted.animatic = free = ForgetfulLab(None)
    free.name, free.cost = "animatic", Decimal(0)
    assert quoted.make().finished(cell(1))
    film(quoted).unlink()
    assert quoted.make().finished(cell(1))
    assert film(quoted).exists()


def test_an_older_take_of_the_same_request_takes_the_place_of_a_lost_one(lost: Show) -> None:
    assert lost.make(recover=[cell(1)]).finished(cell(1))
    first, second = (lost.root / item.intent.media_path for item in lost.attempts(cell(1)))
    first.write_bytes(second.read_bytes())
    second.unlink()
    assert lost.make().finished(cell(1))
    assert len(lost.lab.submitted) == 2


def test_a_lost_take_of_a_request_that_is_returned_to_is_not_bought_again_unasked(quoted: Show) -> None:
    """It is not the primary any more: another request was made meanwhile."""
    quoted.lab = lab = ForgetfulLab(None)
    assert quoted.make().finished(cell(1))
    first = film(quoted)
    quoted.change_settings(settings(choices={"style": "noir"}))
    assert quoted.make().finished(cell(1))
    first.unlink()
    quoted.change_settings(settings())
    assert quoted.make().blocked(cell(1)).reason == "media_missing"
    assert len(lab.submitted) == 2
    assert quoted.make(recover=[cell(1)]).finished(cell(1))
    assert len(lab.submitted) == 3


def test_a_take_that_was_lost_before_it_was_chosen_is_fetched_again(quoted: Show) -> None:
    quoted.lab = Lab()
    watch = Watch(cut_at="primaries.choose")
    quoted.refit = watch.refit
    with pytest.raises(PowerCutError):
        quoted.make()
    quoted.refit = lambda studio: studio
    film(quoted).unlink()
    assert quoted.make().finished(cell(1))
    assert film(quoted).exists()
    assert len(quoted.lab.submitted) == 1
