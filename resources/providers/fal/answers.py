"""What fal's answers mean: its two shapes of error, and whether a job that failed was billed.

A model error is ``{"detail": [{loc, msg, type, ctx}]}``, a request error ``{"detail": "...", "error_type": "..."}``.
Source: fal.ai documentation, "errors" and "request errors"; ``fal/toolkit/exceptions.py`` for the headers.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any

from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.money import LARGEST
from recoil_assets.production.ports import Billed
from resources.providers.evidence import without_queries
from resources.providers.exchange import retry_after_s
from resources.providers.fal.wire import Answer

UNITS_HEADER = "x-fal-billable-units"
_RETRY_HEADERS = ("x-fal-retryable", "x-fal-needs-retry")
_YES, _NO = ("1", "true", "yes"), ("0", "false", "no")
_LONGEST_TEXT = 500


def failure_in(answer: Answer) -> FailureFacts | None:
    """The failure an answer tells of in one of fal's two shapes; ``None`` where it tells of none.

    A page of a proxy, or a plain ``detail``, is nobody's word about a job.
    """
    detail = answer.body.get("detail")
    items = [item for item in detail if isinstance(item, dict)] if isinstance(detail, list) else []
    if items:
        return _model_error(next((item for item in items if item.get("type")), items[0]), answer)
    error_type = _text(answer.body.get("error_type")) or answer.headers.get("x-fal-error-type", "")
    error = _text(answer.body.get("error"))
    if not error_type and (answer.status >= HTTPStatus.BAD_REQUEST or not error):
        return None
    message = detail if isinstance(detail, str) else error
    return FailureFacts(
        error_type=error_type,
        http_status=answer.status,
        retryable_hint=_retryable(answer),
        message=_text(message),
    )


def _model_error(item: Mapping[str, Any], answer: Answer) -> FailureFacts:
    location = item.get("loc")
    parts = location if isinstance(location, list) else [location] if location else []
    context = _mapping(item.get("ctx"))
    extra = _mapping(context.get("extra_info"))
    # The finer word first: a cause says more than that a partner refused.
    reasons = (_text(word) for word in (extra.get("cause"), context.get("cause"), extra.get("reason")))
    return FailureFacts(
        error_type=_text(item.get("type")),
        location=".".join(map(str, parts))[:_LONGEST_TEXT],
        reason=next(filter(None, reasons), ""),
        http_status=answer.status,
        retryable_hint=_retryable(answer),
        message=_text(item.get("msg")),
    )


def billable_units(answer: Answer) -> Decimal | None:
    """The units that the answer says are billed; ``None`` where it says nothing that can be a number."""
    try:
        units = Decimal(answer.headers.get(UNITS_HEADER, "").strip())
    except InvalidOperation:
        return None
    return units if units.is_finite() and 0 <= units <= LARGEST else None


def billed(status: int | None, units: Decimal | None) -> Billed:
    """Whether a job that failed was billed, by the only evidence there is.

    Units that an answer names decide; without them a server error (5xx) is never charged, and of anything
    else nobody knows: a 422 may be charged where a runner had worked already. A 5xx that names units is a
    contradiction, and stays unknown.
    """
    server_error = status is not None and status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if units is None:
        return Billed.NO if server_error else Billed.UNKNOWN
    if units == 0:
        return Billed.NO
    return Billed.UNKNOWN if server_error else Billed.YES


def pause_s(answer: Answer) -> float | None:
    """Seconds that the answer asks to wait; ``None`` where it asks for none."""
    return retry_after_s(answer.headers.get("retry-after", ""))


def _retryable(answer: Answer) -> bool | None:
    for header in _RETRY_HEADERS:
        value = answer.headers.get(header, "").strip().lower()
        if value in _YES:
            return True
        if value in _NO:
            return False
    return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return (
        "" if value is None or isinstance(value, dict | list) else without_queries(str(value))[:_LONGEST_TEXT]
    )
