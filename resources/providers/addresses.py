"""What an address in a provider's answer may be: https, or this machine where the provider itself is on it."""

import ipaddress
import math
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

_LIVES = ("x-amz-expires", "x-goog-expires")
"""How long a signature holds, seconds: Amazon's and Google's fourth versions."""
_ENDS = ("expires", "se")
"""When it ends: seconds since 1970 in their older ones and at CloudFront, ISO 8601 at Azure."""


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


def life_s(url: str, now: float) -> float:
    """How long a signed address opens what it names, seconds from ``now``; without end where it does not say.

    Args:
        now: seconds since 1970; about when it was signed.
    """
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:
        return math.inf
    said = {name.lower(): values[0].strip() for name, values in query.items()}
    lives = [float(said[name]) for name in _LIVES if said.get(name, "").isdecimal()]
    ends = [end for name in _ENDS if (end := _moment(said.get(name, ""))) is not None]
    return min([*lives, *(end - now for end in ends)], default=math.inf)


def _moment(text: str) -> float | None:
    """A moment, seconds since 1970; None where the text is none."""
    if text.isdecimal():
        return float(text)
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return None
