"""The wire, watched: what an adapter's HTTP really does, step by step, for any adapter that uses httpx."""

import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.crash.strike import Striker

_MOMENTS = {
    "http11.send_request_headers.started": ("sent", False),
    "http11.send_request_body.complete": ("sent", True),
    "http11.receive_response_headers.started": ("answered", False),
    "http11.receive_response_headers.complete": ("answered", True),
}
"""What httpcore says it is doing, and which moment that is."""
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: everything is on loopback, and to load who is trusted takes longer than a run."""


class WatchedWire(httpx.AsyncBaseTransport):
    """A real transport that names ``<call> sent`` and ``<call> answered``, before and after.

    Args:
        call: what a request is, see ``laboratory.Account``.
        before_answer: called before the answer to a ``submit`` is read: there the server may be waited for.
    """

    def __init__(
        self, striker: Striker, call: Callable[[httpx.Request], str], before_answer: Callable[[], None]
    ) -> None:
        self._inner = httpx.AsyncHTTPTransport(verify=_NO_TLS)
        self._striker = striker
        self._call = call
        self._before_answer = before_answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["trace"] = self.tracing(request)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()

    def tracing(self, request: httpx.Request) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
        """What hears of every step of a request, as httpcore's ``trace`` extension."""
        call = self._call(request)

        async def trace(event: str, _: dict[str, Any]) -> None:
            if event not in _MOMENTS:
                return
            step, after = _MOMENTS[event]
            if after:
                self._striker.after(f"{call} {step}")
                return
            if (call, step) == ("submit", "answered"):
                self._before_answer()
            self._striker.before(f"{call} {step}")

        return trace
