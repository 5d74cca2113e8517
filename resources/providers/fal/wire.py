"""fal's wire: where it is, what goes on every request, and one look at what came back.

Source: fal.ai documentation, "queue", "common parameters" and "platform APIs".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from resources.providers.addresses import is_loopback
from resources.providers.evidence import Evidence

VARIABLE = "FAL_KEY"
"""The environment variable that has the key of a fal account."""
SCHEME = "Key"
"""What goes before the key where a request is signed."""
SUBMIT_PATIENCE = httpx.Timeout(120.0, connect=15.0)
"""For the POST, seconds: an answer that comes late is worth more than one that never came."""
START_WITHIN_S = 3600
"""A job that waited this long in the queue is given back by fal, unmade and unpaid."""

SUBMIT_HEADERS: Mapping[str, str] = {
    "X-Fal-No-Retry": "1",  # a requeued job may run, and bill, more than once
    "X-Fal-Store-IO": "1",  # without stored payloads a result is gone within minutes
    "x-app-fal-disable-fallback": "true",  # what made a take is what the take says made it
    "X-Fal-Request-Timeout": str(START_WITHIN_S),
}
_HOSTS_OF_FAL = ("fal.run", "falrun.com", "fal.ai")
_HOST = re.compile(r"[a-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class FalHosts:
    """Where fal is: base URLs without a trailing slash.

    Attributes:
        queue: takes jobs. rest: gives upload tokens. cdn: takes uploads. platform: prices and bills.
    """

    queue: str = "https://queue.fal.run"
    rest: str = "https://rest.fal.ai"
    cdn: str = "https://v3.fal.media"
    platform: str = "https://api.fal.ai/v1"

    @classmethod
    def behind(cls, base_url: str) -> "FalHosts":
        """All of fal behind one address: a gateway, or a server on this machine; the queue is at its root."""
        return cls(
            queue=base_url,
            rest=f"{base_url}/_rest",
            cdn=f"{base_url}/_cdn",
            platform=f"{base_url}/_api/v1",
        )

    @property
    def on_this_machine(self) -> bool:
        """Whether the queue is a server on loopback: there alone plain http is spoken."""
        return is_loopback(self.queue)

    def may_have_the_key(self, url: str) -> bool:
        """Whether ``url`` is fal's own, so that the key may be sent there."""
        try:
            parts, queue = urlsplit(url), urlsplit(self.queue)
        except ValueError:
            return False
        if (parts.scheme, parts.netloc) == (queue.scheme, queue.netloc):
            return True
        host = parts.hostname or ""
        return (
            parts.scheme == "https"
            and _HOST.fullmatch(host) is not None
            and any(host == own or host.endswith(f".{own}") for own in _HOSTS_OF_FAL)
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, read whole, the key taken out of it.

    Attributes:
        evidence: all of it.
        body: what its JSON holds, where it is an object; empty where it is anything else.
        readable: whether it is a JSON object.
    """

    evidence: Evidence
    body: dict[str, Any]
    readable: bool

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.evidence.status

    @property
    def headers(self) -> httpx.Headers:
        """Its headers."""
        return self.evidence.headers

    @property
    def said(self) -> str:
        """The answer in a line, for people."""
        return self.evidence.said


def answer_of(evidence: Evidence) -> Answer:
    """What came back, whatever it is. Never raises."""
    try:
        body = json.loads(evidence.text)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        return Answer(evidence, body, readable=True)
    return Answer(evidence, {}, readable=False)
