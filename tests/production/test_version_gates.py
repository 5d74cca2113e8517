"""The gates of versions: one that was not drawn, and a plan that drifted from the one that is active."""

import pytest

from recoil_assets.domain.errors import BlockedError, RecoilError, UsageError
from recoil_assets.production.gates import check_freshness
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

from .gated_shows import conformed, refused, replanned, sends_nothing

WITHOUT_BOARDS = [stage for stage in STAGES if stage != BOARDS]


@pytest.mark.parametrize("gate", [True, False])
def test_an_active_version_that_was_never_drawn_blocks_whatever_the_gate_says(
    gated: Show, gate: bool
) -> None:
    gated.decide(cell(1))
    gated.change_settings(settings(gate=gate))
    replanned(gated, description="something else happens")
    gated.make(stages=[SCENE_VERSIONS])
    conformed(gated, 2, expected=1)
    blocked = gated.make(stages=WITHOUT_BOARDS).blocked(cell(1))
    assert (blocked.stage, blocked.reason) == (BOARD_REVIEWS, "active_version_not_derived")
    assert "materialise boards" in blocked.cure
    sends_nothing(gated)


def test_takes_look_for_themselves_whether_the_active_version_was_drawn(gated: Show) -> None:
    gated.change_settings(settings())
    gated.make(stages=STAGES[:-1])
    replanned(gated, description="something else happens")
    gated.make(stages=[SCENE_VERSIONS])
    conformed(gated, 2, expected=1)
    blocked = gated.make(stages=[SCENE_VERSIONS, REFERENCES, DISPATCH_PAYLOADS, TAKES]).blocked(cell(1))
    assert (blocked.stage, blocked.reason) == (TAKES, "active_version_not_derived")
    sends_nothing(gated)


def test_a_board_that_was_redrawn_for_another_version_is_neither_approved_nor_sent_for_this_one(
    gated: Show,
) -> None:
    gated.decide(cell(1))
    first = gated.make().versions(cell(1))
    replanned(gated, description="something else happens")
    gated.make(stages=[SCENE_VERSIONS])
    conformed(gated, 2, expected=1)
    gated.make(stages=[SCENE_VERSIONS, BOARDS])
    gated.decide(cell(1))
    assert gated.make().finished(cell(1))
    sent = len(gated.lab.submitted)

    conformed(gated, 1, expected=2)
    replanned(gated)
    assert refused(gated) == "no_board"
    with pytest.raises(UsageError, match="not drawn yet"):
        gated.decide(cell(1))
    gated.make(stages=[SCENE_VERSIONS, *GENERATE_STAGES]).blocked(cell(1))
    assert len(gated.lab.submitted) == sent, "the text of one version was sent with the picture of another"

    assert gated.make().blocked(cell(1)).reason == "board_ssot_not_approved", "the other was approved since"
    gated.decide(cell(1))
    assert gated.make().versions(cell(1))[TAKES] == first[TAKES]
    assert len(gated.lab.submitted) == sent


@pytest.mark.parametrize("named", ["", "BATCH_009"])
def test_a_beat_that_can_not_name_its_batch_fails_loudly_and_is_no_wait(gated: Show, named: str) -> None:
    with gated.studio() as studio:
        manifest = studio.scenes.manifest(cell(1))
        assert manifest is not None
        body = studio.scenes.body(cell(1), manifest.active_version.digest)
    (beat,) = body.beats
    astray = body.model_copy(update={"beats": (beat.model_copy(update={"batch": named}),)})
    check_freshness(manifest, body)
    with pytest.raises(RecoilError, match=named or "no batch") as failed:
        check_freshness(manifest, astray)
    assert not isinstance(failed.value, BlockedError)


def test_drawing_the_board_of_a_version_derives_it(gated: Show) -> None:
    gated.change_settings(settings())
    replanned(gated, description="something else happens")
    gated.make(stages=[SCENE_VERSIONS])
    conformed(gated, 2, expected=1)
    assert gated.make().finished(cell(1))


def test_a_single_shot_version_has_no_board_to_wait_for(show: Show) -> None:
    document = plan("ep_001", batches=2, shots_each=1)
    document["shots"][0]["description"] = "something else happens"
    show.make(stages=[SCENE_VERSIONS])
    show.rewrite_plan(document)
    show.make(stages=[SCENE_VERSIONS])
    conformed(show, 2, expected=1)
    with show.studio() as studio:
        manifest = studio.scenes.manifest(cell(1))
        assert manifest is not None
        check_freshness(manifest, studio.scenes.body(cell(1), manifest.active_version.digest))
    assert show.make().finished(cell(1), cell(2))


@pytest.mark.parametrize(
    "change", [{"description": "another action"}, {"mood": "a field nobody renders"}, {"duration_s": 4.0}]
)
def test_a_plan_that_drifted_from_the_active_version_blocks_the_takes(
    gated: Show, change: dict[str, object]
) -> None:
    gated.decide(cell(1))
    replanned(gated, **change)
    ended = gated.make()
    blocked = ended.blocked(cell(1))
    assert (blocked.stage, blocked.reason) == (TAKES, "scene_drifted")
    assert "is v2, the active version is v1" in blocked.message
    assert "recoil scene conform ep_001 BATCH_001" in blocked.cure
    sends_nothing(gated)


def test_a_plan_that_was_taken_in_and_not_derived_blocks_the_takes_too(gated: Show) -> None:
    gated.decide(cell(1))
    gated.make(stages=GENERATE_STAGES[:-1])
    replanned(gated, description="another action")
    blocked = gated.make(stages=[TAKES]).blocked(cell(1))
    assert (blocked.reason, blocked.cure) == ("scene_drifted", "materialise scene_versions")


def test_a_version_that_is_conformed_while_it_is_prepared_is_not_sent(gated: Show) -> None:
    gated.decide(cell(1))
    gated.make(stages=GENERATE_STAGES[:-1])
    replanned(gated, order=-1)
    gated.make(stages=[SCENE_VERSIONS])
    replanned(gated)

    def conform(step: str) -> None:
        if step == "ledger.reserve":
            conformed(Show(gated.root), 2, expected=1)
            with Show(gated.root).studio() as studio:
                studio.scenes.mark_derived(cell(1), gated.body(cell(1)).digest)

    gated.refit = Watch(look=conform).refit
    assert gated.make(stages=[TAKES]).blocked(cell(1)).reason == "scene_drifted"
    gated.refit = lambda studio: studio
    sends_nothing(gated)
