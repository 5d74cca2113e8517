"""What a media file is by its own bytes: a provider's content type and file name prove nothing."""

from pathlib import Path
from typing import Literal

import av

from recoil_assets.domain.reference import IMAGE_SIGNATURES
from resources.project_store.decoding import decoding_fault

LEAST_BYTES = 64
_HEAD_BYTES = 32
_BOX_HEAD = 8
_LARGE_BOX_HEAD = 16


def fault_of(path: Path, kind: Literal["video", "image"]) -> str:
    """What is wrong with the file as a video or a picture, as the end of a sentence; empty where nothing is.

    Whether it is whole is read from the file itself: one without its end can not be told from a short one by
    its size. Bytes after the end are no fault.
    """
    size = path.stat().st_size
    if size < LEAST_BYTES:
        return f"is {size} bytes long, which is no {kind}"
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if kind == "video":
        return _video_fault(path, head, size)
    return _image_fault(path, head)


def _video_fault(path: Path, head: bytes, size: int) -> str:
    if head[4:8] == b"ftyp":
        return _mp4_fault(path, size) or _clip_fault(path)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _clip_fault(path)
    return f"is not a video: it begins with {_quoted(head)}"


def _mp4_fault(path: Path, size: int) -> str:
    """Walk the boxes of the file: each says its length, and one of them has to be the index, ``moov``."""
    place, names = 0, set()
    with path.open("rb") as file:
        while place + _BOX_HEAD <= size:
            file.seek(place)
            head = file.read(_LARGE_BOX_HEAD)
            length, name = int.from_bytes(head[:4]), head[4:8]
            if length == 1:
                length = int.from_bytes(head[8:16])
            elif length == 0:
                length = size - place
            if length < _BOX_HEAD:
                break
            if place + length > size:
                return f"is cut off: {place + length - size} bytes are missing at its end"
            names.add(name)
            place += length
    return "" if b"moov" in names else "is cut off: it has no index (moov)"


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
    return f"is cut off: it has {packets} of its {promised} frames" if packets < max(promised, 1) else ""


def _image_fault(path: Path, head: bytes) -> str:
    """A picture is decoded to its last pixel: that alone says that it is whole."""
    known = head.startswith(tuple(signature for signature, _ in IMAGE_SIGNATURES))
    if not known and not (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return f"is not a picture: it begins with {_quoted(head)}"
    return decoding_fault(path.read_bytes())[0]


def _quoted(head: bytes) -> str:
    return repr(head[:16].decode("latin-1"))
