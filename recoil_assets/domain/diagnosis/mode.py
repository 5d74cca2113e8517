"""The words for a failure: its mode, where it arose, what it is about, and what may help."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from recoil_assets.domain.value import Value


class FailureMode(StrEnum):
    """How an attempt failed. A block is *hard* where the same request is judged the same again."""

    CONTENT_HARD_INPUT = "content_hard_input"  # refused for what the request says or shows
    CONTENT_SOFT_INPUT = "content_soft_input"  # likewise, but the provider says that another try may pass
    CONTENT_HARD_OUTPUT = "content_hard_output"  # what was made is refused, and would be again
    CONTENT_SOFT_OUTPUT = (
        "content_soft_output"  # what happened to be made is refused; another try makes another
    )
    OUTAGE = "outage"  # the provider, or whom it asks, does not work
    TIMEOUT = "timeout"  # the job did not start or end in its time
    RATE_LIMIT = "rate_limit"  # too much at once
    INVALID_INPUT = "invalid_input"  # the request is not one the model takes
    FILE_DOWNLOAD = "file_download"  # the provider could not get a file of ours
    BAD_MEDIA = "bad_media"  # what was made is no usable take
    AUTH = "auth"  # the account: its key, its rights, its credit
    CANCELLED = "cancelled"  # stopped by somebody
    UNKNOWN = "unknown"  # none of these that we know of


class FailureStage(StrEnum):
    """Where a failure arose: before anything was generated, in what was generated, or elsewhere."""

    INPUT = "input"
    OUTPUT = "output"
    ELSEWHERE = "elsewhere"


class Subject(StrEnum):
    """What of a request or result a failure is about."""

    PROMPT = "prompt"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    UNSAID = "unsaid"


class Retryability(StrEnum):
    """What may help."""

    UNCHANGED = "unchanged"  # the same request may pass
    CHANGED = "changed"  # only another request may; a new seed is a change
    PERSON = "person"  # nothing, before a person has seen to it


NATURE: Mapping[FailureMode, tuple[FailureStage, Retryability]] = {
    FailureMode.CONTENT_HARD_INPUT: (FailureStage.INPUT, Retryability.CHANGED),
    FailureMode.CONTENT_SOFT_INPUT: (FailureStage.INPUT, Retryability.CHANGED),
    FailureMode.CONTENT_HARD_OUTPUT: (FailureStage.OUTPUT, Retryability.CHANGED),
    FailureMode.CONTENT_SOFT_OUTPUT: (FailureStage.OUTPUT, Retryability.CHANGED),
    FailureMode.OUTAGE: (FailureStage.ELSEWHERE, Retryability.UNCHANGED),
    FailureMode.TIMEOUT: (FailureStage.ELSEWHERE, Retryability.UNCHANGED),
    FailureMode.RATE_LIMIT: (FailureStage.ELSEWHERE, Retryability.UNCHANGED),
    FailureMode.INVALID_INPUT: (FailureStage.INPUT, Retryability.CHANGED),
    FailureMode.FILE_DOWNLOAD: (FailureStage.INPUT, Retryability.UNCHANGED),
    FailureMode.BAD_MEDIA: (FailureStage.OUTPUT, Retryability.CHANGED),
    FailureMode.AUTH: (FailureStage.ELSEWHERE, Retryability.PERSON),
    FailureMode.CANCELLED: (FailureStage.ELSEWHERE, Retryability.PERSON),
    FailureMode.UNKNOWN: (FailureStage.ELSEWHERE, Retryability.UNCHANGED),
}
"""Where a mode arises and what may help, unless the provider says otherwise of a single failure."""

HARD_BLOCKS = frozenset({FailureMode.CONTENT_HARD_INPUT, FailureMode.CONTENT_HARD_OUTPUT})
"""The modes whose prompts and pictures an author has to know of."""


class Failure(Value):
    """A failure, judged.

    Attributes:
        field: the request field it is about, by the provider's own name; empty where it named none.
        index: which item of that field, from 0; None where it did not say.
        may_be_billed: whether it can have been billed at all; what was billed, only evidence tells.
        confidence: how sure the judgement is, from 0 to 1.
    """

    mode: FailureMode
    stage: FailureStage
    subject: Subject = Subject.UNSAID
    field: str = ""
    index: int | None = Field(default=None, ge=0)
    retryability: Retryability
    may_be_billed: bool
    confidence: float = Field(ge=0, le=1)

    @property
    def input_image(self) -> bool:
        """Whether a picture that was sent is what was refused: no seed changes that."""
        return self.stage is FailureStage.INPUT and self.subject is Subject.IMAGE
