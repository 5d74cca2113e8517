"""What is more pressing goes first, and nothing waits for ever."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

from recoil_assets.production.lanes import Lanes

Ran = list[str]


class Gate:
    """A call that ends when it is told to."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        assert self.open.wait(10)


def in_lanes(work: Callable[[Lanes], Awaitable[Ran]], *, gives_way_s: float = 10.0) -> Ran:
    async def run() -> Ran:
        lanes = Lanes(gives_way_s=gives_way_s)
        asyncio.get_running_loop().set_default_executor(lanes.work)
        try:
            return await work(lanes)
        finally:
            lanes.close()

    return asyncio.run(run())


def test_work_and_looks_give_way_to_what_a_place_waits_for() -> None:
    async def all_at_once(lanes: Lanes) -> Ran:
        ran: Ran = []
        gate = Gate()

        def sent() -> None:
            gate()
            ran.append("sent")

        calls = [asyncio.ensure_future(lanes.sending(sent))]
        await asyncio.sleep(0)
        calls.append(asyncio.ensure_future(lanes.look(ran.append, "looked")))
        calls.append(asyncio.ensure_future(asyncio.to_thread(ran.append, "settled")))
        await asyncio.sleep(0)
        gate.open.set()
        await asyncio.gather(*calls)
        return ran

    assert in_lanes(all_at_once) == ["sent", "settled", "looked"]


def test_what_is_pressing_and_does_not_end_keeps_nothing_from_being_done() -> None:
    async def held_up(lanes: Lanes) -> Ran:
        ran: Ran = []
        gate = Gate()
        sending = asyncio.ensure_future(lanes.sending(gate))
        await asyncio.to_thread(ran.append, "settled")
        await lanes.look(ran.append, "looked")
        gate.open.set()
        await sending
        return ran

    assert in_lanes(held_up, gives_way_s=0.01) == ["settled", "looked"]


def test_a_request_id_waits_behind_no_send() -> None:
    async def held_up(lanes: Lanes) -> Ran:
        ran: Ran = []
        gates = [Gate() for _ in range(8)]
        sends = [asyncio.ensure_future(lanes.sending(gate)) for gate in gates]
        await lanes.answer(ran.append, "request id")
        for gate in gates:
            gate.open.set()
        await asyncio.gather(*sends)
        return ran

    assert in_lanes(held_up) == ["request id"]
