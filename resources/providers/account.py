"""Accounts at providers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class OpenAccount:
    """``ports.Account`` without limits: of a provider that runs on this machine."""

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """See ``ports.Account``."""
        yield

    def closed(self) -> str:
        """See ``ports.Account``."""
        return ""
