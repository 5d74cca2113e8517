"""A real H.264 mp4 that is only a few kilobytes long."""

import io
from fractions import Fraction
from functools import cache

import av
import numpy as np


@cache
def tiny_mp4(seconds: int = 1, shade: int = 90) -> bytes:
    """``seconds`` of one grey at 12 frames a second, 64 by 64."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for number in range(12 * seconds):
            picture = np.full((64, 64, 3), shade, dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 12)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
