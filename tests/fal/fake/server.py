"""A fal on loopback: real HTTP, in threads of its own, that does what its scripts say.

One port is the queue, the token and upload servers, the CDN and the platform API, told apart by path. A kept-alive
connection may be closed by the server at any time; ``close_kept_alive`` closes each at its second request.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path

from resources.providers.fal.wire import FalHosts
from tests.fal.fake.books import Books, Job
from tests.fal.fake.routes import Handler
from tests.fal.fake.script import Script, Serving
from tests.fal.fake.webhooks import Deliveries
from tests.support import real_media

KEY = "fal-secret-id:fal-secret-0123456789abcdef"


@dataclass
class Seen:
    """A request that came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    data: bytes = b""


class FakeFal:
    """What one account of fal has, at ``url``. ``open_fake`` serves one; another server may serve many.

    Attributes:
        seen: every request, in the order they came in.
        uploads: bytes by the name they were stored under.
    """

    def __init__(self, bill: Path, clock: Callable[[], float] = time.monotonic, *, url: str) -> None:
        self.books = Books(bill, clock)
        self._url = url
        self.seen: list[Seen] = []
        self.uploads: dict[str, bytes] = {}
        self.upload_tokens_last_s = 3600.0
        self.close_kept_alive = False
        self.key = KEY
        self.admin = True
        self.prices_known = True
        self.deliveries = Deliveries()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return self._url

    @property
    def hosts(self) -> FalHosts:
        return FalHosts.behind(self.url)

    def script(self, *scripts: Script) -> None:
        """The courses of the submissions to come, one each; then the usual one."""
        self.books.scripts.extend(scripts)

    @property
    def jobs(self) -> list[Job]:
        """Every job that was taken, in order."""
        return list(self.books.jobs.values())

    def asked(self, method: str, part: str = "") -> list[Seen]:
        """The requests of a method whose path has ``part``."""
        return [item for item in self.seen if item.method == method and part in item.path]

    def media_of(self, job: Job) -> bytes:
        return real_media.clip(job.seconds, *job.size) if job.is_video else real_media.picture()

    def served(self, job: Job) -> bytes:
        """What is on the CDN for a job."""
        data = self.media_of(job)
        if job.script.serving is Serving.CUT_FILE:
            return data[: len(data) * 2 // 3]
        return b"<html>nothing here</html>" if job.script.serving is Serving.DISGUISED else data


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    fake: FakeFal

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is part of the play; anything else is the fake's own fault, and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def open_fake(folder: Path, clock: Callable[[], float] = time.monotonic) -> Iterator[FakeFal]:
    server = _Server(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    server.fake = FakeFal(folder / "fal-bill.jsonl", clock, url=url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class HandClock:
    """A clock that a test moves."""

    now_s: float = field(default=1000.0)

    def __call__(self) -> float:
        return self.now_s
