"""What an endpoint takes of an image, checked on the very bytes that would be sent."""

import io

from PIL import Image

from recoil_assets.domain.errors import PayloadBuildError
from recoil_assets.production.ports import SentReference
from resources.providers.fal.models import Endpoint, ImageLimits

_MEDIA_TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "MPO": "image/jpeg",  # a JPEG of a camera that keeps more than one
}
_TAKEN = ("PNG", "JPEG", "MPO", "WEBP")


def media_type(data: bytes) -> str:
    """The media type of an image that was found to be one before."""
    with Image.open(io.BytesIO(data)) as picture:
        return _MEDIA_TYPES.get(picture.format or "", "application/octet-stream")


def require_images(endpoint: Endpoint, images: list[SentReference]) -> None:
    """Refuse images that the endpoint does not take.

    Raises:
        PayloadBuildError: every one of them, with what is wrong and the cure.
    """
    found = [(image, fault) for image in images if (fault := _fault(image, endpoint.images))]
    if found:
        raise PayloadBuildError(
            f"images that {endpoint.endpoint} does not take: "
            + "; ".join(f"{image.name} ({image.role}) {fault}" for image, (fault, _) in found),
            cure="; ".join(dict.fromkeys(cure for _, (_, cure) in found)),
        )


def _fault(image: SentReference, limits: ImageLimits) -> tuple[str, str] | None:
    """(what is wrong, the cure), or ``None``."""
    if len(image.data) > limits.largest_bytes:
        most = limits.largest_bytes / 10**6
        return f"has {len(image.data) / 10**6:.1f} MB", f"export it below {most:g} MB"
    with Image.open(io.BytesIO(image.data)) as picture:
        width, height, form = *picture.size, picture.format
    if form not in _TAKEN:
        return f"is {form}", "export it as PNG or JPEG"
    if min(width, height) < limits.shortest_side_px:
        return (
            f"is {width} x {height} pixels",
            f"export it with {limits.shortest_side_px} pixels a side at least",
        )
    if max(width, height) > limits.longest_to_shortest * min(width, height):
        return (
            f"is {width} x {height} pixels, too long for its width",
            f"crop it to {limits.longest_to_shortest:g} to 1 at most",
        )
    return None
