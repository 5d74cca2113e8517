"""The gate of boards: one that a person has not approved, as it is, lets nothing through."""

import pytest

from recoil_assets.domain.board import Decision
from recoil_assets.domain.errors import BlockedError, RecoilError, UsageError
from recoil_assets.production.gates import view_board
from recoil_assets.production.stages import (
    BOARD_REVIEWS,
    BOARDS,
    DISPATCH_PAYLOADS,
    GENERATE_STAGES,
    REFERENCES,
    SCENE_VERSIONS,
    TAKES,
)
from tests.support.project import plan
from tests.support.show import STAGES, Show, cell, settings
from tests.support.watched import Watch

from .conftest import MakeShow
from .gated_shows import conformed, refused, replanned, sends_nothing

GATED = settings(gate=True)
REDRAWN = settings(gate=True, choices={"resolution": "1080p"})


def test_an_approved_board_lets_the_cell_through(gated: Show) -> None:
    gated.decide(cell(1))
    assert gated.make().finished(cell(1))
    (attempt,) = gated.attempts(cell(1))
    assert attempt.intent.board_digest != ""


def test_a_board_that_was_never_drawn_blocks(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=1), text=GATED)
    show.make(stages=[SCENE_VERSIONS])
    assert refused(show) == "no_board"


def test_a_board_nobody_decided_about_blocks(gated: Show) -> None:
    assert refused(gated) == "board_proposed"
    blocked = gated.make().blocked(cell(1))
    assert (blocked.stage, blocked.reason) == (BOARD_REVIEWS, "board_proposed")
    assert "recoil board approve ep_001 BATCH_001" in blocked.cure
    sends_nothing(gated)


def test_a_gate_that_is_switched_on_after_the_quote_blocks_all_the_same(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=1))
    show.make(stages=STAGES[:-1])
    show.change_settings(GATED)
    blocked = show.make(stages=[TAKES]).blocked(cell(1))
    assert (blocked.stage, blocked.reason) == (TAKES, "board_proposed")
    sends_nothing(show)


def test_a_rejected_board_blocks_the_takes_and_shows_the_decision(gated: Show) -> None:
    gated.decide(cell(1), Decision.REJECTED, note="wrong coat")
    ended = gated.make()
    assert "rejected by pat: wrong coat" in [getattr(item, "awaits", "") for item in ended.outcomes]
    blocked = ended.blocked(cell(1))
    assert (blocked.stage, blocked.reason) == (TAKES, "board_rejected")
    sends_nothing(gated)


def test_a_redrawn_board_is_not_the_one_that_was_approved(gated: Show) -> None:
    gated.decide(cell(1))
    gated.change_settings(REDRAWN)
    blocked = gated.make().blocked(cell(1))
    assert blocked.reason == "board_ssot_not_approved"
    assert refused(gated) == "board_ssot_not_approved"
    sends_nothing(gated)
    gated.decide(cell(1))
    assert gated.make().finished(cell(1))


def test_a_redrawn_board_that_was_rejected_before_is_only_proposed(gated: Show) -> None:
    gated.decide(cell(1), Decision.REJECTED)
    gated.change_settings(REDRAWN)
    assert gated.make().blocked(cell(1)).reason == "board_proposed"


def test_an_approval_that_is_withdrawn_counts_no_more(gated: Show) -> None:
    gated.decide(cell(1))
    gated.make(stages=GENERATE_STAGES[:-1])
    gated.decide(cell(1), Decision.REJECTED)
    assert gated.make(stages=[TAKES]).blocked(cell(1)).reason == "upstream_changed"
    assert refused(gated) == "board_rejected"
    sends_nothing(gated)


def test_a_board_that_is_rejected_in_the_last_moment_is_not_generated(gated: Show) -> None:
    gated.decide(cell(1))
    gated.make(stages=GENERATE_STAGES[:-1])

    def reject(step: str) -> None:
        if step == "ledger.reserve":
            Show(gated.root).decide(cell(1), Decision.REJECTED)

    gated.refit = Watch(look=reject).refit
    assert gated.make(stages=[TAKES]).blocked(cell(1)).reason == "board_rejected"
    gated.refit = lambda studio: studio
    sends_nothing(gated)


def test_a_board_picture_that_was_altered_on_disk_blocks(gated: Show) -> None:
    gated.decide(cell(1))
    gated.make(stages=GENERATE_STAGES[:-1])
    with gated.studio() as studio:
        board = view_board(studio, gated.body(cell(1))).board
    assert board is not None
    picture = gated.root / board.picture
    original = picture.read_bytes()
    for altered in (original + b"one byte more", b"", None):
        picture.unlink()
        if altered is not None:
            picture.write_bytes(altered)
        blocked = gated.make(stages=[TAKES]).blocked(cell(1))
        assert (blocked.reason, board.picture in blocked.message) == ("no_board", True)
    sends_nothing(gated)
    picture.write_bytes(original)
    assert gated.make(stages=[TAKES]).finished(cell(1))


def test_only_an_approved_board_joins_the_references_and_changes_the_basis(gated: Show) -> None:
    gated.change_settings(settings())
    proposed = gated.make(stages=GENERATE_STAGES[:-1]).versions(cell(1))
    assert proposed[BOARD_REVIEWS] == "not_required"
    gated.decide(cell(1))
    approved = gated.make(stages=GENERATE_STAGES[:-1]).versions(cell(1))
    assert approved[DISPATCH_PAYLOADS] != proposed[DISPATCH_PAYLOADS]
    assert approved[REFERENCES] == proposed[REFERENCES]
    gated.make(stages=[TAKES])
    with gated.studio() as studio:
        board = view_board(studio, gated.body(cell(1))).board
    assert board is not None
    ((_, request),) = gated.lab.submitted
    assert [item.sha256 for item in request.references if item.role == "board"] == [board.picture_digest]
    assert board.picture_digest in gated.lab.sent_references[0]


def test_a_shot_on_its_own_has_no_board_and_needs_no_approval(make_show: MakeShow) -> None:
    show = make_show(text=GATED)
    ended = show.make()
    assert ended.finished(cell(1), cell(2))
    assert ended.versions(cell(1))[BOARDS] == ended.versions(cell(1))[BOARD_REVIEWS] == "not_required"


def test_a_decision_about_another_board_than_the_one_that_is_there_is_refused(gated: Show) -> None:
    with gated.studio() as studio:
        seen = view_board(studio, gated.body(cell(1))).board
    assert seen is not None
    gated.change_settings(REDRAWN)
    gated.make(stages=[BOARDS])
    for decision in Decision:
        with pytest.raises(BlockedError, match="nothing was decided") as blocked:
            gated.decide(cell(1), decision, seen_digest=seen.digest)
        assert blocked.value.reason == "board_changed"
    with gated.studio() as studio:
        view = view_board(studio, gated.body(cell(1)))
        assert view.reviews == ()
        assert view.board is not None
    assert gated.decide(cell(1), seen_digest=view.board.digest).board_digest == view.board.digest


def test_a_decision_about_a_picture_that_is_not_the_drawn_one_is_refused(gated: Show) -> None:
    with gated.studio() as studio:
        board = view_board(studio, gated.body(cell(1))).board
    assert board is not None
    (gated.root / board.picture).write_bytes(b"\x89PNG\r\n\x1a\n" + b"another picture" * 20)
    with pytest.raises(RecoilError, match="nothing was decided"):
        gated.decide(cell(1))


@pytest.mark.parametrize("reviewer", ["", "  "])
def test_a_decision_names_who_decided(gated: Show, reviewer: str) -> None:
    with pytest.raises(UsageError, match="needs a reviewer"):
        gated.decide(cell(1), reviewer=reviewer)


def test_there_is_nothing_to_decide_where_no_batch_is(gated: Show) -> None:
    with pytest.raises(UsageError, match="no batch 'BATCH_009'"):
        gated.decide(cell(9))


def test_the_same_decision_twice_is_the_same_version(gated: Show) -> None:
    gated.decide(cell(1))
    first = gated.make(stages=[BOARD_REVIEWS]).versions(cell(1))
    gated.decide(cell(1), note="still fine", reviewer="sam")
    assert gated.make(stages=[BOARD_REVIEWS]).versions(cell(1)) == first


def test_an_approval_survives_a_conform_with_the_same_shots(gated: Show) -> None:
    gated.decide(cell(1))
    first = gated.make()
    replanned(gated, mood="a field nobody renders")
    drifted = gated.make()
    assert "staged as v2" in next(item.awaits for item in drifted.outcomes if item.stage == SCENE_VERSIONS)
    conformed(gated, 2, expected=1)
    drawn, sent = len(gated.animatic.submitted), len(gated.lab.submitted)
    second = gated.make()
    assert second.finished(cell(1))
    for stage in (BOARDS, BOARD_REVIEWS, TAKES):
        assert second.versions(cell(1))[stage] == first.versions(cell(1))[stage]
    assert second.versions(cell(1))[SCENE_VERSIONS] != first.versions(cell(1))[SCENE_VERSIONS]
    assert (len(gated.animatic.submitted), len(gated.lab.submitted)) == (drawn, sent), "nothing is redrawn"


def test_an_approval_dies_with_the_shot_list(gated: Show) -> None:
    gated.decide(cell(1))
    replanned(gated, order=-1)
    gated.make(stages=[SCENE_VERSIONS])
    conformed(gated, 2, expected=1)
    blocked = gated.make().blocked(cell(1))
    assert blocked.reason == "board_ssot_not_approved"
    assert "approved were SH0001, SH0002, these are SH0002, SH0001" in blocked.message
    sends_nothing(gated)


def test_an_approval_comes_back_with_the_version_it_was_given_to(gated: Show) -> None:
    gated.decide(cell(1))
    version = gated.make().versions(cell(1))[TAKES]
    replanned(gated, order=-1)
    gated.make(stages=[SCENE_VERSIONS])
    conformed(gated, 2, expected=1)
    gated.make()
    conformed(gated, 1, expected=2)
    replanned(gated)
    assert gated.make().versions(cell(1))[TAKES] == version
    assert len(gated.lab.submitted) == 1


def test_a_gate_that_is_switched_on_in_the_last_moment_binds_the_run_that_goes_on(
    make_show: MakeShow,
) -> None:
    show = make_show(plan("ep_001", batches=1), text=settings())
    show.make(stages=STAGES[:-1])
    show.refit = Watch(
        look=lambda step: show.change_settings(GATED) if step == "ledger.reserve" else None
    ).refit
    assert show.make(stages=[TAKES]).blocked(cell(1)).reason == "board_proposed"
    sends_nothing(show)
