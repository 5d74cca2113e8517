"""The till: closing the money of an attempt once it is known how it ended, by the evidence there is."""

from collections.abc import Callable, Mapping
from functools import partial

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.ledger import Outcome
from recoil_assets.production.bookkeeping import booking_of
from recoil_assets.production.lanes import Lanes
from recoil_assets.production.pen import Pen
from recoil_assets.production.ports import Billed
from recoil_assets.production.settlement import Charge, cost_of_failure, cost_of_success
from recoil_assets.production.studio import Studio


class Till:
    """Books first, durably; only then does the journal say that nothing is left to do."""

    def __init__(self, studio: Studio, pen: Pen, lanes: Lanes) -> None:
        self._studio = studio
        self._pen = pen
        self._lanes = lanes

    async def succeeded(self, attempt: Attempt) -> Attempt:
        """Charge a success, by ``settlement.cost_of_success``."""
        completed = attempt.record(AttemptState.COMPLETED)
        cost = cost_of_success(completed.facts if completed else {}, attempt.intent.estimate_usd)
        return await self._charged(attempt, cost, Outcome.SUCCEEDED)

    async def failed(self, attempt: Attempt) -> Attempt:
        """By evidence: an amount is charged, a plain no is released, anything less stays held as unknown."""
        failed = attempt.record(AttemptState.FAILED)
        cost = cost_of_failure(failed.facts if failed else {}, attempt.intent.estimate_usd)
        if cost.charge is not None:
            return await self._charged(attempt, cost.charge, Outcome.FAILED_BUT_BILLED)
        if cost.billed is Billed.NO:
            return await self._released(attempt, attempt.error)
        return await self._pen.record(
            attempt, AttemptState.UNKNOWN, {"error": f"{attempt.error} (perhaps billed)"}, ordinal=2
        )

    async def _charged(self, attempt: Attempt, cost: Charge, outcome: Outcome) -> Attempt:
        charge = partial(
            self._studio.ledger.charge,
            booking_of(attempt.intent),
            cost.usd,
            outcome=outcome,
            evidence=cost.evidence,
            note=cost.note,
        )
        return await self._settled(attempt, charge, {"cost_usd": str(cost.usd), "evidence": cost.evidence})

    async def _released(self, attempt: Attempt, note: str) -> Attempt:
        release = partial(self._studio.ledger.release, booking_of(attempt.intent), note=note)
        return await self._settled(attempt, release, {"cost_usd": "0"})

    async def _settled(
        self, attempt: Attempt, book: Callable[[], None], facts: Mapping[str, object]
    ) -> Attempt:
        """Book what became of its money, durably, and only then say on disk that nothing is left to do."""
        await self._lanes.ledger(book)
        attempt = await self._pen.record(attempt, AttemptState.SETTLED, facts)
        status = "succeeded" if attempt.succeeded else "failed"
        self._pen.log(
            "take_completed", attempt, status=status, error=attempt.error, cost_usd=str(attempt.cost_usd)
        )
        return attempt

    async def abandon(self, attempt: Attempt, why: str) -> Attempt:
        """Say on disk that it was never sent and never will be; then free what it holds."""
        attempt = await self._pen.record(
            attempt, AttemptState.ABANDONED, {"error": why}, ordinal=attempt.sends + 1
        )
        return await self.never_sent(attempt)

    async def never_sent(self, attempt: Attempt) -> Attempt:
        """Free what an abandoned attempt holds."""
        return await self._released(attempt, "never sent")
