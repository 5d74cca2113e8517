"""The receiver: a small HTTP server on 127.0.0.1 that verifies deliveries and wakes whoever polls the job.

It is reached through a tunnel or a proxy of the user's own, so anybody may talk to it: requests are short, few
at once, and over in seconds, and what is not verified changes nothing.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import h11

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.ports import OpsLog
from resources.providers.secret import Secret
from resources.webhooks.fal_keys import FalKeys
from resources.webhooks.signatures import BadSignatureError, Delivery, fal_delivery, flora_delivery

MOST_BODY_BYTES = 1024 * 1024
MOST_CONNECTIONS = 32
WHOLE_REQUEST_S = 10.0
MOST_REMEMBERED = 10_000
_READ_BYTES = 64 * 1024

Verify = Callable[[dict[str, str], bytes], Awaitable[Delivery]]


class Receiver:
    """Takes ``POST /fal`` and ``POST /flora``.

    Args:
        wake: called with a provider's name and a job's id, once a delivery.
        flora_secret: FLORA's signing secret; without it its deliveries are refused.
        now: seconds since 1970.
    """

    def __init__(
        self,
        wake: Callable[[str, str], None],
        log: OpsLog,
        *,
        fal_keys: FalKeys,
        flora_secret: Secret | None,
        whole_request_s: float = WHOLE_REQUEST_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._wake = wake
        self._log = log
        self._fal_keys = fal_keys
        self._flora_secret = flora_secret
        self._whole_request_s = whole_request_s
        self._now = now
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._open = 0
        self._routes: dict[bytes, Verify] = {b"/fal": self._fal, b"/flora": self._flora}

    async def serve(self, port: int) -> asyncio.Server:
        """Listen on 127.0.0.1; port 0 takes a free one. ``OSError`` where the port is taken."""
        return await asyncio.start_server(self._talk, "127.0.0.1", port, limit=_READ_BYTES)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request, and no more time than a webhook needs."""
        self._open += 1
        try:
            async with asyncio.timeout(self._whole_request_s):
                status = HTTPStatus.SERVICE_UNAVAILABLE
                if self._open <= MOST_CONNECTIONS:
                    status = await self._answer(reader)
                if not writer.is_closing():  # libuv's loop raises where nobody listens any more
                    writer.write(_written(status))
                    await writer.drain()
        except (TimeoutError, ConnectionError):
            pass  # whoever is slow or gone gets no answer; a provider delivers again
        finally:
            self._open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> HTTPStatus:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_READ_BYTES)
        request: h11.Request | None = None
        body = bytearray()
        while True:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError:
                return HTTPStatus.BAD_REQUEST
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(_READ_BYTES))
            elif isinstance(event, h11.Request):
                request = event
                if (refusal := self._refusal(request)) is not None:
                    return refusal
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > MOST_BODY_BYTES:
                    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            elif isinstance(event, h11.EndOfMessage) and request is not None:
                return await self._take(request, bytes(body))
            else:
                return HTTPStatus.BAD_REQUEST

    def _refusal(self, request: h11.Request) -> HTTPStatus | None:
        """What is wrong with a request by its head alone."""
        if _path(request) not in self._routes:
            return HTTPStatus.NOT_FOUND
        if request.method != b"POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        length = next((value for name, value in request.headers if name == b"content-length"), b"0")
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if int(length) > MOST_BODY_BYTES else None

    async def _take(self, request: h11.Request, body: bytes) -> HTTPStatus:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
        try:
            delivery = await self._routes[_path(request)](headers, body)
        except BadSignatureError as error:
            self._log.write("webhook_refused", path=_path(request).decode("latin-1"), reason=str(error))
            return HTTPStatus.UNAUTHORIZED
        except ProviderError as error:
            self._log.write("webhook_not_verified", error=error.message)
            return HTTPStatus.SERVICE_UNAVAILABLE
        if self._is_new(delivery):
            await asyncio.to_thread(self._wake, delivery.provider, delivery.request_id)
            self._log.write("webhook_received", provider=delivery.provider, request_id=delivery.request_id)
        return HTTPStatus.OK

    async def _fal(self, headers: dict[str, str], body: bytes) -> Delivery:
        try:
            return fal_delivery(headers, body, await self._fal_keys.current(), self._now())
        except BadSignatureError:
            return fal_delivery(headers, body, await self._fal_keys.fresh(), self._now())

    async def _flora(self, headers: dict[str, str], body: bytes) -> Delivery:
        if self._flora_secret is None:
            raise BadSignatureError("FLORA_WEBHOOK_SECRET is not set")
        return flora_delivery(headers, body, self._flora_secret, self._now())

    def _is_new(self, delivery: Delivery) -> bool:
        seen = (delivery.provider, delivery.key)
        if seen in self._seen:
            return False
        self._seen[seen] = None
        if len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return True


def _path(request: h11.Request) -> bytes:
    return bytes(request.target).partition(b"?")[0]


def _written(status: HTTPStatus) -> bytes:
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return head.encode("ascii")
