"""What providers' error types mean, as data: a new code is a new line here.

Sources: fal's pages on model errors and request errors and the exceptions of its toolkit; Runway's page on task
failures; FLORA's run errors; Replicate's prediction statuses; Google's RPC codes and the media filter of Vertex;
OpenAI's error codes. Read in November 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from recoil_assets.domain.diagnosis.mode import FailureMode, FailureStage, Subject

_CERTAIN, _SURE, _LIKELY, _GUESSED = 0.99, 0.9, 0.7, 0.4
SURE_OF_STAGE = _SURE
UNSURE_OF_STAGE = 0.6
NOTHING_KNOWN = 0.1


@dataclass(frozen=True, slots=True)
class Reading:
    """What a type, status or phrase means.

    Attributes:
        may_be_billed: where neither the type nor the status rules it out, True.
    """

    mode: FailureMode
    confidence: float
    subject: Subject = Subject.UNSAID
    may_be_billed: bool = True


_CONTENT = Reading(FailureMode.CONTENT_HARD_INPUT, UNSURE_OF_STAGE)
_MADE_NOTHING = Reading(FailureMode.CONTENT_SOFT_OUTPUT, _LIKELY)
_OUTAGE = Reading(FailureMode.OUTAGE, _SURE)
_REFUSED_BY_OUTAGE = Reading(FailureMode.OUTAGE, _SURE, may_be_billed=False)
_TIMEOUT = Reading(FailureMode.TIMEOUT, _SURE)
_NEVER_STARTED = Reading(FailureMode.TIMEOUT, _SURE, may_be_billed=False)
_RATE_LIMIT = Reading(FailureMode.RATE_LIMIT, _CERTAIN, may_be_billed=False)
_INVALID = Reading(FailureMode.INVALID_INPUT, _SURE)
_INVALID_IMAGE = Reading(FailureMode.INVALID_INPUT, _SURE, Subject.IMAGE)
_INVALID_VIDEO = Reading(FailureMode.INVALID_INPUT, _SURE, Subject.VIDEO)
_INVALID_AUDIO = Reading(FailureMode.INVALID_INPUT, _SURE, Subject.AUDIO)
_UNREACHABLE = Reading(FailureMode.FILE_DOWNLOAD, _SURE)
_BAD_MEDIA = Reading(FailureMode.BAD_MEDIA, _SURE)
_AUTH = Reading(FailureMode.AUTH, _SURE, may_be_billed=False)
_CANCELLED = Reading(FailureMode.CANCELLED, _SURE)

CONTENT_POLICY = frozenset({"content_policy_violation", "safety_blocked", "moderation_blocked"})
"""Types of a content block that leave its stage to the location."""

BY_TYPE: Mapping[str, Reading] = {
    **dict.fromkeys(CONTENT_POLICY, _CONTENT),
    "no_media_generated": _MADE_NOTHING,
    "rai_media_filtered": Reading(FailureMode.CONTENT_SOFT_OUTPUT, _SURE, Subject.VIDEO),
    "no_media_in_result": Reading(FailureMode.BAD_MEDIA, _LIKELY),
    "bad_media": Reading(FailureMode.BAD_MEDIA, _CERTAIN),
    **dict.fromkeys(
        (
            "internal_server_error",
            "internal_error",
            "runner_server_error",
            "runner_incomplete_response",
            "runner_disconnected",
            "downstream_service_error",
            "downstream_service_unavailable",
            "server_error",
        ),
        _OUTAGE,
    ),
    **dict.fromkeys(
        (
            "runner_scheduling_failure",
            "runner_connection_timeout",
            "runner_connection_refused",
            "runner_connection_error",
            "unavailable",
        ),
        _REFUSED_BY_OUTAGE,
    ),
    **dict.fromkeys(("generation_timeout", "model_timeout", "deadline_exceeded"), _TIMEOUT),
    **dict.fromkeys(("request_timeout", "startup_timeout", "aborted"), _NEVER_STARTED),
    **dict.fromkeys(
        ("concurrent_requests_limit", "rate_limit_exceeded", "rate_limited", "resource_exhausted"),
        _RATE_LIMIT,
    ),
    **dict.fromkeys(
        (
            "bad_request",
            "file_too_large",
            "greater_than",
            "greater_than_equal",
            "less_than",
            "less_than_equal",
            "multiple_of",
            "sequence_too_short",
            "sequence_too_long",
            "one_of",
            "missing",
            "feature_not_supported",
            "invalid_archive",
            "archive_file_count_below_minimum",
            "archive_file_count_exceeds_maximum",
            "invalid_argument",
            "invalid_request_error",
        ),
        _INVALID,
    ),
    **dict.fromkeys(
        (
            "image_too_small",
            "image_too_large",
            "image_load_error",
            "unsupported_image_format",
            "face_detection_error",
        ),
        _INVALID_IMAGE,
    ),
    **dict.fromkeys(
        ("video_duration_too_long", "video_duration_too_short", "unsupported_video_format"), _INVALID_VIDEO
    ),
    **dict.fromkeys(
        ("audio_duration_too_long", "audio_duration_too_short", "unsupported_audio_format"), _INVALID_AUDIO
    ),
    **dict.fromkeys(("file_download_error", "input_unreachable"), _UNREACHABLE),
    **dict.fromkeys(
        ("insufficient_credits", "unauthorized", "forbidden", "permission_denied", "unauthenticated"), _AUTH
    ),
    **dict.fromkeys(
        ("client_cancelled", "client_disconnected", "cancelled", "canceled"),
        _CANCELLED,
    ),
}
"""By type, in lower case."""

BY_FAMILY: tuple[tuple[str, Reading], ...] = (
    ("safety.input.text", Reading(FailureMode.CONTENT_HARD_INPUT, _SURE, Subject.PROMPT)),
    ("safety.input.image", Reading(FailureMode.CONTENT_HARD_INPUT, _SURE, Subject.IMAGE)),
    ("safety.input.video", Reading(FailureMode.CONTENT_HARD_INPUT, _SURE, Subject.VIDEO)),
    ("safety.input.audio", Reading(FailureMode.CONTENT_HARD_INPUT, _SURE, Subject.AUDIO)),
    ("safety.input", Reading(FailureMode.CONTENT_HARD_INPUT, _SURE)),
    ("input_preprocessing.safety", Reading(FailureMode.CONTENT_HARD_INPUT, _SURE, Subject.PROMPT)),
    ("safety.output", Reading(FailureMode.CONTENT_HARD_OUTPUT, _SURE, Subject.VIDEO)),
    ("safety", _CONTENT),
    ("internal.bad_output", _BAD_MEDIA),
    ("internal", _OUTAGE),
    ("input_preprocessing", _OUTAGE),
    ("asset", _INVALID),
    ("value_error", _INVALID),
    ("type_error", _INVALID),
)
"""By the dotted beginning of a type, in lower case; the first that fits. Runway asks that no ``SAFETY`` block be
sent again, so its output blocks are hard."""

BY_STATUS: Mapping[int, Reading] = {
    400: Reading(FailureMode.INVALID_INPUT, _GUESSED),
    401: _AUTH,
    402: _AUTH,
    403: Reading(FailureMode.AUTH, _LIKELY, may_be_billed=False),
    404: Reading(FailureMode.INVALID_INPUT, _GUESSED),
    408: Reading(FailureMode.TIMEOUT, _LIKELY),
    413: Reading(FailureMode.INVALID_INPUT, _LIKELY),
    415: Reading(FailureMode.INVALID_INPUT, _LIKELY),
    422: Reading(FailureMode.INVALID_INPUT, _GUESSED),
    429: _RATE_LIMIT,
    499: _CANCELLED,
    500: Reading(FailureMode.OUTAGE, _LIKELY),
    504: Reading(FailureMode.TIMEOUT, _LIKELY),
}
"""By HTTP status, where the type says nothing. Any other status from 500 up is an outage."""

SERVER_ERROR = Reading(FailureMode.OUTAGE, _LIKELY)
NEVER_BILLED_STATUSES = frozenset({401, 402, 403, 429})
"""Besides these, no 5xx answer is billed (fal's FAQ)."""

BY_PHRASE: tuple[tuple[str, Reading], ...] = (
    ("moderation", Reading(FailureMode.CONTENT_HARD_INPUT, _GUESSED)),
    ("content policy", Reading(FailureMode.CONTENT_HARD_INPUT, _GUESSED)),
    ("nsfw", Reading(FailureMode.CONTENT_HARD_INPUT, _GUESSED)),
    ("sensitive", Reading(FailureMode.CONTENT_HARD_INPUT, _GUESSED)),
    ("rate limit", Reading(FailureMode.RATE_LIMIT, _GUESSED)),
    ("throttled", Reading(FailureMode.RATE_LIMIT, _GUESSED)),
    ("timed out", Reading(FailureMode.TIMEOUT, _GUESSED)),
    ("timeout", Reading(FailureMode.TIMEOUT, _GUESSED)),
)
"""By words, in lower case: Luma's ``failure_reason`` and Replicate's ``error`` are text and nothing else."""

HARD_OUTPUT_REASONS = frozenset({"copyright"})
"""Reasons for which whatever else is made of the same request is refused as well."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the field of a location means."""

    stage: FailureStage
    subject: Subject


PLACES: tuple[tuple[str, Place], ...] = (
    ("generated_audio", Place(FailureStage.OUTPUT, Subject.AUDIO)),
    ("generated", Place(FailureStage.OUTPUT, Subject.VIDEO)),
    ("output", Place(FailureStage.OUTPUT, Subject.VIDEO)),
    ("image", Place(FailureStage.INPUT, Subject.IMAGE)),
    ("frame", Place(FailureStage.INPUT, Subject.IMAGE)),
    ("element", Place(FailureStage.INPUT, Subject.IMAGE)),
    ("prompt", Place(FailureStage.INPUT, Subject.PROMPT)),
    ("text", Place(FailureStage.INPUT, Subject.PROMPT)),
    ("video", Place(FailureStage.INPUT, Subject.VIDEO)),
    ("audio", Place(FailureStage.INPUT, Subject.AUDIO)),
)
"""By a part of the field's name, the first that fits; endpoints name the same thing differently."""
