"""Quotes: from a plan alone, before any run, writing nothing at all."""

from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.errors import InvalidSettingsError
from recoil_assets.production.outcome import Materialised
from recoil_assets.production.quote import EpisodeQuote, quote_models, quote_plan
from recoil_assets.production.stages import DISPATCH_PAYLOADS
from recoil_assets.production.take_review import TakeAction, TakeSaid, review_take
from tests.support.project import make_project, plan, shot
from tests.support.show import Show, cell, settings

from .conftest import MakeShow


def everything(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every entry of a folder: kind, time and bytes."""
    return {
        str(path.relative_to(root)): (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(root.rglob("*"))
    }


def quote(show: Show, **choices: object) -> EpisodeQuote:
    with show.studio() as studio:
        return quote_plan(studio, studio.plans.read("ep_001"), choices)


def untouched(root: Path, *plans: dict[str, object], text: str = "") -> Show:
    """A project in which nothing was ever materialised."""
    return Show(make_project(root / "project", *plans, settings=text or settings(gate=True)))


def test_a_plan_that_was_never_materialised_is_quoted_and_nothing_is_written(tmp_path: Path) -> None:
    show = untouched(tmp_path, plan("ep_001", batches=2))
    (show.root / "refs" / "characters" / "MARA.png").write_bytes(b"broken")
    before = everything(tmp_path)
    quoted = quote(show)
    assert everything(tmp_path) == before
    assert (quoted.usd, quoted.seconds) == (Decimal("1.20"), 12.0)
    for item in quoted.cells:
        assert item.awaits[0] == "no_board"
        assert "refs/characters/MARA.png" in item.awaits[1]
        assert item.fault == ""
    with show.studio() as studio:
        quote_models(studio, (quoted,))
    assert everything(tmp_path) == before


def test_a_quote_of_what_is_made_changes_nothing_either(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=1))
    show.make()
    show.close()
    before = everything(show.root)
    quote(show)
    assert everything(show.root) == before


def test_a_quote_is_what_the_payloads_say_and_an_upper_bound_of_the_bill(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=2))
    quoted = quote(show)
    ended = show.make()
    facts = [
        item.facts["quote"]
        for cell_ in show.records
        for item in ended.of(cell_)
        if item.stage == DISPATCH_PAYLOADS
    ]
    assert facts == ["$0.60", "$0.60"]
    assert [item.usd for item in quoted.cells] == [Decimal("0.60")] * 2
    assert quoted.usd is not None
    assert show.balance().spent <= quoted.usd
    sent = {attempt.intent.basis for item in show.records for attempt in show.attempts(item)}
    assert {payload.request.digest for item in quoted.cells for payload in item.payloads} == sent


def test_a_cell_that_can_not_be_built_is_a_fault_of_its_own_and_the_others_are_quoted(tmp_path: Path) -> None:
    shots = [
        shot(1, cast=[], place="PORT", video_model="unheard-of"),
        shot(2, cast=[], place="QUAY"),
    ]
    quoted = quote(untouched(tmp_path, {"episode": "ep_001", "shots": shots}))
    assert "'unheard-of' is not in the price book" in quoted.cells[0].fault
    assert [item.usd for item in quoted.cells] == [None, Decimal("0.30")]
    assert quoted.usd is None, "a sum that leaves something out is not a quote"


def test_a_length_the_model_does_not_make_has_no_price(tmp_path: Path) -> None:
    quoted = quote(
        untouched(tmp_path, {"episode": "ep_001", "shots": [shot(1, cast=[], place="P", seconds=40.0)]})
    )
    assert quoted.usd is None
    assert "longer than its 15 s" in quoted.cells[0].payloads[0].quote.refusal


def test_choices_of_a_run_are_part_of_its_quote(tmp_path: Path) -> None:
    show = untouched(tmp_path, plan("ep_001", batches=1))
    assert quote(show, model_override="animatic").usd == 0
    with pytest.raises(InvalidSettingsError, match="not in the price book"):
        quote(show, model_override="unheard-of")


def test_models_are_compared_on_the_same_takes_and_what_they_can_not_make_is_named(tmp_path: Path) -> None:
    show = untouched(tmp_path, plan("ep_001", batches=2))
    with show.studio() as studio:
        compared = quote_models(studio, (quote_plan(studio, studio.plans.read("ep_001")),))
    assert [(item.rate.model, item.usd, item.left_out) for item in compared] == [
        ("reel", Decimal("1.20"), ())
    ]


def test_an_approved_board_is_part_of_the_quoted_request(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=1), text=settings(gate=True))
    show.make()
    assert quote(show).cells[0].awaits == ("board_proposed",)
    show.decide(cell(1))
    (item,) = quote(show).cells
    assert item.awaits == ()
    assert [reference.role for reference in item.payloads[0].request.references] == ["character", "board"]


def test_an_approved_beat_is_kept_and_in_no_sum(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=2, shots_each=1))
    show.make()
    with show.studio() as studio:
        review_take(studio, "ep_001", "SH0001", TakeSaid(action=TakeAction.APPROVE, reviewer="pat"))
    quoted = quote(show, style="noir")
    assert (quoted.usd, [sorted(item.kept) for item in quoted.cells]) == (Decimal("0.30"), [["SH0001"], []])
    with show.studio() as studio:
        (reel,) = quote_models(studio, (quoted,))
    assert reel.usd == Decimal("0.30")
    sent = len(show.lab.submitted)
    show.change_settings(settings(choices={"style": "noir"}))
    assert show.make().finished(cell(2))
    assert len(show.lab.submitted) == sent + 1


def test_the_quote_that_a_cell_shows_counts_no_approved_beat_either(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=2, shots_each=1))
    show.make()
    with show.studio() as studio:
        review_take(studio, "ep_001", "SH0001", TakeSaid(action=TakeAction.APPROVE, reviewer="pat"))
    ended = show.make(stages=[DISPATCH_PAYLOADS])
    kept, to_pay = (ended.last(cell(number), Materialised).facts for number in (1, 2))
    assert (kept["quote"], kept["kept"]) == ("$0.00", "SH0001: approved, kept")
    assert to_pay["quote"] == "$0.30"
    assert "kept" not in to_pay
    assert [item.usd for item in quote(show).cells] == [Decimal(0), Decimal("0.30")]
