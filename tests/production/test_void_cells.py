"""Void cells, and stages whose upstream is missing or is not what it was."""

import threading
from decimal import Decimal

import pytest

from recoil_assets.domain.ledger import Balance
from recoil_assets.production.outcome import Materialised
from recoil_assets.production.stages import BOARDS, CELL_STAGES, PLANS, SCENE_VERSIONS, TAKES
from tests.support.project import plan
from tests.support.show import STAGES, Show, cell, settings
from tests.support.watched import Watch

from .conftest import MakeShow

VOID = dict.fromkeys(STAGES, "void")


@pytest.fixture
def uneven(make_show: MakeShow) -> Show:
    """Two episodes of different length: the third cell of the second one is void."""
    show = make_show(
        plan("ep_001", batches=3, shots_each=1), plan("ep_002", batches=2, shots_each=1, first=40)
    )
    show.records[cell(3, "ep_002")] = {PLANS: show.records[cell(1, "ep_002")][PLANS]}
    return show


def test_every_stage_of_a_cell_no_plan_names_is_made_void_at_once_and_at_no_cost(uneven: Show) -> None:
    void = cell(3, "ep_002")
    ended = uneven.make(cells=[void])
    assert ended.versions(void) == VOID
    for outcome, stage in zip(ended.of(void), CELL_STAGES, strict=True):
        assert isinstance(outcome, Materialised)
        assert set(outcome.consumed) == set(stage.upstream)
        assert outcome.facts["state"] == "void"
    assert uneven.lab.submitted == uneven.animatic.submitted == []
    assert not (uneven.root / "state" / "scenes" / "ep_002" / "BATCH_003").exists()


def test_an_episode_with_void_cells_is_finished(uneven: Show) -> None:
    ended = uneven.make()
    assert ended.finished(*uneven.records)
    assert len(uneven.lab.submitted) == 5


def test_a_batch_that_leaves_the_plan_becomes_void_and_its_take_is_kept(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=2, shots_each=1))
    show.make()
    (kept,) = show.attempts(cell(2))
    show.rewrite_plan(plan("ep_001", batches=1, shots_each=1))
    ended = show.make()
    assert ended.versions(cell(2)) == VOID
    assert ended.finished(cell(1))
    with show.studio() as studio:
        assert studio.journal.attempt(kept.attempt_id) == kept
        assert studio.media.present(kept.intent.media_path)


def test_a_batch_that_comes_back_has_its_key_and_its_take_and_is_not_bought_again(
    make_show: MakeShow,
) -> None:
    show = make_show(plan("ep_001", batches=2, shots_each=1))
    first = show.make()
    show.rewrite_plan(plan("ep_001", batches=1, shots_each=1))
    show.make()
    show.rewrite_plan(plan("ep_001", batches=2, shots_each=1))
    assert show.make().versions(cell(2)) == first.versions(cell(2))
    assert len(show.lab.submitted) == 2


def test_a_cell_whose_plan_was_never_taken_in_is_blocked_and_not_void(show: Show) -> None:
    show.records = {cell(1, "ep_009"): {}}
    blocked = show.make().blocked(cell(1, "ep_009"))
    assert (blocked.stage, blocked.reason) == (SCENE_VERSIONS, "upstream_missing")
    assert "materialise plans for ep_009" in blocked.cure


def test_a_cell_whose_plan_has_no_record_is_blocked(show: Show) -> None:
    del show.records[cell(1)][PLANS]
    assert show.make().blocked(cell(1)).reason == "upstream_missing"


@pytest.mark.parametrize("stage", STAGES[1:])
def test_a_stage_never_consumes_an_upstream_that_was_never_made(show: Show, stage: str) -> None:
    blocked = show.make(stages=[stage]).blocked(cell(1))
    assert (blocked.stage, blocked.reason) == (stage, "upstream_missing")
    for upstream in next(item for item in CELL_STAGES if item.name == stage).upstream:
        assert upstream in blocked.message
    assert show.lab.submitted == []


@pytest.mark.parametrize(
    ("stage", "upstream"), [(stage.name, upstream) for stage in CELL_STAGES for upstream in stage.upstream]
)
def test_a_stage_refuses_an_upstream_whose_record_is_not_what_is_there(
    quoted: Show, stage: str, upstream: str
) -> None:
    quoted.records[cell(1)][upstream] = "another version"
    blocked = quoted.make(stages=[stage]).blocked(cell(1))
    assert (blocked.stage, blocked.reason) == (stage, "upstream_changed")
    assert f"{upstream} of ep_001|BATCH_001 changed" in blocked.message
    assert f"materialise {upstream}" in blocked.cure
    assert quoted.lab.submitted == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_void_stage_refuses_an_upstream_that_is_not_void(uneven: Show, stage: str) -> None:
    void = cell(3, "ep_002")
    uneven.records[void] |= VOID | {PLANS: "an older plan"}
    for upstream in STAGES:
        uneven.records[void][upstream] = "made when the plan named it"
    assert uneven.make(stages=[stage], cells=[void]).blocked(void).reason == "upstream_changed"


def test_the_first_stage_without_a_result_ends_its_cell_and_no_other(make_show: MakeShow) -> None:
    show = make_show(text=settings())
    show.records[cell(1)][PLANS] = "an older plan"
    ended = show.make()
    assert [outcome.stage for outcome in ended.of(cell(1))] == [SCENE_VERSIONS]
    assert ended.finished(cell(2))
    assert TAKES not in ended.versions(cell(1))


def test_a_cell_that_comes_alive_is_blocked_until_it_is_derived_and_has_not_failed(
    make_show: MakeShow,
) -> None:
    show = make_show(plan("ep_001", batches=1, shots_each=1))
    show.records[cell(2)] = dict(show.records[cell(1)])
    show.make()
    show.rewrite_plan(plan("ep_001", batches=2, shots_each=1))
    blocked = show.make(stages=[BOARDS], cells=[cell(2)]).blocked(cell(2))
    assert blocked.reason == "upstream_missing"
    assert "materialise scene_versions" in blocked.cure
    assert show.make(cells=[cell(2)]).finished(cell(2))


def test_nothing_is_sent_for_a_cell_that_became_void_while_it_was_being_worked_on(
    make_show: MakeShow,
) -> None:
    """Another process takes in a shorter plan at the last moment before the POST."""
    show = make_show(plan("ep_001", batches=2, shots_each=1))
    show.make(stages=STAGES[:-1])
    other = Show(show.root)
    one_at_a_time = threading.Lock()

    def shorten(step: str) -> None:
        if step != "ledger.reserve":
            return
        with one_at_a_time:  # the money of both cells may be asked for at once
            other.rewrite_plan(plan("ep_001", batches=1, shots_each=1))

    show.refit = Watch(look=shorten).refit
    ended = show.make(stages=[TAKES])
    other.close()
    assert ended.finished(cell(1))
    assert ended.blocked(cell(2)).reason == "upstream_changed"
    assert len(show.lab.submitted) == 1
    assert show.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))
