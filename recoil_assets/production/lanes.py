"""Lanes: what blocks, done by few threads, the most pressing first.

Whoever waits for the ledger sleeps, and the more wait the fewer commits there are: for that there are many threads.
Whoever writes a file works, and more threads than the machine has use for only take the interpreter from each other
(measured: twice as many cost an eighth more processor time). So all other work is one queue for a small crew. First in
it comes what is done while a place at a provider is held, for the place is idle meanwhile; last what may be sent later.
A request id waits behind nothing at all: it has threads of its own.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import IntEnum
from functools import partial
from itertools import count
from queue import PriorityQueue
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_WAITING_FOR_THE_LEDGER = 64
_FOR_ANSWERS = 2
CREW = 2
"""Threads at work: while one waits for the disk the other works."""


class Rank(IntEnum):
    """How pressing something is; the least first."""

    PLACE_IS_HELD = 0
    UNDER_WAY = 1
    LOOK = 2


class _Crew:
    """Threads that always begin with the most pressing that is asked of them, and of that with the oldest."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, "production")
        self._asked: PriorityQueue[tuple[Rank, int, Callable[[], None]]] = PriorityQueue()
        self._numbers = count()

    def submit(self, rank: Rank, call: Callable[[], T]) -> Future[T]:
        """Have ``call`` made when it is its turn."""
        answer: Future[T] = Future()
        self._asked.put((rank, next(self._numbers), partial(_answer, answer, call)))
        self._threads.submit(self._begin)
        return answer

    def _begin(self) -> None:
        _, _, begin = self._asked.get()
        begin()

    def shutdown(self, *, wait: bool) -> None:
        """End the threads once nothing is left to do."""
        self._threads.shutdown(wait=wait)


class _Lane(ThreadPoolExecutor):
    """What is asked of a crew at one rank; it has no threads itself. An event loop takes no other kind of executor."""

    def __init__(self, crew: _Crew, rank: Rank) -> None:
        super().__init__(1)
        self._crew, self._rank = crew, rank

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As ``Executor.submit``."""
        return self._crew.submit(self._rank, partial(fn, *args, **kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """As ``Executor.shutdown``; what was asked for is done."""
        self._crew.shutdown(wait=wait)


class Lanes:
    """The threads of one run.

    Attributes:
        work: the lane of everything that is not said otherwise, to be the event loop's own.
    """

    def __init__(self) -> None:
        crew = _Crew(CREW)
        self._sending, self.work, self._looking = (_Lane(crew, rank) for rank in Rank)
        self._answers = ThreadPoolExecutor(_FOR_ANSWERS, "answers")
        self._ledger = ThreadPoolExecutor(_WAITING_FOR_THE_LEDGER, "ledger call")

    async def ledger(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which waits for the ledger."""
        return await _in(self._ledger, partial(call, *args, **kwargs))

    async def sending(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which a place at a provider waits for."""
        return await _in(self._sending, partial(call, *args, **kwargs))

    async def answer(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which puts a request id on disk: no other kind of work is before it."""
        return await _in(self._answers, partial(call, *args, **kwargs))

    async def look(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which only says what there is to do: what is to be done already goes first."""
        return await _in(self._looking, partial(call, *args, **kwargs))

    def close(self) -> None:
        """End the threads that are idle; one at work ends after it. The crew ends with the event loop."""
        for lane in (self._ledger, self._answers):
            lane.shutdown(wait=False)


async def _in(lane: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(lane, call)


def _answer(answer: Future[T], call: Callable[[], T]) -> None:
    if not answer.set_running_or_notify_cancel():
        return
    try:
        answer.set_result(call())
    except BaseException as error:  # noqa: BLE001  it is raised where it is waited for
        answer.set_exception(error)
        del answer  # the error's traceback would keep it, and it the error
