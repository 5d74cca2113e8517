"""Video: frames into an H.264 file that plays everywhere.

The same frames give the same bytes: one encoding thread, and no time or version stored in the file.
"""

from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np

from resources.providers.animatic.film.planar import Planar

_CODEC_OPTIONS = {
    "preset": "ultrafast",
    "tune": "animation",
    "crf": "22",
    "threads": "1",
    "x264-params": "colorprim=bt709:transfer=bt709:colormatrix=bt709:fullrange=off",
}
_CONTAINER_OPTIONS = {"movflags": "+faststart", "fflags": "+bitexact"}


def write_video(path: Path, frames: Iterable[Planar], *, size: tuple[int, int], fps: int) -> None:
    """Encode ``frames`` to ``path`` as mp4 (yuv420p, index in front).

    Args:
        size: width and height of every frame, even, pixels.
    """
    width, height = size
    with av.open(str(path), "w", format="mp4", options=_CONTAINER_OPTIONS) as container:
        stream = container.add_stream("libx264", rate=fps, options=_CODEC_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        # A key frame every second keeps scrubbing quick.
        stream.codec_context.gop_size = fps
        for number, frame in enumerate(frames):
            planes = np.frombuffer(frame.packed(), np.uint8).reshape(height * 3 // 2, width)
            picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
