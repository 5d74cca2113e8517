"""Media that is real: a clip of two dozen frames that plays, and a picture."""

import io
import shutil
import tempfile
from functools import cache
from pathlib import Path

import av
import numpy as np
from PIL import Image


@cache
def clip(seconds: int) -> bytes:
    path = Path(tempfile.mkdtemp()) / "clip.mp4"
    with av.open(str(path), "w", options={"movflags": "faststart"}) as film:
        stream = film.add_stream("libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt = 72, 128, "yuv420p"
        noise = np.random.default_rng(7)
        for _ in range(8 * seconds):
            pixels = noise.integers(0, 255, (128, 72, 3), dtype=np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(stream.encode())
    data = path.read_bytes()
    shutil.rmtree(path.parent)
    return data


@cache
def picture() -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()
