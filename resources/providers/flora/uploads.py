"""Pictures FLORA has to be able to fetch: uploaded as assets, once in half an hour for the same bytes.

Up to 4 MB go in one request; what is larger goes to an address that FLORA signs for it. Uploads cost nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx
import stamina

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.ports import SentReference
from resources.providers.account_rules import Asking
from resources.providers.addresses import is_fetchable
from resources.providers.flora.wire import Answer, Wire, answer_of
from resources.providers.kept_uploads import KeptUploads
from resources.providers.public_network import BROKEN, Errand, post_form

KEPT_S = 1800.0
"""The address of an asset is used for this long, seconds. FLORA says nowhere how long one is good."""
DIRECT_BYTES = 4 * 1000 * 1000
_ERRAND = Errand("nothing is uploaded to", cure="use a picture below 4 MB")
_TRIES = 4
_READY = "ready"
_PENDING = "pending_upload"
_LOOKS = 20
_LOOK_PAUSE_S = 0.5
"""Before an asset that is not ready is looked at again: FLORA reads a large one for some seconds."""
_TYPES = (
    (b"\x89PNG", "png", "image/png"),
    (b"\xff\xd8", "jpg", "image/jpeg"),
    (b"RIFF", "webp", "image/webp"),
)


class _UploadBrokeError(ProviderError):
    """An upload got no answer, or one that may be another the next time."""


class Uploads:
    """Where FLORA has pictures, by the digest of their bytes."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._kept = KeptUploads(wire.account, f"{wire.place.base_url} {wire.place.workspace}", KEPT_S)

    def forget(self, digests: Iterable[str]) -> None:
        """Upload these again the next time: FLORA could not fetch one of them."""
        self._kept.forget(digests)

    def are_good(self, digests: Iterable[str]) -> bool:
        """Whether FLORA has every one of these at an address that may be sent now."""
        return self._kept.are_good(digests)

    async def address_of(self, picture: SentReference) -> str:
        """Where FLORA has the picture.

        Raises:
            ProviderError: it can not be uploaded, or is of a kind that FLORA does not take.
        """
        return await self._kept.address_of(picture.sha256, partial(self._upload, picture))

    async def _upload(self, picture: SentReference) -> str:
        name, kind = _named(picture)
        if len(picture.data) <= DIRECT_BYTES:
            asset = await self._direct(picture.data, name, kind)
        else:
            asset = await self._by_signed_address(picture.data, name, kind)
        return await self._ready(asset, picture.name)

    async def _direct(self, data: bytes, name: str, kind: str) -> dict[str, Any]:
        form = {"workspace_id": self._wire.place.workspace}
        return (await self._post("/assets", form=form, file=(name, data, kind))).body

    async def _by_signed_address(self, data: bytes, name: str, kind: str) -> dict[str, Any]:
        wanted = {
            "source": "signed-url",
            "workspace_id": self._wire.place.workspace,
            "content_type": kind,
            "file_name": name,
        }
        reserved = (await self._post("/assets", json_body=wanted)).body
        upload = reserved.get("upload")
        url = str(upload.get("url") or "") if isinstance(upload, dict) else ""
        if not isinstance(upload, dict) or not self._is_fetchable(url):
            raise ProviderError("FLORA signed no https address to upload to", cure=_ERRAND.cure)
        form = {str(field): str(value) for field, value in dict(upload.get("form_fields") or {}).items()}
        await self._post_elsewhere(url, form, (name, data, kind))
        return (await self._post(f"/assets/{quote(str(reserved.get('asset_id')), safe='')}/complete")).body

    def _is_fetchable(self, url: str) -> bool:
        return is_fetchable(url, loopback=self._wire.place.on_this_machine)

    async def _ready(self, asset: Mapping[str, Any], name: str) -> str:
        asset_id = quote(str(asset.get("asset_id") or ""), safe="")
        for _ in range(_LOOKS):
            if asset.get("status") != _PENDING:
                break
            await asyncio.sleep(_LOOK_PAUSE_S)
            asset = (await self._wire.ask(f"/assets/{asset_id}")).body
        if asset.get("status") != _READY or not self._is_fetchable(str(asset.get("url") or "")):
            said = asset.get("failure_message") or asset.get("status")
            raise ProviderError(
                f"FLORA did not take the picture of {name}: {str(said)[:200]}", cure="export it again as PNG"
            )
        return str(asset["url"])

    async def _post(
        self,
        path: str,
        *,
        json_body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        file: tuple[str, bytes, str] | None = None,
    ) -> Answer:
        """A POST to FLORA itself."""

        async def exchange() -> Answer:
            answer = await self._wire.exchange(
                "POST", f"{self._wire.place.base_url}{path}", json_body=json_body, form=form, file=file
            )
            await self._wire.heard(Asking.POLL, answer)
            return answer

        return await self._taken(exchange)

    async def _post_elsewhere(
        self, url: str, form: Mapping[str, str], file: tuple[str, bytes, str]
    ) -> Answer:
        """A POST to where FLORA says that a file goes: without the key, and to the internet alone."""

        async def exchange() -> Answer:
            return answer_of(
                await post_form(url, form, file, _ERRAND, loopback=self._wire.place.on_this_machine)
            )

        return await self._taken(exchange)

    async def _taken(self, exchange: Callable[[], Awaitable[Answer]]) -> Answer:
        """A POST that costs nothing, made again where its answer was lost: at worst an asset is there twice."""
        async for attempt in stamina.retry_context(on=_UploadBrokeError, attempts=_TRIES, wait_max=10.0):
            with attempt:
                async with self._wire.account.request():
                    try:
                        answer = await exchange()
                    except (httpx.HTTPError, *BROKEN) as error:
                        raise _UploadBrokeError(
                            f"an upload to FLORA broke off ({self._wire.told(error)})"
                        ) from None
                if (
                    answer.status == HTTPStatus.TOO_MANY_REQUESTS
                    or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
                ):
                    raise _UploadBrokeError(f"FLORA said {answer.said} to an upload")
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise ProviderError(
                f"FLORA refused an upload ({answer.said})", cure="see to the picture or the account"
            )
        return answer


def _named(picture: SentReference) -> tuple[str, str]:
    for head, ending, kind in _TYPES:
        if picture.data.startswith(head):
            return f"{picture.sha256[:16]}.{ending}", kind
    raise ProviderError(
        f"FLORA takes PNG, JPEG and WebP, and {picture.name} is neither", cure="export it as PNG"
    )
