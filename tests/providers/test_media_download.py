"""Media is fetched whole, by https, from public addresses, and is what it has to be; else no file is left."""

import asyncio
import base64
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.event_loop import run_loop
from resources.providers.media_download import DownloadRules, MediaGoneError, download_media
from tests.support.files_served import Answer, body, redirect, serving
from tests.support.instant_provider import tiny_png
from tests.support.tiny_video import tiny_mp4

HERE = DownloadRules(kind="video", loopback=True, silence_s=2)
PUBLIC = DownloadRules(kind="video", silence_s=2)


@pytest.fixture
def answers() -> dict[str, Answer]:
    return {}


@pytest.fixture
def server(answers: dict[str, Answer]) -> Iterator[str]:
    with serving(answers) as address:
        yield address


def fetched(url: str, folder: Path, rules: DownloadRules = HERE) -> bytes:
    run_loop(download_media(url, folder / "take.part", rules))
    return (folder / "take.part").read_bytes()


def refused(url: str, folder: Path, rules: DownloadRules = HERE) -> ProviderError:
    """The error of a download that has to fail, and leave nothing."""
    with pytest.raises(ProviderError) as caught:
        run_loop(download_media(url, folder / "take.part", rules))
    assert list(folder.iterdir()) == []
    return caught.value


def test_a_whole_video_is_written_through_redirects(
    server: str, answers: dict[str, Answer], tmp_path: Path
) -> None:
    answers |= {
        "/a": redirect("/b"),
        "/b": redirect(f"{server}/c?signature=1", 307),
        "/c": body(tiny_mp4()),
    }
    assert fetched(f"{server}/a", tmp_path) == tiny_mp4()


def test_nothing_of_ours_goes_with_the_request(
    server: str, answers: dict[str, Answer], tmp_path: Path
) -> None:
    seen: list[dict[str, str]] = []

    def look(handler: BaseHTTPRequestHandler) -> None:
        seen.append({name.lower(): value for name, value in handler.headers.items()})
        body(tiny_mp4())(handler)

    answers["/take.mp4"] = look
    fetched(f"{server}/take.mp4", tmp_path)
    assert set(seen[0]) == {"host", "accept", "accept-encoding"}


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:9/x",
        "https://localhost:9/x",
        "https://[::1]:9/x",
        "https://[::ffff:127.0.0.1]:9/x",
        "https://2130706433:9/x",
        "https://0.0.0.0:9/x",
        "https://10.1.2.3/x",
        "https://192.168.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[fe80::1]/x",
        "https://[fd00::1]/x",
        "https://224.0.0.1/x",
        "https://100.64.0.1/x",
        "https://[::ffff:10.0.0.8]/x",
        "https://0/x",
        "https://0x7f000001/x",
        "https://017700000001/x",
        "https://127.1/x",
        "https://10.1/x",
        "https://[::]/x",
        "https://[::10.0.0.8]/x",
        "https://[64:ff9b::10.0.0.8]/x",
        "https://[64:ff9b::7f00:1]/x",
        "https://[64:ff9b:1::1]/x",
        "https://[2002:a00:8::1]/x",
        "https://[2002:7f00:1::]/x",
        "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/x",
        "https://[::ffff:0:10.0.0.8]/x",
        "https://[fec0::1]/x",
        "https://[ff02::1]/x",
        "https://192.0.0.192/x",
        "https://198.18.0.1/x",
        "https://255.255.255.255/x",
    ],
)
def test_an_address_of_this_machine_or_its_network_is_refused(url: str, tmp_path: Path) -> None:
    assert "not a public address" in refused(url, tmp_path, PUBLIC).message


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "http://10.0.0.8/x",
        "ftp://example.com/x",
        "file:///etc/passwd",
        "https://[no-address/x",
        "https://example.com:port/x",
        "x",
    ],
)
def test_anything_but_https_is_refused(url: str, tmp_path: Path) -> None:
    assert "https" in refused(url, tmp_path, PUBLIC).message
    assert "https" in refused(url, tmp_path, HERE).message


@pytest.mark.parametrize(
    "to", ["http://example.com/x", "https://10.0.0.1/x", "https://169.254.169.254/", "file:///etc/passwd"]
)
def test_a_redirect_to_where_nothing_is_fetched_from_is_refused(
    to: str, server: str, answers: dict[str, Answer], tmp_path: Path
) -> None:
    answers["/a"] = redirect(to)
    error = refused(f"{server}/a", tmp_path)
    assert "not a public address" in error.message or "https" in error.message


class Names(asyncio.SelectorEventLoop):
    """A loop whose names lead where the test says, one list of addresses after another."""

    def __init__(self, *answers: list[str]) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[str] = []

    async def getaddrinfo(self, host: Any, port: Any, **_: Any) -> list[Any]:  # type: ignore[override]
        self.asked.append(host)
        found = self.answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


@pytest.mark.parametrize(
    "found",
    [
        ["10.0.0.8"],
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["fd00:ec2::254"],
        ["fe80::1%eth0"],
        ["93.184.216.34", "10.0.0.8"],
        ["2606:2800:220:1::1", "::1"],
    ],
)
def test_a_name_that_leads_into_a_network_is_refused_by_each_of_its_addresses(
    found: list[str], tmp_path: Path
) -> None:
    with (
        pytest.raises(ProviderError, match="media is not fetched from cdn"),
        asyncio.Runner(loop_factory=lambda: Names(found)) as runner,
    ):
        runner.run(download_media("https://cdn.example.com/x", tmp_path / "take.part", PUBLIC))
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_leads_elsewhere_when_it_is_asked_again_gains_nothing(tmp_path: Path) -> None:
    """What was looked at is what is connected to: the name is asked for once. TEST-NET-1 is nobody's."""
    names = Names(["192.0.2.1"], ["127.0.0.1"])
    with (
        pytest.raises(ProviderError, match="it is 192"),
        asyncio.Runner(loop_factory=lambda: names) as runner,
    ):
        runner.run(download_media("https://cdn.example.com/x", tmp_path / "take.part", PUBLIC))
    assert names.asked == ["cdn.example.com"]


def test_redirects_without_an_end_are_refused(
    server: str, answers: dict[str, Answer], tmp_path: Path
) -> None:
    answers["/a"] = redirect("/a")
    assert "redirected more than 5 times" in refused(f"{server}/a", tmp_path).message


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_media_that_is_gone_is_told_apart(
    status: int, server: str, answers: dict[str, Answer], tmp_path: Path
) -> None:
    answers["/a"] = body(b"expired", status=status)
    error = refused(f"{server}/a?signature=opens-it", tmp_path)
    assert isinstance(error, MediaGoneError)
    assert "opens-it" not in str(error), "an address with its signature opens the file to who reads the log"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html>" + b" " * 100 + b"busy</html>", "is not a video"),
        (tiny_png(1) + b"\0" * 100, "is not a video"),
        (tiny_mp4()[:900], "is cut off"),
        (b"", "is 0 bytes long"),
        (tiny_mp4()[:32] + b"\0\0\0\x08free" * 8, "no index"),
        (b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x40moov" + b"\0" * 56, "has no picture"),
        (b"\x1a\x45\xdf\xa3" + b"\0" * 100, "no clip that can be played"),
    ],
)
def test_what_is_no_whole_video_is_refused_whatever_it_is_called(
    data: bytes, said: str, server: str, answers: dict[str, Answer], tmp_path: Path
) -> None:
    answers["/take.mp4"] = body(data)
    assert said in refused(f"{server}/take.mp4", tmp_path).message


def test_bytes_after_the_end_of_a_whole_video_do_not_lose_it(
    server: str, answers: dict[str, Answer], tmp_path: Path
) -> None:
    answers["/take.mp4"] = body(tiny_mp4() + b"\0" * 6)
    assert fetched(f"{server}/take.mp4", tmp_path).startswith(tiny_mp4())


def test_a_picture_is_whole_too(server: str, answers: dict[str, Answer], tmp_path: Path) -> None:
    picture = tiny_png(3)
    answers |= {"/whole": body(picture), "/cut": body(picture[:-12] + b"\0" * 40)}
    image = DownloadRules(kind="image", loopback=True)
    assert fetched(f"{server}/whole", tmp_path, image) == picture
    (tmp_path / "take.part").unlink()
    assert "can not be decoded" in refused(f"{server}/cut", tmp_path, image).message


def test_a_file_of_another_size_than_the_provider_said_is_refused(
    server: str, answers: dict[str, Answer], tmp_path: Path
) -> None:
    answers["/a"] = body(tiny_mp4())
    whole = DownloadRules(kind="video", loopback=True, size_bytes=len(tiny_mp4()))
    assert fetched(f"{server}/a", tmp_path, whole) == tiny_mp4()
    (tmp_path / "take.part").unlink()
    longer = DownloadRules(kind="video", loopback=True, size_bytes=len(tiny_mp4()) + 1)
    assert f"and {len(tiny_mp4())} came" in refused(f"{server}/a", tmp_path, longer).message


def test_behind_a_proxy_names_are_its_to_look_up_and_written_addresses_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def refuse() -> None:
            connection, _ = proxy.accept()
            with connection:
                asked.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        answering = threading.Thread(target=refuse, daemon=True)
        answering.start()
        monkeypatch.setenv("https_proxy", f"http://sam:open%20me@127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "")
        for address in ("10.0.0.8", "[::ffff:127.0.0.1]", "169.254.169.254"):
            assert "not a public address" in refused(f"https://{address}/x", tmp_path, PUBLIC).message
        assert asked == []
        assert "broke off" in refused("https://v3.fal.media/x.mp4", tmp_path, PUBLIC).message
        answering.join(30)
    assert asked[0].startswith(b"CONNECT v3.fal.media:443 ")
    assert base64.b64encode(b"sam:open me") in asked[0]


def test_a_transfer_that_breaks_off_is_no_file(
    server: str, answers: dict[str, Answer], tmp_path: Path
) -> None:
    answers["/a"] = body(tiny_mp4(), claimed=len(tiny_mp4()) + 1000)
    assert "broke off" in refused(f"{server}/a", tmp_path).message


@pytest.mark.parametrize("claimed", [None, 10_000_000])
def test_a_file_above_the_cap_is_refused_whether_or_not_it_says_so(
    claimed: int | None, server: str, answers: dict[str, Answer], tmp_path: Path
) -> None:
    answers["/a"] = body(tiny_mp4(), claimed=claimed)
    small = DownloadRules(kind="video", loopback=True, most_bytes=500)
    assert "larger than the 500 bytes" in refused(f"{server}/a", tmp_path, small).message


def test_a_server_that_falls_silent_or_drips_is_left(
    server: str, answers: dict[str, Answer], tmp_path: Path
) -> None:
    left = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not left.wait(0.05):
            handler.wfile.write(b".")
            handler.wfile.flush()

    def silence(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        left.wait(30)

    answers |= {"/drip": drip, "/silence": silence}
    try:
        quick = DownloadRules(kind="video", loopback=True, silence_s=0.2, whole_s=0.5)
        assert "broke off" in refused(f"{server}/silence", tmp_path, quick).message
        assert "broke off" in refused(f"{server}/drip", tmp_path, quick).message
    finally:
        left.set()
