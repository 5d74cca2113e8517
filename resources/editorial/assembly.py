"""The episode as one mp4 that plays: every clip of the cut, in order.

Pictures are copied packet by packet where all clips are stored alike, which loses nothing; such an episode
has the clips' own size and rate. Otherwise all of them are encoded to the cut's size and rate. A clip of
another shape is fitted inside the frame with black around it, since a producer judges the whole picture and
a crop would hide some of it.
Sound is always encoded: AAC has priming and padding in every file, so copied tracks drift and click at cuts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import OutputContainer

from recoil_assets.domain.cut import Cut
from resources.editorial.clip_media import ClipMedia, clip_files, inspect_clips
from resources.editorial.picture_track import CopiedPictures, EncodedPictures, PictureTrack
from resources.editorial.sound_track import SoundTrack
from resources.editorial.whole_file import whole_file


@dataclass(frozen=True, slots=True)
class AssembledVideo:
    """What was written.

    Attributes:
        frames: exact number of frames in the file.
        duration_s: their running time, seconds.
        reencoded: whether the pictures were encoded anew; False where their packets were copied.
    """

    frames: int
    duration_s: float
    reencoded: bool


def assemble(cut: Cut, project_root: Path, destination: Path) -> AssembledVideo:
    """Write the whole cut to ``destination`` as one mp4 that starts to play before it is loaded.

    It has a sound track (AAC, 48 kHz, stereo) where any clip has sound, with silence under the others, and
    none where no clip has. Every clip is decoded to its end before anything is written, so that a copy is
    known to play. The same clips give the same bytes.

    Raises:
        UnusableClipError: clips are missing or do not decode; ``destination`` is as it was.
        DailiesNotWrittenError: the file system refused; ``destination`` is as it was.
    """
    media = inspect_clips(clip_files(cut, project_root))
    copied = _can_be_copied(media)
    with (
        whole_file(destination) as temporary,
        av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"}) as output,
    ):
        output.metadata["title"] = cut.heading
        track = CopiedPictures(output, media) if copied else EncodedPictures(output, cut)
        frames = _write(output, track, media)
    return AssembledVideo(frames, float(frames / track.rate), reencoded=not copied)


def _can_be_copied(media: Sequence[ClipMedia]) -> bool:
    """Whether the clips' packets can follow each other in one track that every browser and phone plays.

    That is 8-bit 4:2:0 H.264 from mp4 files with one set of headers and one, even, frame rate.
    """
    shared = media[0].picture
    return (
        all(clip.picture == shared for clip in media)
        and "mp4" in shared.container.split(",")
        and (shared.codec, shared.pixel_format) == ("h264", "yuv420p")
        and bool(shared.decoder_setup)
        and shared.frame_ticks > 0
    )


def _write(output: OutputContainer, track: PictureTrack, media: Sequence[ClipMedia]) -> int:
    """Write clip by clip, so that the muxer never holds more than one; gives the number of frames."""
    sound = SoundTrack(output) if any(clip.has_audio for clip in media) else None
    frames = 0
    for clip in media:
        frames += track.write(clip, first_frame=frames)
        if sound:
            sound.write(clip, until_s=frames / track.rate)
    track.finish()
    if sound:
        sound.finish()
    return frames
