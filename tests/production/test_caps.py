"""Caps bind: whoever asks, however many at once, whatever became of earlier money."""

from dataclasses import replace
from decimal import Decimal

import pytest

from recoil_assets.domain.ledger import Balance
from recoil_assets.domain.price import PriceBook
from recoil_assets.production.stages import TAKES
from recoil_assets.production.studio import Studio
from tests.support.project import plan, shot
from tests.support.show import Show, cell, settings

from .conftest import MakeShow


@pytest.mark.parametrize("cap", ["run", "episode", "project", "day"])
def test_a_reached_cap_blocks_before_anything_is_sent_and_holds_nothing(quoted: Show, cap: str) -> None:
    quoted.change_settings(settings(caps={f"{cap}_usd": "0.29"}))
    blocked = quoted.make(stages=[TAKES]).blocked(cell(1))
    assert blocked.reason == "cap_reached"
    assert blocked.message == (
        f"the {cap} cap of $0.29 has room for $0.29, the attempt may cost $0.30 (spent $0.00, held $0.00); "
        "2 s of reel would fit, at $0.10/s; it would fit on animatic ($0.00)"
    )
    assert f"raise {cap}_usd" in blocked.cure
    assert quoted.lab.submitted == []
    assert quoted.balance() == Balance(spent=Decimal(0), reserved=Decimal(0))


def test_the_message_of_a_cap_names_what_is_spent_and_what_is_held(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=3, shots_each=1), text=settings(caps={"project_usd": "0.80"}))
    show.make(cells=[cell(1)])
    show.lab.submit_error = TimeoutError()
    show.make(cells=[cell(2)])
    show.lab.submit_error = None
    blocked = show.make(cells=[cell(3)]).blocked(cell(3))
    assert blocked.message == (
        "the project cap of $0.80 has room for $0.25, the attempt may cost $0.30 (spent $0.25, held $0.30); "
        "2 s of reel would fit, at $0.10/s; it would fit on animatic ($0.00)"
    )
    assert len(show.lab.submitted) == 2, "unknown money counts against the cap"


def test_a_cap_is_reached_by_what_may_be_spent_and_not_passed_by_a_cent(quoted: Show) -> None:
    quoted.change_settings(settings(caps={"run_usd": "0.30"}))
    assert quoted.make(stages=[TAKES]).finished(cell(1))


def test_the_other_cells_go_on_where_one_is_over_the_cap(make_show: MakeShow) -> None:
    shots = [shot(1, cast=[], place="LONG", seconds=9.0), shot(2, cast=[], place="SHORT", seconds=1.0)]
    show = make_show({"episode": "ep_001", "shots": shots}, text=settings(caps={"run_usd": "0.20"}))
    ended = show.make()
    assert ended.blocked(cell(1)).reason == "cap_reached"
    assert ended.finished(cell(2))
    assert len(show.lab.submitted) == 1


def test_a_blocked_cell_is_made_when_the_cap_is_raised(quoted: Show) -> None:
    quoted.change_settings(settings(caps={"run_usd": "0.29"}))
    quoted.make(stages=[TAKES]).blocked(cell(1))
    quoted.change_settings(settings(caps={"run_usd": "1"}, choices={"max_takes": 1}))
    assert quoted.make(stages=[TAKES]).finished(cell(1)), "a refused reservation uses up no attempt"


def test_beats_that_run_at_once_never_pass_a_cap_together(make_show: MakeShow) -> None:
    """Each is worth $0.30 and billed $0.25, so two fit under $0.70 in whatever order they end."""
    text = settings(caps={"episode_usd": "0.70"}, choices={"concurrency": 16})
    show = make_show(plan("ep_001", batches=8, shots_each=1), text=text)
    ended = show.make()
    assert len(show.lab.submitted) == 2
    reasons = [ended.of(item)[-1] for item in show.records if not ended.finished(item)]
    assert [getattr(item, "reason", item) for item in reasons] == ["cap_reached"] * 6
    assert show.balance() == Balance(spent=Decimal("0.50"), reserved=Decimal(0))


def test_the_beats_of_one_cell_never_pass_a_cap_together(make_show: MakeShow) -> None:
    """Three shots of a second each are below threshold: one cell, three beats, $0.10 each, two fit."""
    shots = [shot(number, cast=["MARA"], place="PORT", seconds=1.0) for number in (1, 2, 3)]
    show = make_show({"episode": "ep_001", "shots": shots}, text=settings(caps={"run_usd": "0.25"}))
    show.lab.cost = Decimal("0.10")
    assert show.make().blocked(cell(1)).reason == "cap_reached"
    assert len(show.lab.submitted) == 2
    assert show.balance() == Balance(spent=Decimal("0.20"), reserved=Decimal(0))
    show.change_settings(settings(caps={"run_usd": "0.25"}))
    assert show.make().finished(cell(1)), "another run goes on where this one was stopped by its cap"
    assert len(show.lab.submitted) == 3


def test_what_is_known_to_cost_nothing_passes_a_cap_of_zero(make_show: MakeShow) -> None:
    zero = dict.fromkeys(("run_usd", "episode_usd", "project_usd", "day_usd"), "0")
    show = make_show(plan("ep_001", batches=1), text=settings(caps=zero, choices={"model": "animatic"}))
    assert show.make().finished(cell(1))
    assert show.balance() == Balance(spent=Decimal(0), reserved=Decimal(0))


def test_a_cap_of_zero_spends_nothing_at_all(quoted: Show) -> None:
    quoted.change_settings(settings(caps={"day_usd": "0"}))
    assert quoted.make(stages=[TAKES]).blocked(cell(1)).reason == "cap_reached"
    assert quoted.lab.submitted == []


def test_a_run_cap_follows_the_run_a_person_started_and_the_others_do_not_begin_anew(
    make_show: MakeShow,
) -> None:
    text = settings(caps={"run_usd": "0.40", "episode_usd": "0.60"})
    show = make_show(plan("ep_001", batches=3, shots_each=1), text=text)
    assert show.make(cells=[cell(1)], run="root").finished(cell(1))
    assert "run cap" in show.make(cells=[cell(2)], run="root").blocked(cell(2)).message
    assert show.make(cells=[cell(2)], run="another").finished(cell(2))
    assert "episode cap" in show.make(cells=[cell(3)], run="a third").blocked(cell(3)).message


def test_a_model_without_a_known_rate_is_refused_and_holds_nothing(quoted: Show) -> None:
    quoted.change_settings(settings(choices={"model_override": "unheard-of"}))
    failed = quoted.make(stages=["dispatch_payloads", TAKES]).failed(cell(1))
    assert failed.stage == "dispatch_payloads"
    assert "'unheard-of' is not in the price book" in failed.message
    assert quoted.lab.submitted == []
    assert quoted.balance() == Balance(spent=Decimal(0), reserved=Decimal(0))


def test_a_length_no_model_makes_is_quoted_as_refused_and_never_sent(make_show: MakeShow) -> None:
    shots = [shot(1, cast=[], place="PORT", seconds=40.0)]
    show = make_show({"episode": "ep_001", "shots": shots})
    failed = show.make().failed(cell(1))
    assert (failed.stage, "longer than its 15 s" in failed.message) == (TAKES, True)
    assert show.lab.submitted == []
    assert show.attempts(cell(1)) == (), "a build error uses up no attempt"


def unpriced(studio: Studio) -> Studio:
    """Nobody knows what ``reel`` costs."""
    rates = tuple(
        item.model_copy(update={"usd": None}) if item.model == "reel" else item
        for item in studio.price_book.rates
    )
    return replace(studio, price_book=PriceBook(rates=rates))


def test_a_model_of_unknown_price_is_spent_on_only_up_to_what_the_settings_allow(show: Show) -> None:
    show.refit = unpriced
    refused = show.make(cells=[cell(1)]).failed(cell(1))
    assert "reel has no known rate" in refused.message
    assert show.lab.submitted == []

    allowed = 'allow_unpriced_up_to_usd = "0.50"\n' + settings(caps={"project_usd": "0.60"})
    show.change_settings(allowed)
    assert show.make(cells=[cell(1)]).finished(cell(1))
    (attempt,) = show.attempts(cell(1))
    assert attempt.intent.estimate_usd == Decimal("0.50")
    assert attempt.intent.price_source == "allow_unpriced_up_to_usd in recoil.toml"
    blocked = show.make(cells=[cell(2)]).blocked(cell(2))
    assert "has room for $0.35, the attempt may cost $0.50" in blocked.message


def test_a_bill_above_what_was_allowed_for_a_model_of_unknown_price_stops_it(show: Show) -> None:
    show.refit = unpriced
    show.change_settings('allow_unpriced_up_to_usd = "0.10"\n' + settings())
    show.make(cells=[cell(1)])
    assert show.make(cells=[cell(2)]).blocked(cell(2)).reason == "billed_above_estimate"
    assert len(show.lab.submitted) == 1
