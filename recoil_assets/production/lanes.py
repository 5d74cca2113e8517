"""Lanes: threads for what blocks, of several kinds that must not wait behind each other.

Whoever waits for the ledger sleeps, and the more wait the fewer commits there are. Whoever writes a file works, and
more of those than the machine has use for only take the interpreter from each other. What is done while a place at
a provider is held goes before both, for the place is idle meanwhile, and a request id waits behind nothing at all.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_WAITING_FOR_THE_LEDGER = 64
_WHILE_SENDING = 4
_FOR_ANSWERS = 4
_AT_WORK = 4


class Lanes:
    """The threads of one run. ``asyncio.to_thread`` has a lane too, for everything else: see ``work``."""

    def __init__(self) -> None:
        self._ledger = ThreadPoolExecutor(_WAITING_FOR_THE_LEDGER, "ledger call")
        self._sending = ThreadPoolExecutor(_WHILE_SENDING, "sending")
        self._answers = ThreadPoolExecutor(_FOR_ANSWERS, "answers")

    async def ledger(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which waits for the ledger."""
        return await _in(self._ledger, lambda: call(*args, **kwargs))

    async def sending(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which a place at a provider waits for."""
        return await _in(self._sending, lambda: call(*args, **kwargs))

    async def answer(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which puts a request id on disk: it waits behind no look, which may ask the ledger."""
        return await _in(self._answers, lambda: call(*args, **kwargs))

    def close(self) -> None:
        """End the threads that are idle; one at work ends after it."""
        self._ledger.shutdown(wait=False)
        self._sending.shutdown(wait=False)
        self._answers.shutdown(wait=False)


def work() -> ThreadPoolExecutor:
    """The lane of everything else, to be the event loop's own."""
    return ThreadPoolExecutor(_AT_WORK, "production")


async def _in(lane: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(lane, call)
