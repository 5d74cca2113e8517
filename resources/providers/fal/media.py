"""The media in a result, and bringing it home: without the key, checked, and never more than was expected."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any

import av
import httpx

from recoil_assets.domain.errors import ProviderError
from recoil_assets.domain.reference import image_fault
from resources.project_store.decoding import decoding_fault
from resources.providers.fal.addresses import require_public, require_public_peer
from resources.providers.fal.wire import PATIENCE, trusted_authorities

MOST_BYTES: Mapping[str, int] = {"video": 2 * 2**30, "image": 128 * 2**20}
_TYPES: Mapping[str, tuple[str, ...]] = {"video": ("video/",), "image": ("image/",)}
_ANY_TYPE = ("", "application/octet-stream", "binary/octet-stream")
_MOST_HOPS = 3
_AGAIN = "materialise the cell again: the job is paid for, and its result is fetched again"


def media_in(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The first video or image of a result: kind, url, content_type, file_size; ``None`` where it has none."""
    images = body.get("images")
    first_image = images[0] if isinstance(images, list) and images else body.get("image")
    for kind, file in (("video", body.get("video")), ("image", first_image)):
        if isinstance(file, dict) and isinstance(url := file.get("url"), str) and url:
            size = file.get("file_size")
            known = isinstance(size, int) and not isinstance(size, bool) and size > 0
            return {
                "kind": kind,
                "url": url,
                "content_type": str(file.get("content_type") or ""),
                "file_size": size if known else None,
            }
    return None


async def download(media: Mapping[str, Any], destination: Path, *, loopback: bool) -> None:
    """Write the media to ``destination``, streamed.

    Args:
        loopback: whether a server on this machine may be asked over plain http: in tests alone.

    Raises:
        ProviderError: it can not be had, is not what it should be, or is cut short; nothing is at ``destination``.
    """
    try:
        await _follow(media, destination, loopback=loopback)
        await asyncio.to_thread(_require_whole, str(media["kind"]), destination)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        await asyncio.to_thread(destination.unlink, missing_ok=True)
        raise ProviderError(
            f"fal's media could not be fetched ({type(error).__name__})", cure=_AGAIN
        ) from error
    except ProviderError:
        await asyncio.to_thread(destination.unlink, missing_ok=True)
        raise


async def _follow(media: Mapping[str, Any], destination: Path, *, loopback: bool) -> None:
    """Fetch from where the media is, through redirects; every address on the way is looked at first."""
    url = str(media["url"])
    async with httpx.AsyncClient(
        timeout=PATIENCE, verify=trusted_authorities(), follow_redirects=False
    ) as client:
        for _ in range(_MOST_HOPS):
            await require_public(url, loopback=loopback)
            moved = await _fetch(client, url, media, destination, loopback=loopback)
            if moved is None:
                return
            url = moved
    raise ProviderError("fal's media is moved on and on; it was not fetched", cure=_AGAIN)


async def _fetch(
    client: httpx.AsyncClient, url: str, media: Mapping[str, Any], destination: Path, *, loopback: bool
) -> str | None:
    """Fetch into ``destination``; where the media is elsewhere, its URL."""
    kind = str(media["kind"])
    async with client.stream("GET", url) as response:
        require_public_peer(response, loopback=loopback)
        if response.is_redirect:
            return str(response.url.join(response.headers["location"]))
        if response.status_code != HTTPStatus.OK:
            raise ProviderError(
                f"fal's media answers {response.status_code}: it has expired or moved", cure=_AGAIN
            )
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type not in _ANY_TYPE and not content_type.startswith(_TYPES[kind]):
            raise ProviderError(f"fal's media should be a {kind} and is {content_type}", cure=_AGAIN)
        with destination.open("wb") as file:
            received = await _stream(response, file, MOST_BYTES[kind])
    expected = media.get("file_size")
    if isinstance(expected, int) and received != expected:
        raise ProviderError(f"fal's media has {expected} bytes, and {received} came", cure=_AGAIN)
    return None


async def _stream(response: httpx.Response, file: IO[bytes], most: int) -> int:
    received = 0
    async for block in response.aiter_bytes(2**16):
        received += len(block)
        if received > most:
            raise ProviderError(
                f"fal's media has more than {most} bytes", cure="look at it in fal's dashboard"
            )
        file.write(block)
    return received


def _require_whole(kind: str, path: Path) -> None:
    """Refuse what only begins like media: an error page, a picture or clip that is cut short."""
    fault = _picture_fault(path.read_bytes()) if kind == "image" else _clip_fault(path)
    if fault:
        raise ProviderError(f"fal's media {fault}", cure=_AGAIN)


def _picture_fault(data: bytes) -> str:
    return image_fault(data[:64], len(data))[0] or decoding_fault(data)[0]


def _clip_fault(path: Path) -> str:
    """Why a clip can not be played to its end; empty where it can. Packets are read, not decoded."""
    try:
        with av.open(str(path)) as clip:
            if not clip.streams.video:
                return "has no picture"
            promised = clip.streams.video[0].frames
            packets = sum(1 for packet in clip.demux(video=0) if packet.size)
    except (av.FFmpegError, ValueError, OSError) as error:
        return f"is no clip that can be played ({type(error).__name__})"
    if packets < max(promised, 1):
        return f"has {packets} of its {promised} frames"
    return ""
