"""Boards: drawn once for a request, and paid for like any take where their model costs money."""

from decimal import Decimal

import pytest

from recoil_assets.domain.board import Board
from recoil_assets.domain.errors import ProviderError
from recoil_assets.domain.ledger import Balance
from recoil_assets.production.gates import view_board
from recoil_assets.production.ports import Billed, NotSentError
from recoil_assets.production.stages import BOARDS, SCENE_VERSIONS
from tests.support.project import plan
from tests.support.show import Show, cell, settings
from tests.support.watched import PowerCutError, Watch

from .conftest import MakeShow
from .labs import AnsweringLab, ForgetfulLab, SlowLab

PAID = {"board_model": "reel-board"}
NOTHING = Balance(spent=Decimal(0), reserved=Decimal(0))
HELD = Balance(spent=Decimal(0), reserved=Decimal("0.05"))
BILLED = Balance(spent=Decimal("0.04"), reserved=Decimal(0))
TWICE = Balance(spent=Decimal("0.08"), reserved=Decimal(0))


@pytest.fixture
def derived(make_show: MakeShow) -> Show:
    """A show of one batch of two shots, derived; its board costs five cents and is billed at four."""
    show = make_show(plan("ep_001", batches=1), text=settings(choices=PAID))
    show.make(stages=[SCENE_VERSIONS])
    show.lab.cost = Decimal("0.04")
    return show


def board_of(show: Show) -> Board:
    with show.studio() as studio:
        board = view_board(studio, show.body(cell(1))).board
    assert board is not None
    return board


def as_paid(lab: AnsweringLab | ForgetfulLab | SlowLab) -> AnsweringLab | ForgetfulLab | SlowLab:
    lab.cost = Decimal("0.04")
    return lab


def test_a_paid_board_is_reserved_charged_and_drawn_once(derived: Show) -> None:
    first = derived.make(stages=[BOARDS]).versions(cell(1))
    assert derived.balance() == BILLED
    assert derived.make(stages=[BOARDS]).versions(cell(1)) == first
    assert len(derived.lab.submitted) == 1
    assert board_of(derived).digest == first[BOARDS]


def test_a_cap_stops_boards_like_takes(derived: Show) -> None:
    derived.change_settings(settings(choices=PAID, caps={"run_usd": "0.04"}))
    assert derived.make(stages=[BOARDS]).blocked(cell(1)).reason == "cap_reached"
    assert derived.lab.submitted == []
    assert derived.balance() == NOTHING


def test_a_run_nobody_asked_for_draws_no_board(derived: Show) -> None:
    assert derived.make(stages=[BOARDS], resume_only=True).blocked(cell(1)).reason == "resume_only"
    assert derived.lab.submitted == []


def test_a_run_nobody_asked_for_attaches_the_board_that_was_sent_before(derived: Show) -> None:
    derived.lab = as_paid(AnsweringLab(ProviderError("502")))
    derived.make(stages=[BOARDS]).unsettled(cell(1))
    assert BOARDS in derived.make(stages=[BOARDS], resume_only=True).versions(cell(1))
    assert derived.balance() == BILLED


@pytest.mark.parametrize("error", [TimeoutError(), ProviderError("500")])
def test_a_board_that_was_perhaps_sent_is_never_sent_again(derived: Show, error: Exception) -> None:
    derived.lab.submit_error = error
    assert "$0.05 held" in derived.make(stages=[BOARDS]).unsettled(cell(1)).message
    derived.lab.submit_error = None
    derived.make(stages=[BOARDS]).unsettled(cell(1))
    derived.change_settings(settings(choices={**PAID, "style": "noir"}))
    derived.make(stages=[BOARDS]).unsettled(cell(1))
    assert len(derived.lab.submitted) == 1
    assert derived.balance() == HELD


def test_a_board_that_is_still_being_drawn_is_waited_for_and_not_sent_again(derived: Show) -> None:
    derived.lab = slow = as_paid(SlowLab())
    stopped = derived.make(stages=[BOARDS], stopped=lambda: bool(slow.submitted))
    assert "is submitted with $0.05 held" in stopped.unsettled(cell(1)).message
    slow.finish.set()
    assert BOARDS in derived.make(stages=[BOARDS]).versions(cell(1))
    assert len(slow.submitted) == 1
    assert derived.balance() == BILLED


def test_a_paid_board_that_can_not_be_fetched_now_is_fetched_by_the_next_run(derived: Show) -> None:
    derived.lab.fetch_error = ProviderError("the CDN is down")
    derived.make(stages=[BOARDS]).unsettled(cell(1))
    derived.lab.fetch_error = None
    assert BOARDS in derived.make(stages=[BOARDS]).versions(cell(1))
    assert len(derived.lab.submitted) == 1
    assert derived.balance() == BILLED


def test_a_board_that_was_not_taken_fails_and_is_drawn_by_the_next_run(derived: Show) -> None:
    derived.lab.submit_error = NotSentError("down")
    assert "was not made: down" in derived.make(stages=[BOARDS]).failed(cell(1)).message
    assert derived.balance() == NOTHING
    derived.lab.submit_error = None
    assert BOARDS in derived.make(stages=[BOARDS]).versions(cell(1))


@pytest.mark.parametrize(
    ("billed", "after"),
    [(Billed.NO, BILLED), (Billed.YES, Balance(spent=Decimal("0.09"), reserved=Decimal(0)))],
)
def test_a_failed_drawing_costs_what_is_known_and_is_tried_again_only_when_asked(
    derived: Show, billed: Billed, after: Balance
) -> None:
    derived.lab.fail_first, derived.lab.failure_billed = 1, billed
    assert "it was not to be" in derived.make(stages=[BOARDS]).failed(cell(1)).message
    assert len(derived.lab.submitted) == 1
    assert BOARDS in derived.make(stages=[BOARDS]).versions(cell(1))
    assert derived.balance() == after


def test_a_picture_that_is_gone_is_fetched_again_and_not_bought_again(derived: Show) -> None:
    version = derived.make(stages=[BOARDS]).versions(cell(1))
    picture = derived.root / board_of(derived).picture
    picture.unlink()
    assert derived.make(stages=[BOARDS]).versions(cell(1)) == version
    assert picture.exists()
    assert len(derived.lab.submitted) == 1
    assert derived.balance() == BILLED


@pytest.mark.parametrize("left", [None, b"\x89PNG\r\n\x1a\n" + b"another picture" * 20])
def test_a_paid_picture_that_can_not_be_had_again_blocks_and_is_not_bought_again(
    derived: Show, left: bytes | None
) -> None:
    derived.lab = as_paid(ForgetfulLab(None))
    derived.make(stages=[BOARDS])
    picture = derived.root / board_of(derived).picture
    picture.unlink()
    if left is not None:
        picture.write_bytes(left)
    for _ in range(2):
        blocked = derived.make(stages=[BOARDS]).blocked(cell(1))
        assert blocked.reason == "media_missing"
        assert board_of(derived).picture in blocked.message
    assert len(derived.lab.submitted) == 1
    assert derived.balance() == BILLED


def test_a_free_picture_that_was_altered_is_drawn_anew_and_never_shown_as_the_old_one(derived: Show) -> None:
    derived.change_settings(settings())
    first = derived.make(stages=[BOARDS]).versions(cell(1))
    old = derived.root / board_of(derived).picture
    old.write_bytes(old.read_bytes() + b"one byte more")
    second = derived.make(stages=[BOARDS]).versions(cell(1))
    new = board_of(derived)
    assert derived.root / new.picture != old
    assert second == first, "the same drawing is the same board"
    assert len(derived.animatic.submitted) == 2


def test_a_board_is_not_drawn_for_a_version_that_was_replaced_meanwhile(derived: Show) -> None:
    document = plan("ep_001", batches=1)
    document["shots"].reverse()
    derived.rewrite_plan(document)
    derived.make(stages=[SCENE_VERSIONS])

    def conform(step: str) -> None:
        if step == "ledger.reserve":
            with Show(derived.root).studio() as studio:
                studio.scenes.conform(cell(1), 2, expected=1)

    derived.refit = Watch(look=conform).refit
    assert derived.make(stages=[BOARDS]).blocked(cell(1)).reason == "upstream_changed"
    derived.refit = lambda studio: studio
    assert derived.lab.submitted == []
    assert derived.balance() == NOTHING


@pytest.mark.parametrize("step", ["boards.attach", "scenes.mark_derived", "provider.fetch", "ledger.charge"])
def test_a_board_is_paid_once_whenever_the_power_is_cut(derived: Show, step: str) -> None:
    derived.refit = Watch(cut_at=step).refit
    with pytest.raises(PowerCutError):
        derived.make(stages=[BOARDS])
    derived.refit = lambda studio: studio
    assert BOARDS in derived.make(stages=[BOARDS]).versions(cell(1))
    assert len(derived.lab.submitted) == 1
    assert derived.balance() == BILLED


def test_a_board_of_another_request_is_another_board_and_the_first_is_found_again(derived: Show) -> None:
    first = derived.make(stages=[BOARDS]).versions(cell(1))
    derived.change_settings(settings(choices={**PAID, "style": "noir"}))
    assert derived.make(stages=[BOARDS]).versions(cell(1)) != first
    derived.change_settings(settings(choices=PAID))
    assert derived.make(stages=[BOARDS]).versions(cell(1)) == first
    assert derived.balance() == TWICE


def test_a_repainted_reference_does_not_redraw_a_board(derived: Show) -> None:
    first = derived.make(stages=[BOARDS]).versions(cell(1))
    (derived.root / "refs" / "characters" / "MARA.png").unlink()
    assert derived.make(stages=[BOARDS]).versions(cell(1)) == first
    assert derived.balance() == BILLED
