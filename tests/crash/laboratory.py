"""What a paid provider has to bring to be killed at: a server that outlives its clients, and accounts there.

The suite knows a provider by these Protocols alone, so that every adapter can be put through it with the
server it is tested against.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import httpx

from recoil_assets.domain.price import PriceBook
from recoil_assets.production.ports import Provider

if TYPE_CHECKING:
    from tests.crash.wire import WatchedWire

Wire = Callable[[], "WatchedWire"]
"""Makes a transport for an adapter's HTTP: one the suite watches every request through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job that a server took, by the server's own durable record.

    Attributes:
        request_id: the id it gave the job.
        reference: the attempt the job was sent for, where the adapter tells the server; else empty.
        cost_usd: what it billed for the job, USD; zero for one that failed and was free.
        failed: whether the job ended badly.
        sha256: of the bytes it made; empty where it made none.
    """

    request_id: str
    reference: str
    cost_usd: Decimal
    failed: bool
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How a server behaves to one account. Ordinals count POSTs from 1.

    Attributes:
        polls: how often a job is asked about until it is done.
        refused: POSTs answered with 429: no job, may be sent again at once.
        dropped: POSTs whose job is taken and whose connection is then closed without a reply.
        failed_free: POSTs whose job ends badly and is not billed.
        failed_billed: POSTs whose job ends badly and is billed.
        cut: POSTs whose media breaks off in the middle the first time it is fetched.
        kept_once: POSTs whose media is gone when it was fetched once.
        reply_after_s: seconds a taken POST waits for its reply.
        half_s: seconds the media stands still when half of it is sent.
    """

    polls: int = 3
    refused: frozenset[int] = frozenset()
    dropped: frozenset[int] = frozenset()
    failed_free: frozenset[int] = frozenset()
    failed_billed: frozenset[int] = frozenset()
    cut: frozenset[int] = frozenset()
    kept_once: frozenset[int] = frozenset()
    reply_after_s: float = 0.0
    half_s: float = 0.0


class Account(Protocol):
    """One account at a server. Can be pickled: it is handed to the processes that are killed.

    Attributes:
        model: renders takes; ``board_model`` draws boards.
    """

    model: str
    board_model: str

    @property
    def price_book(self) -> PriceBook:
        """What ``model`` and ``board_model`` cost."""
        ...

    def provider(self, wire: Wire) -> Provider:
        """An adapter of its own for a new process; it reads the provider's bills too (``ports.ProviderRecords``)."""
        ...

    def call(self, request: httpx.Request) -> str:
        """What a request is: ``submit``, ``status``, ``result``, ``media`` or another word."""
        ...

    def jobs(self) -> list[Job]:
        """Every job it took and what it billed, in its order."""
        ...


class Server(Protocol):
    """A provider's server, a process of its own."""

    def account(self, name: str, script: Script) -> Account:
        """A new account that is served by ``script``."""
        ...

    def stop(self) -> None:
        """End the process."""
        ...


StartServer = Callable[[Path], Server]
"""Starts a server that keeps its record in a folder."""
