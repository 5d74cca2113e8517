"""The purse: money held for attempts before a place at their provider is waited for.

A place is worth more than money on hold: what the ledger has to be asked is asked before. So what it said has to
be looked at once more at the moment of spending, from memory alone: are the caps the same, is the price still good?
"""

import asyncio
import time

from recoil_assets.domain.attempt import Attempt, AttemptIntent
from recoil_assets.domain.errors import BlockedError
from recoil_assets.domain.ledger import Caps
from recoil_assets.domain.money import ZERO
from recoil_assets.production.bookkeeping import Books, check_price, price_too_low, reconcile
from recoil_assets.production.holding import hold
from recoil_assets.production.job_facts import status_facts
from recoil_assets.production.lanes import Lanes
from recoil_assets.production.ports import JobState, JobStatus
from recoil_assets.production.settlement import cost_of_failure, cost_of_success
from recoil_assets.production.studio import Studio

_BILLS_KNOWN_FOR_S = 5.0
"""How long what the ledger said of a price counts; other processes may have booked a bill since."""


class Purse:
    """The money of one run that is held and not spent yet; safe for many beats at once in one event loop."""

    def __init__(self, studio: Studio, lanes: Lanes) -> None:
        self._studio = studio
        self._lanes = lanes
        self._books: Books | None = None
        self._comparing = asyncio.Lock()
        self._held_under: dict[str, tuple[Caps, str]] = {}
        self._good_until: dict[tuple[str, str], float] = {}
        self._asking: dict[tuple[str, str], asyncio.Future[None]] = {}
        self._too_low: dict[tuple[str, str], BlockedError] = {}

    async def books(self) -> Books:
        """The ledger compared with the journal, and mended where it can be: once a run, before money moves.

        Raises:
            LedgerBusyError, LedgerError: it can not be compared now; asking again tries again.
        """
        async with self._comparing:
            if self._books is None:
                self._books = await self._lanes.ledger(reconcile, self._studio)
            return self._books

    async def hold(self, intent: AttemptIntent) -> None:
        """Hold the estimate under the caps as they are now, at a price that no bill proved too low.

        Raises:
            BlockedError: a cap is reached, ``billed_above_estimate``, ``ledger_behind`` or ``journal_behind``;
                money may be held all the same.
        """
        if intent.estimate_usd > ZERO:
            (await self.books()).check(intent)
        caps, day = self._studio.settings_now().caps.caps(), self._studio.clock.today()
        holding = self._lanes.ledger(hold, self._studio, intent, caps)
        if self.is_known_good(intent):
            await holding
        else:
            answers = await asyncio.gather(holding, self._price_checked(intent), return_exceptions=True)
            for answer in answers:
                if answer is not None:
                    raise answer
        self._held_under[intent.attempt_id] = caps, day

    async def _price_checked(self, intent: AttemptIntent) -> None:
        """``_check_price``, by one question for all attempts that wait at the price: no answer is one for all, too."""
        price = _price_of(intent)
        asked = self._asking.get(price)
        if asked is None or asked.done():
            asked = self._asking[price] = asyncio.ensure_future(self._lanes.ledger(self._check_price, intent))
        await asyncio.shield(asked)

    def look_again(self, intent: AttemptIntent) -> None:
        """Refuse to spend what was held where it would not be held now.

        Raises:
            BlockedError: ``caps_changed``, ``day_changed``, ``billed_above_estimate``.
        """
        caps, day = self._held_under[intent.attempt_id]
        if caps != self._studio.settings_now().caps.caps():
            raise BlockedError(
                "caps_changed",
                f"the caps were changed while {intent.kind} {intent.number} of {intent.beat_id} waited for its turn",
                cure="materialise the cell again; nothing was sent",
            )
        if caps.day_usd is not None and intent.estimate_usd > ZERO and day != self._studio.clock.today():
            raise BlockedError(
                "day_changed",
                f"{intent.kind} {intent.number} of {intent.beat_id} waited for its turn until after {day} (UTC), "
                "for which its money was held; no later day's cap would count it",
                cure="materialise the cell again; nothing was sent",
            )
        if (fault := self._too_low.get(_price_of(intent))) is not None:
            raise BlockedError(fault.reason, fault.message, cure=fault.cure)
        self._check_price(intent)

    def _check_price(self, intent: AttemptIntent) -> None:
        """``check_price``, where the ledger was not asked about this price just now."""
        if not self.is_known_good(intent):
            asked_at = time.monotonic()
            check_price(self._studio, intent)
            self._good_until[_price_of(intent)] = asked_at + _BILLS_KNOWN_FOR_S

    def is_known_good(self, intent: AttemptIntent) -> bool:
        """Whether the ledger was asked about the price just now, so that ``look_again`` does not ask it."""
        until = self._good_until.get(_price_of(intent))
        return until is not None and time.monotonic() < until

    def bill_seen(self, attempt: Attempt, status: JobStatus) -> None:
        """Remember a price that the cost of a job proves too low, before it is booked: nothing more is sent at it."""
        intent, facts = attempt.intent, {**status_facts(status), "billed": status.billed}
        made = status.state is JobState.COMPLETED
        charge = (
            cost_of_success(facts, intent.estimate_usd)
            if made
            else cost_of_failure(facts, intent.estimate_usd).charge
        )
        if charge is not None and charge.usd > intent.estimate_usd:
            self._too_low[_price_of(intent)] = price_too_low(intent, attempt.attempt_id, charge.usd)


def _price_of(intent: AttemptIntent) -> tuple[str, str]:
    return intent.sent.model, intent.price_entry
