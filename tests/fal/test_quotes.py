"""What fal can not make, or does not act on, is on the quote before anybody pays."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from recoil_assets.production.quote import ModelQuote, quote_models, quote_plan
from recoil_assets.production.studio import Studio
from resources.price_book import shipped_price_book
from resources.providers.fal.wire import FalHosts
from tests.fal.samples import at_fal
from tests.support.project import make_project, plan
from tests.support.show import Show, settings

TALL = {"model": "seedance-2.0", "aspect_ratio": "4:5"}


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    def refit(studio: Studio) -> Studio:
        fal = at_fal(FalHosts(), tmp_path / "state")
        return replace(studio, price_book=shipped_price_book(), providers={**studio.providers, "fal": fal})

    document = plan("ep_001", batches=1, shots_each=1)
    show = Show(make_project(tmp_path / "project", document, settings=settings(choices=TALL)), refit=refit)
    yield show
    show.close()


def compared(show: Show, **choices: object) -> dict[str, ModelQuote]:
    with show.studio() as studio:
        quoted = quote_plan(studio, studio.plans.read("ep_001"), choices)
        return {item.rate.model: item for item in quote_models(studio, (quoted,))}


def test_a_shape_that_no_endpoint_makes_has_no_price_and_says_why(show: Show) -> None:
    with show.studio() as studio:
        (cell,) = quote_plan(studio, studio.plans.read("ep_001")).cells
    assert cell.payloads[0].quote.refusal == "does not make 4:5"
    assert cell.usd is None


def test_a_comparison_leaves_out_what_each_model_can_not_make(show: Show) -> None:
    assert compared(show)["seedance-2.0"].left_out == ("SH0001",)
    upright = compared(show, aspect_ratio="9:16")
    assert upright["seedance-2.0"].left_out == ()
    assert upright["kling-v3-pro"].left_out == ("SH0001",), "it needs a start frame, and there is none"
    assert upright["seedance-2.0"].usd > upright["seedance-2.0-fast"].usd > upright["wan-2.7"].usd


def test_a_quote_says_what_is_not_acted_on(show: Show) -> None:
    with show.studio() as studio:
        (cell,) = quote_plan(
            studio, studio.plans.read("ep_001"), {"aspect_ratio": "9:16", "tier": "std"}
        ).cells
    assert cell.payloads[0].dropped == ("3 s (it makes 4 s)", "tier")
    assert cell.payloads[0].quote.billed_s == 4
