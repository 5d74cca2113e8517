"""Media that is real: a clip of the length and size that was asked for, and a picture."""

import io
import shutil
import tempfile
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from PIL import Image

FPS = 16


@cache
def clip(seconds: int, width: int, height: int) -> bytes:
    path = Path(tempfile.mkdtemp()) / "clip.mp4"
    with av.open(str(path), "w", options={"movflags": "faststart"}) as film:
        stream = film.add_stream("libx264", rate=FPS, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        pixels = np.random.default_rng(7).integers(0, 255, (height // 16, width // 16, 3), dtype=np.uint8)
        blocks = pixels.repeat(16, axis=0).repeat(16, axis=1)
        picture = np.zeros((height, width, 3), dtype=np.uint8)
        picture[: blocks.shape[0], : blocks.shape[1]] = blocks
        moving = [
            av.VideoFrame.from_ndarray(np.roll(picture, 2 * moved, axis=0), format="rgb24").reformat(
                format="yuv420p"
            )
            for moved in range(11)
        ]
        for number in range(FPS * seconds):
            frame = moving[number % len(moving)]  # looks, some frames apart, never meet the same one
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    data = path.read_bytes()
    shutil.rmtree(path.parent)
    return data


@cache
def picture() -> bytes:
    """Upright, and large enough to be sent as a reference."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((576, 1024)).save(buffer, "PNG")
    return buffer.getvalue()
