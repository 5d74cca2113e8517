"""Asking fal: questions that change nothing may be asked again, with jittered pauses, until an answer comes."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

import httpx
import stamina

from recoil_assets.domain.errors import ProviderError
from resources.providers.account import SharedAccount
from resources.providers.account_rules import Asking
from resources.providers.fal.answers import failure_in, retry_after_s
from resources.providers.fal.key import FalAuth
from resources.providers.fal.wire import PATIENCE, Answer, read_answer, trusted_authorities
from resources.providers.secret import Secret

MOST_TRIES = 6
LONGEST_PAUSE_S = 30.0
_PATIENCE_S = 120.0
_TRANSIENT = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


class NoAnswerError(ProviderError):
    """A question got no usable answer; asking again may help.

    Args:
        status: of the answer; None where none came.
        pause_s: seconds fal asked to wait, or None where it did not say.
    """

    def __init__(self, message: str, *, status: int | None = None, pause_s: float | None = None) -> None:
        super().__init__(message, cure="nothing is lost; materialise the cell again to ask again")
        self.status = status
        self.pause_s = pause_s


class Asker:
    """Asks over connections of its own. One per operation: it belongs to the loop it was opened in."""

    def __init__(self, client: httpx.AsyncClient, account: SharedAccount | None) -> None:
        self._client = client
        self._account = account

    async def ask(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to an idempotent request: transport faults, 408, 429 and a server's own 5xx are asked again.

        A 5xx that tells of a job's failure is an answer.

        Raises:
            NoAnswerError: none came, however often it was asked.
        """
        async for attempt in stamina.retry_context(
            on=_pause_of, attempts=MOST_TRIES, timeout=_PATIENCE_S, wait_initial=0.5, wait_max=LONGEST_PAUSE_S
        ):
            with attempt:
                answer = await self._counted(method, url, params, content, headers)
        return answer

    async def _counted(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        content: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        """One question within the account's rate, its outcome told to all runs."""
        if self._account is None:
            return await self._once(method, url, params, content, headers)
        async with self._account.request():
            try:
                return await self._once(method, url, params, content, headers, self._account)
            except NoAnswerError as error:
                if error.status is None:
                    await self._account.lost(Asking.POLL, error.message)
                raise

    async def _once(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        content: bytes | None,
        headers: Mapping[str, str] | None,
        account: SharedAccount | None = None,
    ) -> Answer:
        what = f"fal was asked {method} {url}"
        try:
            async with self._client.stream(
                method, url, params=params, content=content, headers=headers
            ) as response:
                answer = await read_answer(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswerError(
                f"{what}, and no answer came ({type(error).__name__}: {error})"
            ) from None  # the HTTP library's frames hold the request's headers
        failure = failure_in(answer)
        if account is not None:
            # A 5xx that tells of a job's failure is no fault of the service.
            status = answer.status if failure is None else HTTPStatus.OK
            await account.heard(Asking.POLL, status, retry_after_s=retry_after_s(answer), said=answer.said)
        if answer.status in _TRANSIENT or (
            answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and failure is None
        ):
            raise NoAnswerError(
                f"{what} and said {answer.said}", status=answer.status, pause_s=retry_after_s(answer)
            )
        return answer


@asynccontextmanager
async def asking(key: Secret | None, account: SharedAccount | None) -> AsyncIterator[Asker]:
    """Connections to ask fal over; they follow no redirect.

    Args:
        key: signs the questions; None where they go without.
        account: bounds them and learns how they went; None where an answer says nothing of it.
    """
    async with httpx.AsyncClient(
        auth=FalAuth(key) if key else None,
        timeout=PATIENCE,
        verify=trusted_authorities(),
        follow_redirects=False,
    ) as client:
        yield Asker(client, account)


def _pause_of(error: Exception) -> bool | dt.timedelta:
    """Whether to ask again; after as long as fal said, within reason."""
    if not isinstance(error, NoAnswerError):
        return False
    if error.pause_s is None:
        return True
    return dt.timedelta(seconds=min(error.pause_s, LONGEST_PAUSE_S))
