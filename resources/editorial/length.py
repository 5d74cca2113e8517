"""The length of a media file, from its container."""

from pathlib import Path

import av

from recoil_assets.domain.errors import RecoilError
from resources.editorial.clip_media import MEDIA_FORMATS


def media_seconds(media: Path) -> float:
    """Length of the video stream, seconds; ``RecoilError`` where there is none or it has no length."""
    try:
        with av.open(str(media), options={"format_whitelist": MEDIA_FORMATS}) as container:
            video = container.streams.video[0]
            if video.duration is None or video.time_base is None:
                raise RecoilError(
                    f"{media} does not say how long it is", cure="materialise takes for this cell again"
                )
            return float(video.duration * video.time_base)
    except (av.FFmpegError, IndexError) as error:
        raise RecoilError(
            f"{media} is not a video that decodes ({error})", cure="materialise takes again"
        ) from error
