"""The pictures of an assembled episode: copied as they are stored, or encoded anew.

What belongs here is how frames get into the track, with time stamps that follow each other exactly. Which of
the two ways is taken is decided in ``assembly``.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Protocol

from av.container import OutputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from recoil_assets.domain.cut import Cut
from resources.editorial.clip_media import ClipMedia, opened, picture_packets, pictures

_ENCODER_OPTIONS = {
    "preset": "veryfast",
    "crf": "18",
    # x264's output depends on how many threads it has: a fixed number makes it the same on every machine.
    "threads": "4",
    # Around a forced key frame its macroblock tree reads memory it never set: the same cut gave other bytes.
    "x264-params": "mbtree=0",
}
_BLACK = (16, 128, 128)
"""Black in limited-range YUV, plane by plane."""


class PictureTrack(Protocol):
    """The one video track of the output. ``rate`` is in frames a second."""

    rate: Fraction

    def write(self, media: ClipMedia, *, first_frame: int) -> int:
        """Add the clip from frame ``first_frame`` of the track on; gives how many frames it takes there."""
        ...

    def finish(self) -> None:
        """Write what was kept back when all clips are in."""
        ...


class CopiedPictures:
    """Packets as they are stored, with new time stamps. For clips that share one format."""

    def __init__(self, output: OutputContainer, clips: Sequence[ClipMedia]) -> None:
        shared = clips[0].picture
        self._output = output
        self._ticks = shared.frame_ticks
        self._lead = max(clip.lead_ticks for clip in clips)
        self.rate = 1 / (self._ticks * shared.time_base)
        with opened(clips[0].file) as container:
            self._stream = output.add_stream_from_template(container.streams.video[0])

    def write(self, media: ClipMedia, *, first_frame: int) -> int:
        """Add the clip's packets, moved to their place."""
        move = first_frame * self._ticks - int(media.start_s / media.picture.time_base)
        # With the same lead everywhere, decoding order stays in order over every cut.
        more_lead = self._lead - media.lead_ticks
        for packet in picture_packets(media.file):
            packet.stream = self._stream
            packet.pts = None if packet.pts is None else packet.pts + move
            packet.dts = None if packet.dts is None else packet.dts + move - more_lead
            self._output.mux(packet)
        return media.frames

    def finish(self) -> None:
        """Do nothing: a copy keeps nothing back."""


class EncodedPictures:
    """H.264 (4:2:0) at the cut's size and rate, with a key frame at every cut for players to jump to."""

    def __init__(self, output: OutputContainer, cut: Cut) -> None:
        self._output = output
        self.rate = Fraction(cut.fps)
        self._size = (cut.width, cut.height)
        self._stream = output.add_stream("libx264", rate=cut.fps, options=dict(_ENCODER_OPTIONS))
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"

    def write(self, media: ClipMedia, *, first_frame: int) -> int:
        """Add the clip, fitted and encoded. It takes whole frames of the track, at least one."""
        count = max(1, round(media.duration_s * self.rate))
        scaler = VideoReformatter()
        source = fitted = None
        for number, frame in enumerate(_retimed(media, rate=self.rate, count=count)):
            if fitted is None or frame is not source:
                source, fitted = frame, _fitted(frame, *self._size, scaler)
            fitted.pts = first_frame + number
            fitted.time_base = 1 / self.rate
            # A decoded frame says what it was in its file, and x264 would take that as an order.
            fitted.pict_type = PictureType.NONE if number else PictureType.I
            self._output.mux(self._stream.encode(fitted))
        return count

    def finish(self) -> None:
        """Write the frames x264 kept back to look ahead."""
        self._output.mux(self._stream.encode(None))


def _retimed(media: ClipMedia, *, rate: Fraction, count: int) -> Iterator[VideoFrame]:
    """``count`` frames, each the one on screen halfway through a tick of ``rate``: rounding loses none."""
    given = 0
    held: VideoFrame | None = None
    for frame in pictures(media.file):
        shown_from = (frame.pts or 0) * (frame.time_base or 1) - media.start_s
        while held is not None and given < count and (given + Fraction(1, 2)) / rate < shown_from:
            yield held
            given += 1
        held = frame
    while held is not None and given < count:
        yield held
        given += 1


def _fitted(frame: VideoFrame, width: int, height: int, scaler: VideoReformatter) -> VideoFrame:
    """``frame`` as large as fits into ``width`` x ``height``, black around it where its shape differs."""
    scale = min(Fraction(width, frame.width), Fraction(height, frame.height))
    # Margins in steps of two luma pixels a side keep the half-size colour planes aligned.
    fitted_width = max(2, width - 4 * round((width - frame.width * scale) / 4))
    fitted_height = max(2, height - 4 * round((height - frame.height * scale) / 4))
    scaled = scaler.reformat(
        frame,
        width=fitted_width,
        height=fitted_height,
        format="yuv420p",
        interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND,
        dst_color_range="MPEG",
    )
    return scaled if (fitted_width, fitted_height) == (width, height) else _on_black(scaled, width, height)


def _on_black(picture: VideoFrame, width: int, height: int) -> VideoFrame:
    """``picture`` in the middle of a black frame."""
    canvas = VideoFrame(width, height, "yuv420p")
    canvas.colorspace, canvas.color_range = picture.colorspace, picture.color_range
    for plane, source, black in zip(canvas.planes, picture.planes, _BLACK, strict=True):
        pixels, rows = memoryview(plane), memoryview(source)
        pixels[:] = bytes([black]) * plane.buffer_size
        start = (plane.height - source.height) // 2 * plane.line_size + (plane.width - source.width) // 2
        for row in range(source.height):
            line = rows[row * source.line_size : row * source.line_size + source.width]
            pixels[start + row * plane.line_size :][: source.width] = line
    return canvas
