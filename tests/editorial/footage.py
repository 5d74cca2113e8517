"""Tiny real clips, one plain colour a shot, and the cut's description of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from recoil_assets.domain.cut import Cut, CutClip
from recoil_assets.domain.digest import digest_of_bytes

Colour = tuple[int, int, int]

RED: Colour = (200, 30, 30)
GREEN: Colour = (30, 180, 30)
BLUE: Colour = (30, 30, 200)
GREY: Colour = (128, 128, 128)
BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True)
class Tone:
    """A 440 Hz tone: when it begins, its length (seconds), and how it is stored."""

    start_s: float = 0.0
    length_s: float = 1.0
    rate: int = 48_000
    layout: str = "stereo"


@dataclass
class Footage:
    """A project with clips in ``media/``. Clips are 12 frames of 90 x 160 at 12 fps unless said otherwise."""

    root: Path
    _shots: int = field(default=0)

    def shoot(
        self,
        *colours: Colour,
        frames: int = 12,
        fps: int = 12,
        size: tuple[int, int] = (90, 160),
        tone: Tone | None = None,
        durations_s: Sequence[float] | None = None,
        stored: str = "libx264/yuv420p/mp4",
        ticks: Sequence[int] | None = None,
        **facts: Any,
    ) -> CutClip:
        """Make a clip whose frames are ``colours`` in equal parts, one shot each.

        Args:
            stored: encoder, pixel format and file format.
            ticks: time stamps of the frames, ms; evenly spaced where left out.
        """
        shots = [f"EP001_SH{self._shots + number:04d}" for number in range(1, len(colours) + 1)]
        self._shots += len(colours)
        path = f"media/{'-'.join(shots)}.mp4"
        (self.root / "media").mkdir(exist_ok=True)
        stills = [colours[number * len(colours) // frames] for number in range(frames)]
        _Film(fps, size, tone, stored, ticks).write(self.root / path, stills)
        length = frames / fps
        return self.clip(
            path,
            shot_ids=tuple(shots),
            shot_durations_s=tuple(durations_s or [length / len(shots)] * len(shots)),
            duration_s=length,
            **facts,
        )

    def clip(self, path: str, **facts: Any) -> CutClip:
        """The cut's description of the file at ``path``, which need not exist."""
        shot_ids = facts.pop("shot_ids", ("EP001_SH9999",))
        file = self.root / path
        described = {
            "beat_id": shot_ids[0] if len(shot_ids) == 1 else "BATCH_003",
            "batch": "BATCH_003",
            "shot_ids": shot_ids,
            "shot_durations_s": (1.0,) * len(shot_ids),
            "media_path": path,
            "media_sha256": digest_of_bytes(file.read_bytes() if file.is_file() else b""),
            "duration_s": 1.0,
            "take_number": 2,
            "attempt_id": f"attempt-{shot_ids[0]}",
            "tag": "A_MIRA",
            "modality": "video_i2v" if len(shot_ids) == 1 else "r2v_multi",
            "stale": False,
            "provider": "animatic",
            "model": "animatic",
            "cost_usd": Decimal("0.25"),
        }
        return CutClip.model_validate({**described, **facts})


def cut_of(*clips: CutClip, **facts: Any) -> Cut:
    """A cut of ``clips``: 90 x 160 at 12 fps unless said otherwise."""
    described = {"episode": "ep_001", "title": "The Return", "fps": 12, "width": 90, "height": 160}
    return Cut.model_validate({**described, "clips": clips, **facts})


def damage(path: Path, share: float, *, torn: bool = False) -> None:
    """Alter some bytes at ``share`` of the file's length, or tear it off there."""
    data = path.read_bytes()
    start = int(len(data) * share)
    altered = bytes(byte ^ 0xA5 for byte in data[start : start + 8])
    path.write_bytes(data[:start] + (b"" if torn else altered + data[start + 8 :]))


@dataclass(frozen=True)
class _Film:
    """How a clip is stored; see ``Footage.shoot``."""

    fps: int
    size: tuple[int, int]
    tone: Tone | None
    stored: str
    ticks: Sequence[int] | None

    def write(self, path: Path, stills: Sequence[Colour]) -> None:
        codec, pixels, container = self.stored.split("/")
        with av.open(str(path), "w", format=container, options={"movflags": "+faststart"}) as output:
            options = {"threads": "1", "preset": "ultrafast", "bf": "2"} if codec == "libx264" else {}
            video: Any = output.add_stream(codec, rate=self.fps, options=options)
            video.width, video.height = self.size
            video.pix_fmt = pixels
            base = Fraction(1, 1000) if self.ticks else Fraction(1, self.fps)
            video.codec_context.time_base = base
            tone = self.tone
            sound: Any = output.add_stream("aac", rate=tone.rate, layout=tone.layout) if tone else None
            for number, colour in enumerate(stills):
                frame = av.VideoFrame.from_image(_still(self.size, colour, number))
                frame.pts, frame.time_base = self.ticks[number] if self.ticks else number, base
                output.mux(video.encode(frame))
            output.mux(video.encode(None))
            if tone and tone.length_s:
                output.mux(sound.encode(sine(tone)))
                output.mux(sound.encode(None))


def _still(size: tuple[int, int], colour: Colour, number: int) -> Image.Image:
    """A plain picture with grain in its upper edge, so that frames differ and packets have some weight."""
    picture = np.full((size[1], size[0], 3), colour, dtype=np.uint8)
    grain = np.random.default_rng(number).integers(0, 255, (size[1] // 8, size[0], 3))
    picture[: size[1] // 8] = grain
    return Image.fromarray(picture)


def sine(tone: Tone) -> av.AudioFrame:
    """The tone itself."""
    samples = np.arange(int(tone.length_s * tone.rate))
    wave = (np.sin(samples * 2 * np.pi * 440 / tone.rate) * 9000).astype(np.int16)
    channels = 2 if tone.layout == "stereo" else 1
    frame = av.AudioFrame.from_ndarray(
        np.repeat(wave, channels).reshape(1, -1), format="s16", layout=tone.layout
    )
    frame.sample_rate, frame.pts = tone.rate, int(tone.start_s * tone.rate)
    frame.time_base = Fraction(1, tone.rate)
    return frame


@dataclass(frozen=True)
class Seen:
    """What a player sees: time stamps (s), the colour in the middle, and the size of every frame."""

    times: list[float]
    colours: list[Colour]
    sizes: set[tuple[int, int]]

    @property
    def order(self) -> list[Colour]:
        """The colours in order, each run of one colour once."""
        return [
            colour
            for number, colour in enumerate(self.colours)
            if number == 0 or colour != self.colours[number - 1]
        ]


def watch(path: Path) -> Seen:
    """Play a video to its end."""
    times: list[float] = []
    colours: list[Colour] = []
    sizes = set()
    for frame in frames_of(path):
        times.append(frame.time or 0.0)
        picture = frame.to_image()
        colours.append(nearest(picture.getpixel((picture.width // 2, picture.height // 2))))
        sizes.add(picture.size)
    return Seen(times, colours, sizes)


def frames_of(path: Path) -> Iterator[Any]:
    """The video's frames; FFmpeg may conceal nothing."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            assert not frame.is_corrupt
            yield frame


def nearest(colour: Any) -> Colour:
    """The one of the test colours that ``colour``, which went through an encoder, was."""
    return min(
        (RED, GREEN, BLUE, GREY, BLACK),
        key=lambda known: sum((int(a) - int(b)) ** 2 for a, b in zip(known, colour, strict=True)),
    )


def loudness(path: Path, spans_s: Sequence[tuple[float, float]]) -> list[str]:
    """``loud`` or ``silent`` for each span (seconds) of the sound track."""
    with av.open(str(path)) as container:
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    levels = [np.sqrt(np.mean(np.square(sound[:, int(a * 48_000) : int(b * 48_000)]))) for a, b in spans_s]
    return ["loud" if level > 0.05 else "silent" if level < 0.002 else f"level {level}" for level in levels]
