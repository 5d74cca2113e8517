"""Media is brought home without the key, whole, of its kind, and from nowhere inside a network."""

from dataclasses import replace
from pathlib import Path

import pytest

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.ports import JobState, JobStatus, Submission
from resources.providers.fal.media import media_in
from resources.providers.fal.provider import FalProvider
from tests.fal.fake.script import Script, Serving
from tests.fal.fake.server import FakeFal
from tests.fal.samples import ended, request, run, submitted
from tests.support import real_media


async def fetched(provider: FalProvider, destination: Path) -> JobStatus:
    submission = await submitted(provider)
    status = await ended(provider, submission)
    await provider.fetch(submission, status, request(), (), destination)
    return status


def test_a_clip_is_fetched_whole_and_without_the_key(
    fal: FakeFal, provider: FalProvider, tmp_path: Path
) -> None:
    run(fetched(provider, tmp_path / "take.mp4"))
    assert (tmp_path / "take.mp4").read_bytes() == real_media.clip(6, *fal.jobs[0].size)
    (asked,) = fal.asked("GET", "/_media/")
    assert "authorization" not in {name.lower() for name in asked.headers}


def test_a_board_is_fetched_as_a_picture(provider: FalProvider, tmp_path: Path) -> None:
    board = request(model="nano-banana-2", modality="board", fps=0)

    async def drawn() -> None:
        submission = await submitted(provider, board)
        status = await ended(provider, submission, board)
        await provider.fetch(submission, status, board, (), tmp_path / "board.png")

    run(drawn())
    assert (tmp_path / "board.png").read_bytes() == real_media.picture()


@pytest.mark.parametrize(
    ("serving", "why"),
    [
        (Serving.TRUNCATED, "broke off"),
        (Serving.CUT_FILE, "cut off"),
        (Serving.EXPIRED, "answered 404"),
        (Serving.WEB_PAGE, "should have"),
        (Serving.DISGUISED, "is not a video|is 25 bytes"),
        (Serving.PRIVATE_REDIRECT, "is not"),
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


def test_media_of_another_size_than_fal_said_is_refused(
    fal: FakeFal, provider: FalProvider, tmp_path: Path
) -> None:
    async def cut_short_by_fal() -> None:
        submission = await submitted(provider)
        status = await ended(provider, submission)
        result = {**status.result, "media": {**status.result["media"], "file_size": 5}}
        promised = replace(status, result=result)
        await provider.fetch(submission, promised, request(), (), tmp_path / "take.mp4")

    with pytest.raises(ProviderError, match="should have 5 bytes"):
        run(cut_short_by_fal())
    assert not (tmp_path / "take.mp4").exists()
    assert len(fal.jobs) == 1


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
