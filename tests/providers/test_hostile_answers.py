"""Ways in which one paid POST might become two jobs, or its job be lost, through either adapter: none does."""

import gzip
import json
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import stamina

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import (
    JobState,
    NotSentError,
    PreparedJob,
    Provider,
    Submission,
    SubmissionUnknownError,
)
from resources.providers.account import SharedAccount
from resources.providers.account_rules import Limits
from resources.providers.exchange import MOST_JSON_BYTES, exchanged, fresh_client
from resources.providers.fal.wire import FalHosts
from resources.providers.flora.provider import FloraProvider
from resources.providers.flora.submitting import Looks
from resources.providers.flora.wire import Place
from resources.providers.secret import Secret
from tests.fal.samples import at_fal
from tests.fal.samples import request as fal_request
from tests.flora.fake import PROJECT, WORKSPACE
from tests.flora.samples import take
from tests.support.raw_server import RawServer, Talk, raw_server, said

KEY = "sk_test_of-a-hostile-place-0123456789"
MOST_MEMORY_BYTES = 3 * MOST_JSON_BYTES


@dataclass(frozen=True)
class Adapter:
    """One of the two, and what its service says when it takes a job."""

    name: str
    open: Callable[[str, Path], Provider]
    taken: dict[str, object]

    def job(self) -> PreparedJob:
        fal = self.name == "fal"
        return PreparedJob(
            attempt_id="show.ep_001.take.1",
            request=fal_request() if fal else take(),
            endpoint="bytedance/seedance-2.0/text-to-video",
            payload={"prompt": "Maren turns.", "model": "t2v-seedance-2.0-fast-enhancor"},
        )

    def submit(self, url: str, folder: Path) -> Submission:
        return run_loop(self.open(url, folder).submit(self.job()))


def open_fal(url: str, folder: Path) -> Provider:
    return at_fal(FalHosts.behind(url), folder)


def open_flora(url: str, folder: Path) -> Provider:
    secret = Secret(KEY, name="FLORA_API_KEY")
    account = SharedAccount("flora", secret, Limits(4, 60_000, 1000), folder=folder)
    return FloraProvider(secret, Place(WORKSPACE, PROJECT, url), account, looks=Looks(times=1, pause_s=0.01))


FAL = Adapter("fal", open_fal, {"request_id": "req-1", "status": "IN_QUEUE"})
FLORA = Adapter("flora", open_flora, {"run_id": "run_0001", "charged_cost": 1.058})


@pytest.fixture(params=[FAL, FLORA], ids=["fal", "flora"])
def adapter(request: pytest.FixtureRequest) -> Adapter:
    found: Adapter = request.param
    return found


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


def answering(post: bytes) -> Callable[[bytes], bytes]:
    """FLORA's empty list to whoever asks, and ``post`` to whoever posts."""
    listed = b'{"generations": [], "meta": {}}'

    def answer(request: bytes) -> bytes:
        return (
            post if request.startswith(b"POST ") else said("200 OK", listed, Content_Length=str(len(listed)))
        )

    return answer


def taken_by(adapter: Adapter) -> bytes:
    return json.dumps(adapter.taken).encode()


def sized(head: str, body: bytes, **headers: str) -> bytes:
    return said(head, body, Content_Length=str(len(body)), **headers)


def bomb() -> bytes:
    """64 MB of spaces, packed, that end in an object."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(
        [*(packer.compress(b" " * 2**24) for _ in range(4)), packer.compress(b"{}"), packer.flush()]
    )


NOBODY_KNOWS: dict[str, Callable[[Adapter], bytes]] = {
    "202 and a web page": lambda _: sized("202 Accepted", b"<html>queued</html>"),
    "200 and nothing": lambda _: sized("200 OK", b""),
    "204": lambda _: said("204 No Content"),
    "a list with the job in it": lambda a: sized("200 OK", b"[" + taken_by(a) + b"]"),
    "an id that is none": lambda a: sized(
        "200 OK", json.dumps({name: {"id": 1} for name in a.taken}).encode()
    ),
    "an answer that ends half way": lambda a: said(
        "200 OK", taken_by(a)[:-9], Content_Length=str(len(taken_by(a)))
    ),
    "half an answer of unknown length": lambda a: said("200 OK", taken_by(a)[:-9]),
    "chunks that break off": lambda a: said(
        "200 OK", b"40\r\n" + taken_by(a)[:20], Transfer_Encoding="chunked"
    ),
    "a packed answer that ends half way": lambda a: sized(
        "200 OK", gzip.compress(taken_by(a))[:20], Content_Encoding="gzip"
    ),
    "packed, and it is not": lambda a: sized("200 OK", taken_by(a), Content_Encoding="gzip"),
    "packed twice": lambda a: sized(
        "200 OK", gzip.compress(gzip.compress(taken_by(a))), Content_Encoding="gzip, gzip"
    ),
    "an answer without an end": lambda a: sized("200 OK", b" " * MOST_JSON_BYTES + taken_by(a)),
    "moved (307)": lambda _: sized("307 Temporary Redirect", b"", Location="/elsewhere"),
    "moved for good (308)": lambda _: sized("308 Permanent Redirect", b"", Location="/elsewhere"),
    "see other (303)": lambda _: sized("303 See Other", b"", Location="/elsewhere"),
    "conflict (409)": lambda _: sized("409 Conflict", b"{}"),
    "too early (425)": lambda _: sized("425 Too Early", b"{}"),
    "timeout (408)": lambda _: sized("408 Request Timeout", b"{}"),
    "a refusal that names a job": lambda a: sized("422 Unprocessable Entity", taken_by(a)),
    "too many, and a job": lambda a: sized("429 Too Many Requests", taken_by(a), Retry_After="0"),
    "no HTTP": lambda _: b"SSH-2.0-OpenSSH_9.2\r\n",
    "nothing at all": lambda _: b"",
}


@pytest.mark.parametrize("what", NOBODY_KNOWS)
def test_what_proves_nothing_is_unknown_and_posted_once(what: str, adapter: Adapter, tmp_path: Path) -> None:
    with raw_server(answering(NOBODY_KNOWS[what](adapter))) as server:
        with pytest.raises(SubmissionUnknownError):
            adapter.submit(f"http://127.0.0.1:{server.port}", tmp_path)
        assert server.posts == 1


TAKEN: dict[str, Callable[[Adapter], bytes]] = {
    "packed by something in between": lambda a: sized(
        "200 OK", gzip.compress(taken_by(a)), Content_Encoding="gzip"
    ),
    "hints before the answer": lambda a: (
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + sized("201 Created", taken_by(a))
    ),
    "letters that no header has": lambda a: sized("200 OK", taken_by(a), X_Odd="\u0663"),
    "an answer whose length nobody said": lambda a: said("202 Accepted", taken_by(a)),
}


@pytest.mark.parametrize("what", TAKEN)
def test_a_job_that_was_taken_is_not_lost_over_the_way_it_is_said(
    what: str, adapter: Adapter, tmp_path: Path
) -> None:
    with raw_server(answering(TAKEN[what](adapter))) as server:
        submission = adapter.submit(f"http://127.0.0.1:{server.port}", tmp_path)
        assert submission.request_id in adapter.taken.values()
        assert server.posts == 1


def test_few_packed_bytes_that_stand_for_many_do_not_fill_the_memory(
    adapter: Adapter, tmp_path: Path
) -> None:
    packed = bomb()
    assert len(packed) < MOST_JSON_BYTES / 10
    with raw_server(answering(sized("200 OK", packed, Content_Encoding="gzip"))) as server:
        with pytest.raises(SubmissionUnknownError):
            adapter.submit(f"http://127.0.0.1:{server.port}", tmp_path)

        async def read() -> int:
            url = f"http://127.0.0.1:{server.port}"
            async with fresh_client(url) as client:
                return len((await exchanged(client, "POST", url, None)).text)

        assert MOST_JSON_BYTES < run_loop(read()) < MOST_MEMORY_BYTES


def test_an_answer_that_drips_is_not_listened_to_for_ever() -> None:
    left = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not left.wait(0.02):
            connection.sendall(b" ")

    async def listen(url: str) -> None:
        async with fresh_client(url) as client:
            await exchanged(client, "POST", url, None, within_s=0.3)

    with raw_server(answering(b""), first=drip) as server:
        try:
            with pytest.raises(httpx.ReadTimeout, match=r"not whole after 0\.3 s"):
                run_loop(listen(f"http://127.0.0.1:{server.port}"))
        finally:
            left.set()


def reset(connection: socket.socket) -> None:
    """The connection is thrown away while the request is being written."""
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_connection_that_breaks_while_posting_is_not_called_unsent(tmp_path: Path) -> None:
    """FLORA's adapter would find it in the list that it reads before, and send nothing."""
    with raw_server(answering(b""), first=reset) as server, pytest.raises(SubmissionUnknownError):
        FAL.submit(f"http://127.0.0.1:{server.port}", tmp_path)


def no_tls(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def refusing_proxy(heard: list[bytes]) -> Talk:
    def refuse(connection: socket.socket) -> None:
        heard.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    return refuse


def test_without_tls_or_a_way_through_the_proxy_nothing_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(answering(b""), first=no_tls) as server:
        plain = FalHosts(queue=f"https://127.0.0.1:{server.port}")
        with pytest.raises(NotSentError, match="ConnectError"):
            run_loop(at_fal(plain, tmp_path).submit(FAL.job()))
    heard: list[bytes] = []
    with raw_server(answering(b""), first=refusing_proxy(heard)) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        with pytest.raises(NotSentError, match="ProxyError"):
            run_loop(at_fal(FalHosts(), tmp_path / "again").submit(FAL.job()))
    assert [request.partition(b" HTTP")[0] for request in heard] == [b"CONNECT queue.fal.run:443"]


def test_a_server_on_this_machine_is_never_reached_through_a_proxy(
    adapter: Adapter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would be told the key in plain http, and may send a POST again by itself."""
    heard: list[bytes] = []
    with ExitStack() as open_until_end:
        proxy = open_until_end.enter_context(raw_server(answering(b""), first=refusing_proxy(heard)))
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        server: RawServer = open_until_end.enter_context(
            raw_server(answering(sized("200 OK", taken_by(adapter))))
        )
        adapter.submit(f"http://127.0.0.1:{server.port}", tmp_path)
    assert (server.posts, heard) == (1, [])


def test_an_answer_about_another_job_is_not_taken_for_this_one(tmp_path: Path) -> None:
    """Its media would be the take, and its price be booked."""
    for adapter, another in (
        (FAL, {"status": "COMPLETED", "request_id": "req-2"}),
        (FLORA, {"run_id": "run_2"}),
    ):
        body = json.dumps({"status": "completed", **another}).encode()
        with raw_server(lambda _, body=body: sized("200 OK", body)) as server:
            url = f"http://127.0.0.1:{server.port}"
            provider = adapter.open(url, tmp_path / adapter.name)
            handles = {"status_url": f"{url}/s", "response_url": f"{url}/r"} if adapter is FAL else {}
            submission = Submission(next(str(value) for value in adapter.taken.values()), handles)
            with pytest.raises(ProviderError, match="about"):
                run_loop(provider.poll(submission, adapter.job().request))


def test_an_id_of_any_shape_is_asked_about(tmp_path: Path) -> None:
    """FLORA's documents show ``run_…``; one that looks otherwise is a paid job all the same."""
    named = {"run_id": "01JQZ8-gen_Ab", "charged_cost": 1}
    with raw_server(answering(sized("201 Created", json.dumps(named).encode()))) as server:
        submission = FLORA.submit(f"http://127.0.0.1:{server.port}", tmp_path)
    assert submission.request_id == "01JQZ8-gen_Ab"
    running = json.dumps({**named, "status": "running"}).encode()
    with raw_server(lambda _: sized("200 OK", running)) as server:
        provider = open_flora(f"http://127.0.0.1:{server.port}", tmp_path)
        assert run_loop(provider.poll(submission, take())).state is JobState.RUNNING
