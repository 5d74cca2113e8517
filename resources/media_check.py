"""Measuring a take that arrived: every frame is decoded, a few a second are looked at, nothing is kept.

Time is bounded by a number of frames and their size, memory by one frame and one small picture.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.take_quality import FoundFault, MediaFacts, faults_of
from resources.editorial.clip_media import MEDIA_FORMATS

MOST_FRAMES = 18_000
"""Five minutes at 60 frames a second: far more than any model makes at once."""
MOST_SOUND_FRAMES = 200_000
LARGEST_PIXELS = 8_192 * 4_608
LOOKS_A_SECOND = 4
_LOOK_WIDTH = 48
_BLACK_BELOW = 24
"""Luma, of 255, that the lightest hundredth of a black picture stays below: black is 16 where it is not 0."""
_STILL_WITHIN = 6
"""Luma steps by which a key frame may repeat a still picture (5 measured, of heavy grain); a mouth moves by 100."""


class MediaInspector:
    """Measures files with PyAV.

    Args:
        most_frames: how many pictures are decoded of one file.
        largest_pixels: pixels of a picture above which none is.
    """

    def __init__(self, *, most_frames: int = MOST_FRAMES, largest_pixels: int = LARGEST_PIXELS) -> None:
        self._most_frames = most_frames
        self._largest_pixels = largest_pixels

    def faults(
        self, media: Path, asked: GenerationRequest, *, made_s: float, unhonoured: Collection[str]
    ) -> tuple[FoundFault, ...]:
        """See ``quality_ports.TakeInspector``."""
        return faults_of(self.measure(media), asked, made_s=made_s, unhonoured=unhonoured)

    def measure(self, media: Path) -> MediaFacts:
        """What the file is. A file that is no video is a fact too, never an error."""
        look = _Look()
        try:
            with av.open(str(media), options={"format_whitelist": MEDIA_FORMATS}) as container:
                if refusal := self._refusal(container):
                    return MediaFacts(unreadable=refusal)
                stream = container.streams.video[0]
                stopped_early = self._watch(container, stream, look)
                return look.facts(
                    stream, stopped_early=stopped_early, has_audio=bool(container.streams.audio)
                )
        except (av.FFmpegError, OSError) as error:
            return look.facts(None, unreadable=str(error.strerror or error))

    def _refusal(self, container: InputContainer) -> str:
        """Why it is not decoded; empty where it is."""
        if not container.streams.video:
            return "there is no video track"
        context = container.streams.video[0].codec_context
        if context.width * context.height > self._largest_pixels:
            return f"its pictures are {context.width} x {context.height}"
        return ""

    def _watch(self, container: InputContainer, stream: VideoStream, look: "_Look") -> bool:
        """Look at everything; whether there was more than that."""
        stream.thread_type = "AUTO"
        for frame in _decoded(container, stream):
            if isinstance(frame, VideoFrame):
                look.see(frame)
            else:
                look.hear(frame)
            if look.frames > self._most_frames or look.sounds > MOST_SOUND_FRAMES:
                return True
        return False


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame | AudioFrame]:
    """The frames of the pictures and of the first sound track, as they come in the file."""
    streams: list[Any] = [stream, *container.streams.audio[:1]]
    for packet in container.demux(streams):
        for frame in packet.decode():
            if isinstance(frame, VideoFrame | AudioFrame):
                yield frame


@dataclass(slots=True)
class _Look:
    """What was seen and heard so far."""

    frames: int = 0
    sounds: int = 0
    loudest: float = 0.0
    damaged: int = 0
    _first_s: Fraction | None = None
    _end_s: Fraction = Fraction(0)
    _size: tuple[int, int] = (0, 0)
    _looks: int = 0
    _black: int = 0
    _still: int = 0
    _last: "NDArray[np.int16] | None" = None
    _next_look_s: Fraction = Fraction(0)

    def see(self, frame: VideoFrame) -> None:
        """Take in a picture; look at it where it is time to."""
        self.frames += 1
        self.damaged += bool(frame.is_corrupt)
        base = frame.time_base or Fraction(1, 1)
        shown_s = (frame.pts or 0) * base
        self._first_s = shown_s if self._first_s is None else min(self._first_s, shown_s)
        self._end_s = max(self._end_s, shown_s + (frame.duration or 0) * base)
        self._size = (frame.width, frame.height)
        if self._last is None or shown_s >= self._next_look_s:
            self._next_look_s = shown_s + Fraction(1, LOOKS_A_SECOND)
            self._look_at(frame)

    def hear(self, frame: AudioFrame) -> None:
        """Take in a piece of sound."""
        self.sounds += 1
        samples = np.asarray(frame.to_ndarray(), dtype=np.float64)
        is_float = frame.format.name.startswith(("flt", "dbl"))
        full_scale = 1.0 if is_float else 2.0 ** (8 * frame.format.bytes - 1)
        if samples.size:
            self.loudest = max(self.loudest, float(np.abs(samples).max()) / full_scale)

    def facts(
        self,
        stream: VideoStream | None,
        *,
        unreadable: str = "",
        stopped_early: bool = False,
        has_audio: bool = False,
    ) -> MediaFacts:
        """Everything that was found out."""
        if not unreadable and not self.frames:
            unreadable = "there are no frames"
        if not unreadable and self.damaged:
            unreadable = f"{self.damaged} are damaged"
        return MediaFacts(
            unreadable=unreadable,
            frames=self.frames,
            promised_frames=stream.frames if stream else 0,
            stopped_early=stopped_early,
            duration_s=float(self._end_s - (self._first_s or 0)),
            width=self._size[0],
            height=self._size[1],
            black_share=self._black / max(self._looks, 1),
            still_share=self._still / max(self._looks - 1, 1),
            has_audio=has_audio,
            loudest=self.loudest,
        )

    def _look_at(self, frame: VideoFrame) -> None:
        height = max(2, round(_LOOK_WIDTH * frame.height / frame.width))
        small = frame.reformat(width=_LOOK_WIDTH, height=height, format="gray").to_ndarray().astype(np.int16)
        self._looks += 1
        self._black += bool(np.percentile(small, 99) < _BLACK_BELOW)
        if self._last is not None and self._last.shape == small.shape:
            self._still += bool(np.abs(small - self._last).max() <= _STILL_WITHIN)
        self._last = small
