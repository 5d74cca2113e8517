"""Admission: whose takes are looked at and made ready now, and whose when there is a place to send them to.

Reading what a cell needs and opening its attempt take the few threads that send. So while places are free, only as
many cells are made ready as there are free places: 69 to 73 beats were looked at before the fiftieth was sent to one
of fifty places, now 53 to 56 are (measured). Once all are taken everybody is let in, to be ready for the next one.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from recoil_assets.domain.cell import Cell

_SOON_S = 1.0
"""After it nobody is being made ready any more: who waits for an upload or for the ledger keeps no thread busy."""


class Admission:
    """Lets cells in, in the order they came. One per run; used in one event loop.

    A cell that waits for a place or a turn at a provider, or for a job of an earlier run, is not being made ready, nor
    is one that takes long: they keep nobody out.

    Args:
        places: how many jobs the run may have in flight at once.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._taken = 0
        self._made_ready: set[Cell] = set()
        self._waiting: deque[tuple[Cell, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def of(self, cell: Cell) -> AsyncIterator[None]:
        """Wait until the cell may be looked at; it is being made ready until ``ready`` or the end says otherwise."""
        try:
            if self._has_room():
                self._made_ready.add(cell)
            else:
                turn = asyncio.get_running_loop().create_future()
                self._waiting.append((cell, turn))
                await turn
            soon = asyncio.get_running_loop().call_later(_SOON_S, self.ready, cell)
            try:
                yield
            finally:
                soon.cancel()
        finally:
            self.ready(cell)

    def ready(self, cell: Cell) -> None:
        """The cell waits for a provider now, or is done. Of one that was not admitted it says nothing."""
        self._made_ready.discard(cell)
        self._admit()

    @contextmanager
    def place_taken(self, cell: Cell) -> Iterator[None]:
        """A place is taken for as long as the context is entered, by a cell that is ready."""
        self._taken += 1
        self.ready(cell)
        try:
            yield
        finally:
            self._taken -= 1
            self._admit()

    def _has_room(self) -> bool:
        free = self._places - self._taken
        return free <= 0 or len(self._made_ready) < free

    def _admit(self) -> None:
        while self._waiting and self._has_room():
            cell, turn = self._waiting.popleft()
            if not turn.done():  # one that is cancelled waits no more
                self._made_ready.add(cell)
                turn.set_result(None)
