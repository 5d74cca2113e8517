"""A take that arrived is judged by what its model makes, and not by what it was known not to act on."""

from collections.abc import Callable
from dataclasses import replace

from recoil_assets.domain.price import PriceBook
from recoil_assets.production.studio import Studio
from tests.support.project import plan
from tests.support.show import PRICE_BOOK, Show, cell, settings

MakeShow = Callable[..., Show]


def in_steps(studio: Studio) -> Studio:
    """``studio`` whose paid model makes 4, 6 or 8 seconds and nothing between."""
    steps = {"lengths_s": (4, 6, 8), "shortest_s": 4, "longest_s": 8}
    rates = (item.model_copy(update=steps) if item.model == "reel" else item for item in PRICE_BOOK.rates)
    return replace(studio, price_book=PriceBook(rates=tuple(rates)))


def test_the_check_is_told_the_length_that_is_made_and_what_is_not_honoured(make_show: MakeShow) -> None:
    show = make_show(
        plan("ep_001", batches=1, shots_each=1, seconds=4.2), text=settings(choices={"audio": True})
    )
    show.refit = in_steps
    assert show.make().finished(cell(1))
    assert show.inspector.told == [(6, frozenset({"audio"}))]
