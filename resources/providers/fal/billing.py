"""What fal charges by its own books: prices of endpoints, bills by request, and requests by endpoint.

Source: fal.ai documentation, "platform APIs": ``models/pricing``, ``models/billing-events`` (asks for an admin key,
lags seconds to minutes) and ``models/requests/by-endpoint`` (sorted by end time).
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import ProviderError
from recoil_assets.domain.money import LARGEST, SIX_PLACES
from recoil_assets.production.ports import Bill
from resources.providers.exchange import NoAnswerError
from resources.providers.fal.asking import asking
from resources.providers.fal.models import endpoints
from resources.providers.fal.wire import VARIABLE, Answer, FalHosts
from resources.providers.secret import Secret

_PAGE = 100
_MOST_PAGES = 1000
_LONGEST_RANGE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ListedRequest:
    """A request that fal lists: how one is found whose id was lost.

    Attributes:
        payload_digest: digest of what was sent; empty where fal does not show it.
        attempt_id: our own id, where the endpoint has a field that stores it.
    """

    request_id: str
    endpoint: str
    sent_at: str
    status_code: int | None
    payload_digest: str
    attempt_id: str


class Rates:
    """Unit prices of endpoints, asked for once."""

    def __init__(self, key: Secret, hosts: FalHosts) -> None:
        self._key = key
        self._hosts = hosts
        self._known: dict[str, Decimal] = {}

    async def unit_price_usd(self, endpoint: str) -> Decimal | None:
        """USD for one billable unit of ``endpoint``; ``None`` where fal does not say, or not in USD.

        A price that can not be had must not cost a result: the estimate is booked then, and bills settle it.
        """
        if endpoint not in self._known:
            try:
                async with asking(self._hosts.platform, self._key, None) as asker:
                    answer = await asker.ask(
                        "GET", f"{self._hosts.platform}/models/pricing", params={"endpoint_id": endpoint}
                    )
            except NoAnswerError:
                return None
            price = _price_in(answer, endpoint)
            if price is None:
                return None
            self._known[endpoint] = price
        return self._known[endpoint]


class FalRecords:
    """fal's own record of what was asked and charged, for reconciliation."""

    def __init__(self, key: Secret, hosts: FalHosts) -> None:
        self._key = key
        self._hosts = hosts

    async def bills(self, since: str, until: str) -> Sequence[Bill]:
        """See ``ports.ProviderRecords``.

        Raises:
            ProviderError: they can not be had, or one of them can not be read: part of them is none.
        """
        found: list[Bill] = []
        start, last = datetime.fromisoformat(since), datetime.fromisoformat(until)
        while start < last:
            end = min(start + _LONGEST_RANGE, last)
            params = {"start": start.isoformat(), "end": end.isoformat(), "limit": str(_PAGE)}
            found += [_bill(item) async for item in self._pages("billing-events", "billing_events", params)]
            start = end
        names = await self._attempts_of({bill.endpoint for bill in found}, since, until)
        return [replace(bill, attempt_id=names.get(bill.request_id, "")) for bill in found]

    async def _attempts_of(self, called: Iterable[str], since: str, until: str) -> dict[str, str]:
        """Our own ids by fal's, where an endpoint stores them; none where fal does not list its requests now."""
        stored = {item.endpoint for found in endpoints().values() for item in found if item.nonce}
        try:
            return {
                item.request_id: item.attempt_id
                for endpoint in sorted(stored.intersection(called))
                for item in await self.requests(endpoint, since, until)
            }
        except ProviderError:
            return {}  # bills are worth having without

    async def requests(self, endpoint: str, since: str, until: str) -> Sequence[ListedRequest]:
        """Requests to ``endpoint`` that ended between two moments, UTC, ISO 8601, with their payloads' digests.

        An attempt whose answer was lost is the one with the digest that its ``sending`` recorded.

        Raises:
            ProviderError: they can not be had.
        """
        params = {
            "endpoint_id": endpoint,
            "start": since,
            "end": until,
            "limit": str(_PAGE),
            "expand": "payloads",
        }
        return [
            _listed(item, endpoint)
            async for item in self._pages("requests/by-endpoint", "items", params)
            if item.get("request_id")
        ]

    async def _pages(
        self, what: str, listed: str, params: Mapping[str, str]
    ) -> AsyncIterator[Mapping[str, Any]]:
        """The items of every page of a list."""
        cursor = ""
        async with asking(self._hosts.platform, self._key, None) as asker:
            for _ in range(_MOST_PAGES):
                page = await asker.ask(
                    "GET",
                    f"{self._hosts.platform}/models/{what}",
                    params={**params, **({"cursor": cursor} if cursor else {})},
                )
                items = page.body.get(listed)
                if page.status != HTTPStatus.OK or not isinstance(items, list):
                    raise _refused(what, page)
                for item in items:
                    if isinstance(item, dict):
                        yield item
                cursor = str(page.body.get("next_cursor") or "")
                if not page.body.get("has_more") or not cursor:
                    return
        raise ProviderError(f"fal's {what} has more than {_MOST_PAGES} pages", cure="ask for a shorter time")


def _refused(what: str, page: Answer) -> ProviderError:
    if page.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return ProviderError(
            f"fal does not show its {what} to this key ({page.said})",
            cure=f"bills are shown to an admin key: make one in fal's dashboard and set {VARIABLE} to it",
        )
    return ProviderError(f"fal's {what} can not be read ({page.said})", cure="try again later")


def _listed(item: Mapping[str, Any], endpoint: str) -> ListedRequest:
    sent, status = item.get("json_input"), item.get("status_code")
    payload: Mapping[str, Any] = sent if isinstance(sent, dict) else {}
    nonces = {known.nonce for found in endpoints().values() for known in found if known.endpoint == endpoint}
    return ListedRequest(
        request_id=str(item["request_id"]),
        endpoint=endpoint,
        sent_at=str(item.get("sent_at") or ""),
        status_code=status if isinstance(status, int) else None,
        payload_digest=digest_of(payload) if payload else "",
        attempt_id=next((str(payload[name]) for name in nonces if name in payload), ""),
    )


def _bill(item: Mapping[str, Any]) -> Bill:
    request_id, total, at = (
        item.get("request_id"),
        _number(item.get("cost_total")),
        _moment(item.get("timestamp")),
    )
    if total is None:
        nano = item.get("cost_estimate_nano_usd")
        total = Decimal(nano) / 10**9 if isinstance(nano, int) else None
    if not isinstance(request_id, str) or not request_id or total is None or not at:
        raise ProviderError(
            f"a bill of fal's can not be read: {dict(item)}", cure="look at it in fal's dashboard"
        )
    return Bill(
        request_id=request_id,
        endpoint=str(item.get("endpoint_id") or ""),
        at=at,
        usd=total.quantize(SIX_PLACES),
    )


def _moment(value: object) -> str:
    """A time of fal's as UTC, ISO 8601; empty where it is none."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return ""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _price_in(answer: Answer, endpoint: str) -> Decimal | None:
    prices = answer.body.get("prices")
    for price in prices if isinstance(prices, list) else ():
        if (
            isinstance(price, dict)
            and price.get("endpoint_id") == endpoint
            and price.get("currency") == "USD"
        ):
            unit_price = _number(price.get("unit_price"))
            return unit_price if unit_price is None or unit_price >= 0 else None
    return None


def _number(value: object) -> Decimal | None:
    """A price as a number, from JSON's number or text; ``None`` where it can not be money."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) <= LARGEST else None
