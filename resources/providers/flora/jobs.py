"""What FLORA says of a run, and what it means."""

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from recoil_assets.domain.errors import ProviderError
from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.money import ZERO
from recoil_assets.production.ports import Billed, JobState, JobStatus
from resources.providers.evidence import without_queries
from resources.providers.flora.wire import amount

_STATES = {"pending": JobState.QUEUED, "running": JobState.RUNNING}
_RETRYABLE = {
    "model_timeout": True,
    "internal_error": True,
    "safety_blocked": False,
    "input_unreachable": False,
}
"""FLORA's codes of failed runs, and whether it says that trying again may help."""
_OUTPUTS = {"video": "videoUrl", "image": "imageUrl"}


def read_run(run: dict[str, Any], kind: str) -> JobStatus:
    """How a run stands.

    Args:
        kind: what it has to have made, ``video`` or ``image``.

    Raises:
        ProviderError: FLORA says something that it is not known to say.
    """
    status = run.get("status")
    if status in _STATES:
        return JobStatus(_STATES[str(status)])
    cost = amount(run.get("charged_cost"))
    if status == "failed":
        return _failed(run, cost)
    if status != "completed":
        raise ProviderError(
            f"FLORA says that run {run.get('run_id')} is {str(status)[:40]!r}, which is nothing it is known to say",
            cure="look at the run in FLORA; nothing is sent again",
        )
    outputs = run.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if isinstance(output, dict) and output.get("type") == _OUTPUTS[kind] and output.get("url"):
            return JobStatus(
                JobState.COMPLETED,
                result={"media": {"url": str(output["url"]), "kind": kind}},
                cost_usd=cost,
                cost_is_billed=cost is not None,
            )
    return JobStatus(
        JobState.FAILED,
        cost_usd=cost,
        cost_is_billed=cost is not None,
        error=f"FLORA says it is completed, and there is no {kind}",
        billed=_billed(cost),
        failure=FailureFacts(error_type="no_media_in_result", http_status=HTTPStatus.OK, retryable_hint=None),
    )


def _failed(run: dict[str, Any], cost: Decimal | None) -> JobStatus:
    """A failed run. FLORA's pages say that it is not charged; what the run itself says of that goes before."""
    code = str(run.get("error_code") or "")
    said = without_queries(str(run.get("error_message") or ""))[:500]
    return JobStatus(
        JobState.FAILED,
        cost_usd=cost,
        cost_is_billed=cost is not None,
        error=" ".join(part for part in (code, said) if part) or "FLORA says that it failed, and not why",
        billed=_billed(cost),
        failure=FailureFacts(
            error_type=code,
            http_status=HTTPStatus.OK,
            retryable_hint=_RETRYABLE.get(code),
            message=said,
        ),
    )


def _billed(cost: Decimal | None) -> Billed:
    if cost is None:
        return Billed.UNKNOWN
    return Billed.YES if cost > ZERO else Billed.NO
