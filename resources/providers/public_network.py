"""Connections to where somebody else's text leads: to public addresses, never to this machine or its network.

Every name is looked up once, its addresses are looked at, and the connection is made to one that was looked at.
``httpcore`` is used for that; ``httpx`` has no such door. Where the environment names a proxy, names are the proxy's
to look up, and an address that is written out is looked at still.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from recoil_assets.domain.errors import ProviderError
from resources.providers.addresses import is_loopback
from resources.providers.evidence import Evidence, evidence_of
from resources.providers.exchange import MOST_JSON_BYTES, WHOLE_EXCHANGE_S, trusted_authorities
from resources.providers.library_logs import keep_secrets_out_of_library_logs

BROKEN = (
    TimeoutError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
)
"""What a transfer ends with that broke off."""
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Errand:
    """What is refused where an address is not public.

    Attributes:
        doing: what is not done, up to the host: ``media is not fetched from``.
        cure: what to do then.
    """

    doing: str
    cure: str

    def refusal(self, host: str, address: str) -> ProviderError:
        """The error of a ``host`` that is at ``address``."""
        return ProviderError(
            f"{self.doing} {host}: it is {address}, which is not a public address", cure=self.cure
        )


def host_of(url: str) -> str:
    """The host of an address, and its port, as the header ``Host`` has it."""
    return urlsplit(url).netloc.rpartition("@")[2]


def public_pool(url: str, errand: Errand, *, loopback: bool) -> httpcore.AsyncConnectionPool:
    """Connections to the host of ``url`` alone, by the proxy of the environment where there is one for it.

    Args:
        loopback: whether this machine is allowed: only where the provider itself is on it.

    Raises:
        ProviderError: the host is an address that is written out, and not public; also raised by whoever connects,
            for a name that leads to one.
    """
    host = urlsplit(url).hostname or ""
    proxy = getproxies().get("https", "")
    if not proxy or is_loopback(url) or proxy_bypass(host):
        return httpcore.AsyncConnectionPool(
            ssl_context=trusted_authorities(), network_backend=_CheckedNetwork(errand, loopback=loopback)
        )
    with suppress(ValueError):
        if not _is_public(ipaddress.ip_address(host)):
            raise errand.refusal(host, host)
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return httpcore.AsyncHTTPProxy(
        parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(),
        proxy_auth=auth,
        ssl_context=trusted_authorities(),
    )


async def post_form(
    url: str, form: Mapping[str, str], file: tuple[str, bytes, str], errand: Errand, *, loopback: bool
) -> Evidence:
    """Post a form with one file to an address of somebody else's, and its answer, read up to what is too long.

    Nothing of ours goes with it, and no redirect is followed.

    Args:
        file: its name, its bytes, its media type.

    Raises:
        ProviderError: the address is not public; nothing was sent.
        Exception: one of ``BROKEN``, where no whole answer came.
    """
    keep_secrets_out_of_library_logs()
    request = httpx.Request("POST", url, data=dict(form), files={"file": file})
    limits = dict.fromkeys(("connect", "read", "write", "pool"), _PATIENCE_S)
    async with (
        asyncio.timeout(WHOLE_EXCHANGE_S),
        public_pool(url, errand, loopback=loopback) as pool,
        pool.stream(
            "POST", url, headers=request.headers.raw, content=request.read(), extensions={"timeout": limits}
        ) as response,
    ):
        data = bytearray()
        async for block in response.aiter_stream():
            data += block[: MOST_JSON_BYTES - len(data)]
            if len(data) >= MOST_JSON_BYTES:
                break
        return evidence_of(response.status, httpx.Headers(response.headers), bytes(data), None)


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


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were looked at, and to no other: a name that changes in between gains nothing."""

    def __init__(self, errand: Errand, *, loopback: bool) -> None:
        self._errand = errand
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
                raise self._errand.refusal(host, address)
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
