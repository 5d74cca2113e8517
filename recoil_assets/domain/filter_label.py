"""Filter-safety labels: what a prompt author has to know of every hard content block."""

from recoil_assets.domain.attempt import AttemptIntent
from recoil_assets.domain.diagnosis.flagged import flagged_pictures
from recoil_assets.domain.diagnosis.mode import HARD_BLOCKS, Failure, FailureStage, Subject
from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.secrets import without_secrets
from recoil_assets.domain.value import Value


class FilterLabel(Value):
    """One hard content block.

    Attributes:
        at: when it was reported, UTC, ISO 8601.
        shot_ids: the shots of the beat, in story order.
        prompt: what was sent; empty where a picture is what was refused.
        confidence: how sure stage and subject are, from 0 to 1; low where the provider did not say.
        pictures: paths of the pictures that may be meant, most likely first; empty where none is.
    """

    at: str
    episode: str
    batch: str
    beat_id: str
    attempt_id: str
    shot_ids: tuple[str, ...]
    provider: str
    model: str
    stage: FailureStage
    subject: Subject
    confidence: float
    error_type: str
    reason: str = ""
    message: str = ""
    prompt: str = ""
    pictures: tuple[str, ...] = ()


def label_of(
    intent: AttemptIntent, sent: GenerationRequest, facts: FailureFacts, failure: Failure, *, at: str
) -> FilterLabel | None:
    """The label of a failed attempt, without credentials; ``None`` where the failure is no hard content block.

    Args:
        sent: the request as it was sent, changes applied.
    """
    if failure.mode not in HARD_BLOCKS:
        return None
    return FilterLabel(
        at=at,
        episode=intent.episode,
        batch=intent.batch,
        beat_id=intent.beat_id,
        attempt_id=intent.attempt_id,
        shot_ids=tuple(shot.shot_id for shot in sent.shots),
        provider=intent.provider,
        model=sent.model,
        stage=failure.stage,
        subject=failure.subject,
        confidence=failure.confidence,
        error_type=without_secrets(facts.error_type),
        reason=without_secrets(facts.reason),
        message=without_secrets(facts.message),
        prompt="" if failure.input_image else without_secrets(sent.prompt),
        pictures=tuple(without_secrets(item.path) for item in flagged_pictures(failure, sent)),
    )
