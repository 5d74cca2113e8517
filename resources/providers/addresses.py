"""What an address in a provider's answer may be: https, or this machine where the provider itself is on it."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(url: str) -> bool:
    """Whether ``url`` names this machine by a loopback address or as ``localhost``."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_fetchable(url: str, *, loopback: bool) -> bool:
    """Whether ``url`` is a whole address over https, or plain http on this machine where ``loopback`` allows it."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and loopback and is_loopback(url))
