"""Carrying an attempt through: from intent to settled, the same code for a first run and after any crash.

The protocol's order is kept here and nowhere else: intent, reserve, a last look at the gates, ``sending`` on
disk, one POST, ``submitted`` on disk, poll, fetch, media on disk, charge, settled. The caller owns the beat.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptState, StateRecord
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import digest_of_bytes
from recoil_assets.domain.errors import BlockedError, ProviderError, RecoilError
from recoil_assets.domain.ledger import Outcome
from recoil_assets.domain.money import ZERO
from recoil_assets.production import provider_calls
from recoil_assets.production.bookkeeping import Books, booking_of, check_price, reconcile
from recoil_assets.production.holding import hold
from recoil_assets.production.job_facts import (
    recordable,
    sending_facts,
    status_facts,
    submission_facts,
    submission_of,
)
from recoil_assets.production.ports import (
    AccountRefusedError,
    Billed,
    JobState,
    NotSentError,
    PreparedJob,
    Provider,
    SentReference,
    Stopped,
    Submission,
)
from recoil_assets.production.settlement import Charge, cost_of_failure, cost_of_success
from recoil_assets.production.slots import ProviderSlots, StoppedError, take_place
from recoil_assets.production.studio import Studio

MOST_SENDS = 3
MOST_PATIENCE_S = 600.0
"""Longest wait a provider may ask for: meanwhile money is held, a slot is taken, and the run does not end."""
_STOP_NOTICED_S = 1.0


@dataclass(frozen=True, slots=True)
class Clearance:
    """What has to hold at the very moment of spending.

    Attributes:
        look_again: raises where a gate, the basis or a lock no longer holds.
        references: the bytes to send, read once.
    """

    look_again: Callable[[], None]
    references: Sequence[SentReference]


class Dispatcher:
    """Moves attempts on. One per run; safe for many beats at once in one event loop."""

    def __init__(self, studio: Studio, slots: ProviderSlots, stopped: Stopped) -> None:
        self._studio = studio
        self._slots = slots
        self._stopped = stopped
        self._books: Books | None = None
        self._refused: dict[str, str] = {}
        self._comparing = asyncio.Lock()

    async def books(self) -> Books:
        """The ledger compared with the journal, and mended where it can be: once a run, before money moves.

        Raises:
            LedgerBusyError, LedgerError: it can not be compared now; asking again tries again.
        """
        async with self._comparing:
            if self._books is None:
                self._books = await asyncio.to_thread(reconcile, self._studio)
            return self._books

    async def fulfil(self, intent: AttemptIntent, clearance: Clearance) -> Attempt:
        """Make one attempt of ``intent``. Returns it settled, unknown, or open where a stop came between.

        Raises:
            BlockedError: a cap, a gate or a stop came before anything was sent; nothing is held.
        """
        attempt = await asyncio.to_thread(self._studio.journal.open, intent)
        provider = self._provider(attempt)
        async with self._slots.of(provider, intent.request.model), AsyncExitStack() as place:
            async with self._unsent(attempt):
                await take_place(provider.account, place, self._stopped)
            attempt = await self._send(attempt, provider, clearance)
            return await self._carry_through(attempt, clearance.references)

    async def resume(self, attempt: Attempt) -> Attempt:
        """Carry an attempt of an earlier run through, without ever sending anything again."""
        if attempt.state in (AttemptState.INTENT, AttemptState.REFUSED):
            attempt = await self._abandon(attempt, "its run ended before it was sent")
        if attempt.state is AttemptState.SENDING:
            attempt = await self._record(
                attempt,
                AttemptState.UNKNOWN,
                {"error": "the run died while it was being sent; the provider may have taken it"},
            )
        return await self._carry_through(attempt, None)

    async def refetch(self, attempt: Attempt, references: Sequence[SentReference]) -> bool:
        """Fetch the media of a settled attempt again by its request id; whether it is on disk afterwards."""
        downloaded = attempt.record(AttemptState.DOWNLOADED)
        if downloaded is None:
            return False
        provider, path = self._provider(attempt), attempt.intent.media_path
        partial = self._studio.media.partial(path)
        try:
            await provider_calls.fetch(provider, attempt, references, partial, tries=1)
        except ProviderError:
            return False
        data = await asyncio.to_thread(partial.read_bytes)
        if digest_of_bytes(data) != downloaded.facts["sha256"]:
            await asyncio.to_thread(partial.unlink)
            return False
        await asyncio.to_thread(self._studio.media.publish, path)
        return True

    async def _send(self, attempt: Attempt, provider: Provider, clearance: Clearance) -> Attempt:
        """Reserve and send; abandoned with its money released where that is not allowed or not possible."""
        intent = attempt.intent
        async with self._unsent(attempt):
            job = await provider_calls.prepare(provider, attempt, clearance.references)
            if intent.estimate_usd > ZERO:
                (await self.books()).check(intent)
            caps = (await asyncio.to_thread(self._studio.settings_now)).caps.caps()
            await asyncio.to_thread(hold, self._studio, intent, caps)
        while attempt.state in (AttemptState.INTENT, AttemptState.REFUSED):
            attempt = await self._send_once(attempt, provider, job, clearance)
            if attempt.state is AttemptState.REFUSED:
                attempt = await self._after_refusal(attempt)
        return attempt

    @asynccontextmanager
    async def _unsent(self, attempt: Attempt) -> AsyncIterator[None]:
        """What comes before a POST: whatever ends it there abandons the attempt and frees its money."""
        try:
            yield
        except BaseException as error:
            await self._abandon(attempt, str(error) or type(error).__name__)
            raise

    async def _send_once(
        self, attempt: Attempt, provider: Provider, job: PreparedJob, clearance: Clearance
    ) -> Attempt:
        """One last look, ``sending`` on disk, one POST, and what came of it on disk.

        The cell's version is held all that time: ``conform`` is refused meanwhile.
        """
        intent = attempt.intent
        with ExitStack() as held:
            async with self._unsent(attempt):
                if self._stopped():
                    raise StoppedError
                self._require_open(provider)
                version = self._studio.locks.version(Cell(intent.episode, intent.batch))
                await asyncio.to_thread(held.enter_context, version)
                await asyncio.to_thread(self._last_look, intent, clearance)
                attempt = await self._record(
                    attempt, AttemptState.SENDING, sending_facts(job), ordinal=attempt.sends + 1
                )
            return await self._post(attempt, provider, job)

    def _require_open(self, provider: Provider) -> None:
        """Send nothing to a provider that refused the account in this run, or that is closed for all runs."""
        if why := self._refused.get(provider.name) or provider.account.closed():
            raise BlockedError(
                "provider_closed",
                f"nothing is sent to {provider.name}: {why}",
                cure="see to the provider, then materialise the cell again",
            )

    def _last_look(self, intent: AttemptIntent, clearance: Clearance) -> None:
        """Everything that has to hold now; then room for the answer, so that a full disk can not lose it."""
        clearance.look_again()
        check_price(self._studio, intent)
        if intent.estimate_usd > ZERO:
            self._studio.media.require_room()
        self._studio.journal.make_room(intent.attempt_id)

    async def _post(self, attempt: Attempt, provider: Provider, job: PreparedJob) -> Attempt:
        try:
            submission = await provider_calls.submit(provider, job)
        except NotSentError as error:
            if isinstance(error, AccountRefusedError):
                self._refused[provider.name] = error.message
            facts = {"error": error.message, "retry_after_s": error.retry_after_s}
            return await self._record(attempt, AttemptState.REFUSED, facts, ordinal=attempt.sends)
        except Exception as error:  # noqa: BLE001  whatever went wrong, the job may have been taken
            message = f"{type(error).__name__}: {error}"
            attempt = await self._record(attempt, AttemptState.UNKNOWN, {"error": message})
        else:
            attempt = await self._submitted(attempt, submission)
        self._log("take_dispatched", attempt)
        return attempt

    async def _submitted(self, attempt: Attempt, submission: Submission) -> Attempt:
        facts = submission_facts(submission)
        try:
            return await self._record(attempt, AttemptState.SUBMITTED, facts)
        except Exception:
            # The journal is where it belongs; a person can still find the paid job by this line.
            self._log("request_id_not_recorded", attempt, **facts)
            raise

    async def _after_refusal(self, attempt: Attempt) -> Attempt:
        """Wait as long as the provider asks, within reason; else give the attempt up."""
        refused = attempt.record(AttemptState.REFUSED)
        wait_s = refused.facts.get("retry_after_s") if refused else None
        if wait_s is None or not 0 <= float(wait_s) <= MOST_PATIENCE_S or attempt.sends >= MOST_SENDS:
            return await self._abandon(attempt, attempt.error)
        await self._pause(float(wait_s))
        return attempt

    async def _pause(self, seconds: float, *, until: Callable[[], bool] = lambda: False) -> None:
        """Wait, but not on when a stop is asked for, or ``until`` says that there is no need to."""
        clock = asyncio.get_running_loop()
        end = clock.time() + seconds
        while not self._stopped() and not until() and (left_s := end - clock.time()) > 0:  # noqa: ASYNC110  another thread sets the stop
            await asyncio.sleep(min(left_s, _STOP_NOTICED_S))

    async def _carry_through(self, attempt: Attempt, references: Sequence[SentReference] | None) -> Attempt:
        while attempt.is_open and attempt.state is not AttemptState.UNKNOWN:
            before = attempt.state
            if before is AttemptState.SUBMITTED:
                attempt = await self._poll(attempt, self._provider(attempt))
            elif before is AttemptState.COMPLETED:
                attempt = await self._download(attempt, self._provider(attempt), references)
            elif before is AttemptState.DOWNLOADED:
                attempt = await self._settle_success(attempt)
            elif before is AttemptState.FAILED:
                attempt = await self._settle_failure(attempt)
            elif before is AttemptState.ABANDONED:
                attempt = await self._settle_abandoned(attempt)
            if attempt.state is before:
                break
        return attempt

    async def _poll(self, attempt: Attempt, provider: Provider) -> Attempt:
        pause_s = provider.capabilities(attempt.intent.request.model).poll_every_s
        submission = submission_of(attempt)
        request_id = submission.request_id if submission else ""
        while True:
            status = await provider_calls.poll(provider, attempt)
            if status.state is JobState.COMPLETED:
                return await self._record(attempt, AttemptState.COMPLETED, status_facts(status))
            if status.state is JobState.FAILED:
                error = status.error or f"{provider.name} reported a failure without saying why"
                return await self._record(
                    attempt,
                    AttemptState.FAILED,
                    {**status_facts(status), "error": error, "billed": status.billed},
                )
            if self._stopped():
                return attempt
            await self._pause(pause_s, until=partial(self._studio.wakes.take, provider.name, request_id))

    async def _download(
        self, attempt: Attempt, provider: Provider, references: Sequence[SentReference] | None
    ) -> Attempt:
        media = self._studio.media
        path = attempt.intent.media_path
        try:
            if references is None:
                references = await asyncio.to_thread(self._references_again, attempt)
            if not media.present(path):
                await provider_calls.fetch(provider, attempt, references, media.partial(path))
                digest = await asyncio.to_thread(media.publish, path)
            else:
                digest = await asyncio.to_thread(media.digest, path)
        except (ProviderError, BlockedError) as error:
            if attempt.intent.estimate_usd > ZERO:
                self._log("take_result_not_fetched", attempt, error=error.message)
                return attempt
            return await self._record(
                attempt, AttemptState.FAILED, {"error": error.message, "billed": Billed.NO}
            )
        size = media.path(path).stat().st_size
        facts = {"path": path, "sha256": digest, "bytes": size}
        return await self._record(attempt, AttemptState.DOWNLOADED, facts)

    def _references_again(self, attempt: Attempt) -> list[SentReference]:
        """What was sent, read again for a provider that renders while it is fetched.

        A paid result was made from the bytes that were sent: a reference repainted since must not lose it.
        """
        references = [item for item in attempt.intent.request.all_references if not item.is_url]
        try:
            return [self._studio.references.read(item) for item in references]
        except BlockedError:
            if attempt.intent.estimate_usd == ZERO:
                raise
            return []

    async def _settle_success(self, attempt: Attempt) -> Attempt:
        completed = attempt.record(AttemptState.COMPLETED)
        cost = cost_of_success(completed.facts if completed else {}, attempt.intent.estimate_usd)
        return await self._charge(attempt, cost, Outcome.SUCCEEDED)

    async def _settle_failure(self, attempt: Attempt) -> Attempt:
        """By evidence: an amount is charged, a plain no is released, anything less stays held as unknown."""
        failed = attempt.record(AttemptState.FAILED)
        cost = cost_of_failure(failed.facts if failed else {}, attempt.intent.estimate_usd)
        if cost.charge is not None:
            return await self._charge(attempt, cost.charge, Outcome.FAILED_BUT_BILLED)
        if cost.billed is Billed.NO:
            await asyncio.to_thread(
                self._studio.ledger.release, booking_of(attempt.intent), note=attempt.error
            )
            return await self._settled(attempt, cost_usd="0")
        return await self._record(
            attempt, AttemptState.UNKNOWN, {"error": f"{attempt.error} (perhaps billed)"}, ordinal=2
        )

    async def _settle_abandoned(self, attempt: Attempt) -> Attempt:
        await asyncio.to_thread(self._studio.ledger.release, booking_of(attempt.intent), note="never sent")
        return await self._settled(attempt, cost_usd="0")

    async def _charge(self, attempt: Attempt, cost: Charge, outcome: Outcome) -> Attempt:
        charge = partial(
            self._studio.ledger.charge,
            booking_of(attempt.intent),
            cost.usd,
            outcome=outcome,
            evidence=cost.evidence,
            note=cost.note,
        )
        await asyncio.to_thread(charge)
        return await self._settled(attempt, cost_usd=str(cost.usd), evidence=cost.evidence)

    async def _settled(self, attempt: Attempt, **facts: object) -> Attempt:
        attempt = await self._record(attempt, AttemptState.SETTLED, facts)
        status = "succeeded" if attempt.succeeded else "failed"
        self._log(
            "take_completed", attempt, status=status, error=attempt.error, cost_usd=str(attempt.cost_usd)
        )
        return attempt

    async def _abandon(self, attempt: Attempt, why: str) -> Attempt:
        attempt = await self._record(
            attempt, AttemptState.ABANDONED, {"error": why}, ordinal=attempt.sends + 1
        )
        return await self._settle_abandoned(attempt)

    async def _record(
        self,
        attempt: Attempt,
        state: AttemptState,
        facts: Mapping[str, object] | None = None,
        *,
        ordinal: int = 1,
    ) -> Attempt:
        record = StateRecord(
            state=state, ordinal=ordinal, at=self._studio.clock.now(), facts=recordable(facts or {})
        )
        return await asyncio.to_thread(self._studio.journal.record, attempt.attempt_id, record)

    def _provider(self, attempt: Attempt) -> Provider:
        provider = self._studio.providers.get(attempt.intent.provider)
        if provider is None:
            raise RecoilError(
                f"attempt {attempt.attempt_id} was made by {attempt.intent.provider!r}, which is not set up here",
                cure="set that provider up again to fetch its result",
            )
        return provider

    def _log(self, event: str, attempt: Attempt, **facts: object) -> None:
        intent = attempt.intent
        self._studio.note(
            event,
            attempt_id=intent.attempt_id,
            kind=intent.kind,
            episode=intent.episode,
            batch=intent.batch,
            beat_id=intent.beat_id,
            take=intent.number,
            provider=intent.provider,
            model=intent.request.model,
            **facts,
        )
