"""What every adapter's HTTP shares: connections, patience, how much is read, and when a question is asked again."""

import asyncio
import datetime as dt
import ssl
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx

from recoil_assets.domain.errors import ProviderError
from resources.providers.addresses import is_loopback
from resources.providers.evidence import Evidence, evidence_of
from resources.providers.library_logs import keep_secrets_out_of_library_logs
from resources.providers.secret import Secret

PATIENCE = httpx.Timeout(60.0, connect=15.0)
"""For questions, seconds: how long one waits for a connection, and for bytes."""
MOST_JSON_BYTES = 8 * 2**20
MOST_TRIES = 6
"""How often a question that changes nothing is asked, the first time included."""
LONGEST_PAUSE_S = 30.0
ASK_FOR_S = 120.0
"""How long a question is asked again for, seconds."""
TRANSIENT = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
WHOLE_EXCHANGE_S = 600.0
"""Longest one request and its answer may take, seconds: a server that drips would else be listened to for ever."""
UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)
"""Faults that come before a byte of the request is written: no connection, no TLS, no way through the proxy."""


class NoAnswerError(ProviderError):
    """A question got no usable answer; asking again may help.

    Args:
        status: of the answer; None where none came.
        pause_s: seconds the provider asked to wait, or None where it did not say.
    """

    def __init__(self, message: str, *, status: int | None = None, pause_s: float | None = None) -> None:
        super().__init__(message, cure="nothing is lost; materialise the cell again to ask again")
        self.status = status
        self.pause_s = pause_s


def pause_of(error: Exception) -> bool | dt.timedelta:
    """For ``stamina``: whether to ask again; after as long as the provider said, within reason."""
    if not isinstance(error, NoAnswerError):
        return False
    if error.pause_s is None:
        return True
    return dt.timedelta(seconds=min(error.pause_s, LONGEST_PAUSE_S))


def retry_after_s(header: str) -> float | None:
    """Seconds a ``Retry-After`` asks to wait, given as a number or a date (RFC 9110, 10.2.3); None where it is neither.

    A date without a zone is taken for UTC, as HTTP has no other.
    """
    value = header.strip()
    if value.replace(".", "", 1).isdigit() and value.isascii():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        if until.tzinfo is None:
            until = until.replace(tzinfo=dt.UTC)
        return max((until - dt.datetime.now(dt.UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


@asynccontextmanager
async def fresh_client(
    url: str, patience: httpx.Timeout = PATIENCE, auth: httpx.Auth | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """Connections for one operation at ``url``: HTTP/1.1, no redirects, nothing sent again by itself.

    The environment's proxy is used but for a server on this machine: it would be sent the key, in plain http.
    """
    keep_secrets_out_of_library_logs()
    async with httpx.AsyncClient(
        auth=auth,
        timeout=patience,
        verify=trusted_authorities(),
        follow_redirects=False,
        trust_env=not is_loopback(url),
        headers={"Accept-Encoding": "gzip"},
    ) as client:
        yield client


async def exchanged(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    key: Secret | None,
    *,
    within_s: float = WHOLE_EXCHANGE_S,
    **request: Any,  # noqa: ANN401  httpx's own
) -> Evidence:
    """One request, sent once, and its answer, read whole; one that is too long is cut and is no JSON.

    Args:
        key: is taken out of the answer; None where the request has none.
        within_s: longest all of it may take, seconds.
        request: as ``httpx.AsyncClient.stream`` takes it.

    Raises:
        httpx.HTTPError: no answer came, or not a whole one; one of ``UNSENT`` where nothing was sent.
    """
    try:
        async with asyncio.timeout(within_s), client.stream(method, url, **request) as response:
            data = await read_at_most(response)
    except TimeoutError:
        raise httpx.ReadTimeout(f"its answer was not whole after {within_s:g} s") from None
    return evidence_of(response.status_code, response.headers, data, key)


async def read_at_most(response: httpx.Response) -> bytes:
    """The body of a streamed response, up to a little more than ``MOST_JSON_BYTES``: what is cut there is no JSON.

    Raises:
        httpx.DecodingError: it is packed, and not as it says.
    """
    unpack = _unpacking(response.headers.get("content-encoding", ""))
    data = bytearray()
    try:
        async for block in response.aiter_raw():
            data += unpack(block, MOST_JSON_BYTES + 1 - len(data))
            if len(data) > MOST_JSON_BYTES:
                break
    except zlib.error as error:
        raise httpx.DecodingError(f"its body can not be unpacked: {error}") from None
    return bytes(data)


def _unpacking(encoding: str) -> Callable[[bytes, int], bytes]:
    """Unpacks a block to so many bytes at most: a few packed bytes may stand for gigabytes.

    One layer alone: httpx unpacks as many as a server names, each a thousandfold.
    """
    if encoding.strip().lower() in ("gzip", "deflate"):
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress
    return lambda block, most: block[:most]


@cache
def trusted_authorities() -> ssl.SSLContext:
    """The certificate authorities that are trusted; loading them takes longer than a request."""
    return httpx.create_ssl_context()
