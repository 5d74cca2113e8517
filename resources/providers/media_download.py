"""Fetching a result's media from where a provider says it lies: without the key, and from nowhere else.

An address in an answer is somebody else's text. It is fetched by https alone, and from public addresses alone,
redirects included: see ``public_network``.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin

from recoil_assets.domain.errors import ProviderError
from resources.providers.addresses import is_fetchable
from resources.providers.evidence import shown_address
from resources.providers.library_logs import keep_secrets_out_of_library_logs
from resources.providers.media_kind import fault_of
from resources.providers.public_network import BROKEN, Errand, host_of, public_pool

MOST_BYTES: Mapping[str, int] = {"video": 4 * 1024**3, "image": 256 * 1024**2}
"""Largest file taken, by its kind."""
MOST_REDIRECTS = 5
_ERRAND = Errand("media is not fetched from", cure="look at the job in the provider's own pages")
_AGAIN = "materialise the cell again to fetch it again; nothing is sent or paid for again"
_CHUNK_BYTES = 1024 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({401, 403, 404, 410})


class MediaGoneError(ProviderError):
    """The media is no longer at its address; a fresh address may still be had by asking for the job again."""


@dataclass(frozen=True, slots=True)
class DownloadRules:
    """What a download may be.

    Attributes:
        kind: what the file has to be, by its own bytes.
        size_bytes: how many bytes the provider says it has; None where it does not say.
        most_bytes: largest file taken; ``MOST_BYTES`` of its kind where None.
        loopback: whether plain http on this machine is allowed: only where the provider itself is on it.
        silence_s: longest wait for a connection or for the next bytes, seconds.
        whole_s: longest the whole download may take, seconds.
    """

    kind: Literal["video", "image"]
    size_bytes: int | None = None
    most_bytes: int | None = None
    loopback: bool = False
    silence_s: float = 30.0
    whole_s: float = 1800.0

    @property
    def cap_bytes(self) -> int:
        """Largest file taken."""
        return MOST_BYTES[self.kind] if self.most_bytes is None else self.most_bytes


async def download_media(url: str, destination: Path, rules: DownloadRules) -> None:
    """Write what lies at ``url`` to ``destination``, checked to be whole and of its kind.

    Raises:
        MediaGoneError: it is no longer there.
        ProviderError: the address is refused, the transfer broke, or the file is not what it has to be;
            nothing is at ``destination``.
    """
    keep_secrets_out_of_library_logs()
    try:
        async with asyncio.timeout(rules.whole_s):
            await _download(url, destination, rules)
        await asyncio.to_thread(_check_file, url, destination, rules)
    except BaseException as error:
        await asyncio.to_thread(destination.unlink, missing_ok=True)
        if isinstance(error, BROKEN):
            said = str(error) or type(error).__name__
            raise ProviderError(
                f"the download of {shown_address(url)} broke off: {said}", cure=_AGAIN
            ) from error
        raise


def _check_file(url: str, destination: Path, rules: DownloadRules) -> None:
    if fault := fault_of(destination, rules.kind):
        raise ProviderError(f"what {shown_address(url)} gave {fault}", cure=_AGAIN)


async def _download(url: str, destination: Path, rules: DownloadRules) -> None:
    """Follow redirects to the file and stream it to disk."""
    limits = dict.fromkeys(("connect", "read", "write", "pool"), rules.silence_s)
    for _ in range(MOST_REDIRECTS + 1):
        _check_scheme(url, rules)
        async with (
            public_pool(url, _ERRAND, loopback=rules.loopback) as pool,
            pool.stream(
                "GET",
                url,
                headers={"Host": host_of(url), "Accept": "*/*", "Accept-Encoding": "identity"},
                extensions={"timeout": limits},
            ) as response,
        ):
            headers = {name.lower().decode("latin-1"): value for name, value in response.headers}
            if response.status in _REDIRECTS and "location" in headers:
                url = urljoin(url, headers["location"].decode("latin-1"))
                continue
            _check_answer(url, response.status, headers, rules)
            await _stream(url, response.aiter_stream(), destination, rules)
            return
    raise ProviderError(f"{shown_address(url)} is redirected more than {MOST_REDIRECTS} times", cure=_AGAIN)


def _check_answer(url: str, status: int, headers: dict[str, bytes], rules: DownloadRules) -> None:
    if status in _GONE:
        raise MediaGoneError(
            f"{shown_address(url)} answered {status}: the media is gone or not ours", cure=_AGAIN
        )
    if status != 200:  # noqa: PLR2004
        raise ProviderError(f"{shown_address(url)} answered {status}", cure=_AGAIN)
    size = headers.get("content-length", b"")
    if size.isdigit() and int(size) > rules.cap_bytes:
        raise _too_large(url, rules)


async def _stream(url: str, body: AsyncIterator[bytes], destination: Path, rules: DownloadRules) -> None:
    """The body to disk, a megabyte at a time and off the event loop."""
    size = 0
    waiting = bytearray()
    with await asyncio.to_thread(destination.open, "wb") as file:
        async for part in body:
            size += len(part)
            if size > rules.cap_bytes:
                raise _too_large(url, rules)
            waiting += part
            if len(waiting) >= _CHUNK_BYTES:
                await asyncio.to_thread(file.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(file.write, bytes(waiting))
    if rules.size_bytes is not None and size != rules.size_bytes:
        raise ProviderError(
            f"{shown_address(url)} should have {rules.size_bytes} bytes, and {size} came", cure=_AGAIN
        )


def _too_large(url: str, rules: DownloadRules) -> ProviderError:
    return ProviderError(
        f"{shown_address(url)} is larger than the {rules.cap_bytes} bytes that a {rules.kind} may have",
        cure="look at it in the provider's own pages",
    )


def _check_scheme(url: str, rules: DownloadRules) -> None:
    if not is_fetchable(url, loopback=rules.loopback):
        raise ProviderError(f"media is fetched by https, and {shown_address(url)} is not", cure=_AGAIN)
