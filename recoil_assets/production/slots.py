"""Provider slots: how many jobs of one provider may be in flight at once in this run."""

import asyncio

from recoil_assets.production.ports import Provider


class ProviderSlots:
    """One semaphore a provider, as wide as the narrower of its own limit and the run's."""

    def __init__(self, widest: int) -> None:
        self._widest = widest
        self._slots: dict[str, asyncio.Semaphore] = {}

    def of(self, provider: Provider, model: str) -> asyncio.Semaphore:
        """The provider's slots; created from its capabilities when first asked for."""
        if provider.name not in self._slots:
            width = min(self._widest, provider.capabilities(model).concurrency)
            self._slots[provider.name] = asyncio.Semaphore(max(width, 1))
        return self._slots[provider.name]
