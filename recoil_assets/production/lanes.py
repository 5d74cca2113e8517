"""Lanes: threads for what blocks, of several kinds that must not wait behind each other.

Whoever waits for the ledger sleeps, and the more wait the fewer commits there are. Whoever writes a file works, and
more of those than the machine has use for only take the interpreter from each other: so what is less pressing is not
begun while something that is more pressing is under way. First comes what is done while a place at a provider is
held, for the place is idle meanwhile, and a request id, which waits behind nothing at all; last what may be sent
later.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_WAITING_FOR_THE_LEDGER = 64
_WHILE_SENDING = 4
_FOR_ANSWERS = 4
_AT_WORK = 4
_LOOKING = 2
_GIVES_WAY_S = 0.05
"""Longest that anything waits for what is more pressing."""


class _UnderWay:
    """How much of a kind was asked for and is not done."""

    def __init__(self) -> None:
        self._count = 0
        self._changing = threading.Lock()
        self._none = threading.Event()
        self._none.set()

    def begin(self) -> None:
        with self._changing:
            self._count += 1
            self._none.clear()

    def end(self) -> None:
        with self._changing:
            self._count -= 1
            if not self._count:
                self._none.set()

    def give_way(self, wait_s: float) -> None:
        """Wait until there is none, ``wait_s`` seconds at most."""
        self._none.wait(wait_s)


class _Lane(ThreadPoolExecutor):
    """Threads that begin nothing while something more pressing is under way.

    Attributes:
        under_way: what was asked of them and is not done.
    """

    def __init__(
        self, threads: int, name: str, *, after: tuple["_Lane", ...] = (), gives_way_s: float = _GIVES_WAY_S
    ) -> None:
        super().__init__(threads, name)
        self._gives_way_s = gives_way_s
        self.under_way = _UnderWay()
        self._more_pressing = [lane.under_way for lane in after]

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As ``Executor.submit``."""
        self.under_way.begin()
        answer = super().submit(self._in_turn, partial(fn, *args, **kwargs))
        answer.add_done_callback(lambda _: self.under_way.end())
        return answer

    def _in_turn(self, call: Callable[[], T]) -> T:
        for pressing in self._more_pressing:
            pressing.give_way(self._gives_way_s)
        return call()


class Lanes:
    """The threads of one run.

    Args:
        gives_way_s: longest that anything waits for what is more pressing, seconds.

    Attributes:
        work: the lane of everything that is not said otherwise, to be the event loop's own.
    """

    def __init__(self, *, gives_way_s: float = _GIVES_WAY_S) -> None:
        pressing = (_Lane(_FOR_ANSWERS, "answers"), _Lane(_WHILE_SENDING, "sending"))
        self._answers, self._sending = pressing
        self.work = _Lane(_AT_WORK, "production", after=pressing, gives_way_s=gives_way_s)
        self._looking = _Lane(_LOOKING, "looking", after=(*pressing, self.work), gives_way_s=gives_way_s)
        self._ledger = ThreadPoolExecutor(_WAITING_FOR_THE_LEDGER, "ledger call")

    async def ledger(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which waits for the ledger."""
        return await _in(self._ledger, lambda: call(*args, **kwargs))

    async def sending(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which a place at a provider waits for."""
        return await _in(self._sending, lambda: call(*args, **kwargs))

    async def answer(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which puts a request id on disk: it waits behind no look, which may ask the ledger."""
        return await _in(self._answers, lambda: call(*args, **kwargs))

    async def look(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which only says what there is to do: what is to be done already goes first."""
        return await _in(self._looking, lambda: call(*args, **kwargs))

    def close(self) -> None:
        """End the threads that are idle; one at work ends after it."""
        for lane in (self._ledger, self._sending, self._answers, self._looking):
            lane.shutdown(wait=False)


async def _in(lane: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(lane, call)
