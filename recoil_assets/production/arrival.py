"""What arrives from a provider: whether a file is a take at all, and what is kept of a refusal for prompt authors."""

from typing import Any

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.diagnosis.classify import classify
from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.filter_label import label_of
from recoil_assets.domain.money import ZERO
from recoil_assets.domain.take_quality import quality_failure
from recoil_assets.production.job_facts import cost_of
from recoil_assets.production.ports import Billed, Fit, JobStatus
from recoil_assets.production.studio import Studio


def bad_media(studio: Studio, attempt: Attempt) -> dict[str, object] | None:
    """The facts of ``failed`` where the file on disk is no usable take; ``None`` where it is one, or a picture.

    A file that was delivered was billed, unless the provider itself says that it cost nothing.
    """
    intent = attempt.intent
    if intent.kind != "take":
        return None
    sent = intent.sent
    rate = studio.price_book.rate(sent.model)
    faults = studio.inspector.faults(
        studio.media.path(intent.media_path),
        sent,
        made_s=rate.billed_s(sent.duration_s) if rate else 0,
        unhonoured=_unhonoured(studio, attempt),
    )
    if not faults:
        return None
    failure = quality_failure(faults)
    completed = attempt.record(AttemptState.COMPLETED)
    said: dict[str, Any] = dict(completed.facts) if completed else {}
    return {
        **said,
        "error": f"what came is no usable take: {failure.message} (kept as {intent.media_path})",
        "billed": Billed.NO if cost_of(said) == ZERO else Billed.YES,
        "failure": failure.model_dump(),
    }


def _unhonoured(studio: Studio, attempt: Attempt) -> frozenset[str]:
    """The fields that the model was known not to act on; none where its adapter can not say so any more."""
    provider = studio.providers.get(attempt.intent.provider)
    try:
        fit = provider.fit(attempt.intent.sent) if provider else Fit()
    except Exception:  # noqa: BLE001  whatever is wrong with an adapter, the take is paid for
        fit = Fit()
    return frozenset(phrase.partition(" ")[0] for phrase in fit.unhonoured)


def label_block(studio: Studio, attempt: Attempt, status: JobStatus) -> None:
    """Append a hard content block to the filter-safety file; that must never stop an attempt from being settled."""
    facts = status.failure or FailureFacts(message=status.error)
    intent = attempt.intent
    label = label_of(intent, intent.sent, facts, classify(facts), at=studio.clock.now())
    if label is None:
        return
    try:
        studio.filter_labels.append(label)
    except OSError as error:
        studio.note("filter_label_not_written", attempt_id=attempt.attempt_id, error=str(error))
