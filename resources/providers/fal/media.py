"""Where a result of fal's has its media."""

from collections.abc import Mapping
from typing import Any


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
