"""Rendering one beat: attempts one after another under its lock, until it has a take or nothing more is tried."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptState
from recoil_assets.domain.diagnosis.mode import Failure
from recoil_assets.domain.errors import BlockedError, RecoilError
from recoil_assets.domain.money import ZERO
from recoil_assets.domain.retry.change import apply_changes
from recoil_assets.domain.retry.engine import ExhaustionReason, Retry
from recoil_assets.domain.retry.strategy import Handover
from recoil_assets.domain.scene import Beat, SceneBody, SceneManifest
from recoil_assets.domain.take import BeatStanding, BeatTakes, PrimaryChoice, attempts_used, beat_standing
from recoil_assets.domain.take_approval import BeatDecisions, require_unapproved_or_named
from recoil_assets.production.attempts import PLAIN, Order, Overlay, open_intent, read_references
from recoil_assets.production.beat_takes import adoptable, has_its_media, ordered, read_decisions
from recoil_assets.production.carrying_out import (
    carry_out,
    cure_of_refusal,
    media_missing,
    require_asked_for,
    unsettled,
)
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.dispatch import Clearance
from recoil_assets.production.gates import check_board, check_freshness, check_no_drift, view_board
from recoil_assets.production.handover import Ended, exhaustion_reason, handed_over, takes_exhausted
from recoil_assets.production.offers import price_of
from recoil_assets.production.payloads import BeatPayload, payloads_now, payloads_version
from recoil_assets.production.ports import SentReference
from recoil_assets.production.price_ceiling import check_price_ceiling
from recoil_assets.production.requests import rate_of
from recoil_assets.production.retries import failure_of, failures_of
from recoil_assets.production.splitting import proposed_split
from recoil_assets.production.stages import DISPATCH_PAYLOADS, TAKES


@dataclass(frozen=True, slots=True)
class Slate:
    """A beat with its primary take: what the cell shows and the cut uses."""

    beat: Beat
    attempt: Attempt

    @property
    def sha256(self) -> str:
        """Digest of the take's media."""
        downloaded = self.attempt.record(AttemptState.DOWNLOADED)
        return str(downloaded.facts["sha256"]) if downloaded else ""


@dataclass(frozen=True, slots=True)
class BeatWork:
    """One beat of a cell being worked on, and the version it is of."""

    work: CellWork
    manifest: SceneManifest
    body: SceneBody
    payload: BeatPayload

    @property
    def beat(self) -> Beat:
        """The beat."""
        return self.payload.beat

    def decisions(self) -> BeatDecisions:
        """Its takes as they are now, with what was decided about them."""
        return read_decisions(self.work.studio, self.work.cell.episode, self.beat)

    def standing(self, takes: BeatTakes) -> BeatStanding:
        """What it needs to have a primary of its present request."""
        return beat_standing(takes, basis=self.payload.basis, max_takes=self.work.choices.max_takes)


def needs_rendering(beat: BeatWork) -> bool:
    """Whether the beat would be sent something for, now."""
    decisions = beat.decisions()
    if decisions.approved or beat.standing(decisions.takes) is not BeatStanding.RENDER:
        return False
    return adoptable(beat.work.studio, decisions.takes, beat.payload) is None


def require_gates(work: CellWork, manifest: SceneManifest, body: SceneBody) -> None:
    """Everything that has to hold before money moves for this cell."""
    require_asked_for(work, TAKES)
    check_freshness(manifest, body)
    planned = work.planned_beside(manifest)
    if planned is not None:
        check_no_drift(work.cell, manifest, planned)
    check_board(work.studio, body)


async def render_beat(beat: BeatWork) -> Slate:
    """Give the beat a primary of exactly its present request.

    Raises:
        BlockedError: a gate or a cap, or ``approved_take_stale``: an approved beat is not rendered unnamed.
        UnsettledError: an attempt is uncertain or still with the provider.
        BeatHandedOverError: nothing more is tried before a person has looked at it.
    """
    work, payload = beat.work, beat.payload
    carried_on = False
    with work.studio.locks.beat(work.cell.episode, beat.beat.shot_set):
        while True:
            decisions, wanted, ready = await _stands(beat)
            takes, standing = decisions.takes, beat.standing(decisions.takes)
            if wanted is not None:
                return await work.lanes.work(choose, work, beat.beat, wanted)
            if standing is BeatStanding.CURRENT and takes.primary is not None:
                return Slate(beat.beat, takes.primary)
            if not decisions.approved and ready is not None:
                return await work.lanes.work(choose, work, beat.beat, ready)
            if standing is BeatStanding.LIVE and not carried_on:
                carried_on = await _carry_on(work, takes)
                continue
            if standing in (BeatStanding.UNSETTLED, BeatStanding.LIVE):
                raise unsettled(f"beat {beat.beat.beat_id}", takes.attempts)
            require_unapproved_or_named(decisions, basis=payload.basis, named=False)
            if (lost := _lost(takes, payload)) is not None:
                return await _recover(beat, decisions, lost)
            if standing is BeatStanding.EXHAUSTED:
                raise await work.lanes.work(_exhausted, beat, takes)
            overlay = await work.lanes.work(_next_overlay, beat, takes) if takes.attempts else PLAIN
            attempt = await attempt_once(beat, takes.attempts, overlay)
            if attempt.succeeded:
                return await work.lanes.work(choose, work, beat.beat, attempt)
            require_taken(beat, attempt)


async def _stands(beat: BeatWork) -> tuple[BeatDecisions, Attempt | None, Attempt | None]:
    """``_as_it_stands``, off the event loop where there are takes whose films may have to be read."""
    if beat.work.studio.journal.attempts(beat.work.cell.episode, "take", beat.beat.shot_set):
        return await beat.work.lanes.work(_as_it_stands, beat)
    return _as_it_stands(beat)


def _as_it_stands(beat: BeatWork) -> tuple[BeatDecisions, Attempt | None, Attempt | None]:
    """Its takes, the one that is ordered to be primary, and one that may be: whole films may be read for it."""
    studio, decisions = beat.work.studio, beat.decisions()
    wanted = ordered(studio, decisions, beat.payload)
    return decisions, wanted, adoptable(studio, decisions.takes, beat.payload)


def require_taken(beat: BeatWork, attempt: Attempt) -> None:
    """Refuse to go on after a job that the provider did not take: it would not take the next one either."""
    if not attempt.is_open and not attempt.was_sent:
        raise RecoilError(
            f"beat {beat.beat.beat_id} was not taken by {attempt.intent.provider}: {attempt.error}",
            cure=cure_of_refusal(attempt),
        )


def _next_overlay(beat: BeatWork, takes: BeatTakes) -> Overlay:
    """What the next attempt changes, by what failed before it."""
    work = beat.work
    max_takes = work.choices.max_takes
    answer = work.retries.next(work.cell, beat.payload, takes.attempts, max_takes=max_takes)
    if isinstance(answer, tuple):
        return Overlay(changes=answer)
    if isinstance(answer, Retry):
        return Overlay(changes=answer.changes)
    _note_exhausted(beat, takes, exhaustion_reason(answer))
    raise handed_over(_ended(beat, takes, answer.failure, answer.handovers), answer)


def _ended(beat: BeatWork, takes: BeatTakes, failure: Failure | None, handovers: Sequence[Handover]) -> Ended:
    """The beat as it is handed over, a split of it staged where that may help; None for no failure of this request."""
    work = beat.work
    split = proposed_split(work, beat.body, beat.payload, failure, handovers) if failure else ""
    return Ended(work.cell, beat.payload, takes.attempts, work.choices.max_takes, handovers, split)


def _lost(takes: BeatTakes, payload: BeatPayload) -> Attempt | None:
    """The take to bring back where nothing is there of this request: its primary, or another that succeeded.

    Asked where no take of the request has its media: whatever succeeded was lost.
    """
    if takes.primary is not None and takes.primary.intent.basis == payload.basis:
        return takes.primary
    made = (item for item in reversed(takes.attempts) if item.intent.basis == payload.basis)
    return next((item for item in made if item.succeeded), None)


async def _carry_on(work: CellWork, takes: BeatTakes) -> bool:
    """Carry on what is open of a beat that is nobody else's: its settled state may have been damaged since."""
    for attempt in takes.attempts:
        if attempt.is_open:
            try:
                await work.dispatcher.resume(attempt)
            except RecoilError as error:
                work.studio.note("attempt_not_resumed", attempt_id=attempt.attempt_id, error=error.message)
    return True


async def attempt_once(
    beat: BeatWork,
    earlier: tuple[Attempt, ...],
    overlay: Overlay = PLAIN,
    *,
    before_sending: Callable[[AttemptIntent], None] = lambda _: None,
) -> Attempt:
    """One more attempt at a beat, when it is its turn.

    Args:
        before_sending: what has to hold beside the gates at the moment of spending; raises where it does not.
    """
    work = beat.work
    model = apply_changes(beat.payload.request, overlay.changes).model
    provider = work.studio.provider_of(rate_of(work.studio, beat.beat, model))
    async with work.dispatcher.turn(provider, model, work.cell):
        intent, references = await work.lanes.work(_opened, beat, earlier, overlay)
        if intent.board_digest:
            await work.lanes.ledger(check_price_ceiling, work.studio, beat.body, intent)

        def look_again() -> None:
            work.require_planned_still()
            now, _ = work.scene()
            require_gates(work, now, beat.body)
            check_price_ceiling(work.studio, beat.body, intent)
            work.require_recorded(DISPATCH_PAYLOADS, payloads_version(payloads_now(work, beat.body)))
            before_sending(intent)

        return await carry_out(work, intent, Clearance(look_again=look_again, references=references))


def _opened(
    beat: BeatWork, earlier: tuple[Attempt, ...], overlay: Overlay
) -> tuple[AttemptIntent, Sequence[SentReference]]:
    """The intent of the next attempt, and the references to send with it, read once."""
    work, request = beat.work, beat.payload.request
    references = read_references(work.studio, apply_changes(request, overlay.changes))
    board = view_board(work.studio, beat.body).approved if beat.beat.multi_shot else None
    order = Order(
        kind="take",
        beat=beat.beat,
        request=request,
        manifest=beat.manifest,
        board_digest=board.digest if board else "",
        overlay=overlay,
    )
    return open_intent(work, order, earlier), references


def choose(work: CellWork, beat: Beat, attempt: Attempt) -> Slate:
    """Make a take that succeeded the primary."""
    current = work.studio.primaries.current(work.cell.episode, beat.shot_set)
    choice = PrimaryChoice(
        number=current.number + 1 if current else 1,
        shot_set=beat.shot_set,
        attempt_id=attempt.attempt_id,
        chosen_at=work.studio.clock.now(),
        chosen_by=f"run {work.options.run_id}",
    )
    work.studio.primaries.choose(work.cell.episode, choice)
    work.studio.note(
        "beat_primary_selected",
        episode=work.cell.episode,
        batch=work.cell.batch,
        beat_id=beat.beat_id,
        attempt_id=attempt.attempt_id,
    )
    return Slate(beat, attempt)


async def _recover(beat: BeatWork, decisions: BeatDecisions, lost: Attempt) -> Slate:
    """Bring back the missing media of ``lost``: fetched again by its request id, else made once more.

    What is made again costs again: a person agrees to it by batch. It is one attempt, never a loop; every lost
    success gives room for one, whatever ``max_takes`` says.

    Raises:
        BlockedError: ``media_missing``, with what it would cost.
    """
    work, payload, takes = beat.work, beat.payload, decisions.takes
    references = await work.lanes.work(read_references, work.studio, lost.intent.sent)
    altered = work.studio.media.present(lost.intent.media_path)
    if not altered and await work.dispatcher.refetch(lost, references):
        work.studio.note("take_media_recovered", attempt_id=lost.attempt_id)
        if takes.primary is lost:
            return Slate(payload.beat, lost)
        return await work.lanes.work(choose, work, payload.beat, lost)
    if not altered and decisions.approved:
        raise BlockedError(
            "media_missing",
            f"the media of the approved take {lost.intent.number} of {beat.beat.beat_id} "
            f"({lost.intent.media_path}) is gone, and the provider no longer has it",
            cure="restore the file from a backup, or take the approval back (recoil take unapprove), "
            "then recover the batch",
        )
    usd = price_of(work.studio, lost.intent.sent)
    if altered or not (work.cell in work.options.recover or usd == ZERO):
        raise media_missing(work, lost, usd, altered=altered)
    of_this = [item for item in takes.attempts if item.succeeded and item.intent.basis == payload.basis]
    room = work.choices.max_takes + sum(not has_its_media(work.studio, item) for item in of_this)
    if attempts_used(takes.attempts, basis=payload.basis) >= room:
        raise await work.lanes.work(_exhausted, beat, takes)
    await work.lanes.work(require_gates, work, beat.manifest, beat.body)
    attempt = await attempt_once(beat, takes.attempts, Overlay(changes=lost.intent.changes))
    if attempt.is_open:
        raise unsettled(f"beat {payload.beat.beat_id}", [attempt])
    if not attempt.succeeded:
        raise RecoilError(
            f"beat {payload.beat.beat_id}: making its lost take again failed: {attempt.error}",
            cure="see to the reason, then recover the batch again",
        )
    return await work.lanes.work(choose, work, payload.beat, attempt)


def _note_exhausted(beat: BeatWork, takes: BeatTakes, reason: str) -> None:
    """Say that nothing more is tried for the beat, why, and what was tried."""
    failed = failures_of(takes.attempts, beat.payload.basis)
    beat.work.studio.note(
        "beat_exhausted",
        episode=beat.work.cell.episode,
        beat_id=beat.beat.beat_id,
        exhaustion_reason=reason,
        strategies_tried=[change.strategy for change in failed[-1].intent.changes] if failed else [],
    )


def _exhausted(beat: BeatWork, takes: BeatTakes) -> RecoilError:
    work, payload = beat.work, beat.payload
    _note_exhausted(beat, takes, ExhaustionReason.TAKES.value)
    failed = failures_of(takes.attempts, payload.basis)
    handovers = work.retries.handovers(payload, takes.attempts)
    return takes_exhausted(_ended(beat, takes, failure_of(failed[-1]) if failed else None, handovers))
