"""Which of a request's pictures a failure is about, where anybody can tell."""

from recoil_assets.domain.diagnosis.mode import Failure
from recoil_assets.domain.reference import Reference
from recoil_assets.domain.request import GenerationRequest

_END_FRAME_PARTS = ("end_", "last_", "tail_")
_START_FRAME_PARTS = ("start_", "first_")


def flagged_pictures(failure: Failure, request: GenerationRequest) -> tuple[Reference, ...]:
    """The pictures that may be meant, most likely first; empty where the failure is about no picture.

    A field with a name of its own is a frame; a list is the references, of which an index names one. Without
    an index a likeness can be anyone's, so characters come before places; an approved board comes last.
    """
    if not failure.input_image:
        return ()
    if frames := _frames(failure, request):
        return frames
    if failure.index is not None:
        return request.references[failure.index : failure.index + 1]
    order = {"character": 0, "location": 1, "start_frame": 2, "end_frame": 2, "board": 3}
    return tuple(sorted(request.references, key=lambda item: order[item.role]))


def frame_is_flagged(failure: Failure, request: GenerationRequest) -> bool:
    """Whether the start frame is what was refused."""
    return bool(request.start_frame and request.start_frame in _frames(failure, request))


def _frames(failure: Failure, request: GenerationRequest) -> tuple[Reference, ...]:
    """The frame a field names. ``image_url``, one picture and no list, is the start frame of image-to-video."""
    field = failure.field.lower()
    if any(part in field for part in _END_FRAME_PARTS):
        frame = request.end_frame
    elif any(part in field for part in _START_FRAME_PARTS) or field in ("image_url", "image", "promptimage"):
        frame = request.start_frame
    else:
        frame = None
    return (frame,) if frame else ()
