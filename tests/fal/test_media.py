"""Media is brought home without the key, whole, of its kind, and from nowhere inside a network."""

from pathlib import Path

import httpx
import pytest

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.ports import JobState, JobStatus, Submission
from resources.providers.fal.addresses import require_public, require_public_peer
from resources.providers.fal.media import download, media_in
from resources.providers.fal.provider import FalProvider
from tests.fal.fake import media
from tests.fal.fake.script import Script, Serving
from tests.fal.fake.server import FakeFal
from tests.fal.samples import ended, request, run, submitted


async def fetched(provider: FalProvider, destination: Path) -> JobStatus:
    submission = await submitted(provider)
    status = await ended(provider, submission)
    await provider.fetch(submission, status, request(), (), destination)
    return status


def test_a_clip_is_fetched_whole_and_without_the_key(
    fal: FakeFal, provider: FalProvider, tmp_path: Path
) -> None:
    run(fetched(provider, tmp_path / "take.mp4"))
    assert (tmp_path / "take.mp4").read_bytes() == media.clip(6)
    (asked,) = fal.asked("GET", "/_media/")
    assert "authorization" not in {name.lower() for name in asked.headers}


def test_a_board_is_fetched_as_a_picture(provider: FalProvider, tmp_path: Path) -> None:
    board = request(model="nano-banana-2", modality="board", fps=0)

    async def drawn() -> None:
        submission = await submitted(provider, board)
        status = await ended(provider, submission, board)
        await provider.fetch(submission, status, board, (), tmp_path / "board.png")

    run(drawn())
    assert (tmp_path / "board.png").read_bytes() == media.picture()


@pytest.mark.parametrize(
    ("serving", "why"),
    [
        (Serving.TRUNCATED, "could not be fetched"),
        (Serving.CUT_FILE, "can be played|of its"),
        (Serving.EXPIRED, "expired"),
        (Serving.WEB_PAGE, "text/html"),
        (Serving.DISGUISED, "no clip"),
        (Serving.PRIVATE_REDIRECT, "not https"),
    ],
)
def test_what_is_not_the_whole_clip_is_refused_and_leaves_no_file(
    fal: FakeFal, provider: FalProvider, tmp_path: Path, serving: Serving, why: str
) -> None:
    fal.script(Script(serving=serving))
    with pytest.raises(ProviderError, match=why):
        run(fetched(provider, tmp_path / "take.mp4"))
    assert not (tmp_path / "take.mp4").exists()
    assert len(fal.jobs) == 1


def test_media_with_more_bytes_than_promised_or_allowed_is_refused(
    fal: FakeFal, provider: FalProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = run(fetched(provider, tmp_path / "take.mp4"))
    promised = {**status.result["media"], "file_size": 5}
    with pytest.raises(ProviderError, match="has 5 bytes"):
        run(download(promised, tmp_path / "other.mp4", loopback=True))
    monkeypatch.setattr("resources.providers.fal.media.MOST_BYTES", {"video": 1000, "image": 1000})
    with pytest.raises(ProviderError, match="more than 1000 bytes"):
        run(download({**promised, "file_size": None}, tmp_path / "other.mp4", loopback=True))
    assert not (tmp_path / "other.mp4").exists()
    assert fal.jobs


@pytest.mark.parametrize(
    "url",
    [
        "http://v3.fal.media/files/x.mp4",
        "https://127.0.0.1/x.mp4",
        "https://localhost/x.mp4",
        "https://10.0.0.8/x.mp4",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x.mp4",
        "https://[::ffff:10.0.0.8]/x.mp4",
        "https://0.0.0.0/x.mp4",
        "https://[not-an-address/x.mp4",
        "file:///etc/passwd",
        "ftp://v3.fal.media/x.mp4",
        "x.mp4",
    ],
)
def test_nothing_is_fetched_over_plain_http_or_from_inside_a_network(url: str) -> None:
    with pytest.raises(ProviderError, match="fal's media"):
        run(require_public(url, loopback=False))


def test_an_answer_from_inside_the_network_is_refused_whatever_its_name_resolved_to(
    fal: FakeFal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    async def asked() -> None:
        async with httpx.AsyncClient() as client, client.stream("GET", f"{fal.url}/_media/x.mp4") as response:
            require_public_peer(response, loopback=True)
            require_public_peer(response, loopback=False)

    with pytest.raises(ProviderError, match=r"came from 127\.0\.0\.1"):
        run(asked())


def test_a_loopback_server_may_not_lead_to_another_machine_of_the_network() -> None:
    run(require_public("http://127.0.0.1:1/x.mp4", loopback=True))
    with pytest.raises(ProviderError, match="not https"):
        run(require_public("http://10.0.0.8/x.mp4", loopback=True))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"video": None},
        {"video": "x.mp4"},
        {"video": {"url": 7}},
        {"images": []},
        {"images": [None]},
        {"images": {"url": "x"}},
    ],
)
def test_a_result_of_any_other_shape_has_no_media(body: dict[str, object]) -> None:
    assert media_in(body) is None


def test_a_record_that_names_no_media_is_a_failure_to_fetch_not_a_crash(
    provider: FalProvider, tmp_path: Path
) -> None:
    with pytest.raises(ProviderError, match="names no media"):
        run(provider.fetch(Submission("r"), JobStatus(JobState.COMPLETED), request(), (), tmp_path / "x.mp4"))
