"""The one POST that costs money: sent once, over a connection of its own.

A connection that was kept alive may have been closed by the server meanwhile; the POST on it is then neither
sent nor unsent. fal has no idempotency key, so nothing is sent again unless it provably was not taken.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from recoil_assets.production.ports import (
    AccountRefusedError,
    NotSentError,
    Submission,
    SubmissionUnknownError,
)
from resources.providers.account import SharedAccount
from resources.providers.account_rules import Asking
from resources.providers.exchange import UNSENT, exchanged, fresh_client
from resources.providers.fal.answers import billable_units, pause_s
from resources.providers.fal.wire import (
    SCHEME,
    SUBMIT_HEADERS,
    SUBMIT_PATIENCE,
    VARIABLE,
    Answer,
    FalHosts,
    answer_of,
)
from resources.providers.secret import SHOWN, Secret
from resources.providers.signing import Signed

_PAUSE_S = 10.0
"""Before a POST that was not taken is made again, where fal names no time."""
_ACCOUNT = (HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN)
_REFUSALS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
_UNKNOWN_CURE = "nothing is sent again; look for it in fal's dashboard, then settle the attempt"


async def submit_once(
    key: Secret,
    account: SharedAccount,
    hosts: FalHosts,
    endpoint: str,
    payload: Mapping[str, Any],
    *,
    callback_url: str = "",
) -> Submission:
    """Post a job to fal's queue, once.

    Args:
        callback_url: where fal tells that the job has ended; empty where it is polled alone.

    Raises:
        NotSentError: no connection was made, fal said 429, or fal refused this very request.
        AccountRefusedError: fal refuses the key (401, 403) or the account can not pay (402).
        SubmissionUnknownError: anything else; the job may have been taken.
    """
    async with (
        account.submission(),
        fresh_client(hosts.queue, SUBMIT_PATIENCE, Signed(SCHEME, key)) as client,
    ):
        try:
            answer = answer_of(
                await exchanged(
                    client,
                    "POST",
                    f"{hosts.queue}/{endpoint}",
                    key,
                    params={"fal_webhook": callback_url} if callback_url else None,
                    json=dict(payload),
                    headers=dict(SUBMIT_HEADERS),
                )
            )
        except UNSENT as error:
            await account.lost(Asking.SUBMIT, type(error).__name__)
            raise NotSentError(
                f"fal could not be reached ({type(error).__name__}: {error})",
                retry_after_s=_PAUSE_S,
                cure="see that this machine reaches queue.fal.run",
            ) from None  # the HTTP library's frames hold the request's headers
        except httpx.HTTPError as error:
            await account.lost(Asking.SUBMIT, type(error).__name__)
            raise SubmissionUnknownError(
                f"fal's answer to the submission was lost ({type(error).__name__}: {error})",
                cure=_UNKNOWN_CURE,
            ) from None
        await account.heard(Asking.SUBMIT, answer.status, retry_after_s=pause_s(answer), said=answer.said)
    return _read(answer, hosts, endpoint)


def _read(answer: Answer, hosts: FalHosts, endpoint: str) -> Submission:
    request_id = answer.body.get("request_id")
    if isinstance(request_id, str) and request_id:
        if not HTTPStatus(200) <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise SubmissionUnknownError(
                f"fal said {answer.said} to the submission, with a request id", cure=_UNKNOWN_CURE
            )
        return Submission(request_id=request_id, handles=_handles(answer, hosts, endpoint, request_id))
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait_s = pause_s(answer)
        raise NotSentError(
            f"fal takes no more jobs now ({answer.said})",
            retry_after_s=_PAUSE_S if wait_s is None else wait_s,
            cure="wait some minutes, or lower concurrency in [choices] of recoil.toml",
        )
    if answer.status in _ACCOUNT:
        raise AccountRefusedError(
            f"fal refuses the account ({answer.said})",
            cure=f"see that {VARIABLE} is valid and the account has credit (fal.ai/dashboard), "
            "say so with recoil provider reopen fal",
        )
    if answer.status in _REFUSALS and not billable_units(answer):
        raise NotSentError(f"fal did not take the request ({answer.said})", cure="change what it refuses")
    raise SubmissionUnknownError(f"fal said {answer.said} to the submission", cure=_UNKNOWN_CURE)


def _handles(answer: Answer, hosts: FalHosts, endpoint: str, request_id: str) -> dict[str, str]:
    """The URLs fal returned; in place of one that is missing, or where the key may not go, fal's usual one."""
    handles = usual_handles(hosts, endpoint, request_id)
    for name in ("status_url", "response_url", "cancel_url"):
        returned = answer.body.get(name)
        # One that quoted the key is no address any more.
        if isinstance(returned, str) and SHOWN not in returned and hosts.may_have_the_key(returned):
            handles[name] = returned
    return handles


def usual_handles(hosts: FalHosts, endpoint: str, request_id: str) -> dict[str, str]:
    """Where a job is found by fal's pattern: the URLs have owner and app of the endpoint, not its path."""
    app = "/".join(endpoint.split("/")[:2])
    base = f"{hosts.queue}/{app}/requests/{quote(request_id, safe='')}"
    return {
        "endpoint": endpoint,
        "status_url": f"{base}/status",
        "response_url": base,
        "cancel_url": f"{base}/cancel",
    }
