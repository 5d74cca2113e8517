"""What a provider said, as it may be kept and shown: one way for status, headers, body and addresses, of all adapters.

The key is taken out of everything the moment it is read, for whoever answers may quote it. What is told to people or
kept as a record has also no queries of addresses: the signature that opens a file stands there.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from resources.providers.secret import Secret

HIDDEN_QUERY = "?<hidden>"
_QUERY = re.compile(r"""(\b[a-z][a-z0-9+.-]*://[^\s"'<>\\?#]*)\?[^\s"'<>\\]*""", re.IGNORECASE)
_LONGEST_LINE = 200


@dataclass(frozen=True, slots=True)
class Evidence:
    """An answer, read whole, without the key.

    Attributes:
        text: its body, as it was sent but for the key.
    """

    status: int
    headers: httpx.Headers
    text: str

    @property
    def said(self) -> str:
        """The answer in a line, for people: its status, and its own words where it has any, else how it begins."""
        words = _words(self.text) or self.text
        return f"{self.status} {' '.join(without_queries(words).split())[:_LONGEST_LINE]}".strip()


def evidence_of(status: int, headers: httpx.Headers, data: bytes, key: Secret | None) -> Evidence:
    """What may be kept of an answer.

    Args:
        key: is taken out of it; None where the request had none.
    """
    text = data.decode("utf-8", "replace")
    if key is None:
        return Evidence(status, headers, text)
    clean = httpx.Headers(
        [(name, key.hidden_in(value.decode("latin-1")).encode("latin-1")) for name, value in headers.raw]
    )
    return Evidence(status, clean, key.hidden_in(text))


def without_queries(text: str) -> str:
    """``text`` with no query in any address of it: what it says can be read, and opens nothing."""
    return _QUERY.sub(rf"\1{HIDDEN_QUERY}", text)


def shown_address(url: str) -> str:
    """An address as a message may show it: no user, no query, no fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that is none"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _words(text: str) -> str:
    """What an error says in JSON, by the names that fal and FLORA use; empty where it says nothing there."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    said = (
        [document.get(name) for name in ("detail", "error", "message")] if isinstance(document, dict) else []
    )
    return next((words for item in said if (words := _sentence(item))), "")


def _sentence(item: Any) -> str:  # noqa: ANN401  parsed JSON
    if isinstance(item, list):
        item = next((entry for entry in item if isinstance(entry, dict)), None)
    if isinstance(item, dict):
        parts = (item.get(name) for name in ("code", "type", "message", "msg"))
        return " ".join(part for part in parts if isinstance(part, str) and part)
    return item if isinstance(item, str) else ""
