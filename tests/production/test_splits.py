"""Splits: a beat that can not be made in one piece is proposed as two, as a candidate version that a person adopts."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from recoil_assets.domain.board import Decision
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.scene import derive_scene
from recoil_assets.domain.split import in_parts
from recoil_assets.production.cell_work import Reroll
from recoil_assets.production.derivation import view_derivation
from recoil_assets.production.ports import JobStatus, Submission
from recoil_assets.production.reroll_preview import preview_reroll
from recoil_assets.production.scenes import compare, conform, revert
from recoil_assets.production.stages import BOARDS, SCENE_VERSIONS, TAKES
from recoil_assets.production.take_review import TakeAction, TakeSaid, review_take
from resources.project_store.layout import Layout
from tests.store.test_flat_scenes import flat
from tests.store.test_flat_scenes import put as put_flat_scene
from tests.support.project import plan
from tests.support.show import EPISODE, STAGES, Show, cell, settings

from .labs import AnsweringLab, Lab
from .test_retries import BLOCKED_PROMPT, NO_KEY, events, failing

MakeShow = Callable[..., Show]
FIRST, SECOND = cell(1), cell(2)
BEFORE_TAKES = STAGES[:-1]


@pytest.fixture
def refused(make_show: MakeShow) -> Show:
    """Two batches of three shots; the first one's beat was refused until nothing was left to be tried."""
    show = make_show(plan("ep_001", batches=2, shots_each=3), text=settings(choices={"max_takes": 9}))
    show.lab = AnsweringLab(*[BLOCKED_PROMPT] * 2)
    show.make(cells=[FIRST]).failed(FIRST)
    assert show.make(cells=[SECOND]).finished(SECOND)
    return show


class ChoosyLab(Lab):
    """Refuses to make these shots together."""

    def __init__(self, refused: tuple[str, ...]) -> None:
        super().__init__()
        self._refused = refused

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:
        if tuple(shot.shot_id for shot in request.shots) == self._refused:
            return BLOCKED_PROMPT
        return await super().poll(submission, request)


def adopt(show: Show, number: int = 2, of: Cell = FIRST) -> None:
    with show.studio() as studio:
        conform(studio, of, number)


def versions(show: Show, of: Cell = FIRST) -> list[int]:
    with show.studio() as studio:
        manifest = studio.scenes.manifest(of)
        assert manifest is not None
        return [manifest.active, len(manifest.versions)]


def sent_shots(show: Show, since: int = 0) -> list[list[str]]:
    return sorted([shot.shot_id for shot in request.shots] for _, request in show.lab.submitted[since:])


def test_a_beat_that_is_handed_over_is_proposed_as_two_in_a_candidate_version(refused: Show) -> None:
    assert versions(refused) == [1, 2], "a candidate is not active"
    failed = refused.make(cells=[FIRST], stages=[TAKES]).failed(FIRST)
    told = str(failed.facts["split"])
    assert told.startswith(
        "v2 makes BATCH_001 as 2 beats, SH0001, SH0002 and SH0003, for at most $0.90; "
        "nothing is rendered before somebody adopts it"
    )
    assert "recoil scene diff ep_001 BATCH_001 --to 2" in told
    assert "recoil scene conform ep_001 BATCH_001 --version 2" in told
    assert told in failed.cure
    assert len(str(failed.facts["next"]).splitlines()) == 3
    assert [event["version"] for event in events(refused, "split_proposed")] == [2]
    assert versions(refused) == [1, 2], "the same split is one version, however often it is proposed"


def test_a_proposed_split_is_told_in_words(refused: Show) -> None:
    with refused.studio() as studio:
        told = compare(studio, FIRST, newer=2).diff.sentences
    assert told == ("the batch is made in 2 parts: SH0001, SH0002 / SH0003 (was: one piece)",)


def test_a_split_that_nobody_adopts_changes_nothing(refused: Show) -> None:
    with refused.studio() as studio:
        assert view_derivation(studio, EPISODE).pending == ()
    sent = len(refused.lab.submitted)
    refused.make(stages=BEFORE_TAKES)
    assert refused.make(cells=[SECOND]).finished(SECOND)
    refused.make(cells=[FIRST]).failed(FIRST)
    assert len(refused.lab.submitted) == sent
    assert [beat.shot_ids for beat in refused.body(FIRST).beats] == [("SH0001", "SH0002", "SH0003")]


def test_after_adopting_a_split_only_its_two_beats_are_rendered(refused: Show) -> None:
    adopt(refused)
    sent = len(refused.lab.submitted)
    assert refused.make().finished(FIRST, SECOND)
    assert sent_shots(refused, sent) == [["SH0001", "SH0002"], ["SH0003"]]
    assert [beat.beat_id for beat in refused.body(FIRST).beats] == ["BATCH_001__SH0001", "BATCH_001__SH0003"]
    assert refused.make().finished(FIRST, SECOND)
    assert len(refused.lab.submitted) == sent + 2
    names = {attempt.intent.media_path.rsplit("/", 1)[1] for attempt in refused.attempts(FIRST)}
    assert names == {
        "ep_001.continuity_001.SH0001-SH0002.t001.mp4",
        "ep_001.continuity_001.SH0003.t001.mp4",
    }


def test_an_adopted_split_is_what_the_plan_asks_for(refused: Show) -> None:
    adopt(refused)
    made = refused.make().of(FIRST)[0]
    assert (made.stage, getattr(made, "awaits", None)) == (SCENE_VERSIONS, "")
    assert versions(refused) == [2, 2]
    with refused.studio() as studio:
        assert view_derivation(studio, EPISODE).pending == ()
        order = Reroll(beat="BATCH_001__SH0003")
        assert preview_reroll(studio, EPISODE, order).file_name == "ep_001.continuity_001.SH0003.t002.mp4"


def test_a_plan_that_changes_is_split_alike_and_waits_for_a_person(refused: Show) -> None:
    adopt(refused)
    assert refused.make().finished(FIRST)
    changed = plan("ep_001", batches=2, shots_each=3)
    changed["shots"][2]["description"] = "she turns back"  # type: ignore[index]
    refused.rewrite_plan(changed)
    sent = len(refused.lab.submitted)
    derived = refused.make(cells=[FIRST]).of(FIRST)[0]
    assert "staged as v3" in str(getattr(derived, "awaits", ""))
    assert len(refused.lab.submitted) == sent
    adopt(refused, 3)
    assert refused.make(cells=[FIRST]).finished(FIRST)
    assert sent_shots(refused, sent) == [["SH0003"]], "the other part is what it was"


def test_a_first_version_in_parts_is_none_that_somebody_adopted(make_show: MakeShow) -> None:
    """As state may have it that was put together by hand: nobody proposed it, so the plan is not read by it."""
    show = make_show(plan("ep_001", batches=1, shots_each=4))
    with show.studio() as studio:
        roster = studio.rosters.get(EPISODE)
        group = roster.group(FIRST.batch) if roster else None
        assert group is not None
        whole = derive_scene(EPISODE, FIRST.batch, group)
        in_two = in_parts(whole, [("SH0001", "SH0002"), ("SH0003", "SH0004")])
        studio.scenes.derive(FIRST, in_two, studio.clock.now())
    assert show.make().blocked(FIRST).reason == "scene_drifted"
    assert show.lab.submitted == []
    assert versions(show) == [1, 2]
    adopt(show)
    assert show.make().finished(FIRST)
    assert sent_shots(show) == [["SH0001", "SH0002", "SH0003", "SH0004"]]


def test_a_scene_file_of_several_beats_is_read_as_the_batch_that_the_plan_derives(
    make_show: MakeShow,
) -> None:
    document = plan("ep_001", batches=1, shots_each=4)
    show = make_show(document)
    shots = document["shots"]
    first, second = (flat(batch_shots=part) for part in (shots[:2], shots[2:]))  # type: ignore[index]
    put_flat_scene(Layout(show.root), {**first, "beats": [*first["beats"], *second["beats"]]})
    assert show.make().finished(FIRST)
    assert versions(show) == [1, 1]
    assert sent_shots(show) == [["SH0001", "SH0002", "SH0003", "SH0004"]]


def test_a_plan_with_other_shots_is_whole_again(refused: Show) -> None:
    adopt(refused)
    refused.rewrite_plan(plan("ep_001", batches=1, shots_each=4))
    assert refused.make(cells=[FIRST]).blocked(FIRST).reason == "scene_drifted"
    adopt(refused, 3)
    assert [beat.beat_id for beat in refused.body(FIRST).beats] == ["BATCH_001"]


def test_a_split_is_taken_back_by_a_revert(refused: Show) -> None:
    adopt(refused)
    assert refused.make().finished(FIRST)
    with refused.studio() as studio:
        assert revert(studio, FIRST).now == 1
    sent = len(refused.lab.submitted)
    assert refused.make(cells=[FIRST]).failed(FIRST).facts["ended"] == "strategy_exhausted"
    adopt(refused)
    assert refused.make(cells=[FIRST]).finished(FIRST), "the parts have their takes still"
    assert len(refused.lab.submitted) == sent


def test_a_part_that_fails_again_is_split_further_and_the_other_keeps_its_take(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=1, shots_each=4), text=settings(choices={"max_takes": 9}))
    show.lab = AnsweringLab(*[BLOCKED_PROMPT] * 2)
    show.make().failed(FIRST)
    adopt(show)
    show.lab = ChoosyLab(("SH0001", "SH0002"))
    failed = show.make().failed(FIRST)
    assert "v3 makes BATCH_001__SH0001 as 2 beats, SH0001 and SH0002" in str(failed.facts["split"])
    sent = len(show.lab.submitted)
    adopt(show, 3)
    assert show.make().finished(FIRST)
    assert sent_shots(show, sent) == [["SH0001"], ["SH0002"]]


def test_a_beat_that_had_all_its_attempts_is_proposed_as_two_as_well(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=1, shots_each=2), text=settings(choices={"max_takes": 1}))
    show.lab = AnsweringLab(BLOCKED_PROMPT)
    failed = show.make().failed(FIRST)
    assert failed.facts["ended"] == "max_takes_reached"
    assert str(failed.facts["split"]).startswith("v2 makes BATCH_001 as 2 beats, SH0001 and SH0002")


def test_a_beat_of_one_shot_says_that_it_can_not_be_split(quoted: Show) -> None:
    quoted.change_settings(settings(choices={"max_takes": 1}))
    quoted.lab = AnsweringLab(BLOCKED_PROMPT)
    failed = quoted.make(stages=[TAKES]).failed(FIRST)
    assert failed.facts["split"] == "SH0001 is one shot, so it can not be split"
    assert versions(quoted) == [1, 1]


def test_no_split_is_proposed_against_what_it_does_not_help(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=1, shots_each=2))
    show.lab = AnsweringLab(NO_KEY)
    assert "split" not in show.make().failed(FIRST).facts
    assert versions(show) == [1, 1]


def test_a_split_of_a_coverage_pass_stays_in_the_pass(make_show: MakeShow) -> None:
    passes = '\n[[episodes.ep_001.coverage]]\npass_id = "COV_1"\ncamera_side = "B"\n'
    text = settings(choices={"max_takes": 1, "coverage_passes": ["COV_1"]}) + passes
    show = make_show(plan("ep_001", batches=1, shots_each=2), text=text)
    angle = Cell(EPISODE, "COV_01")
    show.lab = AnsweringLab(BLOCKED_PROMPT)
    assert "v2 makes COV_1__cov as 2 beats" in str(show.make(cells=[angle]).failed(angle).facts["split"])
    adopt(show, 2, angle)
    assert show.make(cells=[angle]).finished(angle)
    assert {beat.beat_id for beat in show.body(angle).beats} == {"COV_1__cov__SH0001", "COV_1__cov__SH0002"}
    assert {beat.grouping.source_pass_id for beat in show.body(angle).beats} == {"COV_1"}


def gated(make_show: MakeShow, ceiling: str) -> Show:
    """An approved board of four shots, whose beat was refused and billed with ten cents."""
    text = settings(gate=True, choices={"max_takes": 1})
    show = make_show(plan("ep_001", batches=1, shots_each=4), text=text)
    show.make(stages=BEFORE_TAKES)
    show.decide(FIRST, price_ceiling_usd=Decimal(ceiling))
    show.lab = AnsweringLab(failing("content_policy_violation", "body.prompt", cost_usd=Decimal("0.10")))
    told = str(show.make().failed(FIRST).facts["split"])
    assert "without the board, which shows all its shots" in told
    adopt(show)
    return show


def test_an_approved_board_holds_for_the_parts_of_its_beat_and_is_not_sent_with_them(
    make_show: MakeShow,
) -> None:
    show = gated(make_show, "5")
    drawn = len(show.animatic.submitted)
    assert show.make(stages=[TAKES]).blocked(FIRST).reason == "upstream_changed"
    assert show.make().finished(FIRST)
    assert len(show.animatic.submitted) == drawn, "the board is attached to the version, and not drawn anew"
    whole, *parts = (request for _, request in show.lab.submitted)
    assert [item.role for item in whole.references] == ["character", "board"]
    assert [[item.role for item in request.references] for request in parts] == [["character"]] * 2
    assert all(attempt.intent.board_digest for attempt in show.attempts(FIRST))


def test_without_an_approved_board_no_part_is_rendered(make_show: MakeShow) -> None:
    show = gated(make_show, "5")
    show.make(stages=[SCENE_VERSIONS, BOARDS])
    show.decide(FIRST, decision=Decision.REJECTED, note="no")
    sent = len(show.lab.submitted)
    assert show.make().blocked(FIRST).reason == "board_rejected"
    assert len(show.lab.submitted) == sent


@pytest.mark.parametrize("ceiling", ["0.69", "0.94"])
def test_the_price_ceiling_of_a_board_counts_all_that_was_made_on_it_in_parts_or_whole(
    make_show: MakeShow, ceiling: str
) -> None:
    """Ten cents were billed for the whole; each part may cost sixty, and is billed with twenty-five."""
    show = gated(make_show, "5")
    show.make(stages=[SCENE_VERSIONS, BOARDS])
    show.decide(FIRST, price_ceiling_usd=Decimal(ceiling))
    assert show.make().blocked(FIRST).reason == "price_ceiling_reached"
    assert show.balance().committed <= Decimal(ceiling)
    show.decide(FIRST, price_ceiling_usd=Decimal("1.30"))
    assert show.make().finished(FIRST)


def test_a_part_is_approved_and_kept_like_any_beat(refused: Show) -> None:
    adopt(refused)
    assert refused.make().finished(FIRST)
    with refused.studio() as studio:
        said = TakeSaid(action=TakeAction.APPROVE, reviewer="pat")
        reviewed = review_take(studio, EPISODE, "BATCH_001__SH0003", said)
    assert reviewed.decisions.standing == "latest t001, approved"
    refused.change_settings(settings(choices={"max_takes": 9, "style": "noir"}))
    sent = len(refused.lab.submitted)
    assert refused.make(cells=[FIRST]).blocked(FIRST).reason == "approved_take_stale"
    assert sent_shots(refused, sent) == [["SH0001", "SH0002"]]
