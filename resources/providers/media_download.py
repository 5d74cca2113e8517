"""Fetching a result's media from where a provider says it lies: without the key, and from nowhere else.

An address in an answer is somebody else's text. It is fetched by https alone, never from an address of this
machine or its network, redirects included: every name is looked up once, its addresses are looked at, and the
connection is made to one that was looked at. ``httpcore`` is used for that; ``httpx`` has no such door.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin, urlsplit

import httpcore

from recoil_assets.domain.errors import ProviderError
from resources.providers.media_kind import fault_of

MOST_REDIRECTS = 5
_CHUNK_BYTES = 1024 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({401, 403, 404, 410})


class MediaGoneError(ProviderError):
    """The media is no longer at its address; a fresh address may still be had by asking for the job again."""


@dataclass(frozen=True, slots=True)
class DownloadRules:
    """What a download may be.

    Attributes:
        kind: what the file has to be, by its own bytes.
        most_bytes: largest file taken.
        loopback: whether plain http on this machine is allowed: only where the provider itself is on it.
        silence_s: longest wait for a connection or for the next bytes, seconds.
        whole_s: longest the whole download may take, seconds.
    """

    kind: Literal["video", "image"]
    most_bytes: int = 4 * 1024**3
    loopback: bool = False
    silence_s: float = 30.0
    whole_s: float = 1800.0


def is_loopback(url: str) -> bool:
    """Whether ``url`` names this machine by a loopback address or as ``localhost``."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def download_media(url: str, destination: Path, rules: DownloadRules) -> None:
    """Write what lies at ``url`` to ``destination``, checked to be whole and of its kind.

    Raises:
        MediaGoneError: it is no longer there.
        ProviderError: the address is refused, the transfer broke, or the file is not what it has to be;
            nothing is at ``destination``.
    """
    try:
        async with asyncio.timeout(rules.whole_s):
            await _download(url, destination, rules)
        await asyncio.to_thread(_check_file, url, destination, rules)
    except BaseException as error:
        await asyncio.to_thread(destination.unlink, missing_ok=True)
        if isinstance(error, _BROKEN):
            said = str(error) or type(error).__name__
            raise ProviderError(f"the download of {_shown(url)} broke off: {said}", cure=_AGAIN) from error
        raise


_BROKEN = (TimeoutError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
_AGAIN = "materialise the cell again to fetch it again; nothing is sent or paid for again"


def _check_file(url: str, destination: Path, rules: DownloadRules) -> None:
    if fault := fault_of(destination, rules.kind):
        raise ProviderError(f"what {_shown(url)} gave {fault}", cure=_AGAIN)


async def _download(url: str, destination: Path, rules: DownloadRules) -> None:
    """Follow redirects to the file and stream it to disk."""
    limits = dict.fromkeys(("connect", "read", "write", "pool"), rules.silence_s)
    async with httpcore.AsyncConnectionPool(
        ssl_context=ssl.create_default_context(), network_backend=_CheckedNetwork(loopback=rules.loopback)
    ) as pool:
        for _ in range(MOST_REDIRECTS + 1):
            _check_scheme(url, rules)
            async with pool.stream(
                "GET",
                url,
                headers={"Host": _host(url), "Accept": "*/*", "Accept-Encoding": "identity"},
                extensions={"timeout": limits},
            ) as response:
                headers = {name.lower().decode("latin-1"): value for name, value in response.headers}
                if response.status in _REDIRECTS and "location" in headers:
                    url = urljoin(url, headers["location"].decode("latin-1"))
                    continue
                _check_answer(url, response.status, headers, rules)
                await _stream(url, response.aiter_stream(), destination, rules)
                return
    raise ProviderError(f"{_shown(url)} is redirected more than {MOST_REDIRECTS} times", cure=_AGAIN)


def _check_answer(url: str, status: int, headers: dict[str, bytes], rules: DownloadRules) -> None:
    if status in _GONE:
        raise MediaGoneError(f"{_shown(url)} answered {status}: the media is gone or not ours", cure=_AGAIN)
    if status != 200:  # noqa: PLR2004
        raise ProviderError(f"{_shown(url)} answered {status}", cure=_AGAIN)
    size = headers.get("content-length", b"")
    if size.isdigit() and int(size) > rules.most_bytes:
        raise _too_large(url, rules)


async def _stream(url: str, body: AsyncIterator[bytes], destination: Path, rules: DownloadRules) -> None:
    """The body to disk, a megabyte at a time and off the event loop."""
    size = 0
    waiting = bytearray()
    with await asyncio.to_thread(destination.open, "wb") as file:
        async for part in body:
            size += len(part)
            if size > rules.most_bytes:
                raise _too_large(url, rules)
            waiting += part
            if len(waiting) >= _CHUNK_BYTES:
                await asyncio.to_thread(file.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(file.write, bytes(waiting))


def _too_large(url: str, rules: DownloadRules) -> ProviderError:
    return ProviderError(
        f"{_shown(url)} is larger than the {rules.most_bytes} bytes that a {rules.kind} may have",
        cure="look at it in the provider's own pages",
    )


def _check_scheme(url: str, rules: DownloadRules) -> None:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and rules.loopback and is_loopback(url)):
        return
    raise ProviderError(f"media is fetched by https, and {_shown(url)} is not", cure=_AGAIN)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _shown(url: str) -> str:
    """An address as a message may show it: its query may be a signature that opens it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{_host(url)}{parts.path}"


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were looked at, and to no other: a name that changes in between gains nothing."""

    def __init__(self, *, loopback: bool) -> None:
        self._loopback = loopback
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Look ``host`` up, refuse it if any of its addresses is not public, and connect to one."""
        try:
            async with asyncio.timeout(timeout):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} can not be looked up: {error}") from error
        addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
        for address in addresses:
            if not self._allowed(address):
                raise ProviderError(
                    f"media is not fetched from {host}: it is {address}, which is not a public address",
                    cure="look at the job in the provider's own pages",
                )
        for address in addresses[:-1]:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
        return await self._network.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    def _allowed(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address.partition("%")[0])
        mapped = getattr(parsed, "ipv4_mapped", None) or parsed
        if self._loopback and mapped.is_loopback:
            return True
        return bool(mapped.is_global) and not mapped.is_multicast

    async def sleep(self, seconds: float) -> None:
        """See ``httpcore.AsyncNetworkBackend``."""
        await asyncio.sleep(seconds)
