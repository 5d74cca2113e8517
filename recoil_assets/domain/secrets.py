"""Leaving credentials out of text that is kept: those in URLs, and words that have the shape of a key."""

import re
from urllib.parse import urlsplit

LEFT_OUT = "[left out]"
_URL = re.compile(r"\b(?:https?|data|s3|gs):[^\s\"'<>“”]+", re.IGNORECASE)
_KEYS = re.compile(
    r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}:[0-9a-f]{16,}\b"  # fal's key id and secret
    r"|\bsk[_-][A-Za-z0-9_-]{8,}"  # FLORA's, OpenAI's
    r"|\bkey_[0-9a-f]{16,}"  # Runway's
    r"|\bluma-[0-9a-f-]{16,}"
    r"|\br8_[A-Za-z0-9]{16,}"  # Replicate's
    r"|\bAIza[A-Za-z0-9_-]{20,}|\bya29\.[A-Za-z0-9_.-]{20,}"  # Google's
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]+"  # a signed token
    r"|(?<=\bBearer )\S{8,}|(?<=\bbearer )\S{8,}",
)


def without_secrets(text: str) -> str:
    """``text`` without credentials: URLs keep host and path only, keys are left out."""
    return _KEYS.sub(LEFT_OUT, _URL.sub(lambda found: _plain_url(found[0]), text))


def _plain_url(url: str) -> str:
    """The URL without user, query and fragment; of a data URI its kind is enough."""
    if url[:5].lower() == "data:":
        return f"data:{LEFT_OUT}"
    try:
        parts = urlsplit(url)
    except ValueError:
        return LEFT_OUT
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
