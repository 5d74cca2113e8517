"""Real little files: takes that are well, and takes with one fault each."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
WIDTH, HEIGHT, FPS, SECONDS = 90, 160, 24, 2.0


def moving(number: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """A grey set with grain, and a small figure that crosses it."""
    picture = still(0, width, height).copy()
    left = (number * 2) % (width - 12)
    picture[height // 2 : height // 2 + 16, left : left + 8] = (220, 190, 160)
    return picture


def still(_number: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """A set with grain on which nothing moves."""
    grain = np.random.default_rng(1).integers(60, 140, (height, width, 1), dtype=np.uint8)
    return np.repeat(grain, 3, axis=2)


def black(_number: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """Nothing, with the noise of a sensor."""
    return np.random.default_rng(2).integers(0, 4, (height, width, 3), dtype=np.uint8)


def night(number: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """A dark set with a lantern that is carried through it."""
    picture = black(number, width, height).copy()
    left = (number * 2) % (width - 12)
    picture[height // 2 : height // 2 + 24, left : left + 12] = (90, 70, 30)
    return picture


def talking(number: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """A locked camera on a still set in which only a mouth moves."""
    picture = still(number, width, height).copy()
    picture[70:76, 40:48] = (30, 20, 20) if number // 4 % 2 else (180, 120, 110)
    return picture


def tone(samples: NDArray[Any]) -> NDArray[np.int16]:
    """A 440 Hz tone."""
    return (np.sin(samples * 2 * np.pi * 440 / 48_000) * 9_000).astype(np.int16)


def silence(samples: NDArray[Any]) -> NDArray[np.int16]:
    """A track with nothing on it."""
    return np.zeros(len(samples), dtype=np.int16)


def film(
    path: Path,
    draw: Callable[..., Picture] = moving,
    *,
    seconds: float = SECONDS,
    fps: int = FPS,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    sound: Callable[[NDArray[Any]], NDArray[np.int16]] | None = None,
    faststart: bool = True,
) -> Path:
    """An H.264 mp4 of ``draw``'s pictures, by number."""
    options = {"movflags": "+faststart"} if faststart else {}
    with av.open(str(path), "w", format="mp4", options=options) as output:
        video: Any = output.add_stream("libx264", rate=fps, options={"threads": "1", "g": "12"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        track: Any = output.add_stream("aac", rate=48_000, layout="mono") if sound else None
        for number in range(round(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(draw(number, *size), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        if sound:
            wave = sound(np.arange(round(seconds * 48_000)))
            heard = av.AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
            heard.sample_rate, heard.pts, heard.time_base = 48_000, 0, Fraction(1, 48_000)
            output.mux(track.encode(heard))
            output.mux(track.encode(None))
    return path


def sound_only(path: Path) -> Path:
    """An mp4 with a tone and no picture."""
    with av.open(str(path), "w", format="mp4") as output:
        track: Any = output.add_stream("aac", rate=48_000, layout="mono")
        heard = av.AudioFrame.from_ndarray(
            tone(np.arange(48_000)).reshape(1, -1), format="s16", layout="mono"
        )
        heard.sample_rate, heard.pts, heard.time_base = 48_000, 0, Fraction(1, 48_000)
        output.mux(track.encode(heard))
        output.mux(track.encode(None))
    return path


def torn(path: Path, share: float) -> Path:
    """The file, torn off at ``share`` of its length."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def damaged(path: Path, share: float) -> Path:
    """The file, overwritten with noise from ``share`` of its length for a while."""
    data = bytearray(path.read_bytes())
    start, length = int(len(data) * share), len(data) // 10
    data[start : start + length] = np.random.default_rng(3).bytes(length)
    path.write_bytes(bytes(data))
    return path
