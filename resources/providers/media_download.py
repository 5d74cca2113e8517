"""Fetching a result's media from where a provider says it lies: without the key, and from nowhere else.

An address in an answer is somebody else's text. It is fetched by https alone, never from an address of this
machine or its network, redirects included: every name is looked up once, its addresses are looked at, and the
connection is made to one that was looked at. ``httpcore`` is used for that; ``httpx`` has no such door. Where the
environment names a proxy, names are the proxy's to look up, and an address that is written out is looked at still.
"""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from recoil_assets.domain.errors import ProviderError
from resources.providers.addresses import is_fetchable, is_loopback
from resources.providers.evidence import shown_address
from resources.providers.exchange import trusted_authorities
from resources.providers.library_logs import keep_secrets_out_of_library_logs
from resources.providers.media_kind import fault_of

MOST_BYTES: Mapping[str, int] = {"video": 4 * 1024**3, "image": 256 * 1024**2}
"""Largest file taken, by its kind."""
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
        size_bytes: how many bytes the provider says it has; None where it does not say.
        most_bytes: largest file taken; ``MOST_BYTES`` of its kind where None.
        loopback: whether plain http on this machine is allowed: only where the provider itself is on it.
        silence_s: longest wait for a connection or for the next bytes, seconds.
        whole_s: longest the whole download may take, seconds.
    """

    kind: Literal["video", "image"]
    size_bytes: int | None = None
    most_bytes: int | None = None
    loopback: bool = False
    silence_s: float = 30.0
    whole_s: float = 1800.0

    @property
    def cap_bytes(self) -> int:
        """Largest file taken."""
        return MOST_BYTES[self.kind] if self.most_bytes is None else self.most_bytes


async def download_media(url: str, destination: Path, rules: DownloadRules) -> None:
    """Write what lies at ``url`` to ``destination``, checked to be whole and of its kind.

    Raises:
        MediaGoneError: it is no longer there.
        ProviderError: the address is refused, the transfer broke, or the file is not what it has to be;
            nothing is at ``destination``.
    """
    keep_secrets_out_of_library_logs()
    try:
        async with asyncio.timeout(rules.whole_s):
            await _download(url, destination, rules)
        await asyncio.to_thread(_check_file, url, destination, rules)
    except BaseException as error:
        await asyncio.to_thread(destination.unlink, missing_ok=True)
        if isinstance(error, _BROKEN):
            said = str(error) or type(error).__name__
            raise ProviderError(
                f"the download of {shown_address(url)} broke off: {said}", cure=_AGAIN
            ) from error
        raise


_BROKEN = (
    TimeoutError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
)
_AGAIN = "materialise the cell again to fetch it again; nothing is sent or paid for again"


def _check_file(url: str, destination: Path, rules: DownloadRules) -> None:
    if fault := fault_of(destination, rules.kind):
        raise ProviderError(f"what {shown_address(url)} gave {fault}", cure=_AGAIN)


async def _download(url: str, destination: Path, rules: DownloadRules) -> None:
    """Follow redirects to the file and stream it to disk."""
    limits = dict.fromkeys(("connect", "read", "write", "pool"), rules.silence_s)
    for _ in range(MOST_REDIRECTS + 1):
        _check_scheme(url, rules)
        async with (
            _pool(url, rules) as pool,
            pool.stream(
                "GET",
                url,
                headers={"Host": _host(url), "Accept": "*/*", "Accept-Encoding": "identity"},
                extensions={"timeout": limits},
            ) as response,
        ):
            headers = {name.lower().decode("latin-1"): value for name, value in response.headers}
            if response.status in _REDIRECTS and "location" in headers:
                url = urljoin(url, headers["location"].decode("latin-1"))
                continue
            _check_answer(url, response.status, headers, rules)
            await _stream(url, response.aiter_stream(), destination, rules)
            return
    raise ProviderError(f"{shown_address(url)} is redirected more than {MOST_REDIRECTS} times", cure=_AGAIN)


def _pool(url: str, rules: DownloadRules) -> httpcore.AsyncConnectionPool:
    """Connections to the host of ``url`` alone, by the proxy of the environment where there is one for it.

    Raises:
        ProviderError: the host is an address that is written out, and not public.
    """
    host = urlsplit(url).hostname or ""
    proxy = getproxies().get("https", "")
    if not proxy or is_loopback(url) or proxy_bypass(host):
        return httpcore.AsyncConnectionPool(
            ssl_context=trusted_authorities(), network_backend=_CheckedNetwork(loopback=rules.loopback)
        )
    with suppress(ValueError):
        if not _is_public(ipaddress.ip_address(host)):
            raise _not_public(host, host)
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return httpcore.AsyncHTTPProxy(
        parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(),
        proxy_auth=auth,
        ssl_context=trusted_authorities(),
    )


def _check_answer(url: str, status: int, headers: dict[str, bytes], rules: DownloadRules) -> None:
    if status in _GONE:
        raise MediaGoneError(
            f"{shown_address(url)} answered {status}: the media is gone or not ours", cure=_AGAIN
        )
    if status != 200:  # noqa: PLR2004
        raise ProviderError(f"{shown_address(url)} answered {status}", cure=_AGAIN)
    size = headers.get("content-length", b"")
    if size.isdigit() and int(size) > rules.cap_bytes:
        raise _too_large(url, rules)


async def _stream(url: str, body: AsyncIterator[bytes], destination: Path, rules: DownloadRules) -> None:
    """The body to disk, a megabyte at a time and off the event loop."""
    size = 0
    waiting = bytearray()
    with await asyncio.to_thread(destination.open, "wb") as file:
        async for part in body:
            size += len(part)
            if size > rules.cap_bytes:
                raise _too_large(url, rules)
            waiting += part
            if len(waiting) >= _CHUNK_BYTES:
                await asyncio.to_thread(file.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(file.write, bytes(waiting))
    if rules.size_bytes is not None and size != rules.size_bytes:
        raise ProviderError(
            f"{shown_address(url)} should have {rules.size_bytes} bytes, and {size} came", cure=_AGAIN
        )


def _too_large(url: str, rules: DownloadRules) -> ProviderError:
    return ProviderError(
        f"{shown_address(url)} is larger than the {rules.cap_bytes} bytes that a {rules.kind} may have",
        cure="look at it in the provider's own pages",
    )


def _check_scheme(url: str, rules: DownloadRules) -> None:
    if not is_fetchable(url, loopback=rules.loopback):
        raise ProviderError(f"media is fetched by https, and {shown_address(url)} is not", cure=_AGAIN)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST = ipaddress.IPv6Network("2000::/3")
_ASSIGNED = ipaddress.IPv4Network("192.0.0.0/24")
"""Of protocols, not of hosts (RFC 6890), and one cloud's metadata; Python calls most of it public."""


def _mapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does: mapped, 6to4, or translated (RFC 6052)."""
    if address.version == 4:  # noqa: PLR2004
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_public(address: Address) -> bool:
    """Whether it is of the internet. IPv6 has public addresses in one block alone; others may lead anywhere."""
    mapped = _mapped(address)
    if mapped in _ASSIGNED or (mapped.version == 6 and mapped not in _UNICAST):  # noqa: PLR2004
        return False
    return mapped.is_global and not mapped.is_multicast


def _not_public(host: str, address: str) -> ProviderError:
    return ProviderError(
        f"media is not fetched from {host}: it is {address}, which is not a public address",
        cure="look at the job in the provider's own pages",
    )


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
                raise _not_public(host, address)
        for address in addresses[:-1]:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
        return await self._network.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    def _allowed(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address.partition("%")[0])
        return (self._loopback and _mapped(parsed).is_loopback) or _is_public(parsed)

    async def sleep(self, seconds: float) -> None:
        """See ``httpcore.AsyncNetworkBackend``."""
        await asyncio.sleep(seconds)
