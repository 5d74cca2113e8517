import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from opentimelineio.opentime import RationalTime, TimeRange, to_timecode

from recoil_assets.domain.cut import Cut
from resources.editorial.timeline import UnwritableEdlError, write_timeline
from resources.editorial.whole_file import DailiesNotWrittenError
from tests.editorial.footage import BLUE, GREEN, RED, Footage, cut_of


def three_clips(footage: Footage, **facts: Any) -> Cut:
    """A shot, a beat of three shots (1, 2 and 1 s) whose take is stale, and a shot: 1 + 4 + 2 s at 24 fps."""
    clips = [
        footage.shoot(RED, frames=24, fps=24),
        footage.shoot(
            RED,
            GREEN,
            BLUE,
            frames=96,
            fps=24,
            durations_s=(1, 2, 1),
            stale=True,
            model="kling",
            provider="fal",
        ),
        footage.shoot(GREEN, frames=48, fps=24),
    ]
    return cut_of(*clips, **{"fps": 24, **facts})


@pytest.fixture
def destination(footage: Footage) -> Path:
    return footage.root / "dailies" / "ep_001" / "ep_001.otio"


def read_edl(destination: Path, rate: int = 24) -> Any:
    return otio.adapters.read_from_file(str(destination.with_suffix(".edl")), rate=rate)


@pytest.mark.parametrize("fps", [7, 11, 18, 23, 59])
def test_a_rate_without_time_code_is_refused_with_the_rates_that_have_one_and_nothing_is_written(
    footage: Footage, destination: Path, fps: int
) -> None:
    with pytest.raises(UnwritableEdlError, match="set fps to one of 24, 25, 30, 48, 50, 60"):
        write_timeline(cut_of(footage.shoot(RED), fps=fps), footage.root, destination)

    assert not destination.exists()
    assert not destination.with_suffix(".edl").exists()


def test_more_clips_than_an_edl_has_events_are_refused_and_nothing_is_written(
    footage: Footage, destination: Path
) -> None:
    with pytest.raises(UnwritableEdlError, match="1000 clips; an EDL holds 999"):
        write_timeline(cut_of(*[footage.shoot(RED)] * 1000, fps=24), footage.root, destination)

    assert not destination.exists()


@pytest.fixture
def no_edl_adapter() -> Iterator[None]:
    plugins = otio.plugins.ActiveManifest()
    installed = list(plugins.adapters)
    plugins.adapters = [adapter for adapter in installed if adapter.name != "cmx_3600"]
    yield
    plugins.adapters = installed


@pytest.mark.usefixtures("no_edl_adapter")
def test_an_edl_adapter_that_is_not_installed_is_said_and_nothing_is_written(
    footage: Footage, destination: Path
) -> None:
    with pytest.raises(UnwritableEdlError, match="check that otio-cmx3600-adapter is installed"):
        write_timeline(three_clips(footage), footage.root, destination)

    assert not destination.exists()


def test_a_folder_that_can_not_be_written_to_is_said_with_a_cure(footage: Footage, destination: Path) -> None:
    (footage.root / "dailies").write_text("a file where the folder should be")

    with pytest.raises(DailiesNotWrittenError, match="cure: free disk space or correct"):
        write_timeline(three_clips(footage), footage.root, destination)


def test_the_timeline_reads_back_as_it_was_written(footage: Footage, destination: Path) -> None:
    written = write_timeline(three_clips(footage), footage.root, destination)

    read = otio.adapters.read_from_file(str(destination))

    assert read.is_equivalent_to(written)
    assert read.name == "ep_001 · The Return"
    assert to_timecode(read.global_start_time) == "01:00:00:00"
    assert [track.name for track in read.tracks] == ["V1 dailies"]


def test_clips_follow_each_other_with_their_whole_media(footage: Footage, destination: Path) -> None:
    cut = three_clips(footage)
    write_timeline(cut, footage.root, destination)

    timeline = otio.adapters.read_from_file(str(destination))
    clips = list(timeline.find_clips())

    assert [clip.name for clip in clips] == [clip.slate for clip in cut.clips]
    assert [clip.range_in_parent() for clip in clips] == [_frames(0, 24), _frames(24, 96), _frames(120, 48)]
    assert [clip.source_range for clip in clips] == [_frames(0, 24), _frames(0, 96), _frames(0, 48)]
    assert all(clip.media_reference.available_range == clip.source_range for clip in clips)


def _frames(start: int, count: int, rate: int = 24) -> TimeRange:
    return TimeRange(RationalTime(start, rate), RationalTime(count, rate))


def test_a_clip_of_several_shots_has_a_marker_over_each_and_other_clips_have_none(
    footage: Footage, destination: Path
) -> None:
    cut = three_clips(footage)
    write_timeline(cut, footage.root, destination)

    clips = list(otio.adapters.read_from_file(str(destination)).find_clips())

    assert [(marker.name, marker.marked_range) for marker in clips[1].markers] == list(
        zip(cut.clips[1].shot_ids, [_frames(0, 24), _frames(24, 48), _frames(72, 24)], strict=True)
    )
    assert [len(clip.markers) for clip in clips] == [0, 3, 0]


def test_a_clip_carries_what_is_known_about_its_take(footage: Footage, destination: Path) -> None:
    cut = three_clips(footage)
    write_timeline(cut, footage.root, destination)

    timeline = otio.adapters.read_from_file(str(destination))
    facts = dict(list(timeline.find_clips())[1].metadata["recoil"])

    assert list(facts.pop("shot_ids")) == list(cut.clips[1].shot_ids)
    assert list(facts.pop("shot_durations_s")) == [1, 2, 1]
    assert list(facts.pop("drift")) == []
    assert facts == {
        "episode": "ep_001",
        "batch": "BATCH_003",
        "beat_id": "BATCH_003",
        "take": 2,
        "attempt_id": cut.clips[1].attempt_id,
        "tag": "A_MIRA",
        "modality": "r2v_multi",
        "provider": "fal",
        "model": "kling",
        "duration_s": 4.0,
        "cost_usd": "0.250000",
        "stale": True,
        "approved": False,
        "newer": 0,
        "newer_approved": 0,
        "sha256": cut.clips[1].media_sha256,
    }


def test_the_media_are_found_after_the_project_was_moved(footage: Footage, destination: Path) -> None:
    write_timeline(three_clips(footage), footage.root, destination)
    moved = footage.root.with_name("moved")
    shutil.move(footage.root, moved)
    timeline = moved / destination.relative_to(footage.root)

    clips = list(otio.adapters.read_from_file(str(timeline)).find_clips())

    for clip in clips:
        url = clip.media_reference.target_url
        assert not Path(url).is_absolute()
        assert (timeline.parent / otio.url_utils.filepath_from_url(url)).is_file()


def test_a_timeline_needs_no_media(footage: Footage, destination: Path) -> None:
    write_timeline(cut_of(footage.clip("media/offline.mp4"), fps=24), footage.root, destination)

    assert [clip.name for clip in read_edl(destination).find_clips()] == ["EP001_SH9999 t002"]


def test_the_edl_has_an_event_for_every_clip_from_one_hour_on(footage: Footage, destination: Path) -> None:
    cut = three_clips(footage)
    write_timeline(cut, footage.root, destination)

    events = [
        line.split()
        for line in destination.with_suffix(".edl").read_text().splitlines()
        if line[:1].isdigit()
    ]

    assert [event[4:] for event in events] == [
        ["00:00:00:00", "00:00:01:00", "01:00:00:00", "01:00:01:00"],
        ["00:00:00:00", "00:00:04:00", "01:00:01:00", "01:00:05:00"],
        ["00:00:00:00", "00:00:02:00", "01:00:05:00", "01:00:07:00"],
    ]
    assert [event[2:4] for event in events] == [["V", "C"]] * 3


def test_the_edl_reads_back_with_names_ranges_media_and_markers_at_record_time(
    footage: Footage, destination: Path
) -> None:
    cut = three_clips(footage)
    write_timeline(cut, footage.root, destination)

    clips = list(read_edl(destination).find_clips())

    assert [clip.name for clip in clips] == [clip.slate for clip in cut.clips]
    assert [clip.source_range for clip in clips] == [_frames(0, 24), _frames(0, 96), _frames(0, 48)]
    assert all((destination.parent / clip.media_reference.target_url).is_file() for clip in clips)
    assert [
        (marker.name, to_timecode(marker.marked_range.start_time)) for marker in clips[1].markers
    ] == list(zip(cut.clips[1].shot_ids, ["01:00:01:00", "01:00:02:00", "01:00:04:00"], strict=True))


def test_a_reel_is_eight_characters_that_stay_with_the_media_wherever_it_stands(
    footage: Footage, destination: Path
) -> None:
    cut = three_clips(footage)

    def reels(order: list[int]) -> list[str]:
        write_timeline(cut_of(*(cut.clips[number] for number in order), fps=24), footage.root, destination)
        return [clip.metadata["cmx_3600"]["reel"] for clip in read_edl(destination).find_clips()]

    first, second, third = reels([0, 1, 2])

    assert all(reel.isalnum() and len(reel) == 8 for reel in (first, second, third))
    assert len({first, second, third}) == 3
    assert reels([2, 0, 1]) == [third, first, second]


@pytest.mark.parametrize(
    ("fps", "rate"), [(12, 24), (15, 30), (16, 48), (20, 60), (25, 25), (30, 30), (60, 60)]
)
def test_a_rate_without_time_code_is_written_at_one_that_has_it_and_hits_the_same_frames(
    footage: Footage, destination: Path, fps: int, rate: int
) -> None:
    clips = [footage.shoot(RED, frames=7, fps=fps), footage.shoot(GREEN, frames=11, fps=fps)]
    write_timeline(cut_of(*clips, fps=fps), footage.root, destination)

    written = list(otio.adapters.read_from_file(str(destination)).find_clips())
    listed = list(read_edl(destination, rate).find_clips())

    assert [clip.source_range.duration for clip in written] == [RationalTime(7, fps), RationalTime(11, fps)]
    assert [clip.source_range.duration for clip in listed] == [clip.source_range.duration for clip in written]
    assert all(clip.source_range.duration.rate == rate for clip in listed)


def test_a_title_in_another_script_stays_out_of_the_edl(footage: Footage, destination: Path) -> None:
    write_timeline(three_clips(footage, title="归来的女继承人"), footage.root, destination)

    assert destination.with_suffix(".edl").read_text().isascii()
    timeline = otio.adapters.read_from_file(str(destination))
    assert timeline.metadata["recoil"]["title"] == "归来的女继承人"


def test_the_same_cut_gives_the_same_bytes(footage: Footage, destination: Path) -> None:
    cut = three_clips(footage)
    files = (destination, destination.with_suffix(".edl"))

    write_timeline(cut, footage.root, destination)
    before = [file.read_bytes() for file in files]
    write_timeline(cut, footage.root, destination)

    assert [file.read_bytes() for file in files] == before
