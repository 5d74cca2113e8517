"""Carrying an attempt through: from intent to settled, the same code for a first run and after any crash.

The protocol's order is kept here and nowhere else: intent, reserve, a last look at the gates, ``sending`` on
disk, one POST, ``submitted`` on disk, poll, fetch, media on disk, charge, settled. The caller owns the beat.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptState
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import digest_of_bytes
from recoil_assets.domain.errors import BlockedError, ProviderError, RecoilError
from recoil_assets.domain.money import ZERO
from recoil_assets.production import provider_calls
from recoil_assets.production.arrival import bad_media, label_block
from recoil_assets.production.job_facts import (
    sending_facts,
    status_facts,
    submission_facts,
    submission_of,
)
from recoil_assets.production.lanes import Lanes
from recoil_assets.production.pen import Pen
from recoil_assets.production.ports import (
    AccountRefusedError,
    Billed,
    JobState,
    JobStatus,
    NotSentError,
    PreparedJob,
    Provider,
    SentReference,
    Stopped,
    Submission,
)
from recoil_assets.production.purse import Purse
from recoil_assets.production.slots import ProviderSlots, StoppedError, take_place
from recoil_assets.production.studio import Studio
from recoil_assets.production.till import Till

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
    """Moves attempts on. One per run; safe for many beats at once in one event loop.

    Attributes:
        purse: the money held for what is not sent yet.
    """

    def __init__(
        self,
        studio: Studio,
        slots: ProviderSlots,
        lanes: Lanes,
        stopped: Stopped,
        sent: list[AttemptIntent],
    ) -> None:
        self._studio = studio
        self._slots = slots
        self._stopped = stopped
        self._sent = sent
        self._lanes = lanes
        self._pen = Pen(studio, lanes)
        self._till = Till(studio, self._pen, self._lanes)
        self._refused: dict[str, str] = {}
        self.purse = Purse(studio, self._lanes)

    async def fulfil(self, intent: AttemptIntent, clearance: Clearance) -> Attempt:
        """Make one attempt of ``intent``. Returns it settled, unknown, or open where a stop came between.

        Raises:
            BlockedError: a cap, a gate or a stop came before anything was sent; nothing is held.
        """
        provider = self._provider(intent)
        attempt = await self._lanes.work(self._opened, intent)
        async with self._unsent(attempt):
            job = await provider_calls.prepare(provider, attempt, clearance.references)
            await self.purse.hold(intent)
        async with AsyncExitStack() as place:
            async with self._unsent(attempt):
                await place.enter_async_context(
                    self._slots.place(provider, intent.sent.model, _cell_of(intent))
                )
                await take_place(provider.account, place, self._stopped)
            attempt = await self._send(attempt, provider, job, clearance)
            answer = await self._answer(attempt, provider)
        return await self._carry_through(attempt, clearance.references, answer)

    def _opened(self, intent: AttemptIntent) -> Attempt:
        """The attempt on disk, and that the name of its media is its own."""
        attempt = self._studio.journal.open(intent)
        self._studio.media.keep_claims()
        return attempt

    def require_sending(self, intent: AttemptIntent) -> None:
        """Refuse to begin an attempt that would not be sent: nothing is uploaded for it, no number is used up.

        Raises:
            BlockedError: ``stopped`` or ``provider_closed``.
        """
        if self._stopped():
            raise StoppedError
        self._require_open(self._provider(intent))

    def admitted(self, cell: Cell) -> AbstractAsyncContextManager[None]:
        """Wait until the cell is one of those to look at and to make ready now, and say when it is done."""
        return self._slots.admission.of(cell)

    def turn(self, provider: Provider, model: str, cell: Cell) -> AbstractAsyncContextManager[None]:
        """A turn to make an attempt: bounds what is made ready, with its references in memory, before it has a slot."""
        return self._slots.turn(provider, model, cell)

    async def resume(self, attempt: Attempt) -> Attempt:
        """Carry an attempt of an earlier run through, without ever sending anything again."""
        self._slots.admission.ready(_cell_of(attempt.intent))
        if attempt.state in (AttemptState.INTENT, AttemptState.REFUSED):
            attempt = await self._till.abandon(attempt, "its run ended before it was sent")
        if attempt.state is AttemptState.SENDING:
            attempt = await self._pen.record(
                attempt,
                AttemptState.UNKNOWN,
                {"error": "the run died while it was being sent; the provider may have taken it"},
            )
        return await self._carry_through(attempt, None)

    async def refetch(self, attempt: Attempt, references: Sequence[SentReference]) -> bool:
        """Fetch the media of a settled attempt again by its request id; whether it is on disk afterwards."""
        self._slots.admission.ready(_cell_of(attempt.intent))
        downloaded = attempt.record(AttemptState.DOWNLOADED)
        if downloaded is None:
            return False
        provider, path = self._provider(attempt.intent), attempt.intent.media_path
        partial = self._studio.media.partial(path)
        try:
            await provider_calls.fetch(provider, attempt, references, partial, tries=1)
        except ProviderError:
            return False
        data = await self._lanes.work(partial.read_bytes)
        if digest_of_bytes(data) != downloaded.facts["sha256"]:
            await self._lanes.work(partial.unlink)
            return False
        await self._lanes.work(self._studio.media.publish, path)
        return True

    async def _send(
        self, attempt: Attempt, provider: Provider, job: PreparedJob, clearance: Clearance
    ) -> Attempt:
        """Send it; abandoned with its money released where that is not allowed or not possible."""
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
            await self._till.abandon(attempt, str(error) or type(error).__name__)
            raise

    async def _send_once(
        self, attempt: Attempt, provider: Provider, job: PreparedJob, clearance: Clearance
    ) -> Attempt:
        """One last look, ``sending`` on disk, one POST, and what came of it on disk.

        The cell's version is held all that time: ``conform`` is refused meanwhile.
        """
        with ExitStack() as held:
            async with self._unsent(attempt):
                self.require_sending(attempt.intent)
                # A ceiling is asked about by the board, a price by its age: neither may keep the crew waiting.
                asks = bool(attempt.intent.board_digest) or not self.purse.is_known_good(attempt.intent)
                lane = self._lanes.ledger if asks else self._lanes.sending
                attempt = await lane(self._about_to_send, attempt, job, clearance, held)
            return await self._post(attempt, provider, job)

    def _about_to_send(
        self, attempt: Attempt, job: PreparedJob, clearance: Clearance, held: ExitStack
    ) -> Attempt:
        """Hold the version, look at everything that has to hold now, and say on disk that a POST is to come.

        Room for the answer is set aside before, so that a full disk can not lose it.
        """
        intent = attempt.intent
        held.enter_context(self._studio.locks.version(_cell_of(intent)))
        clearance.look_again()
        self.purse.look_again(intent)
        if intent.estimate_usd > ZERO:
            self._studio.media.require_room()
        self._studio.journal.make_room(intent.attempt_id)
        return self._pen.written(attempt, AttemptState.SENDING, sending_facts(job), ordinal=attempt.sends + 1)

    def _require_open(self, provider: Provider) -> None:
        """Send nothing to a provider that refused the account in this run, or that is closed for all runs."""
        if why := self._refused.get(provider.name) or provider.account.closed():
            raise BlockedError(
                "provider_closed",
                f"nothing is sent to {provider.name}: {why}",
                cure=f"nothing was spent; once {provider.name} takes jobs again, materialise the cell again",
            )

    async def _post(self, attempt: Attempt, provider: Provider, job: PreparedJob) -> Attempt:
        try:
            submission = await provider_calls.submit(provider, job)
        except NotSentError as error:
            if isinstance(error, AccountRefusedError):
                self._refused[provider.name] = error.message
            facts = {"error": error.message, "retry_after_s": error.retry_after_s, "cure": error.cure}
            return await self._pen.record(attempt, AttemptState.REFUSED, facts, ordinal=attempt.sends)
        except Exception as error:  # noqa: BLE001  whatever went wrong, the job may have been taken
            self._sent.append(attempt.intent)
            message = f"{type(error).__name__}: {error}"
            attempt = await self._pen.record(attempt, AttemptState.UNKNOWN, {"error": message})
        else:
            self._sent.append(attempt.intent)
            attempt = await self._submitted(attempt, submission)
        self._pen.log("take_dispatched", attempt)
        return attempt

    async def _submitted(self, attempt: Attempt, submission: Submission) -> Attempt:
        facts = submission_facts(submission)
        try:
            return await self._lanes.answer(self._pen.written, attempt, AttemptState.SUBMITTED, facts)
        except Exception:
            # The journal is where it belongs; a person can still find the paid job by this line.
            self._pen.log("request_id_not_recorded", attempt, **facts)
            raise

    async def _after_refusal(self, attempt: Attempt) -> Attempt:
        """Wait as long as the provider asks, within reason; else give the attempt up."""
        refused = attempt.record(AttemptState.REFUSED)
        wait_s = refused.facts.get("retry_after_s") if refused else None
        if wait_s is None or not 0 <= float(wait_s) <= MOST_PATIENCE_S or attempt.sends >= MOST_SENDS:
            return await self._till.abandon(attempt, attempt.error)
        await self._pause(float(wait_s))
        return attempt

    async def _pause(self, seconds: float, *, until: Callable[[], bool] = lambda: False) -> None:
        """Wait, but not on when a stop is asked for, or ``until`` says that there is no need to."""
        clock = asyncio.get_running_loop()
        end = clock.time() + seconds
        while not self._stopped() and not until() and (left_s := end - clock.time()) > 0:  # noqa: ASYNC110  another thread sets the stop
            await asyncio.sleep(min(left_s, _STOP_NOTICED_S))

    async def _answer(self, attempt: Attempt, provider: Provider) -> JobStatus | None:
        """How a submitted job ended; ``None`` where it was not submitted, or goes on after a stop."""
        if attempt.state is not AttemptState.SUBMITTED:
            return None
        pause_s = provider.capabilities(attempt.intent.sent.model).poll_every_s
        submission = submission_of(attempt)
        woken = partial(self._studio.wakes.take, provider.name, submission.request_id if submission else "")
        while True:
            status = await provider_calls.poll(provider, attempt)
            if status.state in (JobState.COMPLETED, JobState.FAILED):
                self.purse.bill_seen(attempt, status)
                return status
            if self._stopped():
                return None
            await self._pause(pause_s, until=woken)

    async def _carry_through(
        self,
        attempt: Attempt,
        references: Sequence[SentReference] | None,
        answer: JobStatus | None = None,
    ) -> Attempt:
        """From what is on disk to settled, as far as it can be carried now.

        Args:
            references: what was sent; None where it is to be read again.
            answer: how the submitted job ended, where that was asked already.
        """
        while attempt.is_open and attempt.state is not AttemptState.UNKNOWN:
            before = attempt.state
            if before is AttemptState.SUBMITTED:
                attempt = await self._ended(attempt, answer)
            elif before is AttemptState.COMPLETED:
                attempt = await self._download(attempt, self._provider(attempt.intent), references)
            elif before is AttemptState.DOWNLOADED:
                attempt = await self._till.succeeded(attempt)
            elif before is AttemptState.FAILED:
                attempt = await self._till.failed(attempt)
            elif before is AttemptState.ABANDONED:
                attempt = await self._till.never_sent(attempt)
            if attempt.state is before:
                break
        return attempt

    async def _ended(self, attempt: Attempt, answer: JobStatus | None) -> Attempt:
        """How the job ended, on disk; the attempt as it is where it goes on."""
        provider = self._provider(attempt.intent)
        status = answer or await self._answer(attempt, provider)
        if status is None:
            return attempt
        if status.state is JobState.COMPLETED:
            return await self._pen.record(attempt, AttemptState.COMPLETED, status_facts(status))
        error = status.error or f"{provider.name} reported a failure without saying why"
        await self._lanes.work(label_block, self._studio, attempt, status)
        facts = {**status_facts(status), "error": error, "billed": status.billed}
        return await self._pen.record(attempt, AttemptState.FAILED, facts)

    async def _download(
        self, attempt: Attempt, provider: Provider, references: Sequence[SentReference] | None
    ) -> Attempt:
        try:
            if references is None:
                references = await self._lanes.work(self._references_again, attempt)
            media, path = self._studio.media, attempt.intent.media_path
            if not media.present(path):
                await provider_calls.fetch(provider, attempt, references, media.partial(path))
            return await self._lanes.work(self._kept, attempt)
        except (ProviderError, BlockedError) as error:
            if attempt.intent.estimate_usd > ZERO:
                self._pen.log("take_result_not_fetched", attempt, error=error.message)
                return attempt
            return await self._pen.record(
                attempt, AttemptState.FAILED, {"error": error.message, "billed": Billed.NO}
            )

    def _kept(self, attempt: Attempt) -> Attempt:
        """The media durable under its name, then ``downloaded`` on disk; a file that is there is the result.

        A file that is no usable take is a failure of its own, and is kept as evidence under the attempt's name.
        """
        media, path = self._studio.media, attempt.intent.media_path
        digest = media.digest(path) if media.present(path) else media.publish(path)
        facts = {"path": path, "sha256": digest, "bytes": media.path(path).stat().st_size}
        if fault := bad_media(self._studio, attempt):
            return self._pen.written(attempt, AttemptState.FAILED, {**fault, **facts})
        return self._pen.written(attempt, AttemptState.DOWNLOADED, facts)

    def _references_again(self, attempt: Attempt) -> list[SentReference]:
        """What was sent, read again for a provider that renders while it is fetched.

        A paid result was made from the bytes that were sent: a reference repainted since must not lose it.
        """
        references = [item for item in attempt.intent.sent.all_references if not item.is_url]
        try:
            return [self._studio.references.read(item) for item in references]
        except BlockedError:
            if attempt.intent.estimate_usd == ZERO:
                raise
            return []

    def _provider(self, intent: AttemptIntent) -> Provider:
        provider = self._studio.providers.get(intent.provider)
        if provider is None:
            raise RecoilError(
                f"attempt {intent.attempt_id} was made by {intent.provider!r}, which is not set up here",
                cure="set that provider up again to fetch its result",
            )
        return provider


def _cell_of(intent: AttemptIntent) -> Cell:
    return Cell(intent.episode, intent.batch)
