"""Requests and images as fal gets them."""

import asyncio
import io
import time
from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image

from recoil_assets.domain.digest import digest_of_bytes
from recoil_assets.domain.reference import Reference
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import JobState, JobStatus, SentReference, Submission
from resources.providers.account import SharedAccount
from resources.providers.account_rules import Limits
from resources.providers.fal.provider import FalProvider
from resources.providers.fal.wire import FalHosts
from resources.providers.secret import Secret
from tests.domain.samples import request as plain_request
from tests.fal.fake.server import KEY

T = TypeVar("T")
QUICK = Limits(concurrency=40, per_minute=60_000, burst=1000)


def run(work: Coroutine[Any, Any, T]) -> T:
    return run_loop(work)


def at_fal(
    hosts: FalHosts,
    state: Path,
    *,
    poll_every_s: float = 0.01,
    callback_url: str = "",
    now: Callable[[], float] = time.time,
) -> FalProvider:
    """The provider at ``hosts``, whose account is kept in ``state``."""
    key = Secret(KEY, name="FAL_KEY")
    account = SharedAccount("fal", key, QUICK, folder=state, now=now)
    return FalProvider(key, account, hosts, poll_every_s, callback_url)


@cache
def png(shade: int = 10, size: tuple[int, int] = (640, 640), *, noise: bool = False) -> bytes:
    buffer = io.BytesIO()
    picture = (
        Image.effect_noise(size, 90.0).convert("RGB") if noise else Image.new("RGB", size, (shade, 80, 120))
    )
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def image(
    name: str = "MAREN", role: str = "character", data: bytes | None = None
) -> tuple[Reference, SentReference]:
    """A reference and its bytes."""
    data = png(len(name)) if data is None else data
    digest = digest_of_bytes(data)
    return (
        Reference(role=role, name=name, path=f"refs/{name}.png", sha256=digest),  # type: ignore[arg-type]
        SentReference(name=name, role=role, sha256=digest, data=data),
    )


def request(**changes: Any) -> GenerationRequest:
    """Six seconds of Maren, from one reference image, on seedance."""
    return plain_request(**{"model": "seedance-2.0", "references": (image()[0],), **changes})


async def submitted(
    provider: FalProvider, asked: GenerationRequest | None = None, images: tuple[SentReference, ...] = ()
) -> Submission:
    asked = request() if asked is None else asked
    return await provider.submit(await provider.prepare("ep_001.take.1", asked, images or (image()[1],)))


async def ended(
    provider: FalProvider, submission: Submission, asked: GenerationRequest | None = None
) -> JobStatus:
    """The job when it is done."""
    while True:
        status = await provider.poll(submission, asked or request())
        if status.state in (JobState.COMPLETED, JobState.FAILED):
            return status
        await asyncio.sleep(0.01)
