"""Asking fal: questions that change nothing may be asked again, with jittered pauses, until an answer comes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

import httpx
import stamina

from resources.providers.account import SharedAccount
from resources.providers.account_rules import Asking
from resources.providers.evidence import shown_address
from resources.providers.exchange import (
    ASK_FOR_S,
    LONGEST_PAUSE_S,
    MOST_TRIES,
    TRANSIENT,
    NoAnswerError,
    exchanged,
    fresh_client,
    pause_of,
)
from resources.providers.fal.answers import failure_in, pause_s
from resources.providers.fal.wire import SCHEME, Answer, answer_of
from resources.providers.secret import Secret
from resources.providers.signing import Signed


class Asker:
    """Asks over connections of its own. One per operation: it belongs to the loop it was opened in."""

    def __init__(self, client: httpx.AsyncClient, account: SharedAccount | None, key: Secret | None) -> None:
        self._client = client
        self._key = key
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
            on=pause_of, attempts=MOST_TRIES, timeout=ASK_FOR_S, wait_initial=0.5, wait_max=LONGEST_PAUSE_S
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
        what = f"fal was asked {method} {shown_address(url)}"
        try:
            answer = answer_of(
                await exchanged(
                    self._client, method, url, self._key, params=params, content=content, headers=headers
                )
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswerError(
                f"{what}, and no answer came ({type(error).__name__}: {error})"
            ) from None  # the HTTP library's frames hold the request's headers
        failure = failure_in(answer)
        if account is not None:
            # A 5xx that tells of a job's failure is no fault of the service.
            status = answer.status if failure is None else HTTPStatus.OK
            await account.heard(Asking.POLL, status, retry_after_s=pause_s(answer), said=answer.said)
        if answer.status in TRANSIENT or (
            answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and failure is None
        ):
            raise NoAnswerError(
                f"{what} and said {answer.said}", status=answer.status, pause_s=pause_s(answer)
            )
        return answer


@asynccontextmanager
async def asking(
    url: str, key: Secret | None, account: SharedAccount | None, *, scheme: str = SCHEME
) -> AsyncIterator[Asker]:
    """Connections to ask the host of ``url`` over; they follow no redirect.

    Args:
        key: signs the questions, after the word ``scheme``; None where they go without.
        account: bounds them and learns how they went; None where an answer says nothing of it.
    """
    async with fresh_client(url, auth=Signed(scheme, key) if key else None) as client:
        yield Asker(client, account, key)
