"""Impact: what it foretells is compared with what really becomes of the episode once the edit is made."""

import copy
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.impact import (
    ApprovalFate,
    BoardFate,
    Change,
    Impact,
    Rendering,
    SceneFate,
    TakeFate,
)
from recoil_assets.production.impact import Edit, impact_of
from recoil_assets.production.stages import SCENE_VERSIONS
from recoil_assets.production.take_review import TakeAction, TakeSaid, review_take
from tests.support.instant_provider import tiny_png
from tests.support.project import plan, shot, write_plan
from tests.support.show import Show, cell, settings

from .conftest import BEFORE_TAKES, MEMORY, MakeShow
from .foretelling import (
    MARA,
    PAID_BOARDS,
    accept,
    all_ids,
    check_foretold,
    edited,
    finish,
    foretold,
    nothing,
    prepared,
    repaint,
    script,
    spent_on,
    told,
    truth,
)
from .test_quotes import everything


@pytest.fixture(scope="module")
def filmed_once(tmp_path_factory: pytest.TempPathFactory) -> Show:
    root = tmp_path_factory.mktemp("filmed") / "project"
    show = prepared(Show.begin(root, script(), text=settings(gate=True, choices=PAID_BOARDS)))
    (root / "frames").mkdir()
    (root / "frames" / "last.png").write_bytes(tiny_png(3) + b"\0" * 100)
    finish(show)
    show.close()
    return show


@pytest.fixture
def filmed(filmed_once: Show, tmp_path: Path) -> Iterator[Show]:
    """An episode whose boards are approved and whose takes are all there. Boards and takes cost money."""
    show = prepared(filmed_once.copied(tmp_path / "filmed"))
    yield show
    show.close()


def test_a_repaint_keeps_boards_and_approvals_and_makes_the_takes_that_use_it_stale(filmed: Show) -> None:
    found = check_foretold(filmed, None, repaint(filmed), repainted=[MARA])
    assert [item.cell for item in found.episodes[0].cells] == [cell(1), cell(4)]
    first = told(found, 1)
    assert (first.scene, first.board, first.approval) == ("kept", "kept", "kept")
    assert first.changes == (Change.REFERENCES, Change.REQUEST)
    assert [(take.fate, take.primary, take.in_cut) for take in first.takes] == [("stale", True, True)]
    assert found.usd == Decimal("1.20")


def test_an_approved_take_keeps_its_beat_whatever_becomes_of_its_references(filmed: Show) -> None:
    with filmed.studio() as studio:
        review_take(studio, "ep_001", "BATCH_001", TakeSaid(action=TakeAction.APPROVE, reviewer="pat"))
    found = foretold(filmed, repainted=[MARA])
    kept, again = told(found, 1).beats[0], told(found, 4).beats[0]
    assert (kept.rendering, kept.usd, kept.takes[0].fate) == (Rendering.KEPT, 0, "stale")
    assert (again.rendering, again.usd) == (Rendering.AGAIN, Decimal("0.60"))
    assert (found.usd, found.episodes[0].kept) == (Decimal("0.60"), 1)
    repaint(filmed)()
    before = all_ids(filmed)
    assert filmed.make().blocked(cell(1)).reason == "approved_take_stale"
    assert spent_on(filmed, "take", before) == Decimal("0.60")


def test_an_approved_take_keeps_no_beat_that_has_other_shots_then(filmed: Show) -> None:
    with filmed.studio() as studio:
        review_take(studio, "ep_001", "BATCH_001", TakeSaid(action=TakeAction.APPROVE, reviewer="pat"))
    found = foretold(filmed, edited(lambda shots: shots.pop(1)))
    assert [beat.rendering for beat in told(found, 1).beats] == [Rendering.AGAIN, Rendering.NONE]


def test_a_picture_that_is_painted_first_or_before_another_form_of_it_is_foretold(filmed: Show) -> None:
    new = "refs/locations/HALL.jpg"
    found = check_foretold(filmed, None, repaint(filmed, new), repainted=[new])
    assert [item.cell for item in found.episodes[0].cells] == [cell(3)]
    before = "refs/locations/HALL.png"
    assert check_foretold(filmed, None, repaint(filmed, before), repainted=[before]).usd == Decimal("0.30")
    assert foretold(filmed, repainted=[new]).episodes == (), "it stands behind the other one now"


def test_a_frame_is_a_reference_of_its_shot_alone(filmed: Show) -> None:
    frame = "frames/last.png"
    found = check_foretold(filmed, None, repaint(filmed, frame), repainted=[frame])
    assert [item.cell for item in found.episodes[0].cells] == [cell(2)]
    assert found.used == {filmed.root / frame}


def test_a_file_that_nothing_is_made_from_touches_nothing_and_is_not_used(filmed: Show) -> None:
    found = foretold(filmed, repainted=["refs/characters/NOBODY.png", "media/.recoil-media"])
    assert (found.episodes, found.used, found.usd) == ((), frozenset(), 0)


def test_a_change_of_one_shot_redraws_its_board_and_ends_its_approval(filmed: Show) -> None:
    found = check_foretold(filmed, edited(lambda shots: shots[0].update(description="new")), nothing)
    (only,) = found.episodes[0].cells
    assert (only.scene, only.version) == (SceneFate.CANDIDATE, 2)
    assert (only.board, only.approval, only.board_usd) == ("redraw", "dies", Decimal("0.05"))
    assert only.usd == Decimal("0.65")


def test_a_note_on_a_shot_changes_the_scene_and_nothing_that_is_asked_for(filmed: Show) -> None:
    found = check_foretold(filmed, edited(lambda shots: shots[0].update(note="faster")), nothing)
    (only,) = found.episodes[0].cells
    assert (only.changes, only.board, only.approval) == ((Change.SCENE,), "kept", "kept")
    assert (found.usd, [take.fate for take in only.takes]) == (0, ["kept"])


def test_a_title_changes_no_batch(filmed: Show) -> None:
    assert check_foretold(filmed, script() | {"title": "Two"}, nothing).episodes == ()


def test_a_lost_shot_drops_the_takes_of_its_beat_from_the_cut(filmed: Show) -> None:
    found = check_foretold(filmed, edited(lambda shots: shots.pop(1)), nothing)
    (only,) = found.episodes[0].cells
    assert (only.board, only.approval) == (BoardFate.DROPPED, ApprovalFate.DIES)
    new, lost = only.beats
    assert (new.rendering, new.usd, new.takes) == (Rendering.AGAIN, Decimal("0.30"), ())
    assert [(take.fate, take.in_cut) for take in lost.takes] == [(TakeFate.DROPPED, True)]


def test_a_batch_that_leaves_the_plan_is_void_and_one_that_comes_is_new(filmed: Show) -> None:
    def swap(shots: list[dict[str, Any]]) -> None:
        shots[2:3] = [shot(20, cast=["IVO"], place="CELLAR"), shot(21, cast=["IVO"], place="CELLAR")]

    found = check_foretold(filmed, edited(swap), nothing)
    new, lost = found.episodes[0].cells
    assert (new.cell, new.scene, new.version, new.board) == (cell(5), "new", 1, "draw")
    assert [beat.rendering for beat in new.beats] == [Rendering.FIRST]
    assert (lost.cell, lost.scene, lost.version) == (cell(2), "void", None)
    assert found.episodes[0].takes(TakeFate.DROPPED, in_cut=True) == lost.takes


def test_a_plan_that_comes_back_costs_nothing_but_a_look_at_the_board_that_counts_again(filmed: Show) -> None:
    check_foretold(filmed, edited(lambda shots: shots[0].update(description="new")), nothing)
    found = check_foretold(filmed, script(), nothing)
    (only,) = found.episodes[0].cells
    assert (only.scene, only.version, only.board) == (SceneFate.EARLIER, 1, BoardFate.EARLIER)
    assert only.approval is ApprovalFate.DIES, "the last decision was about the other board"
    assert [take.fate for take in only.takes] == [TakeFate.STALE_ALREADY, TakeFate.STALE]
    assert found.usd == 0


def test_a_plan_that_was_taken_in_and_not_conformed_to_can_be_taken_back_for_nothing(filmed: Show) -> None:
    filmed.rewrite_plan(edited(lambda shots: shots[0].update(description="new")))
    filmed.make(stages=[SCENE_VERSIONS])
    found = check_foretold(filmed, script(), nothing)
    (only,) = found.episodes[0].cells
    assert (only.scene, only.changes, only.approval) == (SceneFate.ACTIVE, (), ApprovalFate.KEPT)


def test_changed_choices_are_compared_with_what_the_takes_were_made_from(filmed: Show) -> None:
    text = settings(gate=True, choices={**PAID_BOARDS, "style": "noir"})
    filmed.change_settings(text)
    found = check_foretold_settings(filmed)
    assert {item.board for item in found.episodes[0].cells} == {"redraw", "not required"}
    assert all(item.changes == (Change.REQUEST,) for item in found.episodes[0].cells)
    assert foretold(filmed, choices=True).episodes == (), "all of it was made again"


def test_a_changed_grouping_is_foretold_from_the_settings_alone(filmed: Show) -> None:
    filmed.change_settings(settings(gate=True, choices={**PAID_BOARDS, "grouping": "solo"}))
    found = check_foretold_settings(filmed)
    assert SceneFate.NEW in {item.scene for item in found.episodes[0].cells}


def test_a_setting_that_no_request_knows_changes_nothing(filmed: Show) -> None:
    filmed.change_settings(settings(gate=True, choices={**PAID_BOARDS, "max_takes": 9}))
    assert foretold(filmed, choices=True).episodes == ()


def test_a_board_that_is_not_drawn_yet_is_not_the_doing_of_changed_choices(make_show: MakeShow) -> None:
    show = prepared(make_show(plan("ep_001", batches=2)))
    show.make(stages=[SCENE_VERSIONS])
    show.change_settings(settings(choices={"style": "noir"}))
    assert foretold(show, choices=True).episodes == ()


def check_foretold_settings(show: Show) -> Impact:
    """The settings are the edit and made already: what is foretold to be rendered is what is then rendered."""
    known, found = all_ids(show), foretold(show, choices=True)
    accept(show, script())
    after = truth(show)
    for item in (item for part in found.episodes for item in part.cells):
        for take in item.takes:
            assert after.current.get(take.attempt_id) == {
                TakeFate.STALE: False,
                TakeFate.DROPPED: None,
                TakeFate.KEPT: True,
            }.get(take.fate, False)
        if item.approval is ApprovalFate.DIES:
            assert item.cell not in after.approved
    finish(show)
    assert spent_on(show, "take", known) + spent_on(show, "board", known) == found.usd
    return found


def test_coverage_and_clips_beside_the_cut_are_not_in_it(make_show: MakeShow) -> None:
    passes = '\n[[episodes.ep_001.coverage]]\npass_id = "PASS_1"\nsegments = [{shot_id = "SH0001"}]\n'
    text = settings(choices={"coverage_passes": ["PASS_1"]}) + passes
    show = prepared(make_show(plan("ep_001", batches=1), text=text))
    finish(show)
    found = check_foretold(show, None, repaint(show), repainted=[MARA])
    in_cut = {
        item.cell.batch: [take.in_cut for take in item.takes if take.primary]
        for item in found.episodes[0].cells
    }
    assert in_cut == {"BATCH_001": [True], "COV_01": [False]}


def test_a_take_that_is_stale_already_and_a_batch_without_takes_cost_nothing_anew(
    make_show: MakeShow,
) -> None:
    show = prepared(make_show(plan("ep_001", batches=2)))
    show.make(cells=[cell(1)])
    show.make(cells=[cell(2)], stages=BEFORE_TAKES)
    repaint(show)()
    found = foretold(show, repainted=[MARA])
    assert [take.fate for take in told(found, 1).takes] == [TakeFate.STALE_ALREADY]
    assert found.episodes[0].rendering_usd(Rendering.AGAIN) == 0
    assert found.episodes[0].rendering_usd(Rendering.FIRST) == Decimal("1.20")


def test_an_episode_that_was_never_taken_in_is_new_as_a_whole(filmed: Show) -> None:
    found = foretold(filmed, plan("ep_002", batches=2, first=50))
    (episode,) = found.episodes
    assert {item.scene for item in episode.cells} == {SceneFate.NEW}
    assert (episode.boards_usd, episode.rendering_usd(Rendering.FIRST)) == (Decimal("0.10"), Decimal("1.20"))


def test_a_request_that_can_not_be_built_is_told_of_and_has_no_price(filmed: Show) -> None:
    found = foretold(filmed, edited(lambda shots: shots[2].update(video_model="unheard-of")))
    (only,) = found.episodes[0].cells
    assert "'unheard-of' is not in the price book" in only.fault
    assert (only.usd, found.usd) == (None, None)
    assert [take.fate for take in only.takes] == [TakeFate.STALE]


def test_a_plan_that_can_not_be_grouped_is_refused(filmed: Show) -> None:
    filmed.change_settings(settings(choices={"coverage_passes": ["PASS_9"]}))
    with pytest.raises(UsageError, match="PASS_9"):
        foretold(filmed, script())


def test_nothing_is_written(filmed: Show) -> None:
    filmed.close()
    before = everything(filmed.root)
    foretold(filmed, edited(lambda shots: shots.pop(1)), repainted=[MARA], choices=True)
    assert everything(filmed.root) == before


SHOTS = st.integers(0, 7)
EDITS = st.one_of(
    st.tuples(st.just("describe"), SHOTS),
    st.tuples(st.just("note"), SHOTS),
    st.tuples(st.just("lose"), SHOTS),
    st.tuples(st.just("add"), SHOTS),
    st.tuples(st.just("move"), SHOTS),
    st.tuples(st.just("swap"), SHOTS),
    st.tuples(st.just("lengthen"), SHOTS),
    st.tuples(st.just("recast"), SHOTS),
)


def apply(edits: Sequence[tuple[str, int]], document: dict[str, Any]) -> dict[str, Any]:
    """The plan after these edits, each at a shot that is still there."""
    shots = copy.deepcopy(document["shots"])
    for number, (kind, place) in enumerate(edits):
        at = place % len(shots)
        if kind == "lose" and len(shots) > 1:
            del shots[at]
        elif kind == "add":
            newest = max(int(item["shot_id"].removeprefix("SH")) for item in shots)
            shots.insert(at, shot(newest + 1, cast=["IVO"], place=str(shots[at]["location_id"])))
        elif kind == "swap":
            shots[at - 1], shots[at] = shots[at], shots[at - 1]
        else:
            shots[at] |= {
                "describe": {"description": f"rewritten {number}"},
                "note": {"note": number},
                "move": {"location_id": "QUAY"},
                "lengthen": {"duration_s": 4.5},
                "recast": {"characters": [{"char_id": "MARA"}]},
            }.get(kind, {})
    return {**document, "shots": shots}


Rounds = list[tuple[list[tuple[str, int]], bool]]


@pytest.mark.parametrize(
    "examples", [pytest.param(4, id="a few"), pytest.param(60, id="many", marks=pytest.mark.proof)]
)
def test_whatever_is_edited_and_repainted_the_answer_is_what_happens(
    filmed_once: Show, examples: int
) -> None:
    @effort(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(rounds=st.lists(st.tuples(st.lists(EDITS, max_size=3), st.booleans()), min_size=1, max_size=2))
    def check(rounds: Rounds) -> None:
        check_rounds(filmed_once, rounds)

    check()


def check_rounds(filmed_once: Show, rounds: Rounds) -> None:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        show = prepared(filmed_once.copied(Path(folder) / "project"))
        document = script()
        try:
            for number, (edits, painted) in enumerate(rounds):
                document = apply(edits, document)
                painting = repaint(show, shade=number) if painted else nothing
                check_foretold(show, document, painting, repainted=[MARA] if painted else [])
        finally:
            show.close()


def test_a_plan_edited_in_place_is_compared_with_what_was_taken_in(filmed: Show) -> None:
    write_plan(filmed.root, edited(lambda shots: shots[0].update(description="new")))
    with filmed.studio() as studio:
        found = impact_of(studio, Edit(plans=(studio.plans.read("ep_001"),)))
    assert [item.cell for item in found.episodes[0].cells] == [cell(1)]
