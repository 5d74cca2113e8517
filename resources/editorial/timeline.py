"""The cut as an editor opens it: an OpenTimelineIO timeline, and a CMX 3600 EDL beside it.

The timeline is made from the cut alone, at the cut's rate, and opens no media: clips that are offline are
nothing unusual in an edit. Media are named relative to the timeline's folder, so that a project can be moved.
"""

import os
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from recoil_assets.domain.cut import Cut, CutClip
from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import RecoilError
from resources.editorial.whole_file import whole_file

_START_S = 3600
"""Programmes start at 01:00:00:00 by custom, so that there is room for bars and leader before them."""

_EDL_RATES = (24, 25, 30, 48, 50, 60)
"""The whole frame rates for which SMPTE time code is defined, and so an EDL can be written."""

_MOST_EDL_EVENTS = 999
"""An EDL numbers its events with three digits."""

_REEL_LENGTH = 8
"""CMX 3600 gives a reel's name eight characters."""


class UnwritableEdlError(RecoilError):
    """The cut can not be said as a CMX 3600 EDL; neither file was written."""


def write_timeline(cut: Cut, project_root: Path, destination_otio: Path) -> otio.schema.Timeline:
    """Write the cut to ``destination_otio``, and beside it as an EDL whose name ends in ``.edl`` instead.

    Gives the timeline. The same cut at the same place gives the same bytes.

    Raises:
        UnwritableEdlError: the cut's rate has no time code, or it has more clips than an EDL has events.
        DailiesNotWrittenError: the file system refused.
    """
    folder = os.path.relpath(project_root.resolve(), destination_otio.parent.resolve())
    timeline = _timeline(cut, Path(folder))
    texts = {
        destination_otio.with_suffix(".edl"): _edl(cut, timeline),
        destination_otio: otio.adapters.write_to_string(timeline, "otio_json"),
    }
    for destination, text in texts.items():
        with whole_file(destination) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    return timeline


def _timeline(cut: Cut, folder: Path) -> otio.schema.Timeline:
    """One video track, one clip for each take. ``folder`` leads from the timeline's file to the project."""
    timeline = otio.schema.Timeline(
        name=cut.heading,
        global_start_time=RationalTime(_START_S * cut.fps, cut.fps),
        metadata={"recoil": {"episode": cut.episode, "title": cut.title, "cut": cut.digest}},
    )
    track = otio.schema.Track(name="V1 dailies", kind=otio.schema.TrackKind.Video)
    track.extend([_clip(cut, clip, folder) for clip in cut.clips])
    timeline.tracks.append(track)
    return timeline


def _clip(cut: Cut, clip: CutClip, folder: Path) -> otio.schema.Clip:
    whole = TimeRange(RationalTime(0, cut.fps), RationalTime(_frames(clip.duration_s, cut.fps), cut.fps))
    return otio.schema.Clip(
        name=clip.slate,
        media_reference=otio.schema.ExternalReference(
            target_url=otio.url_utils.url_from_filepath((folder / clip.media_path).as_posix()),
            available_range=whole,
        ),
        source_range=whole,
        markers=_markers(cut, clip),
        metadata={"recoil": _facts(cut, clip), "cmx_3600": {"reel": _reel(clip)}},
    )


def _markers(cut: Cut, clip: CutClip) -> list[otio.schema.Marker]:
    """One for each shot of a multi-shot clip, over the shot's planned span; a single shot needs none."""
    if len(clip.shot_ids) == 1:
        return []
    starts = [round(span.start_s * cut.fps) for span in clip.shot_spans]
    ends = [*starts[1:], _frames(clip.duration_s, cut.fps)]
    return [
        otio.schema.Marker(
            name=shot_id,
            marked_range=TimeRange(RationalTime(start, cut.fps), RationalTime(end - start, cut.fps)),
            color=otio.schema.MarkerColor.CYAN,
        )
        for shot_id, start, end in zip(clip.shot_ids, starts, ends, strict=True)
    ]


def _facts(cut: Cut, clip: CutClip) -> dict[str, object]:
    """What is known about the clip, under the names of the cut; money as text, so that no place is lost."""
    facts = clip.model_dump(mode="json", exclude={"media_path", "media_sha256", "take_number"})
    return {**facts, "episode": cut.episode, "take": clip.take_number, "sha256": clip.media_sha256}


def _reel(clip: CutClip) -> str:
    """A reel name for the clip's file: the same as long as the file is, wherever it stands in the cut."""
    return digest_of([clip.media_path, clip.media_sha256])[:_REEL_LENGTH].upper()


def _frames(seconds: float, fps: int) -> int:
    return max(1, round(seconds * fps))


def _edl(cut: Cut, timeline: otio.schema.Timeline) -> str:
    """``timeline`` as an EDL. Its title is the episode's key: EDLs are ASCII, and titles need not be."""
    if len(cut.clips) > _MOST_EDL_EVENTS:
        raise UnwritableEdlError(
            f"the cut of {cut.episode} has {len(cut.clips)} clips; an EDL holds {_MOST_EDL_EVENTS}",
            cure="split the episode",
        )
    try:
        text = otio.adapters.write_to_string(
            _for_edl(cut, timeline), "cmx_3600", rate=_edl_rate(cut), reelname_len=_REEL_LENGTH
        )
    except (otio.exceptions.OTIOError, ValueError) as error:
        raise UnwritableEdlError(
            f"the cut of {cut.episode} could not be written as an EDL: {error}",
            cure="check that otio-cmx3600-adapter is installed beside opentimelineio (recoil doctor)",
        ) from error
    # The adapter leaves this out, and at 30 frames a second a reader would have to guess.
    return str(text).replace("\n", "\nFCM: NON-DROP FRAME\n", 1)


def _edl_rate(cut: Cut) -> int:
    """The lowest rate with time code in which every frame of the cut falls on a whole frame."""
    for rate in _EDL_RATES:
        if rate % cut.fps == 0:
            return rate
    raise UnwritableEdlError(
        f"the cut of {cut.episode} has {cut.fps} frames a second, for which there is no time code",
        cure=f"set fps to one of {', '.join(map(str, _EDL_RATES))}, or to a rate that divides one of them",
    )


def _for_edl(cut: Cut, timeline: otio.schema.Timeline) -> otio.schema.Timeline:
    """``timeline`` as the adapter needs it: global start time and markers moved to record time."""
    copy = timeline.deepcopy()
    copy.name = cut.episode
    track = copy.tracks[0]
    track.insert(0, otio.schema.Gap(duration=timeline.global_start_time))
    for clip in track.find_clips():
        recorded = track.range_of_child(clip).start_time - clip.source_range.start_time
        for marker in clip.markers:
            marker.marked_range = TimeRange(
                marker.marked_range.start_time + recorded, marker.marked_range.duration
            )
    return copy
