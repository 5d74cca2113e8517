"""Where a result may be fetched from: public addresses over https, so that no answer leads into this network."""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from recoil_assets.domain.errors import ProviderError
from resources.providers.fal.wire import is_loopback

_CURE = "look at the result in fal's dashboard; Recoil fetches from public https addresses alone"


async def require_public(url: str, *, loopback: bool) -> None:
    """Refuse a URL that is not https, or whose host is or resolves to an address that is not public.

    Behind a proxy names are the proxy's to resolve; an address that is written out is checked all the same.

    Args:
        loopback: whether this machine itself is allowed, over plain http: in tests alone.

    Raises:
        ProviderError: it is refused, or its host has no address now.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError as error:
        raise ProviderError("fal's media has an address that is none", cure=_CURE) from error
    if loopback and is_loopback(host) and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https" or not host:
        raise ProviderError(
            f"fal's media is at a {parts.scheme or 'nameless'} address, not https", cure=_CURE
        )
    written = _address(host)
    addresses = [written] if written else [] if getproxies() else await _resolved(host, port)
    if private := [str(address) for address in addresses if not address.is_global or address.is_multicast]:
        raise ProviderError(
            f"fal's media is at {host}, which is not public ({', '.join(private)})", cure=_CURE
        )


def require_public_peer(response: httpx.Response, *, loopback: bool) -> None:
    """Refuse an answer that came from inside the network, whatever the name resolved to when it was looked at.

    Behind a proxy the peer is the proxy.

    Raises:
        ProviderError: it is refused; nothing of it was read.
    """
    if loopback or getproxies():
        return
    stream = response.extensions.get("network_stream")
    peer = stream.get_extra_info("server_addr") if stream else None
    address = _address(str(peer[0]).partition("%")[0]) if peer else None
    if address is not None and not address.is_global:
        raise ProviderError(f"fal's media came from {address}, which is not public", cure=_CURE)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


async def _resolved(host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ProviderError(f"fal's media is at {host}, which has no address now", cure=_CURE) from error
    return [address for entry in found if (address := _address(str(entry[4][0]).partition("%")[0]))]
