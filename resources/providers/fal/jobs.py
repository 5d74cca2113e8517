"""Where a job at fal stands: its status, and once it is done its result, read once and kept.

fal calls a job that failed, or was cancelled, ``COMPLETED`` too; only its result says which it was.
"""

from http import HTTPStatus
from typing import Any

from recoil_assets.domain.errors import ProviderError
from recoil_assets.domain.failure import FailureFacts
from recoil_assets.production.ports import JobState, JobStatus, Submission
from resources.providers.evidence import without_queries
from resources.providers.fal.answers import billable_units, billed, failure_in
from resources.providers.fal.asking import Asker
from resources.providers.fal.billing import Rates
from resources.providers.fal.media import media_in
from resources.providers.fal.wire import VARIABLE, Answer

_UNFINISHED = {"IN_QUEUE": JobState.QUEUED, "IN_PROGRESS": JobState.RUNNING}
_COMPLETED = "COMPLETED"
_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_LONGEST_KEPT = 16_000
"""Characters of an answer that are kept with the attempt; a prompt that comes back may be long."""


async def read_job(asker: Asker, submission: Submission, rates: Rates) -> JobStatus:
    """How the job is.

    Raises:
        ProviderError: it can not be said now: no answer, an answer nobody can read, or a result that is gone.
            The job stays open: nothing is known to have failed.
    """
    answer = await asker.ask("GET", submission.handles["status_url"], params={"logs": "0"})
    _require_access(answer)
    _require_this_job(answer, submission)
    status = answer.body.get("status")
    if answer.status not in (HTTPStatus.OK, HTTPStatus.ACCEPTED) or not isinstance(status, str):
        raise _not_said(submission, f"its status: {answer.said}")
    if status in _UNFINISHED:
        return JobStatus(_UNFINISHED[status])
    if status != _COMPLETED:
        raise _not_said(submission, f"its status: {status!r}")
    return await _read_result(asker, submission, answer, rates)


async def _read_result(asker: Asker, submission: Submission, status: Answer, rates: Rates) -> JobStatus:
    answer = await asker.ask("GET", submission.handles["response_url"])
    _require_access(answer)
    failure = failure_in(answer) or failure_in(status)
    units = billable_units(answer)
    endpoint = submission.handles.get("endpoint", "")
    rate = await rates.unit_price_usd(endpoint) if units else None
    facts: dict[str, Any] = {
        "http_status": answer.status,
        "billable_units": None if units is None else str(units),
        "unit_price_usd": None if rate is None else str(rate),
    }
    cost = units * rate if units and rate is not None else units if units == 0 else None
    media = media_in(answer.body) if answer.status == HTTPStatus.OK else None
    if media is not None and failure is None:
        kept = {**facts, "media": media, "seed": answer.body.get("seed")}
        # Zero units beside a film say nothing: fal documents them of errors alone. Its bill will.
        return JobStatus(JobState.COMPLETED, result=kept, cost_usd=cost or None)
    if failure is None:
        if answer.status != HTTPStatus.OK or not answer.readable:
            raise _not_said(submission, f"its result: {answer.said}")
        failure = FailureFacts(
            error_type="no_media_in_result", http_status=answer.status, message="the result holds no media"
        )
    return JobStatus(
        JobState.FAILED,
        result={**facts, "answer": without_queries(answer.evidence.text)[:_LONGEST_KEPT]},
        cost_usd=cost,
        error=_sentence(failure),
        billed=billed(failure.http_status, units),
        failure=failure,
    )


def _require_access(answer: Answer) -> None:
    if answer.status in _REFUSED:
        raise ProviderError(
            f"fal refuses to say how the job is ({answer.said})",
            cure=f"see that {VARIABLE} is of the account that the job was sent with; the job stays open",
        )


def _require_this_job(answer: Answer, submission: Submission) -> None:
    """Refuse an answer that says itself that it is about another job: its result and its price would be taken."""
    named = answer.body.get("request_id")
    if isinstance(named, str) and named and named != submission.request_id:
        raise _not_said(submission, f"its status: it is about {named[:80]}")


def _not_said(submission: Submission, what: str) -> ProviderError:
    return ProviderError(
        f"nobody can say how fal's job {submission.request_id} is, by {what}",
        cure="materialise the cell again later; if it stays so, look at the job in fal's dashboard",
    )


def _sentence(failure: FailureFacts) -> str:
    """What failed, in a line: type, place, reason, and fal's own words."""
    where = f" at {failure.location}" if failure.location else ""
    why = f" ({failure.reason})" if failure.reason else ""
    words = f": {failure.message}" if failure.message else ""
    return f"{failure.error_type or 'error'} {failure.http_status or ''}".strip() + where + why + words
