"""What a provider said about a job, as facts of an attempt's records, and back again.

A provider may say anything: whatever it says has to be written down, or a paid result is lost over it.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.money import usd
from recoil_assets.production.ports import JobState, JobStatus, PreparedJob, Submission


def recordable(facts: Mapping[str, object]) -> dict[str, Any]:
    """``facts`` as JSON can hold them, whatever a provider put in: half a character, a NaN, an object."""
    text = json.dumps(facts, default=str, ensure_ascii=False).encode(errors="replace").decode()
    written: dict[str, Any] = json.loads(text, parse_constant=str)
    return written


def sending_facts(job: PreparedJob) -> dict[str, object]:
    """The facts of ``sending``: what a person or a provider's own list can find the job by."""
    return {"endpoint": job.endpoint, "payload_digest": digest_of(job.payload) if job.payload else ""}


def submission_facts(submission: Submission) -> dict[str, object]:
    """The facts of ``submitted``."""
    return {"request_id": submission.request_id, "handles": submission.handles}


def submission_of(attempt: Attempt) -> Submission | None:
    """The submission of an attempt, or ``None`` where the provider gave no request id."""
    record = attempt.record(AttemptState.SUBMITTED)
    if record is None:
        return None
    return Submission(
        request_id=str(record.facts["request_id"]), handles=dict(record.facts.get("handles") or {})
    )


def status_facts(status: JobStatus) -> dict[str, object]:
    """The facts of ``completed`` and ``failed``."""
    return {
        "result": status.result,
        "cost_usd": None if status.cost_usd is None else str(status.cost_usd),
        "cost_is_billed": status.cost_is_billed,
        "failure": None if status.failure is None else status.failure.model_dump(),
        "steps": [
            {
                "name": step.name,
                "succeeded": step.succeeded,
                "cost_usd": None if step.cost_usd is None else str(step.cost_usd),
                "cost_is_billed": step.cost_is_billed,
                "billed": step.billed,
            }
            for step in status.steps
        ],
    }


def completed_of(attempt: Attempt) -> JobStatus | None:
    """What the provider said of an attempt's job when it was done, or ``None`` where it is not."""
    record = attempt.record(AttemptState.COMPLETED)
    if record is None:
        return None
    return JobStatus(
        state=JobState.COMPLETED,
        result=dict(record.facts.get("result") or {}),
        cost_usd=cost_of(record.facts),
        cost_is_billed=bool(record.facts.get("cost_is_billed")),
    )


def left_out_of(attempt: Attempt) -> tuple[str, ...]:
    """References the provider said it did not use, by path: nothing is left out of a take silently."""
    status = completed_of(attempt)
    left_out = status.result.get("left_out_references") if status else None
    return tuple(map(str, left_out)) if isinstance(left_out, list) else ()


def cost_of(facts: Mapping[str, Any]) -> Decimal | None:
    """The amount a provider named, USD; ``None`` where it named none, or one that can not be money."""
    cost = facts.get("cost_usd")
    try:
        return None if cost is None else usd(cost)
    except UsageError:
        return None
