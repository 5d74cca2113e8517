"""Digests: the names that content gives itself.

Every digest is the SHA-256 of canonical JSON (sorted keys, no white space, UTF-8), so two processes that
hold equal content hold equal digests, whatever order they built it in.
"""

import hashlib
import json
from typing import Any

from pydantic import BaseModel


def canonical_json(content: Any) -> str:  # noqa: ANN401  any JSON-like content
    """The one JSON text of ``content``; ``ValueError`` where it holds NaN or an infinity."""
    return json.dumps(
        _plain(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest_of(content: Any) -> str:  # noqa: ANN401  any JSON-like content
    """SHA-256 (64 hex digits) of the canonical JSON of ``content``."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def digest_of_bytes(data: bytes) -> str:
    """SHA-256 (64 hex digits) of ``data``."""
    return hashlib.sha256(data).hexdigest()


def short(digest: str) -> str:
    """The first twelve digits of a digest, for people; alone they are never used to look anything up."""
    return digest[:12]


def _plain(content: Any) -> Any:  # noqa: ANN401  any JSON-like content
    if isinstance(content, BaseModel):
        return content.model_dump(mode="json")
    if isinstance(content, dict):
        return {str(key): _plain(item) for key, item in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(item) for item in content]
    return content
