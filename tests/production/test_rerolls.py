"""Rerolls: every refusal by its code, then the one take that is made."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from recoil_assets.domain.attempt import Attempt
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.naming import build_file_name, build_legacy_file_name, parse_file_name
from recoil_assets.domain.retry.change import StrategyName
from recoil_assets.domain.take import PrimaryChoice
from recoil_assets.production.cell_work import Reroll
from recoil_assets.production.outcome import Table
from recoil_assets.production.ports import Billed
from recoil_assets.production.reroll_preview import preview_reroll
from recoil_assets.production.stages import DISPATCH_PAYLOADS, REFERENCES, TAKES
from recoil_assets.production.take_review import TakeAction, TakeSaid, review_take
from tests.support.instant_provider import tiny_png
from tests.support.project import plan
from tests.support.show import EPISODE, STAGES, Show, cell, settings

MakeShow = Callable[..., Show]
FIRST = cell(1)
REPAINTED = tiny_png(99) + b"\0" * 100


@pytest.fixture
def made(quoted: Show) -> Show:
    """One beat with its take."""
    assert quoted.make(stages=[TAKES]).finished(FIRST)
    return quoted


@pytest.fixture
def scene(make_show: MakeShow) -> Show:
    """One batch below threshold: two beats of a shot each, both with takes."""
    show = make_show(plan("ep_001", batches=1, shots_each=2), text=settings(choices={"threshold_shots": 3}))
    assert show.make().finished(FIRST)
    assert len(show.body(FIRST).beats) == 2
    return show


def beat_id(show: Show, number: int = 0) -> str:
    return show.body(FIRST).beats[number].beat_id


def reroll(show: Show, beat: str = "", **more: object) -> Reroll:
    return Reroll(**{"beat": beat or beat_id(show), **more})


def refused(show: Show, order: Reroll) -> str:
    """The reason for which a reroll is refused, in the graph and before it alike; nothing is sent or written."""
    before = sorted(path for path in show.root.rglob("*") if "lock" not in str(path) and path.is_file())
    sent = len(show.lab.submitted)
    reason = show.make(stages=[TAKES], cells=[FIRST], reroll=order).blocked(FIRST).reason
    after = sorted(path for path in show.root.rglob("*") if "lock" not in str(path) and path.is_file())
    assert len(show.lab.submitted) == sent
    assert [path for path in after if path not in before] == []
    return reason


def primary(show: Show, number: int = 0) -> str:
    beat = show.body(FIRST).beats[number]
    with show.studio() as studio:
        choice = studio.primaries.current(EPISODE, beat.shot_set)
        return choice.attempt_id if choice else ""


def say(show: Show, action: TakeAction, **said: object) -> None:
    with show.studio() as studio:
        review_take(studio, EPISODE, beat_id(show), TakeSaid(action=action, reviewer="pat", **said))


def test_a_reroll_that_names_no_beat_is_refused(made: Show) -> None:
    assert refused(made, Reroll(beat="")) == "reroll_preflight_required"


def test_a_beat_that_does_not_exist_can_not_be_rerolled(made: Show) -> None:
    assert refused(made, Reroll(beat="SH9999")) == "reroll_requires_succeeded_primary"


def test_a_beat_without_a_primary_can_not_be_rerolled(quoted: Show) -> None:
    assert refused(quoted, reroll(quoted)) == "reroll_requires_succeeded_primary"


def test_a_primary_whose_media_is_missing_can_not_be_rerolled(made: Show) -> None:
    (take,) = made.attempts(FIRST)
    (made.root / take.intent.media_path).unlink()
    assert refused(made, reroll(made)) == "reroll_requires_succeeded_primary"


def test_no_beat_is_rerolled_while_the_media_of_another_of_its_scene_is_missing(scene: Show) -> None:
    (scene.root / scene.attempts(FIRST)[1].intent.media_path).unlink()
    assert refused(scene, reroll(scene)) == "reroll_requires_succeeded_primary"


def test_a_name_that_means_several_beats_is_refused(scene: Show) -> None:
    assert refused(scene, reroll(scene, "BATCH_001")) == "new_take_requires_single_r2v_multi_beat"


def test_a_scene_whose_plan_has_other_beats_is_refused(made: Show) -> None:
    made.rewrite_plan(plan("ep_001", batches=1, shots_each=2))
    assert refused(made, reroll(made)) == "new_take_requires_single_r2v_multi_beat"


def test_a_beat_is_not_rerolled_while_another_of_its_scene_would_be_rendered(scene: Show) -> None:
    beat = scene.body(FIRST).beats[1]
    with scene.studio() as studio:
        studio.primaries.choose(
            EPISODE,
            PrimaryChoice(number=2, shot_set=beat.shot_set, attempt_id="", chosen_at="now", chosen_by="pat"),
        )
    (scene.root / scene.attempts(FIRST)[1].intent.media_path).unlink()
    assert refused(scene, reroll(scene)) == "new_take_requires_single_r2v_multi_beat"


def test_a_primary_whose_file_is_of_other_shots_is_refused(made: Show) -> None:
    """A primary of another shot set, as a state directory that was merged by hand has it."""
    (take,) = made.attempts(FIRST)
    name = parse_file_name(Path(take.intent.media_path).name)
    assert name is not None
    other = (
        f"media/takes/ep_001/{build_file_name(name.model_copy(update={'shot_ids': ('SH0001', 'SH0002')}))}"
    )
    (made.root / other).write_bytes((made.root / take.intent.media_path).read_bytes())

    class MergedJournal:
        def __init__(self, journal: object) -> None:
            self._journal = journal

        def __getattr__(self, name: str) -> object:
            return getattr(self._journal, name)

        def attempts(self, *args: str) -> tuple[Attempt, ...]:
            found = self._journal.attempts(*args)  # type: ignore[attr-defined]
            return tuple(
                item.model_copy(update={"intent": item.intent.model_copy(update={"media_path": other})})
                for item in found
            )

    made.refit = lambda studio: replace(studio, journal=MergedJournal(studio.journal))
    assert refused(made, reroll(made)) == "reroll_segment_drift"


def test_a_repainted_reference_refuses_a_reroll(made: Show) -> None:
    (made.root / "refs" / "characters" / "MARA.png").write_bytes(REPAINTED)
    assert refused(made, reroll(made)) == "reroll_refs_drifted"


def test_a_reference_that_can_not_be_read_refuses_a_reroll(made: Show) -> None:
    (made.root / "refs" / "characters" / "MARA.png").write_bytes(b"no picture at all" * 20)
    assert refused(made, reroll(made)) == "reroll_refs_drifted"


@pytest.mark.parametrize("build", [build_file_name, build_legacy_file_name])
def test_a_file_that_has_the_new_name_refuses_a_reroll_in_either_form(
    made: Show, build: Callable[..., str]
) -> None:
    (take,) = made.attempts(FIRST)
    name = parse_file_name(Path(take.intent.media_path).name)
    assert name is not None
    (made.root / "media/takes/ep_001" / build(name.model_copy(update={"take": 2}))).write_bytes(b"x")
    assert refused(made, reroll(made)) == "reroll_collision"


def test_a_released_primary_of_which_no_identity_is_kept_refuses_a_reroll(made: Show) -> None:
    beat = made.beat(FIRST)
    with made.studio() as studio:
        studio.primaries.choose(
            EPISODE,
            PrimaryChoice(number=2, shot_set=beat.shot_set, attempt_id="", chosen_at="now", chosen_by="pat"),
        )
    assert refused(made, reroll(made)) == "reroll_identity_unresolvable"


def test_after_the_codes_come_the_gates_and_the_caps(made: Show) -> None:
    made.change_settings(settings(caps={"episode_usd": "0.30"}))
    ended = made.make(stages=[TAKES], reroll=reroll(made))
    assert ended.blocked(FIRST).reason == "cap_reached"
    assert len(made.lab.submitted) == 1


def test_a_reroll_is_one_new_take_beside_the_primary(made: Show) -> None:
    order = reroll(made, seed=77, note="she looks away")
    outcome = made.make(stages=[TAKES], reroll=order).versions(FIRST)
    first, second = made.attempts(FIRST)
    assert outcome == {"takes": made.records[FIRST]["takes"]}, "the primary is what it was"
    assert primary(made) == first.attempt_id
    assert (second.intent.number, second.intent.note, second.intent.sent.seed) == (2, "she looks away", 77)
    assert second.intent.basis == first.intent.basis, "what is changed is no part of the basis"
    assert made.lab.submitted[1][1].seed == 77
    assert second.succeeded
    assert Path(second.intent.media_path).name.endswith(".t002.mp4")


def test_a_reroll_draws_another_seed_unless_one_is_named(made: Show) -> None:
    made.make(stages=[TAKES], reroll=reroll(made))
    made.make(stages=[TAKES], reroll=reroll(made))
    seeds = [request.seed for _, request in made.lab.submitted]
    assert len(set(seeds)) == 3


def test_a_strategy_of_a_reroll_reaches_the_wire_and_is_stamped_on_the_take(made: Show) -> None:
    made.make(stages=[TAKES], reroll=reroll(made, strategy=StrategyName.SOFTEN_PROMPT))
    _, second = made.attempts(FIRST)
    assert [change.strategy for change in second.intent.changes] == ["soften_prompt"]
    assert made.lab.submitted[1][1].prompt == second.intent.sent.prompt != second.intent.request.prompt


def test_a_success_becomes_the_primary_where_that_was_ordered(made: Show) -> None:
    ended = made.make(stages=[TAKES], reroll=reroll(made, make_primary=True))
    _, second = made.attempts(FIRST)
    assert primary(made) == second.attempt_id
    (made_now,) = ended.of(FIRST)
    table = made_now.facts["takes"]  # type: ignore[union-attr]
    assert isinstance(table, Table)
    assert table.rows[0]["take"] == 2


def test_a_failed_reroll_is_not_tried_again_and_leaves_the_primary(made: Show) -> None:
    made.lab.fail_first = 99
    failed = made.make(stages=[TAKES], reroll=reroll(made)).failed(FIRST)
    assert "the reroll of" in failed.message
    assert "it was not to be" in failed.message
    assert len(made.lab.submitted) == 2
    assert primary(made) == made.attempts(FIRST)[0].attempt_id


def test_failed_rerolls_use_up_none_of_the_attempts_of_a_beat(made: Show) -> None:
    """They are of the present request, of which the beat has no take yet."""
    made.change_settings(settings(choices={"max_takes": 1, "style": "noir"}))
    made.make(stages=STAGES[:-1])
    made.lab.fail_first = 3
    for _ in range(2):
        made.make(stages=[TAKES], reroll=reroll(made)).failed(FIRST)
    made.lab.fail_first = 0
    assert made.make(stages=[TAKES]).finished(FIRST)


def test_the_same_run_carried_out_again_sends_nothing_again(made: Show) -> None:
    order = reroll(made, make_primary=True)
    for _ in range(3):
        assert made.make(stages=[TAKES], reroll=order, run="one order").versions(FIRST)
    assert len(made.lab.submitted) == 2
    made.make(stages=[TAKES], reroll=order, run="another order")
    assert len(made.lab.submitted) == 3


def test_a_run_that_nobody_asked_for_rerolls_nothing(made: Show) -> None:
    ended = made.make(stages=[TAKES], reroll=reroll(made), resume_only=True)
    assert ended.blocked(FIRST).reason == "resume_only"
    assert len(made.lab.submitted) == 1


def test_only_the_named_beat_of_a_scene_is_rendered(scene: Show) -> None:
    sent = len(scene.lab.submitted)
    assert scene.make(stages=[TAKES], reroll=reroll(scene, beat_id(scene, 1))).finished(FIRST)
    assert len(scene.lab.submitted) == sent + 1
    assert scene.lab.submitted[-1][1].shots[0].shot_id == beat_id(scene, 1)


def test_an_exhausted_beat_can_be_rerolled(made: Show) -> None:
    """Its stale primary stays; every attempt at the new request failed."""
    made.change_settings(settings(choices={"max_takes": 1, "style": "noir"}))
    made.lab.fail_first = 2
    made.make().failed(FIRST)
    made.lab.fail_first = 0
    blocked = made.make(stages=[TAKES], reroll=reroll(made)).blocked(FIRST)
    assert blocked.reason == "primary_not_current"
    assert made.attempts(FIRST)[-1].succeeded
    sent = len(made.lab.submitted)
    assert made.make(stages=[TAKES]).finished(FIRST), "what the reroll made is of the present request"
    assert len(made.lab.submitted) == sent


def test_a_released_primary_leaves_a_marker_that_the_next_success_consumes(made: Show) -> None:
    """The references drifted: a plain reroll is refused, and one after a release takes the identity that was kept."""
    (made.root / "refs" / "characters" / "MARA.png").write_bytes(REPAINTED)
    made.make(stages=[REFERENCES, DISPATCH_PAYLOADS])
    assert refused(made, reroll(made)) == "reroll_refs_drifted"
    say(made, TakeAction.RELEASE)
    assert primary(made) == ""
    assert made.make(stages=[TAKES], reroll=reroll(made)).finished(FIRST)
    first, second = made.attempts(FIRST)
    assert primary(made) == second.attempt_id
    assert Path(second.intent.media_path).name == Path(first.intent.media_path).name.replace("t001", "t002")


def test_an_approved_beat_is_rerolled_by_name_and_keeps_its_approved_primary(made: Show) -> None:
    say(made, TakeAction.APPROVE)
    assert made.make(stages=[TAKES], reroll=reroll(made)).finished(FIRST)
    assert primary(made) == made.attempts(FIRST)[0].attempt_id


def test_an_approved_beat_is_not_rerolled_to_have_another_primary(made: Show) -> None:
    say(made, TakeAction.APPROVE)
    assert refused(made, reroll(made, make_primary=True)) == "take_approved"


def test_a_reroll_can_be_looked_at_before_it_is_ordered(made: Show) -> None:
    made.change_settings(settings(caps={"episode_usd": "0.30"}))
    before = sorted(made.root.rglob("*"))
    with made.studio() as studio:
        preview = preview_reroll(studio, EPISODE, reroll(made))
    assert preview.file_name.endswith(".t002.mp4")
    assert str(preview.found.usd) == "0.300000"
    assert "the episode cap of $0.30 would be passed" in preview.in_the_way[0]
    assert sorted(made.root.rglob("*")) == before
    assert len(made.lab.submitted) == 1


def test_an_unknown_attempt_at_the_beat_stops_a_reroll(made: Show) -> None:
    made.lab.fail_first, made.lab.failure_billed = 2, Billed.UNKNOWN
    made.make(stages=[TAKES], reroll=reroll(made)).unsettled(FIRST)
    made.make(stages=[TAKES], reroll=reroll(made)).unsettled(FIRST)
    assert len(made.lab.submitted) == 2


def test_every_grouping_can_be_rerolled(make_show: MakeShow) -> None:
    for grouping in ("continuity", "oner", "solo"):
        show = make_show(
            plan("ep_001", batches=1, shots_each=2), text=settings(choices={"grouping": grouping})
        )
        target = Cell("ep_001", min(show.records).batch)
        assert show.make(stages=STAGES).finished(target)
        beat = show.body(target).beats[0].beat_id
        assert show.make(stages=[TAKES], cells=[target], reroll=Reroll(beat=beat)).finished(target), grouping
        assert show.lab.submitted[-1][1].seed != show.lab.submitted[0][1].seed
