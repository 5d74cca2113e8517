"""A finish: a photoreal picture of an approved drawing, asked for by a person, sent instead of the drawing."""

from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.board import Decision
from recoil_assets.domain.ledger import Balance
from recoil_assets.production.gates import view_board
from recoil_assets.production.outcome import Materialised, Picture
from recoil_assets.production.stages import BOARD_REVIEWS, BOARDS, TAKES
from tests.support.project import plan
from tests.support.show import Ended, Show, cell, settings
from tests.support.watched import PowerCutError, Watch

from .conftest import MakeShow
from .labs import ForgetfulLab

CHOICES: dict[str, object] = {"finish_model": "reel-board"}
GATED = settings(gate=True, choices=CHOICES)
OPEN = settings(choices=CHOICES)


@pytest.fixture
def drawn(make_show: MakeShow) -> Show:
    """A show of one batch of two shots, whose board is drawn and approved, and nothing else."""
    show = make_show(plan("ep_001", batches=1, shots_each=2), text=GATED)
    show.make(stages=["scene_versions", BOARDS])
    show.decide(cell(1))
    return show


def finish(show: Show, **how: object) -> Ended:
    return show.make(stages=[BOARDS, BOARD_REVIEWS], finish=[cell(1)], **how)  # type: ignore[arg-type]


def finish_file(show: Show) -> Path:
    return show.root / show.attempts(cell(1), "finish")[-1].intent.media_path


def boards_sent(show: Show) -> list[str]:
    """The path of the board that went with each take, oldest first."""
    return [
        reference.path
        for attempt in show.attempts(cell(1))
        for reference in attempt.intent.request.references
        if reference.role == "board"
    ]


def test_a_drawing_that_nobody_approved_is_not_finished(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=1, shots_each=2), text=GATED)
    show.make(stages=["scene_versions", BOARDS])
    assert finish(show).blocked(cell(1)).reason == "board_proposed"
    show.decide(cell(1), Decision.REJECTED)
    assert finish(show).blocked(cell(1)).reason == "board_rejected"
    assert show.lab.submitted == []


def test_without_a_model_for_it_nothing_is_finished(drawn: Show) -> None:
    drawn.change_settings(settings(gate=True))
    failed = finish(drawn).failed(cell(1))
    assert "set finish_model under [choices]" in failed.cure


def test_nobody_gets_a_finish_who_did_not_ask_for_it(drawn: Show) -> None:
    assert drawn.make().finished(cell(1))
    assert drawn.attempts(cell(1), "finish") == ()


def test_a_finish_is_a_paid_attempt_made_from_the_drawing_and_keeps_the_approval(drawn: Show) -> None:
    before = dict(drawn.records[cell(1)])
    ended = finish(drawn)
    (attempt,) = drawn.attempts(cell(1), "finish")
    first = attempt.intent.request.references[0]
    with drawn.studio() as studio:
        board = view_board(studio, drawn.body(cell(1))).board
    assert board is not None
    assert (first.role, first.path, first.sha256) == ("board", board.picture, board.picture_digest)
    assert attempt.intent.board_digest == board.digest
    assert drawn.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))
    assert ended.versions(cell(1)).keys() == {BOARDS, BOARD_REVIEWS}, "the approval stands"
    assert ended.versions(cell(1))[BOARDS] != before[BOARDS], "what was made from the board is unsynced"


def test_the_finish_is_shown_beside_the_drawing(drawn: Show) -> None:
    (boards,) = [item for item in finish(drawn).outcomes if item.stage == BOARDS]
    assert isinstance(boards, Materialised)
    pictures = {name: fact.path for name, fact in boards.facts.items() if isinstance(fact, Picture)}
    assert pictures == {"board": drawn.root / boards.facts["picture"], "finish": finish_file(drawn)}


def test_the_finish_is_sent_instead_of_the_drawing_and_older_takes_are_stale(drawn: Show) -> None:
    assert drawn.make().finished(cell(1))
    finish(drawn)
    assert drawn.make(stages=[TAKES]).blocked(cell(1)).reason == "upstream_changed"
    assert drawn.make().finished(cell(1))
    drawing, finished = boards_sent(drawn)
    assert finished == drawn.attempts(cell(1), "finish")[0].intent.media_path != drawing


def test_the_same_drawing_is_finished_once(drawn: Show) -> None:
    version = finish(drawn).versions(cell(1))
    assert finish(drawn).versions(cell(1)) == version
    assert drawn.make(stages=[BOARDS, BOARD_REVIEWS]).versions(cell(1)) == version
    assert len(drawn.attempts(cell(1), "finish")) == 1


def test_a_finish_that_is_gone_blocks_where_the_gate_is_on(drawn: Show) -> None:
    finish(drawn)
    finish_file(drawn).unlink()
    blocked = drawn.make().blocked(cell(1))
    assert blocked.reason == "finish_missing"
    assert "recoil board finish ep_001 BATCH_001" in blocked.cure
    assert drawn.attempts(cell(1)) == ()


def test_a_finish_with_other_bytes_blocks_where_the_gate_is_on(drawn: Show) -> None:
    finish(drawn)
    other = drawn.root / "refs" / "characters" / "MARA.png"
    finish_file(drawn).write_bytes(other.read_bytes())
    assert drawn.make().blocked(cell(1)).reason == "finish_missing"


def test_the_drawing_will_do_for_a_finish_that_is_gone_where_the_gate_is_off(drawn: Show) -> None:
    finish(drawn)
    finish_file(drawn).unlink()
    drawn.change_settings(OPEN)
    assert drawn.make().finished(cell(1))
    (sent,) = boards_sent(drawn)
    assert ".b001." in sent


def test_a_finish_that_is_gone_is_fetched_again_where_it_still_is(drawn: Show) -> None:
    finish(drawn)
    whole = finish_file(drawn).read_bytes()
    finish_file(drawn).unlink()
    finish(drawn)
    assert finish_file(drawn).read_bytes() == whole
    assert drawn.balance().spent == Decimal("0.25")


def test_a_finish_that_is_lost_is_paid_for_again_only_where_a_person_agrees(drawn: Show) -> None:
    drawn.lab = ForgetfulLab(None)
    drawn.lab.cost = Decimal("0.05")
    finish(drawn)
    finish_file(drawn).unlink()
    assert finish(drawn).blocked(cell(1)).reason == "media_missing"
    finish(drawn, recover=[cell(1)])
    assert finish_file(drawn).exists()
    assert len(drawn.attempts(cell(1), "finish")) == 2


def test_a_redrawn_board_has_no_finish_and_needs_another_approval(drawn: Show) -> None:
    finish(drawn)
    drawn.change_settings(settings(gate=True, choices={**CHOICES, "style": "noir"}))
    assert drawn.make().blocked(cell(1)).reason == "board_ssot_not_approved"
    with drawn.studio() as studio:
        board = view_board(studio, drawn.body(cell(1))).board
    assert board is not None
    assert board.finish is None


def test_a_cap_binds_a_finish(drawn: Show) -> None:
    drawn.change_settings(settings(gate=True, caps={"project_usd": "0.01"}, choices=CHOICES))
    assert finish(drawn).blocked(cell(1)).reason == "cap_reached"
    assert drawn.lab.submitted == []


def test_the_price_ceiling_of_the_approval_binds_a_finish(drawn: Show) -> None:
    drawn.decide(cell(1), price_ceiling_usd=Decimal("0.04"))
    assert finish(drawn).blocked(cell(1)).reason == "price_ceiling_reached"
    assert drawn.lab.submitted == []
    drawn.decide(cell(1), price_ceiling_usd=Decimal("0.05"))
    assert BOARDS in finish(drawn).versions(cell(1))
    assert len(drawn.lab.submitted) == 1


def test_takes_have_under_a_price_ceiling_what_its_finish_left(drawn: Show) -> None:
    """The finish was billed at $0.25; the take may cost $0.60."""
    drawn.decide(cell(1), price_ceiling_usd=Decimal("0.84"))
    finish(drawn)
    assert drawn.make().blocked(cell(1)).reason == "price_ceiling_reached"
    assert len(drawn.lab.submitted) == 1
    drawn.decide(cell(1), price_ceiling_usd=Decimal("0.85"))
    assert drawn.make().finished(cell(1))


def test_an_approval_that_is_taken_back_in_the_last_moment_stops_the_finish(drawn: Show) -> None:
    rejected: list[str] = []

    def reject(step: str) -> None:
        if step == "ledger.reserve" and not rejected:
            rejected.append(step)
            refit, drawn.refit = drawn.refit, lambda studio: studio
            drawn.decide(cell(1), Decision.REJECTED)
            drawn.refit = refit

    drawn.refit = Watch(look=reject).refit
    assert finish(drawn).blocked(cell(1)).reason == "board_rejected"
    assert drawn.lab.submitted == []
    assert drawn.balance() == Balance(spent=Decimal(0), reserved=Decimal(0))


@pytest.mark.parametrize(
    "step", ["journal.record submitted", "provider.fetch", "ledger.charge", "boards.attach"]
)
def test_a_finish_is_paid_once_whenever_the_power_is_cut(drawn: Show, step: str) -> None:
    watch = Watch(cut_at=step, cut_on=2 if step == "boards.attach" else 1)
    drawn.refit = watch.refit
    with pytest.raises(PowerCutError):
        finish(drawn)
    drawn.refit = lambda studio: studio
    finish(drawn)
    assert len(drawn.lab.submitted) == 1
    unknown = step == "journal.record submitted"
    held = Decimal("0.05") if unknown else Decimal(0)
    assert drawn.balance() == Balance(spent=Decimal(0) if unknown else Decimal("0.25"), reserved=held)


def test_a_run_that_nobody_asked_for_finishes_nothing(drawn: Show) -> None:
    assert finish(drawn, resume_only=True).blocked(cell(1)).reason == "resume_only"
