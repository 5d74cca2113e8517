"""Requests for FLORA, and a job carried through."""

import asyncio
from pathlib import Path
from typing import Any

from recoil_assets.domain.digest import digest_of_bytes
from recoil_assets.domain.reference import Reference, ReferenceRole
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import JobState, JobStatus, Provider, SentReference, Submission
from tests.animatic.samples import request, shot
from tests.support.instant_provider import tiny_png


def picture(role: ReferenceRole, name: str, *, more: int = 0) -> tuple[Reference, SentReference]:
    """A picture of the project, and its bytes."""
    data = tiny_png(len(name) * 7) + b"\0" * (100 + more)
    digest = digest_of_bytes(data)
    return (
        Reference(role=role, name=name, path=f"refs/{name}.png", sha256=digest),
        SentReference(name=name, role=role, sha256=digest, data=data),
    )


def take(**facts: Any) -> GenerationRequest:
    """Five seconds of one shot at 720 by 1280."""
    return request(
        shot(duration_s=5.0),
        **{"model": "flora-seedance-2.0-fast", "width": 720, "height": 1280, "fps": 24, **facts},
    )


def board(**facts: Any) -> GenerationRequest:
    return request(
        shot(duration_s=5.0),
        **{
            "model": "flora-nano-banana-2",
            "modality": "board",
            "fps": 0,
            "width": 720,
            "height": 1280,
            **facts,
        },
    )


async def submitted(
    provider: Provider, wanted: GenerationRequest, *pictures: SentReference, attempt: str = "attempt_1"
) -> Submission:
    return await provider.submit(await provider.prepare(attempt, wanted, pictures))


async def finished(provider: Provider, submission: Submission, wanted: GenerationRequest) -> JobStatus:
    while True:
        status = await provider.poll(submission, wanted)
        if status.state in (JobState.COMPLETED, JobState.FAILED):
            return status
        await asyncio.sleep(0.01)


def made(provider: Provider, wanted: GenerationRequest, folder: Path, *pictures: SentReference) -> bytes:
    """The media of a job carried through."""

    async def carry_through() -> None:
        submission = await submitted(provider, wanted, *pictures)
        status = await finished(provider, submission, wanted)
        await provider.fetch(submission, status, wanted, pictures, folder / "take.part")

    run_loop(carry_through())
    return (folder / "take.part").read_bytes()
