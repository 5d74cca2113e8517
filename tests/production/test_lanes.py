"""What is more pressing goes first, and a request id waits behind nothing."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

import pytest

from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.lanes import CREW, Lanes

Ran = list[str]


class Gate:
    """A call that ends when it is told to."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        assert self.open.wait(10)


def in_lanes(work: Callable[[Lanes], Awaitable[Ran]]) -> Ran:
    async def run() -> Ran:
        with Lanes() as lanes:
            return await work(lanes)

    return run_loop(run())


async def all_at_work(lanes: Lanes) -> Sequence[tuple[Gate, asyncio.Future[None]]]:
    """Every thread of the crew kept busy, by calls that end when their gates are opened."""
    gates = [Gate() for _ in range(CREW)]
    busy = [(gate, asyncio.ensure_future(lanes.sending(gate))) for gate in gates]
    await asyncio.sleep(0)
    for gate in gates:
        assert gate.begun.wait(10)
    return busy


def test_what_a_place_waits_for_is_begun_first_and_looks_last() -> None:
    async def asked_in_another_order(lanes: Lanes) -> Ran:
        ran: Ran = []
        (first, sending), *others = await all_at_work(lanes)
        calls = [
            asyncio.ensure_future(lanes.look(ran.append, "looked")),
            asyncio.ensure_future(lanes.work(ran.append, "settled")),
            asyncio.ensure_future(lanes.sending(ran.append, "sent")),
            asyncio.ensure_future(lanes.sending(ran.append, "sent later")),
        ]
        await asyncio.sleep(0)
        first.open.set()
        await asyncio.gather(sending, *calls)
        for gate, _ in others:
            gate.open.set()
        await asyncio.gather(*(sending for _, sending in others))
        return ran

    assert in_lanes(asked_in_another_order) == ["sent", "sent later", "settled", "looked"]


def test_a_request_id_waits_behind_no_send() -> None:
    async def held_up(lanes: Lanes) -> Ran:
        ran: Ran = []
        busy = await all_at_work(lanes)
        await lanes.answer(ran.append, "request id")
        for gate, _ in busy:
            gate.open.set()
        await asyncio.gather(*(working for _, working in busy))
        return ran

    assert in_lanes(held_up) == ["request id"]


def test_what_fails_in_a_lane_fails_where_it_is_waited_for_and_the_lane_goes_on() -> None:
    async def failing(lanes: Lanes) -> Ran:
        ran: Ran = []
        for _ in range(8):
            with pytest.raises(ZeroDivisionError):
                await lanes.look(lambda: 1 // 0)
        await lanes.look(ran.append, "looked")
        return ran

    assert in_lanes(failing) == ["looked"]


def test_a_call_that_ends_like_an_iterator_fails_and_nobody_waits_for_ever() -> None:
    async def ending(lanes: Lanes) -> Ran:
        with pytest.raises(RuntimeError, match="StopIteration"):
            await asyncio.wait_for(lanes.work(next, iter(())), 10)
        return ["failed"]

    assert in_lanes(ending) == ["failed"]


def test_what_many_threads_did_at_once_is_all_handed_over_each_to_its_own() -> None:
    async def all_at_once(lanes: Lanes) -> Ran:
        together = threading.Barrier(20)

        def answer(number: int) -> str:
            together.wait(10)
            return str(number)

        return list(await asyncio.gather(*(lanes.ledger(answer, number) for number in range(40))))

    assert in_lanes(all_at_once) == [str(number) for number in range(40)]


def test_where_the_system_gives_no_more_threads_those_that_are_there_do_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def all_at_once(lanes: Lanes) -> Ran:
        monkeypatch.setattr(threading.Thread, "start", none_left)
        calls = (
            lane(str, number) for number in range(8) for lane in (lanes.ledger, lanes.answer, lanes.work)
        )
        return list(await asyncio.wait_for(asyncio.gather(*calls), 10))

    assert in_lanes(all_at_once) == [str(number) for number in range(8) for _ in range(3)]


def test_without_a_thread_nothing_is_begun_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request id that can not be written down is worse than a run that can not begin."""
    start, started = threading.Thread.start, threading.active_count()

    def one(self: threading.Thread) -> None:
        if threading.active_count() > started:
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", one)
    with pytest.raises(RuntimeError, match="can't start new thread"), Lanes():
        pass
    assert threading.active_count() == started


def test_what_is_asked_of_lanes_that_were_left_is_refused_and_nobody_waits_for_ever() -> None:
    async def asked_too_late() -> None:
        with Lanes() as lanes:
            pass
        with pytest.raises(RuntimeError, match="at work"):
            await lanes.answer(str)

    run_loop(asked_too_late())


def test_callers_that_come_one_after_the_other_are_answered_by_the_same_few_threads() -> None:
    async def four_at_a_time(lanes: Lanes) -> Ran:
        async def chain() -> None:
            for _ in range(50):
                await lanes.ledger(str)

        await asyncio.gather(*(chain() for _ in range(4)))
        return [thread.name for thread in threading.enumerate() if thread.name.startswith("ledger call")]

    assert len(in_lanes(four_at_a_time)) <= 8


def test_what_was_asked_for_is_done_when_the_run_is_given_up() -> None:
    ran: Ran = []

    async def given_up(lanes: Lanes) -> Ran:
        busy = await all_at_work(lanes)
        records = [asyncio.ensure_future(lanes.work(ran.append, "recorded")) for _ in range(3)]
        await asyncio.sleep(0)
        for gate, _ in busy:
            threading.Timer(0.1, gate.open.set).start()
        assert not any(record.done() for record in records)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_lanes(given_up)
    assert ran == ["recorded"] * 3


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    async def given_up(lanes: Lanes) -> Ran:
        ran: Ran = []
        busy = await all_at_work(lanes)
        look = asyncio.ensure_future(lanes.look(ran.append, "looked"))
        await asyncio.sleep(0)
        look.cancel()
        await asyncio.wait({look})
        for gate, _ in busy:
            gate.open.set()
        await asyncio.gather(*(working for _, working in busy))
        await lanes.look(ran.append, "another look")
        return ran

    assert in_lanes(given_up) == ["another look"]
