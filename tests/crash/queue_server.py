"""A provider with a queue and a durable bill: ``python -m tests.crash.queue_server FOLDER``.

It listens on 127.0.0.1, writes its port to ``FOLDER/port`` and never ends by itself. Every account is a folder
with a ``script.json``; every job it takes is a file there, on disk before the reply, and is the bill. Needs
nothing but the standard library, so that it starts at once.

========================================  ==================================================================
``POST /<account>/jobs``                  take a job: ``{"reference": ...}`` -> ``{"id", "status_url"}``
``GET  /<account>/jobs/<id>``             its state; ``result_url`` once it is completed
``GET  /<account>/jobs/<id>/result``      ``media_url``
``GET  /<account>/media/<id>``            the bytes, in two halves; 404 when they are kept no longer
``GET  /<account>/bill``                  every job, and what it cost
========================================  ==================================================================
"""

import hashlib
import json
import os
import random
import struct
import sys
import threading
import time
import zlib
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.crash.serving import serve

MEDIA_BYTES = 200_000
PRICES = {"take": "0.25", "board": "0.04"}


def media_of(request_id: str) -> bytes:
    """A picture no other job has: a real PNG of one colour, with noise in a chunk that readers skip."""
    chance = random.Random(request_id)  # noqa: S311  the same bytes every time
    colour = bytes(chance.randrange(256) for _ in range(3))
    rows = zlib.compress((b"\0" + colour * 32) * 32)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)),
        (b"noIz", chance.randbytes(MEDIA_BYTES)),
        (b"IDAT", rows),
        (b"IEND", b""),
    ]
    framed = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


class Desk:
    """What the server remembers of one account."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()
        self._fetched: Counter[str] = Counter()
        self._posts = 0
        self.script: dict[str, Any] = json.loads((folder / "script.json").read_text())

    def post(self) -> int:
        """The ordinal of a POST."""
        with self._lock:
            self._posts += 1
            return self._posts

    def take(self, ordinal: int, asked: dict[str, Any]) -> str:
        """Take a job for good; its id."""
        request_id = f"{self._folder.name}-{ordinal:04d}"
        ends = next((name for name in ("failed_free", "failed_billed") if ordinal in self.script[name]), "")
        job = {
            "id": request_id,
            "reference": asked["reference"],
            "at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "ordinal": ordinal,
            "failed": bool(ends),
            "cost_usd": "0" if ends == "failed_free" else PRICES[asked["kind"]],
            "sha256": "" if ends else hashlib.sha256(media_of(request_id)).hexdigest(),
        }
        path = self._folder / f"job-{ordinal:04d}.json"
        with path.with_suffix(".new").open("x") as file:
            json.dump(job, file)
            file.flush()
            os.fsync(file.fileno())
        path.with_suffix(".new").rename(path)
        return request_id

    def jobs(self) -> list[dict[str, Any]]:
        """The bill."""
        return [json.loads(file.read_text()) for file in sorted(self._folder.glob("job-*.json"))]

    def job(self, request_id: str) -> dict[str, Any]:
        """One job of the bill."""
        return next(job for job in self.jobs() if job["id"] == request_id)

    def state(self, request_id: str) -> dict[str, Any]:
        """How a job stands; asking moves it on."""
        job = self.job(request_id)
        with self._lock:
            self._asked[request_id] += 1
            asked = self._asked[request_id]
        if asked < self.script["polls"]:
            return {"state": "queued" if asked == 1 else "running"}
        return {"state": "failed" if job["failed"] else "completed", "cost_usd": job["cost_usd"]}

    def is_gone(self, request_id: str) -> bool:
        """Whether the media of a job is kept no longer."""
        with self._lock:
            fetched = self._fetched[request_id] > 0
        return fetched and self.job(request_id)["ordinal"] in self.script["kept_once"]

    def breaks_off(self, request_id: str) -> bool:
        """Whether the media of a job breaks off this time."""
        with self._lock:
            self._fetched[request_id] += 1
            first = self._fetched[request_id] == 1
        return first and self.job(request_id)["ordinal"] in self.script["cut"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "QueueServer"

    def do_POST(self) -> None:
        account = self.path.split("/")[1]
        desk = self.server.desk(account)
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ordinal = desk.post()
        if ordinal in desk.script["refused"]:
            self._answer(429, {"error": "too many requests"}, {"Retry-After": "0"})
            return
        request_id = desk.take(ordinal, asked)
        if ordinal in desk.script["dropped"]:
            self.close_connection = True
            return
        time.sleep(desk.script["reply_after_s"])
        self._answer(200, {"id": request_id, "status_url": self._url(account, f"jobs/{request_id}")})

    def do_GET(self) -> None:
        _, account, *path = self.path.split("/")
        desk = self.server.desk(account)
        match path:
            case ["bill"]:
                self._answer(200, {"jobs": desk.jobs()})
            case ["jobs", request_id]:
                state = desk.state(request_id)
                self._answer(200, {**state, "result_url": self._url(account, f"jobs/{request_id}/result")})
            case ["jobs", request_id, "result"]:
                self._answer(200, {"media_url": self._url(account, f"media/{request_id}")})
            case ["media", request_id] if not desk.is_gone(request_id):
                self._send_media(desk, request_id)
            case _:
                self._answer(404, {"error": f"there is no {self.path}"})

    def _send_media(self, desk: Desk, request_id: str) -> None:
        data = media_of(request_id)
        half = len(data) // 2
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:half])
        self.wfile.flush()
        if desk.breaks_off(request_id):
            self.close_connection = True
            return
        time.sleep(desk.script["half_s"])
        self.wfile.write(data[half:])

    def _url(self, account: str, path: str) -> str:
        return f"http://{self.headers['Host']}/{account}/{path}"

    def _answer(self, status: int, document: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the parameter's name is not ours
        """Say nothing: a client that is killed in the middle is why it is here."""


class QueueServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self._folder = folder
        self._desks: dict[str, Desk] = {}
        self._lock = threading.Lock()

    def desk(self, account: str) -> Desk:
        with self._lock:
            if account not in self._desks:
                self._desks[account] = Desk(self._folder / account)
            return self._desks[account]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that is gone is no error here."""


if __name__ == "__main__":
    root = Path(sys.argv[1])
    serve(QueueServer(root), root)
