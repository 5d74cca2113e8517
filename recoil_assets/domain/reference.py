"""Reference images: what a beat is generated from, named by path and bytes."""

from collections.abc import Iterable
from typing import Literal

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.value import Value

ReferenceRole = Literal["character", "location", "start_frame", "end_frame", "board"]
SMALLEST_IMAGE_BYTES = 100


class Reference(Value):
    """One resolved reference image.

    Attributes:
        name: who or what it shows (a character id, a location id), or the role for frames and boards.
        path: relative to the project, or an ``https`` URL, which is passed on unchecked.
        sha256: digest of the bytes; empty for a URL and for a file that can not be read.
        fault: why the file can not be used, empty where it can.
        cure: what to do about the fault.
    """

    role: ReferenceRole
    name: str
    path: str
    sha256: str = ""
    fault: str = ""
    cure: str = ""

    @property
    def is_url(self) -> bool:
        """Whether the reference is fetched by the provider, not read from the project."""
        return self.path.startswith(("https://", "http://", "data:"))


def refs_fingerprint(references: Iterable[Reference]) -> str:
    """Digest over the sorted paths and bytes of ``references``; empty for none.

    From none to some and from some to none are changes like any other.
    """
    parts = sorted((reference.path, reference.sha256) for reference in references)
    return digest_of(parts) if parts else ""


IMAGE_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
)
LFS_POINTER = b"version https://git-lfs"


def image_fault(head: bytes, size: int) -> tuple[str, str]:
    """Why a file can not be a usable image, by how it begins, and the cure; both empty where it can.

    Only decoding it whole says that it is one; who reads the file does that.

    Args:
        head: the first 64 bytes or more.
        size: length of the whole file, bytes.
    """
    if head.startswith(LFS_POINTER):
        return "a git-LFS pointer, not the picture", "run 'git lfs pull' in the project"
    if size < SMALLEST_IMAGE_BYTES:
        return f"only {size} bytes", "export the picture again"
    if any(head.startswith(signature) for signature, _ in IMAGE_SIGNATURES):
        return "", ""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "", ""
    return "not a PNG, JPEG, WebP, GIF or BMP picture", "export it as PNG or JPEG"
