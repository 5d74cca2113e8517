"""Provider slots: how many jobs of one provider may be in flight at once, in this run and at its account."""

import asyncio
from contextlib import AsyncExitStack

from recoil_assets.domain.errors import BlockedError
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
    """One semaphore a provider, as wide as the narrower of its own limit and the run's."""

    def __init__(self, widest: int) -> None:
        self._widest = widest
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._turns: dict[str, asyncio.Semaphore] = {}

    def of(self, provider: Provider, model: str) -> asyncio.Semaphore:
        """The provider's slots; created from its capabilities when first asked for."""
        if provider.name not in self._slots:
            self._slots[provider.name] = asyncio.Semaphore(self._width(provider, model))
        return self._slots[provider.name]

    def turns(self, provider: Provider, model: str) -> asyncio.Semaphore:
        """Twice as many as slots: beside what is in flight, as much is made ready or settled."""
        if provider.name not in self._turns:
            self._turns[provider.name] = asyncio.Semaphore(2 * self._width(provider, model))
        return self._turns[provider.name]

    def _width(self, provider: Provider, model: str) -> int:
        return max(min(self._widest, provider.capabilities(model).concurrency), 1)
