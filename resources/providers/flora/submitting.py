"""The one POST that costs money, and finding its run again where the answer was lost.

FLORA's list names neither the prompt nor our key, so a run of its own accord proves nothing. What proves it:
submissions of this machine follow one another, the list is read before each, and the project is Recoil's own.
A run of the same model that is new after the POST, and the only one, is then the run of that POST.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn

import httpx

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.ports import (
    AccountRefusedError,
    NotSentError,
    PreparedJob,
    Submission,
    SubmissionUnknownError,
)
from resources.providers.account_rules import DEFAULT_PAUSE_S, Asking
from resources.providers.exchange import UNSENT
from resources.providers.flora.records import Known, known_runs, newest_runs, only_new_run
from resources.providers.flora.wire import Answer, Wire, amount, run_id_in

_UNREACHED_PAUSE_S = 10.0
_ACCOUNT = (HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN)
_REFUSALS = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
_UNKNOWN_CURE = "nothing is sent again; look for the run in FLORA, then settle the attempt"


@dataclass(frozen=True, slots=True)
class Looks:
    """How FLORA's list is looked at around a POST. No other run submits meanwhile, so that all of it is short.

    Attributes:
        times: how often it is looked for a run whose answer was lost.
        pause_s: seconds before each of these looks.
        within_s: longest one look may take, seconds; one that takes longer is one that failed.
    """

    times: int = 5
    pause_s: float = 2.0
    within_s: float = 10.0


async def submit_once(wire: Wire, job: PreparedJob, looks: Looks, is_ready: Callable[[], bool]) -> Submission:
    """Post a job to FLORA, once, with the attempt's id as its idempotency key.

    The key is sent and never relied on: FLORA says of itself that two requests with one key may both be run.

    Args:
        is_ready: whether the job may be sent as it is; asked when its turn has come, which may be long after.

    Raises:
        NotSentError: no connection was made, FLORA said 429, it refused this very request, or it is not ready.
        AccountRefusedError: it refuses the key (401, 403), or the workspace can not pay (402).
        SubmissionUnknownError: anything else, where the list of runs does not prove which run it is.
    """
    account = wire.account
    async with account.alone(), account.submission():
        before = await _known_before(wire, looks)
        if not is_ready():
            raise NotSentError(
                "nothing was sent, for the addresses of its pictures grew old while it waited",
                retry_after_s=0,
            )
        try:
            answer = await wire.exchange(
                "POST",
                f"{wire.place.base_url}/generate",
                json_body=job.payload,
                headers={"Idempotency-Key": job.attempt_id},
            )
        except UNSENT as error:
            await account.lost(Asking.SUBMIT, type(error).__name__)
            raise NotSentError(
                f"FLORA could not be reached ({wire.told(error)})",
                retry_after_s=_UNREACHED_PAUSE_S,
                cure="see that this machine reaches app.flora.ai",
            ) from None  # the HTTP library's frames hold the request's headers
        except httpx.HTTPError as error:
            await account.lost(Asking.SUBMIT, type(error).__name__)
            said = f"FLORA's answer to the submission was lost ({wire.told(error)})"
            return await _found_again(wire, job, before, said, looks)
        await wire.heard(Asking.SUBMIT, answer)
        run_id = run_id_in(answer.body)
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES and run_id:
            return _submission(run_id)
        if _is_refusal(answer):
            _refuse(answer)
        said = f"FLORA said {answer.said} to the submission"
        return await _found_again(wire, job, before, said, looks)


async def _known_before(wire: Wire, looks: Looks) -> Known:
    """The newest runs there are before the POST.

    Raises:
        NotSentError: they can not be read now. Waiting for them is the dispatcher's, who holds nothing
            meanwhile that others need, and sees a stop.
    """
    try:
        return known_runs(await _look(wire, looks))
    except ProviderError as error:
        raise NotSentError(
            f"nothing was sent, for a lost answer could not be found again: {error.message}",
            retry_after_s=_UNREACHED_PAUSE_S,
            cure=error.cure,
        ) from error


async def _look(wire: Wire, looks: Looks) -> list[dict[str, Any]]:
    try:
        async with asyncio.timeout(looks.within_s):
            return await newest_runs(wire)
    except TimeoutError as error:
        raise ProviderError(
            f"FLORA's list of runs did not come within {looks.within_s:g} s", cure="try again later"
        ) from error


async def _found_again(wire: Wire, job: PreparedJob, before: Known, said: str, looks: Looks) -> Submission:
    for _ in range(looks.times):
        await asyncio.sleep(looks.pause_s)
        try:
            runs = await _look(wire, looks)
        except ProviderError:
            continue  # the next look may do better; without one nobody knows, and that is said
        if run_id := only_new_run(runs, before, str(job.payload["model"])):
            return _submission(run_id)
    raise SubmissionUnknownError(said, cure=_UNKNOWN_CURE) from None


def _is_refusal(answer: Answer) -> bool:
    """Whether FLORA surely took nothing. A key that it knows already is no refusal: what it knows may run.

    Nor is one that names a run or a charge beside it.
    """
    if (
        answer.code.startswith("idempotency")
        or answer.body.get("run_id")
        or amount(answer.body.get("charged_cost"))
    ):
        return False
    return answer.status in (*_ACCOUNT, *_REFUSALS, HTTPStatus.TOO_MANY_REQUESTS) or (
        answer.status == HTTPStatus.UNPROCESSABLE_ENTITY and answer.code == "input_validation_error"
    )


def _refuse(answer: Answer) -> NoReturn:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait_s = DEFAULT_PAUSE_S if answer.retry_after_s is None else answer.retry_after_s
        raise NotSentError(
            f"FLORA takes no more jobs now ({answer.said})",
            retry_after_s=wait_s,
            cure="wait some minutes, or lower concurrency in [choices] of recoil.toml",
        )
    if answer.status in _ACCOUNT:
        raise AccountRefusedError(
            f"FLORA refuses the account ({answer.said})",
            cure="see that FLORA_API_KEY is valid and the workspace has credit, "
            "say so with recoil provider reopen flora",
        )
    raise NotSentError(f"FLORA did not take the request ({answer.said})", cure="change what it refuses")


def _submission(run_id: str) -> Submission:
    return Submission(request_id=run_id)
