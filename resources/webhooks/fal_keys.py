"""fal's public keys, by which its webhooks are verified: fetched when they are needed, kept for a day at most."""

import base64
import json
import time
from collections.abc import Callable
from http import HTTPStatus

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from recoil_assets.domain.errors import ProviderError
from resources.providers.exchange import exchanged, fresh_client

FAL_KEYS_URL = "https://rest.fal.ai/.well-known/jwks.json"
KEPT_S = 24 * 3600.0
FETCHED_AGAIN_AFTER_S = 60.0
"""A signature that no kept key made may be by a new key, so they are fetched anew; forgers can ask no oftener."""
_PATIENCE = httpx.Timeout(10.0)
_WHOLE_S = 20.0


class FalKeys:
    """The keys at ``url``.

    Args:
        now: seconds, never going back.
    """

    def __init__(self, url: str = FAL_KEYS_URL, now: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._now = now
        self._keys: tuple[Ed25519PublicKey, ...] = ()
        self._fetched_at: float | None = None

    async def current(self) -> tuple[Ed25519PublicKey, ...]:
        """The keys, none of them older than a day; ``ProviderError`` where they can not be had."""
        if self._fetched_at is None or self._now() - self._fetched_at > KEPT_S:
            await self._fetch()
        return self._keys

    async def fresh(self) -> tuple[Ed25519PublicKey, ...]:
        """The keys as they are now, unless they were fetched this very minute."""
        if self._fetched_at is None or self._now() - self._fetched_at > FETCHED_AGAIN_AFTER_S:
            await self._fetch()
        return self._keys

    async def _fetch(self) -> None:
        try:
            async with fresh_client(self._url, _PATIENCE) as client:
                answer = await exchanged(client, "GET", self._url, None, within_s=_WHOLE_S)
            if answer.status != HTTPStatus.OK:
                raise ValueError(f"it was answered with {answer.status}")  # noqa: TRY301  told like every other
            listed = json.loads(answer.text)["keys"]
            found = [_key(item["x"]) for item in listed if item.get("crv") == "Ed25519"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ProviderError(
                f"fal's public keys could not be read from {self._url} ({type(error).__name__})",
                cure="nothing is lost: jobs are polled all the same",
            ) from error
        self._keys = tuple(found)
        self._fetched_at = self._now()


def _key(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
