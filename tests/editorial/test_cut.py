import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recoil_assets.domain.cut import CutClip
from tests.editorial.footage import Footage, cut_of

CLIP = Footage(Path("/nowhere")).clip("media/one.mp4")


def clip(**facts: Any) -> CutClip:
    return CutClip.model_validate({**CLIP.model_dump(), **facts})


@pytest.mark.parametrize("path", ["/etc/passwd", "../other/one.mp4", "media/../../one.mp4", "", "."])
def test_a_clip_outside_the_project_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="not a path inside the project"):
        clip(media_path=path)


@pytest.mark.parametrize(
    "facts",
    [
        {"shot_ids": ("A", "B")},
        {"shot_ids": (), "shot_durations_s": ()},
        {"duration_s": 0.0},
        {"duration_s": math.nan},
        {"shot_durations_s": (-1.0,)},
        {"take_number": 0},
        {"cost_usd": -1},
    ],
)
def test_a_clip_that_can_not_be_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        clip(**facts)


@pytest.mark.parametrize("facts", [{"width": 91}, {"height": 0}, {"fps": 0}, {"clips": ()}])
def test_a_cut_that_can_not_be_shown_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        cut_of(**{"clips": (CLIP,), **facts})


def test_the_digest_changes_with_media_order_labels_and_format_and_with_nothing_else() -> None:
    other = clip(media_sha256="0" * 64, shot_ids=("EP001_SH0020",))
    cut = cut_of(CLIP, other)
    changed = [
        cut_of(other, CLIP),
        cut_of(CLIP),
        cut_of(CLIP, clip(stale=True)),
        cut_of(CLIP, clip(media_sha256="1" * 64)),
        cut_of(CLIP, other, fps=24),
    ]

    assert len({each.digest for each in [cut, *changed]}) == len(changed) + 1
    assert cut_of(clip(cost_usd=Decimal("0.250")), other).digest == cut.digest


def test_a_cut_is_as_long_and_as_dear_as_its_clips() -> None:
    cut = cut_of(clip(duration_s=2.5, cost_usd=Decimal("1.25")), clip(duration_s=1.0), clip(duration_s=0.5))

    assert cut.duration_s == pytest.approx(4.0)
    assert cut.cost_usd == Decimal("1.75")


def test_a_slate_says_beat_shots_take_and_staleness() -> None:
    multi = clip(beat_id="BATCH_003", shot_ids=("A1", "A2", "A3"), shot_durations_s=(1, 1, 1), stale=True)

    assert CLIP.slate == "EP001_SH9999 t002"
    assert multi.slate == "BATCH_003 A1-A3 t002 STALE"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"approved": True}, "t002 APPROVED"),
        ({"newer": 3}, "t002 (latest t003)"),
        (
            {"approved": True, "newer": 4, "newer_approved": 3},
            "t002 APPROVED (latest t004, latest approved t003)",
        ),
    ],
)
def test_a_slate_tells_the_latest_and_the_latest_approved_apart(facts: dict[str, Any], said: str) -> None:
    assert clip(**facts).slate == f"EP001_SH9999 {said}"


def test_a_heading_says_the_title_once() -> None:
    assert cut_of(CLIP).heading == "ep_001 · The Return"
    assert cut_of(CLIP, title="ep_001").heading == "ep_001"
    assert cut_of(CLIP, title="").heading == "ep_001"


def test_cut_points_stand_as_planned_and_the_last_shot_takes_what_is_left() -> None:
    spans = clip(shot_ids=("A", "B"), shot_durations_s=(4, 3), duration_s=10).shot_spans

    assert [(span.shot_id, span.start_s, span.duration_s) for span in spans] == [("A", 0, 4), ("B", 4, 6)]
    assert [span.middle_s for span in spans] == [2, 7]


def test_a_clip_shorter_than_its_plan_squeezes_all_shots_alike() -> None:
    spans = clip(shot_ids=("A", "B"), shot_durations_s=(8, 4), duration_s=6).shot_spans

    assert [(span.start_s, span.duration_s) for span in spans] == [(0, 4), (4, 2)]


@given(st.lists(st.floats(0.1, 60), min_size=1, max_size=6), st.floats(0.1, 60))
def test_the_shots_of_a_clip_fill_it_without_gap_or_overlap(planned: list[float], duration_s: float) -> None:
    names = tuple(f"S{number}" for number in range(len(planned)))

    spans = clip(shot_ids=names, shot_durations_s=planned, duration_s=duration_s).shot_spans

    assert tuple(span.shot_id for span in spans) == names
    assert all(span.duration_s > 0 for span in spans)
    assert sum(span.duration_s for span in spans) == pytest.approx(duration_s)
    ends = [0.0, *(span.start_s + span.duration_s for span in spans)]
    assert [span.start_s for span in spans] == pytest.approx(ends[:-1])
