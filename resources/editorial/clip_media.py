"""Reading the media of a cut's clips: what they are, and their frames, decoded.

Every fault of a file is found here and said as one ``UnusableClipError``. FFmpeg conceals most damage and
ends quietly at a file's torn end, so damaged frames and missing packets are looked for.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from recoil_assets.domain.cut import Cut, CutClip
from recoil_assets.domain.errors import RecoilError

MEDIA_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"
"""FFmpeg's names for what a take can be. Without them it would follow a playlist that calls itself mp4."""


class UnusableClipError(RecoilError):
    """Clips of the cut are missing or do not decode to their end. All of them are listed.

    Args:
        problems: one sentence a clip, naming clip and path.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        listed = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(
            f"{count} clip{' of the cut is' if count == 1 else 's of the cut are'} unusable:\n{listed}",
            cure="restore the files from a backup; or delete those that are damaged and materialise takes for "
            "their cells, which fetches them again; or make new takes: recoil take reroll EPISODE BEAT "
            "--make-primary",
        )


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A clip of the cut and where its file is."""

    clip: CutClip
    path: Path

    def problem(self, fault: str) -> str:
        """``fault`` as a sentence that names clip and path."""
        return f"{self.clip.slate} ({self.clip.media_path}): {fault}"


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """What packets of different files must have in common to follow each other in one track.

    Attributes:
        container: FFmpeg's names for the file format, with commas between.
        frame_ticks: from one frame to the next in ``time_base`` units, or 0 where that differs or some of the
            stored frames are not shown.
        decoder_setup: the codec's out-of-band headers (for H.264, its SPS and PPS).
    """

    container: str
    codec: str
    pixel_format: str
    width: int
    height: int
    time_base: Fraction
    frame_ticks: int
    decoder_setup: bytes


@dataclass(frozen=True, slots=True)
class ClipMedia:
    """A clip's media, decoded once to its end.

    Attributes:
        frames: how many frames it shows.
        lead_ticks: how far decoding runs ahead of showing, in the time base of the pictures. It differs between
            files that are otherwise alike, since a short or still clip needs no reordering.
        start_s: time stamp of the first frame, seconds; the clip begins there.
        duration_s: from the first frame to the end of the last, seconds, exact.
    """

    file: ClipFile
    picture: PictureFormat
    frames: int
    lead_ticks: int
    start_s: Fraction
    duration_s: Fraction
    has_audio: bool


def clip_files(cut: Cut, project_root: Path) -> tuple[ClipFile, ...]:
    """The cut's clips with their files, in order."""
    return tuple(ClipFile(clip, project_root / clip.media_path) for clip in cut.clips)


def inspect_clips(files: Sequence[ClipFile]) -> tuple[ClipMedia, ...]:
    """What each file is, found by decoding all its pictures.

    Raises:
        UnusableClipError: names every clip that is missing, empty, torn, damaged, or no video.
    """
    media: list[ClipMedia] = []
    problems: list[str] = []
    for file in files:
        try:
            media.append(_inspect(file))
        except UnusableClipError as error:
            problems.extend(error.problems)
    if problems:
        raise UnusableClipError(problems)
    return tuple(media)


def pictures(file: ClipFile) -> Iterator[VideoFrame]:
    """The clip's frames in the order they are shown, each with its time stamp.

    Raises:
        UnusableClipError: the file is missing, not a video, torn or damaged.
    """
    with opened(file) as container:
        yield from _pictures(container, file)


def sounds(file: ClipFile) -> Iterator[AudioFrame]:
    """The frames of the clip's first audio track.

    Raises:
        UnusableClipError: the file is missing or its sound does not decode.
    """
    with opened(file) as container:
        yield from container.decode(container.streams.audio[0])


def picture_packets(file: ClipFile) -> Generator["Packet[VideoStream]"]:
    """The clip's pictures as they are stored, in decoding order."""
    with opened(file) as container:
        yield from (packet for packet in container.demux(_video_stream(container, file)) if packet.size)


@contextmanager
def opened(file: ClipFile) -> Iterator[InputContainer]:
    """The clip's file, open; FFmpeg's errors become ours."""
    if not file.path.is_file():
        raise UnusableClipError([file.problem("there is no such file")])
    if not file.path.stat().st_size:
        raise UnusableClipError([file.problem("the file is empty")])
    try:
        with av.open(str(file.path), options={"format_whitelist": MEDIA_FORMATS}) as container:
            yield container
    except av.FFmpegError as error:
        raise UnusableClipError([file.problem(f"it does not decode: {error.strerror}")]) from error


def _video_stream(container: InputContainer, file: ClipFile) -> VideoStream:
    if not container.streams.video:
        raise UnusableClipError([file.problem("it has no video track")])
    return container.streams.video[0]


def _pictures(container: InputContainer, file: ClipFile) -> Iterator[VideoFrame]:
    stream = _video_stream(container, file)
    stream.thread_type = "AUTO"
    packets = shown = 0
    for packet in container.demux(stream):
        packets += bool(packet.size)
        for frame in packet.decode():
            shown += 1
            if frame.is_corrupt or frame.pts is None:
                raise UnusableClipError([file.problem(f"frame {shown} is damaged")])
            yield frame
    if packets < stream.frames:
        raise UnusableClipError(
            [file.problem(f"it is torn: {packets} of its {stream.frames} frames are there")]
        )
    if not shown:
        raise UnusableClipError([file.problem("it has no frames")])


def _inspect(file: ClipFile) -> ClipMedia:
    with opened(file) as container:
        stream = _video_stream(container, file)
        time_base = stream.time_base or Fraction(1, 1)
        timing = _Timing(usual_ticks=round(1 / (stream.guessed_rate or 24) / time_base))
        for frame in _pictures(container, file):
            timing.add(frame)
        even = timing.even and timing.frames == stream.frames
        context = stream.codec_context
        return ClipMedia(
            file=file,
            picture=PictureFormat(
                container=container.format.name,
                codec=context.name,
                pixel_format=context.pix_fmt or "",
                width=context.width,
                height=context.height,
                time_base=time_base,
                frame_ticks=timing.frame_ticks if even else 0,
                decoder_setup=bytes(context.extradata or b""),
            ),
            frames=timing.frames,
            lead_ticks=_lead_ticks(file),
            start_s=timing.first * time_base,
            duration_s=(timing.end - timing.first) * time_base,
            has_audio=bool(container.streams.audio),
        )


def _lead_ticks(file: ClipFile) -> int:
    with closing(picture_packets(file)) as packets:
        first = next(packets)
    return (first.pts or 0) - (first.dts or 0)


class _Timing:
    """The time stamps of a clip's frames, in ticks: where they begin, end, and whether they are even.

    The length of the last frame may differ all the same: files often have it wrong, and nothing follows it.
    """

    def __init__(self, usual_ticks: int) -> None:
        self.frames = 0
        self.first = 0
        self.end = 0
        self.even = True
        self.frame_ticks = 0
        self._usual_ticks = max(1, usual_ticks)

    def add(self, frame: VideoFrame) -> None:
        """Take in the next frame; one that does not say its length has the usual one."""
        shown_at = frame.pts or 0
        ticks = frame.duration or self._usual_ticks
        if self.frames == 0:
            self.first = shown_at
            self.frame_ticks = ticks
        self.even = self.even and shown_at == self.first + self.frames * self.frame_ticks
        self.end = shown_at + ticks
        self.frames += 1
