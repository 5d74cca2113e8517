"""Lanes: what blocks, done by few threads, the most pressing first.

Whoever waits for the ledger sleeps, and the more wait the fewer commits there are: for that there are many threads.
Whoever writes a file works, and more threads than the machine has use for only take the interpreter from each other
(measured: twice as many cost an eighth more processor time). So all other work is one queue for a small crew. First in
it comes what is done while a place at a provider is held, for the place is idle meanwhile; last what may be sent later.
A request id waits behind nothing at all: it has threads of its own.

Not an ``Executor``: a beat goes to another thread and back a dozen times, and there two futures, three locks and a wake
of the event loop for each time were a tenth of a run's processor time (measured). Here whatever was done meanwhile is
handed over in one go.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from functools import partial
from heapq import heappop, heappush
from itertools import count
from queue import SimpleQueue
from types import TracebackType
from typing import Any, NamedTuple, ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_WAITING_FOR_THE_LEDGER = 64
_FOR_ANSWERS = 2
CREW = 2
"""Threads at work: while one waits for the disk the other works."""
_ANOTHER, _NO_MORE = True, False


class Rank(IntEnum):
    """How pressing something is; the least first."""

    PLACE_IS_HELD = 0
    UNDER_WAY = 1
    LOOK = 2


class _Done(NamedTuple):
    """What came of a call, for whoever waits for it."""

    waiting: asyncio.Future[Any]
    result: object
    error: BaseException | None


class _Handover:
    """Hands what threads have done to their event loop, all that there is at a time."""

    def __init__(self) -> None:
        self._done: deque[_Done] = deque()
        self._called = False

    def put(self, done: _Done) -> None:
        """Hand ``done`` over; called by a thread."""
        self._done.append(done)
        if not self._called:
            self._called = True
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                done.waiting.get_loop().call_soon_threadsafe(self._take)

    def _take(self) -> None:
        self._called = False  # before the first is taken: what is put from now on calls again
        while self._done:
            waiting, result, error = self._done.popleft()
            if waiting.done():
                continue
            if error is None:
                waiting.set_result(result)
            else:
                waiting.set_exception(error)


class _Crew:
    """Threads that always begin with the most pressing that is asked of them, and of that with the oldest.

    The first are started before anything is asked, so that whatever is asked is done even where no more can be had;
    others when none is free. They do not keep the program alive.
    """

    def __init__(self, name: str, most: int, handover: _Handover) -> None:
        self._name, self._most, self._handover = name, most, handover
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._busy = 0
        self._is_open = False
        self._numbers = count()
        self._asked: list[tuple[Rank, int, Callable[[], object], asyncio.Future[Any]]] = []
        self._calls: SimpleQueue[bool] = SimpleQueue()

    def begin(self, threads: int) -> None:
        """Start so many threads; ``RuntimeError`` where the system gives none."""
        for _ in range(threads):
            self._start()
        self._is_open = True

    def ask(self, rank: Rank, call: Callable[[], T]) -> asyncio.Future[T]:
        """Have ``call`` made when it is its turn; called in the event loop's thread.

        Raises:
            RuntimeError: the threads are not begun or are ended, and nobody would make it.
        """
        if not self._is_open:
            raise RuntimeError(f"no {self._name} is at work")
        waiting: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._lock:
            heappush(self._asked, (rank, next(self._numbers), call, waiting))
            too_few = len(self._asked) + self._busy > len(self._threads)
        self._calls.put(_ANOTHER)
        if too_few and len(self._threads) < self._most:
            with suppress(RuntimeError):  # the system gives no more: it waits for those that are there
                self._start()
        return waiting

    def end(self) -> None:
        """Let the threads end once nothing is left to do."""
        self._is_open = False
        for _ in self._threads:
            self._calls.put(_NO_MORE)

    def join(self) -> None:
        """Wait until all are at their end."""
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        name = f"{self._name} {len(self._threads) + 1}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _work(self) -> None:
        while self._calls.get():
            with self._lock:
                _, _, call, waiting = heappop(self._asked)
                self._busy += 1
            if not waiting.cancelled():
                self._handover.put(_done(call, waiting))
            del call, waiting
            with self._lock:
                self._busy -= 1


def _done(call: Callable[[], object], waiting: asyncio.Future[Any]) -> _Done:
    try:
        return _Done(waiting, call(), None)
    except StopIteration as error:  # no future takes it, and somebody waits
        fault = RuntimeError("the call raised StopIteration")
        fault.__cause__ = error
        return _Done(waiting, None, fault)
    except BaseException as error:  # noqa: BLE001  it is raised where it is waited for
        return _Done(waiting, None, error)


class Lanes:
    """The threads of one run, to be used as a context: what was asked for is done when it is left."""

    def __init__(self) -> None:
        handover = _Handover()
        self._crew = _Crew("production", CREW, handover)
        self._answers = _Crew("answer", _FOR_ANSWERS, handover)
        self._ledger = _Crew("ledger call", _WAITING_FOR_THE_LEDGER, handover)

    def __enter__(self) -> Self:
        try:
            self._crew.begin(CREW)
            self._answers.begin(_FOR_ANSWERS)
            self._ledger.begin(1)
        except RuntimeError:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        crews = (self._crew, self._answers, self._ledger)
        for crew in crews:
            crew.end()
        for crew in crews:
            crew.join()

    async def sending(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which a place at a provider waits for."""
        return await self._crew.ask(Rank.PLACE_IS_HELD, partial(call, *args, **kwargs))

    async def work(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which makes something ready or settles it: whatever is not said otherwise."""
        return await self._crew.ask(Rank.UNDER_WAY, partial(call, *args, **kwargs))

    async def look(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which only says what there is to do: what is known to be done goes first.

        So the first beats of a large run are sent while the last are still being looked at.
        """
        return await self._crew.ask(Rank.LOOK, partial(call, *args, **kwargs))

    async def answer(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which puts a request id on disk: no other kind of work is before it."""
        return await self._answers.ask(Rank.PLACE_IS_HELD, partial(call, *args, **kwargs))

    async def ledger(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``call`` gives, which waits for the ledger: nothing that is at work waits behind it."""
        return await self._ledger.ask(Rank.UNDER_WAY, partial(call, *args, **kwargs))
