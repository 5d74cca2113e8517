"""What every adapter's HTTP shares: patience, who is trusted, how much is read, and when a question is asked again."""

import datetime as dt
import ssl
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus

import httpx

from recoil_assets.domain.errors import ProviderError

PATIENCE = httpx.Timeout(60.0, connect=15.0)
"""For questions, seconds: how long one waits for a connection, and for bytes."""
MOST_JSON_BYTES = 8 * 2**20
MOST_TRIES = 6
"""How often a question that changes nothing is asked, the first time included."""
LONGEST_PAUSE_S = 30.0
ASK_FOR_S = 120.0
"""How long a question is asked again for, seconds."""
TRANSIENT = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


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


async def read_at_most(response: httpx.Response) -> bytes:
    """The body of a streamed response, up to a little more than ``MOST_JSON_BYTES``: what is cut there is no JSON."""
    data = bytearray()
    async for block in response.aiter_bytes():
        data += block
        if len(data) > MOST_JSON_BYTES:
            break
    return bytes(data)


@cache
def trusted_authorities() -> ssl.SSLContext:
    """The certificate authorities that are trusted; loading them takes longer than a request."""
    return httpx.create_ssl_context()
