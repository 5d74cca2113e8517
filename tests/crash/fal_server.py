"""The fake fal as the suite needs it: ``python -m tests.crash.fal_server FOLDER``, many accounts, a process of its own.

It listens on 127.0.0.1, writes its port to ``FOLDER/port`` and never ends by itself. All of fal is under
``/<account>/``, whose folder has a ``script.json``. ``/<account>/_books`` is no part of fal: every job, and what it
costs. A job is done when it was asked about often enough, or when its bill is asked for: time has passed by then.
"""

import hashlib
import json
import random
import struct
import sys
import threading
import zlib
from decimal import Decimal
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.crash.serving import serve
from tests.fal.fake.bill import unit_price, units_of
from tests.fal.fake.books import Books, Job
from tests.fal.fake.endings import BILLED, Reply
from tests.fal.fake.routes import Handler
from tests.fal.fake.script import Ending, Script, Serving, Taking
from tests.fal.fake.server import FakeFal

NOISE_BYTES = 3 * 2**20
"""More than a download keeps in memory, so that half of it is on disk."""


class CountingBooks(Books):
    """Jobs that are done by being asked about."""

    def __init__(self, bill: Path, asked: dict[str, Any]) -> None:
        super().__init__(bill, lambda: 0.0)
        self._asked = asked
        self._over: set[str] = set()
        self._posts = 0
        self._counting = threading.Lock()

    def next_script(self) -> Script:
        with self._counting:
            self._posts += 1
            number = self._posts

        def befalls(name: str) -> bool:
            return number in self._asked[name]

        taking = Taking.TOO_MANY if befalls("refused") else Taking.TAKE
        ending = Ending.MODEL_ERROR if befalls("failed_free") else Ending.MEDIA
        serving = Serving.EXPIRED_AFTER_ONE if befalls("kept_once") else Serving.WHOLE
        return Script(
            taking=Taking.DROP_AFTER_ACCEPT if befalls("dropped") else taking,
            ending=Ending.MODEL_ERROR_BILLED if befalls("failed_billed") else ending,
            serving=Serving.TRUNCATED_ONCE if befalls("cut") else serving,
            delay_s=self._asked["reply_after_s"],
            half_s=self._asked["half_s"],
            retry_after_s=0,
        )

    def state(self, job: Job) -> str:
        if job.polls < self._asked["polls"] and job.request_id not in self._over:
            return "IN_QUEUE" if job.polls <= 1 else "IN_PROGRESS"
        return super().state(job)

    def let_time_pass(self) -> None:
        """Every job is done, and billed."""
        for job in list(self.jobs.values()):
            self._over.add(job.request_id)
            self.state(job)


class AccountAtFal(FakeFal):
    """One account: its media are no other job's."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder / "bill.jsonl", url=url)
        self.books: CountingBooks = CountingBooks(
            folder / "bill.jsonl", json.loads((folder / "script.json").read_text())
        )

    def media_of(self, job: Job) -> bytes:
        """The usual media with noise that readers skip: in an mp4 a box, in a PNG a chunk before its end."""
        block = random.Random(job.request_id).randbytes(NOISE_BYTES // 1024)  # noqa: S311  the same bytes every time
        media, noise = super().media_of(job), block * 1024
        if job.is_video:
            return media + struct.pack(">I4s", len(noise) + 8, b"free") + noise
        chunk = struct.pack(">I", len(noise)) + b"noIz" + noise
        return media[:-12] + chunk + struct.pack(">I", zlib.crc32(chunk[4:])) + media[-12:]

    def report(self) -> list[dict[str, Any]]:
        """Every job, in order, with what it costs whether or not it is billed yet."""
        return [
            {
                "id": job.request_id,
                "reference": job.payload.get("end_user_id", ""),
                "failed": job.script.ending is not Ending.MEDIA,
                "cost_usd": str(_cost(job)),
                "sha256": hashlib.sha256(self.media_of(job)).hexdigest()
                if job.script.ending is Ending.MEDIA
                else "",
            }
            for job in self.jobs
        ]


def _cost(job: Job) -> Decimal:
    if job.script.ending not in BILLED:
        return Decimal(0)
    cost = units_of(job.endpoint, job.payload) * unit_price(job.endpoint)[1]
    return cost.quantize(Decimal("0.000001"))


class AccountHandler(Handler):
    """Strips the account from the path; the rest is fal."""

    @property
    def fake(self) -> AccountAtFal:
        return self._account

    def _serve(self) -> None:
        name, _, rest = self.path.lstrip("/").partition("/")
        server: FalServer = self.server  # type: ignore[assignment]
        self._account = server.account(name)
        self.path = f"/{rest}"
        super()._serve()

    def _reply(self, data: bytes) -> Reply:
        if self.path == "/_books":
            return Reply(200, {"jobs": self.fake.report()})
        if self.path.startswith("/_api/v1/models/billing-events"):
            self.fake.books.let_time_pass()
        return super()._reply(data)


class FalServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), AccountHandler)
        self._folder = folder
        self._accounts: dict[str, AccountAtFal] = {}
        self._opening = threading.Lock()

    def account(self, name: str) -> AccountAtFal:
        with self._opening:
            if name not in self._accounts:
                url = f"http://127.0.0.1:{self.server_port}/{name}"
                self._accounts[name] = AccountAtFal(self._folder / name, url)
            return self._accounts[name]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that is gone is no error here."""


if __name__ == "__main__":
    root = Path(sys.argv[1])
    serve(FalServer(root), root)
