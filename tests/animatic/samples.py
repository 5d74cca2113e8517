"""Requests and reference pictures for the animatic provider, small enough to render many."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from recoil_assets.domain.digest import digest_of_bytes
from recoil_assets.domain.grouping.group import GroupIdentity
from recoil_assets.domain.request import GenerationRequest, RequestShot
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import SentReference
from resources.providers.animatic.provider import AnimaticProvider

Colour = tuple[int, int, int]
Pixels = NDArray[np.float64]


def shot(shot_id: str = "EP001_SH0010", **facts: Any) -> RequestShot:
    """A shot: a medium shot of MARA in a kitchen, half a second, where ``facts`` do not say otherwise."""
    return RequestShot(
        **{
            "shot_id": shot_id,
            "shot_type": "MS",
            "duration_s": 0.5,
            "cast": ("MARA",),
            "location": "KITCHEN",
            "description": "Mara waits by the window.",
            **facts,
        }
    )


def request(*shots: RequestShot, **facts: Any) -> GenerationRequest:
    """A take's request over ``shots`` at 180 x 320, 12 frames a second."""
    shots = shots or (shot(),)
    return GenerationRequest(
        **{
            "modality": "r2v_multi" if len(shots) > 1 else "video_i2v",
            "model": "animatic",
            "prompt": "a kitchen",
            "shots": shots,
            "duration_s": sum(one.duration_s for one in shots),
            "width": 180,
            "height": 320,
            "fps": 12,
            "aspect_ratio": "9:16",
            "audio": False,
            "seed": 7,
            "grouping": GroupIdentity(
                strategy="continuity", ordinal=1, shot_ids=tuple(one.shot_id for one in shots)
            ),
            "tag": "A_MARA",
            **facts,
        }
    )


def board_request(*shots: RequestShot, **facts: Any) -> GenerationRequest:
    """A drawing's request over ``shots``."""
    return request(
        *shots, **{"modality": "board", "model": "animatic-board", "duration_s": 0, "fps": 0, **facts}
    )


def png(picture: Image.Image) -> bytes:
    """The picture as a PNG file."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def plain_picture(colour: Colour, size: tuple[int, int] = (300, 400)) -> Image.Image:
    """One colour with a dark cross, so that it is a picture of something."""
    picture = Image.new("RGB", size, colour)
    draw = ImageDraw.Draw(picture)
    draw.line((0, 0, *size), fill=(20, 20, 20), width=9)
    draw.line((0, size[1], size[0], 0), fill=(20, 20, 20), width=9)
    return picture


def reference(role: str, name: str, content: bytes | Image.Image | Colour) -> SentReference:
    """A reference's bytes, as the product reads them."""
    if isinstance(content, tuple):
        content = plain_picture(content)
    data = content if isinstance(content, bytes) else png(content)
    return SentReference(name=name, role=role, sha256=digest_of_bytes(data), data=data)


def render(path: Path, wanted: GenerationRequest, references: Sequence[SentReference] = ()) -> bytes:
    """Submit, poll and fetch a request as the dispatcher does; the file's bytes."""

    async def carry_through() -> None:
        provider = AnimaticProvider()
        submission = await provider.submit(await provider.prepare("attempt", wanted, references))
        status = await provider.poll(submission, wanted)
        await provider.fetch(submission, status, wanted, references, path)
        await provider.close()

    run_loop(carry_through())
    return path.read_bytes()


@dataclass(frozen=True)
class Watched:
    """A take as a player sees it."""

    frames: tuple[Pixels, ...]
    size: tuple[int, int]
    fps: float
    codec: str
    pixel_format: str
    duration_s: float
    streams: int


def watch(path: Path) -> Watched:
    """Decode a file to its very end."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = tuple(
            frame.to_ndarray(format="rgb24").astype(np.float64) for frame in container.decode(stream)
        )
        assert stream.average_rate is not None
        assert stream.duration is not None
        assert stream.time_base is not None
        return Watched(
            frames=frames,
            size=(stream.width, stream.height),
            fps=float(stream.average_rate),
            codec=stream.codec_context.name,
            pixel_format=str(stream.codec_context.pix_fmt),
            duration_s=float(stream.duration * stream.time_base),
            streams=len(container.streams),
        )


def pixels(data: bytes) -> Pixels:
    """A picture file's pixels."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.float64)


def difference(one: Pixels, other: Pixels) -> float:
    """Mean absolute difference of two pictures of one size, of 255."""
    return float(np.abs(one - other).mean())
