"""Who is looked at and made ready: as many cells as there are free places, and everybody once there are none."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recoil_assets.domain.errors import ProviderError
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production import admission, produce
from recoil_assets.production.admission import Admission
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import Capabilities, JobStatus, PreparedJob, Submission
from recoil_assets.production.slots import ProviderSlots
from recoil_assets.production.stages import TAKES
from tests.support.instant_provider import InstantProvider
from tests.support.project import plan
from tests.support.show import STAGES, Show, cell, settings


class Narrow(InstantProvider):
    """A provider with one place."""

    def capabilities(self, model: str) -> Capabilities:
        return replace(super().capabilities(model), concurrency=1)


class Queue:
    """Cells that want to be let in, each until it is told to leave."""

    def __init__(self, places: int, cells: int) -> None:
        self.admission = Admission(places)
        self.entered: list[int] = []
        self._leave = [asyncio.Event() for _ in range(cells)]
        self.tasks = [asyncio.ensure_future(self._wait_in_line(number)) for number in range(cells)]

    async def _wait_in_line(self, number: int) -> None:
        async with self.admission.of(cell(number)):
            self.entered.append(number)
            await self._leave[number].wait()

    async def after(self, *steps: Callable[[], object]) -> list[int]:
        """Who has been let in when all of ``steps`` were taken, in order."""
        for step in steps:
            step()
        for _ in range(5):
            await asyncio.sleep(0)
        return self.entered

    def leaves(self, number: int) -> Callable[[], object]:
        return self._leave[number].set

    def is_ready(self, number: int) -> Callable[[], object]:
        return lambda: self.admission.ready(cell(number))

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def in_line(places: int, cells: int, story: Callable[[Queue], Awaitable[None]]) -> None:
    async def told() -> None:
        queue = Queue(places, cells)
        try:
            await story(queue)
        finally:
            await queue.end()

    run_loop(told())


def test_as_many_are_let_in_as_there_are_places_and_the_next_when_one_is_done() -> None:
    async def story(queue: Queue) -> None:
        assert await queue.after() == [0, 1]
        assert await queue.after(queue.leaves(1)) == [0, 1, 2]
        assert await queue.after(queue.leaves(0), queue.leaves(2)) == [0, 1, 2, 3, 4]

    in_line(2, 6, story)


def test_one_that_waits_for_its_provider_keeps_nobody_out() -> None:
    async def story(queue: Queue) -> None:
        assert await queue.after(queue.is_ready(0)) == [0]
        assert await queue.after(queue.is_ready(0)) == [0, 1]
        assert await queue.after(queue.leaves(0)) == [0, 1], "it left its turn to the second already"

    in_line(1, 3, story)


def test_a_taken_place_is_one_less_to_make_ready_for_and_once_all_are_taken_all_are_let_in() -> None:
    async def story(queue: Queue) -> None:
        with ExitStack() as held:
            assert await queue.after() == [0, 1]
            held.enter_context(queue.admission.place_taken(cell(0)))
            assert await queue.after() == [0, 1]
            held.enter_context(queue.admission.place_taken(cell(1)))
            assert await queue.after() == [0, 1, 2, 3, 4, 5]

    in_line(2, 6, story)


def test_a_place_that_becomes_free_lets_one_in_again() -> None:
    async def story(queue: Queue) -> None:
        with queue.admission.place_taken(cell(9)):
            assert await queue.after() == [0]
        assert await queue.after() == [0, 1]

    in_line(2, 3, story)


def test_one_that_is_cancelled_while_it_waits_takes_nobody_s_turn() -> None:
    async def story(queue: Queue) -> None:
        assert await queue.after() == [0]
        assert await queue.after(queue.tasks[1].cancel, queue.leaves(0)) == [0, 2]

    in_line(1, 3, story)


def test_one_that_is_cancelled_as_it_is_let_in_leaves_its_turn_to_the_next() -> None:
    async def story(queue: Queue) -> None:
        assert await queue.after() == [0]
        assert await queue.after(queue.is_ready(0), queue.tasks[1].cancel) == [0, 2]

    in_line(1, 3, story)


def test_one_that_takes_long_to_be_made_ready_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "_SOON_S", 0.01)

    async def story(queue: Queue) -> None:
        assert await queue.after() == [0]
        await asyncio.sleep(0.5)
        assert await queue.after() == [0, 1, 2]

    in_line(1, 3, story)


def test_one_that_waits_for_a_turn_or_a_place_of_a_busy_provider_keeps_nobody_out() -> None:
    async def story() -> None:
        narrow = Narrow(name="narrow")
        slots = ProviderSlots(2)
        entered: list[int] = []

        async def made_ready(number: int) -> None:
            async with slots.admission.of(cell(number)), slots.turn(narrow, "reel", cell(number)):
                entered.append(number)
                async with slots.place(narrow, "reel", cell(number)):
                    await asyncio.sleep(3600)

        tasks = [asyncio.ensure_future(made_ready(number)) for number in range(5)]
        async with AsyncExitStack() as other:
            for _ in range(5):
                await asyncio.sleep(0)
            assert entered == [0, 1], "it has turns for two"
            await asyncio.wait_for(other.enter_async_context(slots.admission.of(cell(9))), timeout=5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run_loop(story())


def test_the_first_is_sent_when_no_more_were_looked_at_than_there_are_places(tmp_path: Path) -> None:
    looked_at: list[int] = []

    class Counting(InstantProvider):
        async def submit(self, job: PreparedJob) -> Submission:
            looked_at.append([event["event"] for event in show.events()].count("sequence_started"))
            return await super().submit(job)

    text = settings(choices={"concurrency": 2})
    show = Show.begin(tmp_path / "project", plan("ep_001", batches=6, shots_each=1), text=text)
    show.make(stages=STAGES[:-1])
    show.lab = Counting(name="lab")
    ended = show.make(stages=[TAKES])
    assert looked_at[0] == 2
    assert len(looked_at) == len(ended.by_cell()) == 6
    show.close()


class Meeting(InstantProvider):
    """Two have to be at the same call at once, once ``calls`` says which."""

    calls = ""
    here = 0

    async def _meet(self) -> None:
        self.here += 1
        for _ in range(500):
            if self.here == 2:
                return
            await asyncio.sleep(0.01)
        raise ProviderError("nobody else came")

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:
        if self.calls == "poll":
            await self._meet()
        return await super().poll(submission, request)

    async def fetch(self, *asked: Any) -> None:
        if self.calls == "fetch":
            await self._meet()
        await super().fetch(*asked)


@pytest.fixture
def narrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Show]:
    """A show of two shots and one place, in which nobody is taken for ready because of the time."""
    monkeypatch.setattr(admission, "_SOON_S", 3600.0)
    text = settings(choices={"concurrency": 1})
    show = Show.begin(tmp_path / "project", plan("ep_001", batches=2, shots_each=1), text=text)
    show.lab = Meeting(name="lab")
    yield show
    show.close()


def let_meet_at(show: Show, call: str) -> None:
    assert isinstance(show.lab, Meeting)
    show.lab.calls = call


def test_films_that_are_fetched_again_are_so_side_by_side_whatever_places_there_are(narrow: Show) -> None:
    narrow.make()
    for number in (1, 2):
        (narrow.root / narrow.attempts(cell(number))[0].intent.media_path).unlink()
    let_meet_at(narrow, "fetch")
    ended = narrow.make(stages=[TAKES])
    assert ended.finished(cell(1), cell(2))
    assert [event["event"] for event in narrow.events()].count("take_media_recovered") == 2


def test_jobs_of_an_earlier_run_are_carried_on_side_by_side_whatever_places_there_are(
    narrow: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def out_of_order(*_: object) -> JobStatus:
        raise RuntimeError("the poll is out of order")

    with monkeypatch.context() as broken:
        broken.setattr(narrow.lab, "poll", out_of_order)
        narrow.make()
    assert len(narrow.attempts(cell(1))) == len(narrow.attempts(cell(2))) == 1

    async def left_to_the_cells(*_: object) -> None:
        """What could not be carried on before the cells were looked at is by them."""

    monkeypatch.setattr(produce, "resume_unfinished", left_to_the_cells)
    let_meet_at(narrow, "poll")
    ended = narrow.make(stages=[TAKES])
    assert ended.finished(cell(1), cell(2))
