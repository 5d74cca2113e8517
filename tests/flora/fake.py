"""FLORA on loopback: real HTTP, scripted faults, and a bill on disk of everything it charged.

It is as strict as FLORA's OpenAPI document: unknown fields are refused, ids have their prefixes, and a picture
that is not one of its own assets makes a run fail. What is charged is charged when a run completes.
"""

import json
import os
import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support import real_media
from tests.support.instant_provider import tiny_png
from tests.support.tiny_video import tiny_mp4

KEY = "sk_test_of-the-fake-flora-7d1e"
WORKSPACE, PROJECT = "ws_show", "prj_recoil"
USD_A_SECOND = Decimal("0.2116")
USD_AN_IMAGE = Decimal("0.072")
NGINX = b"<html><head><title>503 Service Temporarily Unavailable</title></head><center>nginx</center></html>"

Act = Callable[["Exchange"], bool]
"""What happens to one request instead of, or before, its answer; whether the answer still follows."""


@dataclass
class Run:
    """One generation. ``ending`` is what it becomes after ``polls_left`` polls."""

    run_id: str
    number: int
    model: str
    kind: str
    key: str
    payload: dict[str, Any]
    polls_left: int
    ending: dict[str, Any]
    charged: Decimal | None = None
    status: str = "pending"
    made_ms: int = field(default_factory=lambda: int(time.time() * 1000))


def small_media(run: Run) -> bytes:
    """The smallest picture, or clip, that there is."""
    return tiny_png(run.number) + b"\0" * 100 if run.kind == "image" else tiny_mp4()


def media_as_asked(run: Run) -> bytes:
    """A picture, or a clip of the length and size that were asked for."""
    if run.kind == "image":
        return real_media.picture()
    params = run.payload["params"]
    across, down = map(int, params["aspect_ratio"].split(":"))
    short = int(params["resolution"].removesuffix("p"))
    long = round(short * max(across, down) / min(across, down) / 2) * 2
    width, height = (short, long) if across <= down else (long, short)
    return real_media.clip(int(params["duration"]), width, height)


@dataclass
class FakeFlora:
    """The server's memory. ``script`` holds what happens to the next requests of a route, oldest first.

    Routes: ``generate``, ``run``, ``list``, ``asset``, ``signed``, ``complete``, ``media``. ``endings`` are
    what the next runs come to, as fields of their record; ``media_of`` is what a run made; ``asset_query`` is
    what the addresses of assets are signed with.
    """

    bill_file: Path
    script: defaultdict[str, deque[Act]] = field(default_factory=lambda: defaultdict(deque))
    endings: deque[dict[str, Any]] = field(default_factory=deque)
    polls: int = 1
    page: int = 50
    replays: bool = False
    runs: list[Run] = field(default_factory=list)
    assets: dict[str, bytes] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    authorised: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    url: str = ""
    media_of: Callable[[Run], bytes] = small_media
    asset_query: str = ""

    def bill(self) -> Decimal:
        """What was charged, USD, by the file."""
        lines = self.bill_file.read_text().splitlines() if self.bill_file.exists() else []
        return sum((Decimal(json.loads(line)["usd"]) for line in lines), Decimal(0))

    def posts(self) -> int:
        return sum(route == "generate" for route, _ in self.seen)

    def charge(self, run: Run) -> None:
        with self.bill_file.open("a") as file:
            file.write(json.dumps({"run_id": run.run_id, "usd": str(run.charged)}) + "\n")
            file.flush()
            os.fsync(file.fileno())


# What can happen to a request.


def drop(exchange: "Exchange") -> bool:
    """The connection breaks before the request is taken."""
    exchange.vanish()
    return False


def drop_answer(exchange: "Exchange") -> bool:
    """The request is taken and its answer never arrives."""
    exchange.answer = exchange.nothing
    return True


def half_an_answer(exchange: "Exchange") -> bool:
    """The request is taken and its answer breaks off."""
    exchange.answer = exchange.half
    return True


def says(status: int, code: str = "", *, body: bytes | None = None, **headers: str) -> Act:
    """It is answered like this instead."""

    def act(exchange: "Exchange") -> bool:
        said = {"error": {"code": code, "message": f"{code} {exchange.headers.get('Authorization', '')}"}}
        exchange.reply(status, json.dumps(said).encode() if body is None else body, **headers)
        return False

    return act


def waits(seconds: float) -> Act:
    """It is answered late."""

    def act(exchange: "Exchange") -> bool:  # noqa: ARG001
        threading.Event().wait(seconds)
        return True

    return act


class Exchange(BaseHTTPRequestHandler):
    """One request and its answer."""

    fake: FakeFlora

    def nothing(self, status: int, data: bytes, **headers: str) -> None:  # noqa: ARG002
        self.vanish()

    def half(self, status: int, data: bytes, **headers: str) -> None:
        self.reply(status, data, claimed=len(data) + 100, **headers)

    def reply(self, status: int, data: bytes, *, claimed: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data) if claimed is None else claimed))
        self.end_headers()
        self.wfile.write(data)

    def vanish(self) -> None:
        self.close_connection = True
        self.connection.close()

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/media/"):
            self._serve("media", self._media, signed=False)
        elif path == "/api/v1/generations":
            self._serve("list", self._list)
        elif path.startswith("/api/v1/runs/"):
            self._serve("run", self._run)
        elif path.startswith("/api/v1/assets/"):
            self._serve("asset", self._asset_again)
        else:
            self.reply(404, b"{}")

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        if path == "/api/v1/generate":
            self._serve("generate", self._generate)
        elif path == "/api/v1/assets":
            self._serve("asset", self._asset)
        elif path.endswith("/complete"):
            self._serve("complete", self._complete)
        elif path.startswith("/upload/"):
            self._serve("signed", self._signed, signed=False)
        else:
            self.reply(404, b"{}")

    def _serve(self, route: str, work: Callable[[bytes], None], *, signed: bool = True) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.answer = self.reply
        if self.headers.get("Authorization"):
            self.fake.authorised.append(route)
        with self.fake.lock:
            self.fake.seen.append((route, self.path))
            act = self.fake.script[route].popleft() if self.fake.script[route] else None
        if act is not None and not act(self):
            return
        if signed and self.headers.get("Authorization") != f"Bearer {KEY}":
            self._refuse(401, "invalid_api_key")
            return
        with self.fake.lock:
            work(data)

    def _say(self, document: dict[str, Any], status: int = 200, **headers: str) -> None:
        self.answer(status, json.dumps(document).encode(), **headers)

    def _refuse(self, status: int, code: str, message: str = "") -> None:
        self._say({"error": {"code": code, "message": message or code}}, status)

    def _generate(self, data: bytes) -> None:
        body = json.loads(data)
        wanted = {"type", "prompt", "workspace_id", "project_id", "model", "params"}
        if set(body) != wanted or body["workspace_id"] != WORKSPACE or body["project_id"] != PROJECT:
            self._refuse(400, "input_validation_error", f"unknown or missing fields: {set(body) ^ wanted}")
            return
        key = self.headers["Idempotency-Key"]
        known = next((run for run in self.fake.runs if run.key == key), None)
        if known is not None:
            if self.fake.replays:
                self._say(self._started(known), 201, idempotent_replayed="true")
            else:
                self._refuse(409, "idempotency_duplicate")
            return
        number = len(self.fake.runs) + 1
        ending = self.fake.endings.popleft() if self.fake.endings else {"status": "completed"}
        params = body["params"]
        pictures = [*params.get("image_urls", []), *([params["image_url"]] if "image_url" in params else [])]
        if any(urlsplit(url).path.removeprefix("/assets/") not in self.fake.assets for url in pictures):
            ending = {"status": "failed", "error_code": "input_unreachable", "charged_cost": 0}
        run = Run(
            f"run_{number:04d}", number, body["model"], body["type"], key, body, self.fake.polls, ending
        )
        self.fake.runs.append(run)
        self._say(self._started(run), 201)

    def _started(self, run: Run) -> dict[str, Any]:
        return {
            "run_id": run.run_id,
            "type": "generation",
            "estimated_seconds": 20,
            "charged_cost": 1.058,
            "poll_url": f"{self.fake.url}/runs/{run.run_id}",
        }

    def _run(self, data: bytes) -> None:  # noqa: ARG002
        run_id = urlsplit(self.path).path.rpartition("/")[2]
        run = next((item for item in self.fake.runs if item.run_id == run_id), None)
        if run is None:
            self._refuse(404, "not_found")
            return
        self._move_on(run)
        self._say(self._record(run))

    def _move_on(self, run: Run) -> None:
        if run.status in ("completed", "failed"):
            return
        run.polls_left -= 1
        run.status = "running"
        if run.polls_left >= 0:
            return
        run.status = run.ending.get("status", "completed")
        seconds = int(run.payload["params"].get("duration", 0))
        price = USD_AN_IMAGE if run.kind == "image" else USD_A_SECOND * seconds
        if run.status == "completed":
            run.charged = price
        elif "charged_cost" in run.ending:
            run.charged = Decimal(str(run.ending["charged_cost"]))
        if run.charged:
            self.fake.charge(run)

    def _record(self, run: Run) -> dict[str, Any]:
        record: dict[str, Any] = {
            "run_id": run.run_id,
            "status": run.status,
            "progress": 100 if run.status == "completed" else 10,
            "created_at": run.made_ms,
        }
        if run.charged is not None:
            record["charged_cost"] = float(run.charged)
        if run.status == "completed":
            ending, kind = ("png", "imageUrl") if run.kind == "image" else ("mp4", "videoUrl")
            url = f"{self.fake.url}/media/{run.run_id}.{ending}"
            record["outputs"] = [{"output_id": "out_1", "type": kind, "url": url}]
        if run.status in ("completed", "failed"):
            record |= {name: value for name, value in run.ending.items() if name != "charged_cost"}
        return record

    def _list(self, data: bytes) -> None:  # noqa: ARG002
        query = parse_qs(urlsplit(self.path).query)
        start = int(query.get("cursor", ["0"])[0])
        newest = sorted(self.fake.runs, key=lambda run: -run.number)
        page = newest[start : start + self.fake.page]
        more = start + self.fake.page < len(newest)
        # FLORA lists a run by the model it was really made with.
        listed = [
            {
                **self._record(run),
                "generation_id": run.run_id,
                "workspace_id": WORKSPACE,
                "project_id": PROJECT,
                "model": {"model_id": re.sub(r"^i2v-", "r2v-", run.model)},
            }
            for run in page
        ]
        self._say(
            {"generations": listed, "meta": {"next_cursor": str(start + self.fake.page) if more else None}}
        )

    def _asset(self, data: bytes) -> None:
        asset_id = f"asset_{len(self.fake.assets) + 1}"
        record = {"asset_id": asset_id, "status": "ready", "url": self._asset_address(asset_id)}
        if self.headers["Content-Type"].startswith("application/json"):
            self.fake.assets[asset_id] = b""
            upload = {
                "url": f"{self.fake.url}/upload/{asset_id}",
                "method": "POST",
                "form_fields": {"policy": "signed"},
                "file_field": "file",
            }
            self._say({**record, "status": "pending_upload", "upload": upload}, 201)
            return
        parts = self._parts(data)
        assert parts["workspace_id"] == WORKSPACE.encode()
        self.fake.assets[asset_id] = parts["file"]
        self._say(record, 201)

    def _signed(self, data: bytes) -> None:
        parts = self._parts(data)
        assert parts["policy"] == b"signed"
        self.fake.assets[self.path.rpartition("/")[2]] = parts["file"]
        self.answer(204, b"")

    def _complete(self, data: bytes) -> None:  # noqa: ARG002
        self._asset_record(self.path.split("/")[-2], "pending_upload")

    def _asset_again(self, data: bytes) -> None:  # noqa: ARG002
        self._asset_record(self.path.rpartition("/")[2], "ready")

    def _asset_record(self, asset_id: str, status: str) -> None:
        self._say({"asset_id": asset_id, "status": status, "url": self._asset_address(asset_id)})

    def _asset_address(self, asset_id: str) -> str:
        return f"{self.fake.url}/assets/{asset_id}{self.fake.asset_query}"

    def _media(self, data: bytes) -> None:  # noqa: ARG002
        run_id = self.path.rpartition("/")[2].partition(".")[0]
        run = next(item for item in self.fake.runs if item.run_id == run_id)
        self.answer(200, self.fake.media_of(run), Content_Type="application/octet-stream")

    def _parts(self, data: bytes) -> dict[str, bytes]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + data)
        return {
            str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True) or b""
            for part in message.iter_parts()  # type: ignore[attr-defined]
        }


@contextmanager
def serving_flora(bill_file: Path) -> Iterator[FakeFlora]:
    fake = FakeFlora(bill_file)
    handler = type("Bound", (Exchange,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  a client that left is no news
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
