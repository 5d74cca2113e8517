"""Images reach fal inside the request when they are small, else by upload: each content once."""

import asyncio
import base64
from pathlib import Path

import pytest

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.ports import PreparedJob
from resources.providers.fal.provider import FalProvider
from resources.providers.fal.uploads import KEPT_S
from tests.domain.samples import reference
from tests.fal.fake.script import Ending, Script
from tests.fal.fake.server import FakeFal
from tests.fal.samples import at_fal, ended, image, png, request, run, submitted

LARGE = png(noise=True)


async def prepared(provider: FalProvider, *names: str, data: bytes = LARGE) -> PreparedJob:
    images = [image(name, data=data) for name in names]
    asked = request(references=tuple(described for described, _ in images))
    return await provider.prepare("a", asked, [sent for _, sent in images])


def test_a_small_image_goes_inside_the_request(fal: FakeFal, provider: FalProvider) -> None:
    job = run(prepared(provider, "MAREN", data=png()))
    assert job.payload["image_urls"] == [f"data:image/png;base64,{base64.b64encode(png()).decode()}"]
    assert fal.seen == []


def test_a_large_image_is_uploaded_and_the_cdn_never_sees_the_key(
    fal: FakeFal, provider: FalProvider
) -> None:
    job = run(prepared(provider, "MAREN"))
    ((name, data),) = fal.uploads.items()
    assert job.payload["image_urls"] == [f"{fal.hosts.cdn}/files/{name}"]
    assert data == LARGE
    (upload,) = fal.asked("POST", "/_cdn/")
    assert fal.key not in str(upload.headers)


def test_one_content_is_uploaded_once_whatever_it_is_called(fal: FakeFal, provider: FalProvider) -> None:
    first = run(prepared(provider, "MAREN"))
    assert run(prepared(provider, "IVO")).payload["image_urls"] == first.payload["image_urls"]
    assert len(fal.uploads) == 1


def test_what_fal_could_not_read_is_uploaded_again(fal: FakeFal, provider: FalProvider) -> None:
    described, sent = image(data=LARGE)
    asked = request(references=(described,))
    fal.script(Script(ending=Ending.FILE_DOWNLOAD_ERROR))
    run(ended(provider, run(submitted(provider, asked, (sent,))), asked))
    run(submitted(provider, asked, (sent,)))
    assert len(fal.uploads) == 2


def test_an_upload_is_used_by_the_next_run_too_until_it_expires(fal: FakeFal, tmp_path: Path) -> None:
    moments = {"now": 1_800_000_000.0}
    urls = []
    for later_s in (0.0, KEPT_S - 1, 2.0):
        moments["now"] += later_s
        another_run = at_fal(fal.hosts, tmp_path / "state", now=lambda: moments["now"])
        urls += run(prepared(another_run, "MAREN")).payload["image_urls"]
    assert urls[0] == urls[1] != urls[2]
    assert len(fal.uploads) == 2


def test_one_content_that_many_beats_ask_for_at_once_is_uploaded_once(
    fal: FakeFal, provider: FalProvider
) -> None:
    async def together() -> list[PreparedJob]:
        return await asyncio.gather(*(prepared(provider, name) for name in ("MAREN", "IVO", "LENS")))

    assert len({str(job.payload["image_urls"]) for job in run(together())}) == 1
    assert len(fal.uploads) == 1


def test_leave_to_upload_is_asked_for_again_when_it_ends(fal: FakeFal, provider: FalProvider) -> None:
    fal.upload_tokens_last_s = 0.0
    run(prepared(provider, "MAREN"))
    run(prepared(provider, "IVO", data=png(noise=True, size=(700, 700))))
    assert len(fal.asked("POST", "/storage/auth/token")) == 2


def test_without_leave_to_upload_nothing_is_sent_and_nothing_is_spent(
    fal: FakeFal, provider: FalProvider
) -> None:
    fal.key = "another"
    with pytest.raises(ProviderError, match="no leave to upload"):
        run(prepared(provider, "MAREN"))
    assert fal.jobs == []


def test_an_image_that_is_a_url_is_passed_on(fal: FakeFal, provider: FalProvider) -> None:
    asked = request(references=(reference("https://example.com/maren.png", ""),))
    job = run(provider.prepare("a", asked, ()))
    assert job.payload["image_urls"] == ["https://example.com/maren.png"]
    assert fal.seen == []
