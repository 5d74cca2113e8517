"""Bringing images to fal: small ones inside the request, others by upload to its CDN, each content once a day.

Source: ``fal_client``'s own requests: a token of the CDN's from ``/storage/auth/token``, then ``/files/upload``.
"""

import base64
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.ports import SentReference
from resources.providers.account import SharedAccount
from resources.providers.addresses import is_fetchable
from resources.providers.fal.asking import Asker, asking
from resources.providers.fal.images import media_type
from resources.providers.fal.wire import VARIABLE, Answer, FalHosts
from resources.providers.kept_uploads import KeptUploads
from resources.providers.secret import Secret

LARGEST_INLINE_BYTES = 16 * 1024
"""An image of this size goes into the request itself; a larger one would be stored with every request."""
KEPT_S = 24 * 3600.0
"""An upload is used for this long, seconds: fal keeps it for a week at least, by the shorter of its two words."""
_TOKEN_MARGIN_S = 60.0


@dataclass(frozen=True, slots=True)
class _Token:
    """What uploads are signed with, until a moment of the machine's steady clock."""

    scheme: str
    secret: Secret
    until: float


class Uploads:
    """Where fal finds images, by the digest of their bytes."""

    def __init__(self, key: Secret, account: SharedAccount, hosts: FalHosts) -> None:
        self._key = key
        self._account = account
        self._hosts = hosts
        self._kept = KeptUploads(account, hosts.cdn, KEPT_S)
        self._token: _Token | None = None

    async def url_of(self, reference: SentReference) -> str:
        """A URL that fal reads the image from.

        Raises:
            ProviderError: it can not be uploaded now.
        """
        if len(reference.data) <= LARGEST_INLINE_BYTES:
            encoded = base64.b64encode(reference.data).decode()
            return f"data:{media_type(reference.data)};base64,{encoded}"
        return await self._kept.address_of(reference.sha256, partial(self._upload, reference))

    def forget(self, digests: Iterable[str]) -> None:
        """Upload these contents again when they are next asked for: fal could not read them."""
        self._kept.forget(digests)

    async def _upload(self, reference: SentReference) -> str:
        kind = media_type(reference.data)
        name = f"{reference.sha256[:16]}.{kind.partition('/')[2]}"
        answer = await self._send(reference.data, kind, name)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._token = None
            answer = await self._send(reference.data, kind, name)
        url = answer.body.get("access_url")
        if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED) or not isinstance(url, str):
            raise ProviderError(
                f"fal did not take the image of {reference.name} ({answer.said})",
                cure="nothing was spent; materialise the cell again",
            )
        if not is_fetchable(url, loopback=self._hosts.on_this_machine):
            raise ProviderError(
                f"fal put the image of {reference.name} at an address that is not https",
                cure="nothing was spent; materialise the cell again",
            )
        return url

    async def _send(self, data: bytes, kind: str, name: str) -> Answer:
        token = await self._valid_token()
        async with asking(self._hosts.cdn, token.secret, None, scheme=token.scheme) as asker:
            return await asker.ask(
                "POST",
                f"{self._hosts.cdn}/files/upload",
                content=data,
                headers={"Content-Type": kind, "X-Fal-File-Name": name},
            )

    async def _valid_token(self) -> _Token:
        if self._token is None or time.monotonic() >= self._token.until:
            async with asking(self._hosts.rest, self._key, self._account) as asker:
                self._token = await self._ask_token(asker)
        return self._token

    async def _ask_token(self, asker: Asker) -> _Token:
        answer = await asker.ask(
            "POST",
            f"{self._hosts.rest}/storage/auth/token",
            params={"storage_type": "fal-cdn-v3"},
            content=b"{}",
            headers={"Content-Type": "application/json"},
        )
        token, scheme = answer.body.get("token"), answer.body.get("token_type")
        if answer.status != HTTPStatus.OK or not isinstance(token, str):
            raise ProviderError(
                f"fal gave no leave to upload ({answer.status})",
                cure=f"nothing was spent; see that {VARIABLE} is valid, then materialise the cell again",
            )
        return _Token(
            scheme if isinstance(scheme, str) else "Bearer",
            Secret(token, name="fal's leave to upload"),
            time.monotonic() + _lasts_s(answer.body.get("expires_at")) - _TOKEN_MARGIN_S,
        )


def _lasts_s(expires_at: object) -> float:
    """Seconds until an ISO time; none where it is none, so that the token is used once."""
    try:
        until = datetime.fromisoformat(str(expires_at))
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return (until - datetime.now(UTC)).total_seconds()
