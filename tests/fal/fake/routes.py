"""The fake's paths: what each answers. fal's documentation says which there are."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from tests.fal.fake.bill import unit_price
from tests.fal.fake.books import Job
from tests.fal.fake.endings import Reply, model_error, nginx, request_error
from tests.fal.fake.script import Ending, Script, Serving, Taking
from tests.webhooks.senders import jwks

if TYPE_CHECKING:
    from tests.fal.fake.server import FakeFal

_REQUEST = re.compile(
    r"^/(?P<app>[^/]+/[^/]+)(?:/.+?)??/requests/(?P<id>[^/]+)(?:/(?P<what>status|cancel|response))?$"
)
_NOT_FOUND = Reply(404, {"status": "NOT_FOUND"})
_TAKEN_ALL_THE_SAME = {
    Taking.SERVER_ERROR: Reply(500, {"detail": "Internal Server Error"}),
    Taking.INGRESS_ERROR: nginx(503),
    Taking.NOT_JSON: Reply(200, data=b"<html>welcome</html>", headers={"content-type": "text/html"}),
}
_NOT_TAKEN = {
    Taking.SERVER_ERROR_NOT_TAKEN: Reply(500, {"detail": "Internal Server Error"}),
    Taking.TOO_MANY_SILENT: Reply(429, {"detail": "slow down"}),
    Taking.UNAUTHORIZED: Reply(401, {"detail": "Cannot access application. Authentication is required."}),
    Taking.LOCKED: Reply(403, {"detail": "User is locked. Reason: Exhausted balance."}),
    Taking.UNPAID: Reply(402, {"detail": "Exhausted balance."}),
    Taking.REFUSED: model_error(422, ["body", "duration"], "literal_error"),
    Taking.MOVED: Reply(307, {}, {"location": "https://queue.fal.run/elsewhere"}),
}


class _HungUp(Exception):  # noqa: N818  no error: the play says so
    """The connection is closed without a word."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    served = 0

    @property
    def fake(self) -> "FakeFal":
        return self.server.fake  # type: ignore[attr-defined,no-any-return]

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        from tests.fal.fake.server import Seen  # noqa: PLC0415  the server imports this module

        data = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.served += 1
        self.fake.seen.append(Seen(self.command, self.path, dict(self.headers.items()), data))
        if self.fake.close_kept_alive and self.served > 1:
            self.close_connection = True
            return
        try:
            reply = self._reply(data)
            self._send(reply)
        except _HungUp:
            self.close_connection = True

    def _send(self, reply: Reply, announced: int | None = None) -> None:
        body = reply.bytes
        self.send_response(reply.status)
        headers = {"content-type": "application/json", **reply.headers}
        if not reply.from_ingress:
            headers.setdefault("x-fal-request-id", "gateway-1")
        headers["content-length"] = str(len(body) if announced is None else announced)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _reply(self, data: bytes) -> Reply:  # noqa: PLR0911  a line a path
        path = urlsplit(self.path).path
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if path.startswith("/_media/"):
            return self._media(path)
        if path == "/_rest/.well-known/jwks.json":
            return Reply(200, data=jwks(self.fake.deliveries.signer))
        if path == "/_cdn/files/upload":
            return self._upload(data)
        if self.headers.get("authorization") != f"Key {self.fake.key}":
            return _NOT_TAKEN[Taking.UNAUTHORIZED]
        if path == "/_moved":
            return Reply(307, {}, {"location": f"{self.fake.url}/elsewhere"})
        if path == "/_rest/storage/auth/token":
            until = datetime.now(UTC) + timedelta(seconds=self.fake.upload_tokens_last_s)
            token = {"token": "upload-token-1", "token_type": "Bearer", "base_url": f"{self.fake.url}/_cdn"}
            return Reply(200, {**token, "expires_at": until.isoformat()})
        if path.startswith("/_api/v1/models/"):
            return self._platform(path.removeprefix("/_api/v1/models/"), query)
        if (match := _REQUEST.match(path)) and self.command in ("GET", "PUT"):
            return self._about(match["id"], match["what"] or "response", query)
        if self.command == "POST":
            return self._submit(path.strip("/"), json.loads(data), query.get("fal_webhook", ""))
        return _NOT_FOUND

    def _submit(self, endpoint: str, payload: dict[str, Any], webhook: str) -> Reply:
        script = self.fake.books.next_script()
        if script.taking is Taking.DROP_BEFORE:
            raise _HungUp
        if script.taking is Taking.TOO_MANY:
            return Reply(429, {"detail": "slow down"}, {"retry-after": str(script.retry_after_s)})
        if script.taking is Taking.QUOTES_THE_KEY:
            quoted = (
                f"{self.headers['authorization']}, {self.fake.key.partition(':')[2]}, {quote(self.fake.key)}"
            )
            echoed = {"x-echo": quoted, "x-fal-error-type": quoted, "x-fal-request-id": self.fake.key}
            return Reply(422, {"detail": [{"loc": ["header", quoted], "msg": quoted, "type": "odd"}]}, echoed)
        if script.taking in _NOT_TAKEN:
            return _NOT_TAKEN[script.taking]
        job = self.fake.books.take(endpoint, payload, dict(self.headers.items()), script)
        if webhook:
            self.fake.deliveries.when_done(job, webhook, self.fake.books.state)
        time.sleep(script.delay_s)
        return self._taken(job, script)

    def _taken(self, job: Job, script: Script) -> Reply:
        if script.taking is Taking.DROP_AFTER_ACCEPT:
            raise _HungUp
        if script.taking in _TAKEN_ALL_THE_SAME:
            return _TAKEN_ALL_THE_SAME[script.taking]
        body = {"status": "IN_QUEUE", **self._handles(job), "logs": None, "metrics": {}, "queue_position": 0}
        if script.taking is Taking.WITHOUT_ID:
            body.pop("request_id")
        if script.taking in (Taking.WITHOUT_URLS, Taking.WITHOUT_ID):
            body = {name: value for name, value in body.items() if not name.endswith("_url")}
        if script.taking is Taking.FOREIGN_URLS:
            body = {
                name: "https://evil.example/x" if name.endswith("_url") else value
                for name, value in body.items()
            }
        if script.taking is Taking.CUT_SHORT:
            whole = Reply(200, body)
            self._send(Reply(200, data=whole.bytes[:20]), announced=len(whole.bytes))
            raise _HungUp
        return Reply(200, body)

    def _handles(self, job: Job) -> dict[str, str]:
        base = f"{self.fake.url}/{job.app}/requests/{job.request_id}"
        return {
            "request_id": job.request_id,
            "response_url": base,
            "status_url": f"{base}/status",
            "cancel_url": f"{base}/cancel",
        }

    def _about(self, request_id: str, what: str, query: dict[str, str]) -> Reply:
        job = self.fake.books.jobs.get(request_id)
        if job is None:
            return _NOT_FOUND
        if what == "cancel":
            return self._cancel(job)
        return self._status(job, query) if what == "status" else self._result(job)

    def _status(self, job: Job, query: dict[str, str]) -> Reply:
        job.polls += 1
        if job.polls <= len(job.script.poll_faults):
            return self._fault(job.script.poll_faults[job.polls - 1])
        state = self.fake.books.state(job)
        body: dict[str, Any] = {"status": state, **self._handles(job)}
        logs = [] if query.get("logs", "0") in ("1", "true") else None
        if state == "IN_QUEUE":
            return Reply(202, {**body, "queue_position": 0, "logs": logs})
        if state == "IN_PROGRESS":
            return Reply(202, {**body, "logs": logs})
        if self.fake.books.ending(job) is Ending.ERROR_IN_STATUS:
            body |= {"error": "the runner went away", "error_type": "runner_disconnected"}
        return Reply(200, {**body, "logs": logs, "metrics": {"inference_time": 1.0}})

    def _result(self, job: Job) -> Reply:
        if self.fake.books.state(job) != "COMPLETED":
            return Reply(400, {"detail": "Request is still in progress"})
        job.results += 1
        if job.results <= len(job.script.result_faults):
            return self._fault(job.script.result_faults[job.results - 1])
        suffix = "mp4" if job.is_video else "png"
        url = f"{self.fake.url}/_media/{job.request_id}.{suffix}"
        reply = self.fake.books.result(job, url, len(self.fake.served(job)))
        return Reply(reply.status, reply.body, {**reply.headers, "x-fal-request-id": job.request_id})

    def _fault(self, status: int) -> Reply:
        if status == 0:
            raise _HungUp
        if status == 429:
            return Reply(429, {"detail": "slow down"}, {"retry-after": "0"})
        return nginx(status) if status in (502, 503, 504) else Reply(status, {"detail": "no"})

    def _cancel(self, job: Job) -> Reply:
        if self.fake.books.state(job) == "COMPLETED":
            return Reply(400, {"status": "ALREADY_COMPLETED"})
        job.cancelled = True
        return Reply(202, {"status": "CANCELLATION_REQUESTED"})

    def _media(self, path: str) -> Reply:
        job = self.fake.books.jobs.get(path.removeprefix("/_media/").rpartition(".")[0])
        if job is None or _is_gone(job):
            return Reply(404, {"detail": "gone"})
        kind = {"content-type": "video/mp4" if job.is_video else "image/png"}
        if job.script.serving is Serving.WEB_PAGE:
            return Reply(200, data=b"<html></html>", headers={"content-type": "text/html"})
        if job.script.serving is Serving.PRIVATE_REDIRECT:
            return Reply(302, {}, {"location": "http://169.254.169.254/latest/meta-data/"})
        data = self.fake.served(job)
        job.fetches += 1
        cut = job.script.serving is Serving.TRUNCATED_ONCE and job.fetches == 1
        if cut or job.script.half_s or job.script.serving is Serving.TRUNCATED:
            half = len(data) // 2
            self._send(Reply(200, data=data[:half], headers=kind), announced=len(data))
            if cut or job.script.serving is Serving.TRUNCATED:
                raise _HungUp
            time.sleep(job.script.half_s)
            self.wfile.write(data[half:])
            raise _HungUp
        return Reply(200, data=data, headers=kind)

    def _upload(self, data: bytes) -> Reply:
        if self.headers.get("authorization") != "Bearer upload-token-1":
            return _NOT_TAKEN[Taking.UNAUTHORIZED]
        name = f"{len(self.fake.uploads)}-{self.headers.get('x-fal-file-name')}"
        self.fake.uploads[name] = data
        return Reply(200, {"access_url": f"{self.fake.url}/_cdn/files/{name}"})

    def _platform(self, what: str, query: dict[str, str]) -> Reply:
        if what == "pricing":
            return self._prices(query["endpoint_id"])
        if not self.fake.admin:
            return Reply(403, {"error": {"type": "authorization_error", "message": "admin key needed"}})
        if what == "billing-events":
            return self._bills(query)
        return self._listed(query) if what == "requests/by-endpoint" else request_error(404, "not_found")

    def _prices(self, endpoint: str) -> Reply:
        if not self.fake.prices_known:
            return Reply(404, {"error": {"type": "not_found"}})
        unit, price = unit_price(endpoint)
        row = {"endpoint_id": endpoint, "unit_price": float(price), "unit": unit, "currency": "USD"}
        return Reply(200, {"prices": [row], "has_more": False, "next_cursor": None})

    def _bills(self, query: dict[str, str]) -> Reply:
        known_until = time.time() - self.fake.books.bills_delay_s
        events = [
            {
                "request_id": line.request_id,
                "endpoint_id": line.endpoint,
                "timestamp": _iso(line.at),
                "output_units": float(line.units),
                "unit_price": float(line.unit_price),
                "cost_subtotal": str(line.usd),
                "cost_discount": "0",
                "cost_total": str(line.usd),
            }
            for line in self.fake.books.bill.lines()
            if line.at <= known_until and query["start"] <= _iso(line.at) < query["end"]
        ]
        return _page("billing_events", events, query)

    def _listed(self, query: dict[str, str]) -> Reply:
        items = []
        for job in self.fake.jobs:
            if job.endpoint != query["endpoint_id"] or self.fake.books.state(job) != "COMPLETED":
                continue
            item: dict[str, Any] = {
                "request_id": job.request_id,
                "endpoint_id": job.endpoint,
                "sent_at": _iso(job.sent_at),
            }
            item["status_code"] = self.fake.books.result(job, "", 0).status
            if query.get("expand") == "payloads":
                item["json_input"] = job.payload
            items.append(item)
        return _page("items", items, query)


def _is_gone(job: Job) -> bool:
    """Whether the CDN has a job's media no longer."""
    serving = job.script.serving
    return serving is Serving.EXPIRED or (serving is Serving.EXPIRED_AFTER_ONE and job.fetches > 0)


def _page(name: str, items: list[dict[str, Any]], query: dict[str, str]) -> Reply:
    start, size = int(query.get("cursor", 0)), int(query.get("limit", 100))
    more = len(items) > start + size
    return Reply(
        200,
        {
            name: items[start : start + size],
            "has_more": more,
            "next_cursor": str(start + size) if more else None,
        },
    )


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
