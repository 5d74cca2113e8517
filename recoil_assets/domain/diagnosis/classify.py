"""Judging a failure: by its type and location, else by its status, and by its words only where nothing else is."""

from recoil_assets.domain.diagnosis import table
from recoil_assets.domain.diagnosis.mode import (
    NATURE,
    Failure,
    FailureMode,
    FailureStage,
    Retryability,
    Subject,
)
from recoil_assets.domain.diagnosis.table import Place, Reading
from recoil_assets.domain.failure import FailureFacts

_SOFT = {
    FailureMode.CONTENT_HARD_INPUT: FailureMode.CONTENT_SOFT_INPUT,
    FailureMode.CONTENT_HARD_OUTPUT: FailureMode.CONTENT_SOFT_OUTPUT,
}


def classify(facts: FailureFacts) -> Failure:
    """The mode of a failure, where it arose, what may help, whether it can have been billed, and how sure that is.

    The message is read only where the provider gave neither a type nor an error status.
    """
    place = _place(facts)
    reading = _reading(facts, place)
    mode = reading.mode
    if facts.retryable_hint:
        mode = _SOFT.get(mode, mode)
    stage, retryability = NATURE[mode]
    if facts.retryable_hint is False and retryability is Retryability.UNCHANGED:
        retryability = Retryability.CHANGED
    said = place.subject if place else Subject.UNSAID
    return Failure(
        mode=mode,
        stage=stage,
        subject=reading.subject if said is Subject.UNSAID else said,
        field=_field(facts),
        index=next((int(part) for part in facts.location.split(".") if part.isdecimal()), None),
        retryability=retryability,
        may_be_billed=reading.may_be_billed and not _status_rules_billing_out(facts.http_status),
        confidence=reading.confidence,
    )


def _reading(facts: FailureFacts, place: Place | None) -> Reading:
    error_type = facts.error_type.strip().lower()
    if error_type in table.CONTENT_POLICY:
        return _content_block(facts, place)
    if found := table.BY_TYPE.get(error_type):
        return found
    if error_type:
        for family, reading in table.BY_FAMILY:
            if error_type == family or error_type.startswith(f"{family}."):
                return reading
    if found := _by_status(facts.http_status):
        return found
    if not error_type:
        text = facts.message.lower()
        for phrase, reading in table.BY_PHRASE:
            if phrase in text:
                return reading
    return Reading(FailureMode.UNKNOWN, table.NOTHING_KNOWN)


def _content_block(facts: FailureFacts, place: Place | None) -> Reading:
    """By its location: a refused input is refused again, a refused result may come out otherwise.

    A block that does not say where it arose is taken for one of the input: the worse of the two to send again.
    """
    if place is None:
        return table.BY_TYPE[facts.error_type.strip().lower()]
    if place.stage is FailureStage.INPUT:
        mode = FailureMode.CONTENT_HARD_INPUT
    elif facts.reason.lower() in table.HARD_OUTPUT_REASONS:
        mode = FailureMode.CONTENT_HARD_OUTPUT
    else:
        mode = FailureMode.CONTENT_SOFT_OUTPUT
    return Reading(mode, table.SURE_OF_STAGE, place.subject)


def _by_status(status: int | None) -> Reading | None:
    if status is None:
        return None
    return table.BY_STATUS.get(status) or (table.SERVER_ERROR if status >= 500 else None)  # noqa: PLR2004  5xx


def _status_rules_billing_out(status: int | None) -> bool:
    return status is not None and (status >= 500 or status in table.NEVER_BILLED_STATUSES)  # noqa: PLR2004  5xx


def _field(facts: FailureFacts) -> str:
    """The field a location names: the first word after ``body``."""
    words = [part for part in facts.location.split(".") if not part.isdecimal()]
    return next((word for word in words if word != "body"), "")


def _place(facts: FailureFacts) -> Place | None:
    field = _field(facts).lower()
    return next((place for part, place in table.PLACES if field and part in field), None)
