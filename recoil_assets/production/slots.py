"""Provider slots: how many jobs of one provider may be in flight at once, in this run and at its account."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import BlockedError
from recoil_assets.production.admission import Admission
from recoil_assets.production.ports import Account, Provider, Stopped

_STOP_NOTICED_S = 1.0


class StoppedError(BlockedError):
    """A stop was asked for before this attempt was sent; nothing was spent on it."""

    def __init__(self) -> None:
        super().__init__(
            "stopped", "the run was stopped before this was sent", cure="materialise the cell again"
        )


async def take_place(account: Account, held: AsyncExitStack, stopped: Stopped) -> None:
    """Wait for a place at the account, which other runs may have to free, and keep it in ``held``.

    Raises:
        StoppedError: a stop was asked for meanwhile. Another run's jobs may take longer than anybody waits.
    """
    taking = asyncio.ensure_future(held.enter_async_context(account.slot()))
    try:
        await asyncio.sleep(0)  # long enough where the account has places of its own for each run
        while not taking.done():
            await asyncio.wait({taking}, timeout=_STOP_NOTICED_S)
            if stopped() and not taking.done():
                raise StoppedError
        taking.result()
    finally:
        if not taking.done():
            taking.cancel()
            await asyncio.wait({taking})


class ProviderSlots:
    """The places at every provider, and the turns to make something ready for one.

    A provider has as many places as the narrower of its own limit and the run's.

    Args:
        widest: the run's own limit.

    Attributes:
        admission: which cells are looked at now: it is told of every wait for a provider.
    """

    def __init__(self, widest: int) -> None:
        self.admission = Admission(widest)
        self._widest = widest
        self._places: dict[str, asyncio.Semaphore] = {}
        self._turns: dict[str, asyncio.Semaphore] = {}

    @asynccontextmanager
    async def place(self, provider: Provider, model: str, cell: Cell) -> AsyncIterator[None]:
        """A place at the provider, once one is free."""
        async with self._waited_for(self._of_width(self._places, provider, model, factor=1), cell):
            with self.admission.place_taken(cell):
                yield

    def turn(self, provider: Provider, model: str, cell: Cell) -> AbstractAsyncContextManager[None]:
        """One of twice as many turns as places: beside what is in flight, as much is made ready or settled."""
        return self._waited_for(self._of_width(self._turns, provider, model, factor=2), cell)

    @asynccontextmanager
    async def _waited_for(self, free: asyncio.Semaphore, cell: Cell) -> AsyncIterator[None]:
        """One of what is ``free``; the cell keeps nobody out while it has to wait for it."""
        if free.locked():
            self.admission.ready(cell)
        async with free:
            yield

    def _of_width(
        self, known: dict[str, asyncio.Semaphore], provider: Provider, model: str, *, factor: int
    ) -> asyncio.Semaphore:
        """The provider's semaphore; created from its capabilities when first asked for."""
        if provider.name not in known:
            known[provider.name] = asyncio.Semaphore(factor * self._width(provider, model))
        return known[provider.name]

    def _width(self, provider: Provider, model: str) -> int:
        return max(min(self._widest, provider.capabilities(model).concurrency), 1)
