"""The fal adapter of the product, and the fake fal with its accounts, as the suite asks for them."""

from dataclasses import dataclass
from pathlib import Path

import httpcore
import httpx

from recoil_assets.domain.price import PriceBook
from recoil_assets.production.ports import Provider
from resources.price_book import shipped_price_book
from resources.providers.fal.wire import FalHosts
from tests.crash.laboratory import Job, Wire
from tests.crash.started import StartedServer, jobs_at
from tests.crash.wire import WatchedWire
from tests.fal.samples import at_fal


class _Watching:
    """Who watches the connections of this process: the run that it does."""

    wire: WatchedWire | None = None


def _watch_connections() -> None:
    """Have every request of ``httpcore`` traced, as instrumentations do: httpx's, and those of a download.

    The adapter has no door for a transport of somebody else's, and needs none but for this.
    """
    plain = httpcore.AsyncConnectionPool.handle_async_request

    async def watched(pool: httpcore.AsyncConnectionPool, request: httpcore.Request) -> httpcore.Response:
        if _Watching.wire is not None and "trace" not in request.extensions:
            asked = httpx.Request(request.method.decode(), bytes(request.url).decode())
            request.extensions = {**request.extensions, "trace": _Watching.wire.tracing(asked)}
        return await plain(pool, request)

    httpcore.AsyncConnectionPool.handle_async_request = watched  # type: ignore[method-assign]


_watch_connections()


@dataclass(frozen=True)
class FalAccount:
    """``laboratory.Account`` at the fake fal.

    Attributes:
        state: where the runs share what they know of the account.
    """

    url: str
    state: Path
    model = "seedance-2.0"
    board_model = "nano-banana-2"

    @property
    def price_book(self) -> PriceBook:
        return shipped_price_book()

    def provider(self, wire: Wire) -> Provider:
        _Watching.wire = wire()
        return at_fal(FalHosts.behind(self.url), self.state)

    def call(self, request: httpx.Request) -> str:
        path = request.url.path
        if "/_media/" in path:
            return "media"
        if "/requests/" in path and "/_api/" not in path:
            return "status" if path.endswith("/status") else "result"
        return "submit" if request.method == "POST" and "/_" not in path else "other"

    def jobs(self) -> list[Job]:
        return jobs_at(f"{self.url}/_books")


class StartedFal(StartedServer[FalAccount]):
    """``laboratory.Server``: the fake fal in a process of its own."""

    module = "tests.crash.fal_server"

    def at(self, url: str, folder: Path) -> FalAccount:
        return FalAccount(url, folder / "state")
