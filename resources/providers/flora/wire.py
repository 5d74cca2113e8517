"""FLORA's wire: where it is, how a request is signed, and what an answer holds.

Source: ``florafauna-ai/flora-typescript`` 0.10.0 and the OpenAPI document 1.6.0 it is made from.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import httpx
import stamina

from recoil_assets.domain.errors import ProviderError, UsageError
from recoil_assets.domain.money import usd
from resources.providers.account import SharedAccount
from resources.providers.account_rules import Asking
from resources.providers.addresses import is_loopback
from resources.providers.evidence import Evidence
from resources.providers.exchange import (
    ASK_FOR_S,
    LONGEST_PAUSE_S,
    MOST_TRIES,
    TRANSIENT,
    NoAnswerError,
    exchanged,
    fresh_client,
    pause_of,
    retry_after_s,
)
from resources.providers.secret import Secret
from resources.providers.signing import Signed

BASE_URL = "https://app.flora.ai/api/v1"
_CODE = re.compile(r"[a-z_]{1,64}")
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True, slots=True)
class Place:
    """Whose generations they are, and where FLORA is.

    Attributes:
        workspace, project: FLORA's ids. The project is Recoil's own: a run in it that nobody knows is ours.
        base_url: without a slash at its end; plain http where it is on this machine, and nowhere else.
        callback_url: where FLORA tells that a run has ended; empty where it is polled alone.
    """

    workspace: str
    project: str
    base_url: str = BASE_URL
    callback_url: str = ""

    @property
    def on_this_machine(self) -> bool:
        """Whether FLORA is a server on loopback."""
        return is_loopback(self.base_url)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, read whole, the key taken out of it.

    Attributes:
        body: the JSON object it holds, numbers as ``Decimal``; empty where it holds anything else.
        code: FLORA's own name of the error; empty where it names none.
        said: the answer in a line, for people.
    """

    status: int
    body: dict[str, Any]
    code: str
    said: str
    retry_after_s: float | None


class Wire:
    """Talks to FLORA, over connections that are closed after every exchange: it belongs to no event loop."""

    def __init__(self, key: Secret, place: Place, account: SharedAccount) -> None:
        self._key = key
        self.place = place
        self.account = account

    async def ask(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """The answer to a GET. What is lost, told to wait, or met a fault of the server is asked again.

        A run that FLORA does not know is asked for again too: a list may be behind what was just made.

        Raises:
            ProviderError: no answer came, however often it was asked.
        """
        async for attempt in stamina.retry_context(
            on=pause_of, attempts=MOST_TRIES, timeout=ASK_FOR_S, wait_initial=0.5, wait_max=LONGEST_PAUSE_S
        ):
            with attempt:
                answer = await self.ask_once(path, params)
        return answer

    async def ask_once(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """As ``ask``, and asked once: for whoever holds something that others wait for."""
        async with self.account.request():
            try:
                answer = await self.exchange("GET", f"{self.place.base_url}{path}", params=params)
            except httpx.HTTPError as error:
                await self.account.lost(Asking.POLL, type(error).__name__)
                raise NoAnswerError(f"FLORA was asked for {path}; {self.told(error)}") from None
            await self.heard(Asking.POLL, answer)
        if answer.status in TRANSIENT or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise NoAnswerError(
                f"FLORA was asked for {path} and said {answer.said}", pause_s=answer.retry_after_s
            )
        if answer.status == HTTPStatus.NOT_FOUND:
            raise NoAnswerError(f"FLORA does not know {path} ({answer.said})")
        if answer.status != HTTPStatus.OK:
            raise ProviderError(
                f"FLORA was asked for {path} and said {answer.said}",
                cure="nothing is lost; see to the account, then materialise the cell again",
            )
        return answer

    async def heard(self, asking: Asking, answer: Answer) -> None:
        """Let all runs know how it went."""
        await self.account.heard(asking, answer.status, retry_after_s=answer.retry_after_s, said=answer.said)

    async def exchange(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        json_body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        file: tuple[str, bytes, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request over a connection of its own, signed with the key, and its answer.

        Raises:
            httpx.HTTPError: no answer came, or not a whole one.
        """
        async with fresh_client(url, auth=Signed("Bearer", self._key)) as client:
            evidence = await exchanged(
                client,
                method,
                url,
                self._key,
                params=params,
                json=json_body,
                data=form,
                files={"file": file} if file else None,
                headers=dict(headers or {}),
            )
        return answer_of(evidence)

    def told(self, error: Exception) -> str:
        """What went wrong with a request, in a line, without the key."""
        return self._key.hidden_in(f"{type(error).__name__}: {error}".rstrip(": "))


def answer_of(evidence: Evidence) -> Answer:
    """What an answer holds."""
    try:
        body = json.loads(evidence.text, parse_float=Decimal)
    except (ValueError, RecursionError):
        body = None
    body = body if isinstance(body, dict) else {}
    error = body.get("error")
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    return Answer(
        status=evidence.status,
        body=body,
        code=code if _CODE.fullmatch(code) else "",
        said=evidence.said,
        retry_after_s=retry_after_s(evidence.headers.get("retry-after", "")),
    )


def is_run_id(text: str) -> bool:
    """Whether ``text`` can be the id of a run, so that it may stand in an address."""
    return _RUN_ID.fullmatch(text) is not None


def run_id_in(document: Mapping[str, Any]) -> str:
    """The run that a document of FLORA's is about; empty where it names none that can be asked for."""
    named = document.get("run_id")
    return named if isinstance(named, str) and is_run_id(named) else ""


def amount(value: object) -> Decimal | None:
    """An amount FLORA named, USD; None where it named none, or what can not be money."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    try:
        return usd(value)
    except UsageError:
        return None
