import asyncio
import time
from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.errors import ProviderError, UsageError
from recoil_assets.domain.reference import Reference
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import JobState, Provider
from resources.providers.animatic.provider import AnimaticProvider
from tests.animatic.samples import board_request, request, shot, watch


@pytest.fixture
def provider() -> AnimaticProvider:
    return AnimaticProvider()


def test_it_is_a_provider(provider: AnimaticProvider) -> None:
    port: Provider = provider

    assert port.name == "animatic"


def test_it_says_what_each_model_makes_and_honours(provider: AnimaticProvider) -> None:
    take, board = provider.capabilities("animatic"), provider.capabilities("animatic-board")

    assert take.modalities == {"video_i2v", "r2v_multi"}
    assert take.honours == {"seed", "references", "start_frame", "end_frame"}
    assert board.modalities == {"board"}
    assert board.honours == {"seed", "references"}
    assert take.max_references == board.max_references == 12
    assert take.concurrency >= 1


def test_an_unknown_model_is_refused_with_the_names_of_those_there_are(provider: AnimaticProvider) -> None:
    with pytest.raises(UsageError) as caught:
        provider.capabilities("animatic-pro")

    assert "'animatic-pro'" in caught.value.message
    assert "animatic-board" in caught.value.cure


def test_a_model_is_refused_what_it_does_not_make(provider: AnimaticProvider) -> None:
    wrong = board_request(shot()).model_copy(update={"model": "animatic"})

    with pytest.raises(UsageError) as caught:
        run_loop(provider.prepare("attempt", wrong, ()))

    assert "'board'" in caught.value.message
    assert "video_i2v" in caught.value.cure


def test_a_job_is_named_by_its_request_complete_at_once_and_free(provider: AnimaticProvider) -> None:
    wanted = request()

    async def submit_and_poll() -> None:
        submission = await provider.submit(await provider.prepare("attempt", wanted, ()))
        status = await provider.poll(submission, wanted)

        assert submission.request_id == f"animatic-{wanted.digest[:24]}"
        assert status.state is JobState.COMPLETED
        assert (status.cost_usd, status.cost_is_billed) == (Decimal(0), True)
        assert status.result == {}
        await provider.cancel(submission, wanted)

    run_loop(submit_and_poll())


def test_references_that_are_addresses_are_reported_as_left_out(provider: AnimaticProvider) -> None:
    away = Reference(role="character", name="MARA", path="https://example.com/mara.png")
    wanted = request(references=(away,))

    async def poll() -> dict[str, object]:
        return (
            await provider.poll(await provider.submit(await provider.prepare("attempt", wanted, ())), wanted)
        ).result

    assert run_loop(poll()) == {"left_out_references": ["https://example.com/mara.png"]}


def test_many_takes_are_fetched_at_once_and_the_loop_stays_free(
    provider: AnimaticProvider, tmp_path: Path
) -> None:
    async def fetch_many() -> int:
        turns = 0

        async def count_turns() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0.001)

        counting = asyncio.create_task(count_turns())
        wanted = [request(shot(f"SH{number}")) for number in range(3)]
        submissions = [await provider.submit(await provider.prepare("attempt", one, ())) for one in wanted]
        statuses = [
            await provider.poll(submission, one) for submission, one in zip(submissions, wanted, strict=True)
        ]
        await asyncio.gather(
            *(
                provider.fetch(submission, status, one, (), tmp_path / f"{number}.mp4")
                for number, (submission, status, one) in enumerate(
                    zip(submissions, statuses, wanted, strict=True)
                )
            )
        )
        counting.cancel()
        return turns

    assert run_loop(fetch_many()) > 10
    assert [len(watch(tmp_path / f"{number}.mp4").frames) for number in range(3)] == [6, 6, 6]


def test_one_provider_serves_one_loop_after_another(provider: AnimaticProvider, tmp_path: Path) -> None:
    async def fetch(name: str) -> None:
        submission = await provider.submit(await provider.prepare("attempt", request(), ()))
        await provider.fetch(
            submission, await provider.poll(submission, request()), request(), (), tmp_path / name
        )

    run_loop(fetch("one.mp4"))
    run_loop(fetch("other.mp4"))

    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "other.mp4").read_bytes()


def wait_for_a_file(folder: Path) -> None:
    while not list(folder.iterdir()):
        time.sleep(0.01)


def test_a_cancelled_fetch_leaves_no_file(provider: AnimaticProvider, tmp_path: Path) -> None:
    wanted = request(shot(duration_s=60.0))

    async def fetch_and_give_up() -> None:
        submission = await provider.submit(await provider.prepare("attempt", wanted, ()))
        status = await provider.poll(submission, wanted)
        fetching = asyncio.create_task(provider.fetch(submission, status, wanted, (), tmp_path / "take.mp4"))
        await asyncio.to_thread(wait_for_a_file, tmp_path)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching

    run_loop(fetch_and_give_up())
    provider._pool.shutdown(wait=True)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told_with_the_cure(provider: AnimaticProvider, tmp_path: Path) -> None:
    async def fetch() -> None:
        submission = await provider.submit(await provider.prepare("attempt", request(), ()))
        status = await provider.poll(submission, request())
        await provider.fetch(submission, status, request(), (), tmp_path / "nowhere" / "take.mp4")

    with pytest.raises(ProviderError) as caught:
        run_loop(fetch())

    assert "take.mp4" in caught.value.message
    assert caught.value.cure
