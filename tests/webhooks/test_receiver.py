"""The receiver believes nobody, takes each delivery once, and only ever wakes."""

import asyncio
import gc
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import h11
import httpx
import pytest

from recoil_assets.production.event_loop import run_loop
from resources.clock import SystemClock
from resources.ops_log import OpsLogFile
from resources.providers.secret import Secret
from resources.webhooks.fal_keys import FETCHED_AGAIN_AFTER_S, KEPT_S, FalKeys
from resources.webhooks.receiver import MOST_BODY_BYTES, MOST_CONNECTIONS, Receiver
from tests.support.files_served import Answer, body, serving
from tests.webhooks.senders import FLORA_SECRET, FalSigner, flora_body, flora_sign, jwks

BODY = b'{"request_id": "job-1", "status": "OK", "payload": {}}'


@dataclass
class Post:
    """A receiver at work, the keys that fal publishes, and who was woken."""

    tmp: Path
    published: dict[str, Answer]
    keys_url: str
    woken: list[tuple[str, str]] = field(default_factory=list)
    now: float = 0.0
    url: str = ""

    def run(self, deliver: Callable[["Post"], Awaitable[None]], *, secret: str = FLORA_SECRET) -> None:
        async def serve() -> None:
            receiver = Receiver(
                lambda provider, request_id: self.woken.append((provider, request_id)),
                OpsLogFile(self.tmp / "ops.log.jsonl", SystemClock()),
                fal_keys=FalKeys(self.keys_url, now=lambda: self.now),
                flora_secret=Secret(secret, name="FLORA_WEBHOOK_SECRET") if secret else None,
                whole_request_s=0.5,
            )
            async with await receiver.serve(0) as server:
                self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
                await deliver(self)

        run_loop(serve())

    async def send(
        self, path: str, content: bytes, headers: dict[str, str] | None = None, method: str = "POST"
    ) -> int:
        async with httpx.AsyncClient() as client:
            answer = await client.request(method, self.url + path, content=content, headers=headers)
        return answer.status_code

    @property
    def fetches(self) -> int:
        return len(FETCHES)


FETCHES: list[str] = []
SIGNER, NEW_SIGNER = FalSigner(), FalSigner()


def publish(*signers: FalSigner) -> Answer:
    def answer(handler: object) -> None:
        FETCHES.append("keys")
        body(jwks(*signers), kind="application/json")(handler)  # type: ignore[arg-type]

    return answer


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    FETCHES.clear()
    answers = {"/jwks": publish(SIGNER)}
    with serving(answers) as address:
        yield Post(tmp_path, answers, f"{address}/jwks")


def test_a_signed_delivery_of_each_provider_wakes_its_job(post: Post) -> None:
    async def deliver(at: Post) -> None:
        assert await at.send("/fal", BODY, SIGNER.sign("job-1", BODY)) == 200
        assert await at.send("/flora?attempt=1", flora_body(), flora_sign(flora_body())) == 200

    post.run(deliver)
    assert post.woken == [("fal", "job-1"), ("flora", "run_1")]


def test_a_delivery_that_is_repeated_is_taken_and_wakes_nobody_again(post: Post) -> None:
    async def deliver(at: Post) -> None:
        for _ in range(3):
            assert await at.send("/fal", BODY, SIGNER.sign("job-1", BODY)) == 200
            assert await at.send("/flora", flora_body(), flora_sign(flora_body())) == 200
        assert (
            await at.send("/flora", flora_body(delivery="whd_2"), flora_sign(flora_body(delivery="whd_2")))
            == 200
        )

    post.run(deliver)
    assert post.woken == [("fal", "job-1"), ("flora", "run_1"), ("flora", "run_1")]


@pytest.mark.parametrize("age_s", [301, -302, 86_400])
def test_a_delivery_of_another_time_is_refused(age_s: float, post: Post) -> None:
    async def deliver(at: Post) -> None:
        assert await at.send("/fal", BODY, SIGNER.sign("job-1", BODY, age_s=age_s)) == 401
        assert await at.send("/flora", flora_body(), flora_sign(flora_body(), age_s=age_s)) == 401

    post.run(deliver)
    assert post.woken == []
    events = [json.loads(line) for line in (post.tmp / "ops.log.jsonl").read_text().splitlines()]
    assert [(event["event"], event["path"]) for event in events] == [
        ("webhook_refused", "/fal"),
        ("webhook_refused", "/flora"),
    ]


def test_whatever_is_changed_after_signing_is_refused(post: Post) -> None:
    signed = SIGNER.sign("job-1", BODY)
    forged = [
        (BODY + b" ", signed),
        (BODY, {**signed, "X-Fal-Webhook-Request-Id": "job-2"}),
        (BODY, {**signed, "X-Fal-Webhook-User-Id": "user-8"}),
        (BODY, {**signed, "X-Fal-Webhook-Timestamp": str(int(signed["X-Fal-Webhook-Timestamp"]) - 1)}),
        (BODY, {**signed, "X-Fal-Webhook-Signature": "00" * 64}),
        (BODY, {**signed, "X-Fal-Webhook-Signature": "not hexadecimal"}),
        (BODY, {**signed, "X-Fal-Webhook-Timestamp": "\u0661" * 10}),
        (BODY, NEW_SIGNER.sign("job-1", BODY)),
        (BODY, SIGNER.sign("../../state", BODY)),
        (BODY, {}),
    ]

    async def deliver(at: Post) -> None:
        for content, headers in forged:
            sent = {name: value.encode() for name, value in headers.items()}
            assert await at.send("/fal", content, sent) == 401  # type: ignore[arg-type]
        for content, headers in (
            (flora_body("run_2"), flora_sign(flora_body())),
            (flora_body(), flora_sign(flora_body(), secret="whsec_another")),  # noqa: S106
            (flora_body(), {"Flora-Signature": "t=,v1="}),
            (flora_body(), {}),
            (b"{}", flora_sign(b"{}")),
            (b"[" * 5000, flora_sign(b"[" * 5000)),
        ):
            assert await at.send("/flora", content, headers) == 401

    post.run(deliver)
    assert post.woken == []


def test_without_a_secret_nothing_is_floras(post: Post) -> None:
    async def deliver(at: Post) -> None:
        assert await at.send("/flora", flora_body(), flora_sign(flora_body(), secret="")) == 401

    post.run(deliver, secret="")
    assert post.woken == []


def test_fals_keys_are_fetched_once_a_day_and_anew_for_a_key_nobody_knows_yet(post: Post) -> None:
    async def deliver(at: Post) -> None:
        for number in range(3):
            assert await at.send("/fal", BODY, SIGNER.sign(f"job-{number}", BODY)) == 200
        assert at.fetches == 1
        at.published["/jwks"] = publish(SIGNER, NEW_SIGNER)
        assert await at.send("/fal", BODY, NEW_SIGNER.sign("job-4", BODY)) == 401, "forgers ask no oftener"
        at.now += FETCHED_AGAIN_AFTER_S + 1
        assert await at.send("/fal", BODY, NEW_SIGNER.sign("job-4", BODY)) == 200
        assert at.fetches == 2
        at.published["/jwks"] = publish(NEW_SIGNER)
        at.now += KEPT_S + 1
        assert await at.send("/fal", BODY, SIGNER.sign("job-5", BODY)) == 401, (
            "a withdrawn key ends with the day"
        )
        assert at.fetches == 3

    post.run(deliver)


@pytest.mark.parametrize("said", [b"<html>", b"{}", b'{"keys": [{"crv": "Ed25519", "x": "AA"}]}', b"[]"])
def test_where_the_keys_can_not_be_had_the_sender_is_told_to_come_again(said: bytes, post: Post) -> None:
    post.published["/jwks"] = body(said)

    async def deliver(at: Post) -> None:
        assert await at.send("/fal", BODY, SIGNER.sign("job-1", BODY)) == 503

    post.run(deliver)
    assert post.woken == []


def test_what_is_too_large_elsewhere_or_no_post_is_refused_by_its_head(post: Post) -> None:
    async def deliver(at: Post) -> None:
        assert await at.send("/fal", b"x" * (MOST_BODY_BYTES + 1)) == 413
        assert await at.send("/", BODY) == 404
        assert await at.send("/../../etc/passwd", BODY) == 404
        assert await at.send("/fal", b"", method="GET") == 405
        reader, writer = await asyncio.open_connection("127.0.0.1", int(at.url.rpartition(":")[2]))
        writer.write(b"POST /fal HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(20):
            writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        assert b" 413 " in await reader.readline()
        writer.close()

    post.run(deliver)
    assert post.woken == []


@pytest.mark.parametrize(
    "said", [b"\0\xff\r\n\r\n", b"POST /fal\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"A" * 200_000]
)
def test_what_is_no_http_ends_its_own_connection_alone(said: bytes, post: Post) -> None:
    async def deliver(at: Post) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(at.url.rpartition(":")[2]))
        writer.write(said)
        assert b" 400 " in await reader.readline()
        writer.close()
        assert await at.send("/fal", BODY, SIGNER.sign("job-1", BODY)) == 200

    post.run(deliver)


def test_a_sender_that_is_gone_before_its_answer_has_woken_its_job_and_is_no_fault(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: list[dict[str, object]] = []
    take = Receiver._take

    async def taken_late(self: Receiver, request: h11.Request, body: bytes) -> HTTPStatus:
        status = await take(self, request, body)
        await asyncio.sleep(0.2)  # long enough to hear that nobody listens any more
        return status

    async def deliver(at: Post) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
        head = {"Host": "receiver", "Content-Length": len(BODY), **SIGNER.sign("job-1", BODY)}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        with socket.create_connection(("127.0.0.1", int(at.url.rpartition(":")[2]))) as sender:
            sender.sendall(f"POST /fal HTTP/1.1\r\n{lines}\r\n".encode() + BODY)
            while not at.woken:  # noqa: ASYNC110  another thread wakes it
                await asyncio.sleep(0.01)
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset it
        await asyncio.sleep(0.4)
        gc.collect()

    monkeypatch.setattr(Receiver, "_take", taken_late)
    post.run(deliver)
    assert post.woken == [("fal", "job-1")]
    assert faults == []


def test_those_who_drip_are_cut_off_and_keep_nobody_out_for_long(post: Post) -> None:
    async def drip(at: Post) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(at.url.rpartition(":")[2]))
        writer.write(b"POST /fal HTTP/1.1\r\n")
        try:
            while not reader.at_eof():
                writer.write(b"X-Slow: 1\r\n")
                await writer.drain()
                await asyncio.sleep(0.05)
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def deliver(at: Post) -> None:
        slow = [asyncio.create_task(drip(at)) for _ in range(MOST_CONNECTIONS + 4)]
        ended = await asyncio.gather(*slow)
        assert ended.count(b"") >= MOST_CONNECTIONS
        assert await at.send("/fal", BODY, SIGNER.sign("job-1", BODY)) == 200

    post.run(deliver)
    assert post.woken == [("fal", "job-1")]
