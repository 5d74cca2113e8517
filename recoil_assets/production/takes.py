"""``takes``: rendering what is not rendered yet, and only that. The one stage that spends on video."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptState
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import BlockedError, PayloadBuildError, RecoilError
from recoil_assets.domain.money import ZERO, show
from recoil_assets.domain.scene import Beat, SceneBody, SceneManifest
from recoil_assets.domain.take import BeatStanding, BeatTakes, PrimaryChoice, attempts_used, beat_standing
from recoil_assets.production.attempts import Order, open_intent, read_references
from recoil_assets.production.carrying_out import (
    UnsettledError,
    carry_out,
    media_missing,
    require_asked_for,
    unsettled,
)
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.dispatch import Clearance
from recoil_assets.production.gates import check_board, check_freshness, check_no_drift, view_board
from recoil_assets.production.outcome import Materialised, Table
from recoil_assets.production.payloads import BeatPayload, cell_payloads, payloads_version
from recoil_assets.production.ports import SentReference
from recoil_assets.production.price_ceiling import check_price_ceiling
from recoil_assets.production.requests import rate_of
from recoil_assets.production.stages import DISPATCH_PAYLOADS, TAKES
from recoil_assets.production.studio import Studio
from recoil_assets.production.take_provenance import take_row


class TakesExhaustedError(RecoilError):
    """Every attempt a request may have was made, and failed."""


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


async def render_takes(work: CellWork) -> Materialised:
    """Give every beat of the cell a primary of exactly its present request.

    Raises:
        BlockedError: a gate, a cap or an upstream awaits a person.
        UnsettledError: an attempt is uncertain or still with the provider.
        RecoilError: a beat failed. All beats are tried before the first of these is raised.
    """
    consumed = work.consumed(TAKES)
    async with work.dispatcher.looking:
        manifest, body, payloads, to_render = await asyncio.to_thread(_look, work)
    if to_render:
        _log_sequence(work, "sequence_started", beats=len(payloads))
    results = await asyncio.gather(
        *(_logged(work, payload.beat, _render_beat(work, manifest, body, payload)) for payload in payloads),
        return_exceptions=True,
    )
    errors = [result for result in results if isinstance(result, BaseException)]
    if to_render:
        _log_sequence(work, "sequence_complete", status="failed" if errors else "succeeded")
    _raise_worst(errors)
    slates = [result for result in results if isinstance(result, Slate)]
    return Materialised(
        cell=work.cell,
        stage=TAKES,
        data_version=takes_version(slates),
        consumed=consumed,
        facts={
            "takes": Table(tuple(take_row(slate.beat, slate.attempt) for slate in slates)),
            "cost": show(sum((slate.attempt.cost_usd for slate in slates), Decimal(0))),
            "seconds": round(sum(slate.beat.duration_s for slate in slates), 3),
            **{
                f"video_{index}": work.studio.media.path(slate.attempt.intent.media_path)
                for index, slate in enumerate(slates, start=1)
            },
        },
    )


def _log_sequence(work: CellWork, event: str, **facts: object) -> None:
    work.studio.note(event, episode=work.cell.episode, batch=work.cell.batch, **facts)


def _look(work: CellWork) -> tuple[SceneManifest, SceneBody, tuple[BeatPayload, ...], bool]:
    """What the cell is to be rendered from, and whether any of it is to be: then the gates are looked at."""
    manifest, body = work.scene()
    payloads = cell_payloads(work.studio, body, work.choices)
    work.require_recorded(DISPATCH_PAYLOADS, payloads_version(payloads))
    work.studio.media.require_root()
    # A version without beats was imported without its structure: nothing of it can be said to be done.
    to_render = not payloads or any(_needs_rendering(work, payload) for payload in payloads)
    if to_render:
        _gates(work, manifest, body)
    return manifest, body, payloads, to_render


def takes_version(slates: Sequence[Slate]) -> str:
    """Digest of the primary takes: which attempts, and their media."""
    return digest_of([[slate.beat.shot_set, slate.attempt.attempt_id, slate.sha256] for slate in slates])


def read_takes(studio: Studio, episode: str, beat: Beat) -> BeatTakes:
    """Everything known about a beat's takes."""
    attempts = studio.journal.attempts(episode, "take", beat.shot_set)
    choice = studio.primaries.current(episode, beat.shot_set)
    primary = next((item for item in attempts if choice and item.attempt_id == choice.attempt_id), None)
    present = primary is not None and has_its_media(studio, primary)
    return BeatTakes(attempts=attempts, primary=primary, primary_media_present=present)


def has_its_media(studio: Studio, attempt: Attempt) -> bool:
    """Whether the media of a take is on disk, as long as it was when it was fetched."""
    path, downloaded = attempt.intent.media_path, attempt.record(AttemptState.DOWNLOADED)
    if downloaded is None or not studio.media.present(path):
        return False
    return downloaded.facts.get("bytes") in (None, studio.media.path(path).stat().st_size)


def is_generated(studio: Studio, cell: Cell) -> bool:
    """Whether every beat of the cell has a primary of exactly its present request. Reads only."""
    manifest = studio.scenes.manifest(cell)
    if manifest is None:
        return False
    choices = studio.cell_choices(cell)
    payloads = cell_payloads(studio, studio.scenes.body(cell, manifest.active_version.digest), choices)
    return all(
        beat_standing(
            read_takes(studio, cell.episode, payload.beat),
            basis=payload.basis,
            max_takes=choices.max_takes,
        )
        is BeatStanding.CURRENT
        for payload in payloads
    )


def adoptable(studio: Studio, takes: BeatTakes, payload: BeatPayload) -> Attempt | None:
    """A succeeded take of exactly this request that is not the primary yet: a late result, or one returned to."""
    current = takes.primary is not None and takes.primary.intent.basis == payload.basis
    if current and takes.primary_media_present:
        return None
    for attempt in reversed(takes.attempts):
        if attempt.succeeded and attempt.intent.basis == payload.basis and has_its_media(studio, attempt):
            return attempt
    return None


def _needs_rendering(work: CellWork, payload: BeatPayload) -> bool:
    takes = read_takes(work.studio, work.cell.episode, payload.beat)
    standing = beat_standing(takes, basis=payload.basis, max_takes=work.choices.max_takes)
    return standing is BeatStanding.RENDER and adoptable(work.studio, takes, payload) is None


def _gates(work: CellWork, manifest: SceneManifest, body: SceneBody) -> None:
    """Everything that has to hold before money moves for this cell."""
    require_asked_for(work, TAKES)
    check_freshness(manifest, body)
    planned = work.planned_body()
    if planned is not None:
        check_no_drift(work.cell, manifest, planned)
    check_board(work.studio, body)


async def _logged(work: CellWork, beat: Beat, rendering: Awaitable[Slate]) -> Slate:
    """What stops a beat before anything is sent for it is an event of its own, with the beat's name."""
    try:
        return await rendering
    except (PayloadBuildError, BlockedError) as error:
        event = error.reason if isinstance(error, BlockedError) else "take_payload_build_error"
        if event in ("take_payload_build_error", "ref_integrity_blocked"):
            cell = work.cell
            work.studio.note(
                event, episode=cell.episode, batch=cell.batch, beat_id=beat.beat_id, error=error.message
            )
        raise


async def _render_beat(
    work: CellWork, manifest: SceneManifest, body: SceneBody, payload: BeatPayload
) -> Slate:
    episode, beat = work.cell.episode, payload.beat
    carried_on = False
    with work.studio.locks.beat(episode, beat.shot_set):
        while True:
            takes = read_takes(work.studio, episode, beat)
            standing = beat_standing(takes, basis=payload.basis, max_takes=work.choices.max_takes)
            if standing is BeatStanding.CURRENT and takes.primary is not None:
                return Slate(beat, takes.primary)
            if (ready := adoptable(work.studio, takes, payload)) is not None:
                return await asyncio.to_thread(_choose, work, beat, ready)
            if standing is BeatStanding.LIVE and not carried_on:
                carried_on = await _carry_on(work, takes)
                continue
            if standing in (BeatStanding.UNSETTLED, BeatStanding.LIVE):
                raise unsettled(f"beat {beat.beat_id}", takes.attempts)
            if (lost := _lost(takes, payload)) is not None:
                return await _recover(work, manifest, body, payload, takes, lost)
            if standing is BeatStanding.EXHAUSTED:
                raise _exhausted(work, payload, takes)
            attempt = await _attempt(work, manifest, body, payload, takes.attempts)
            if attempt.succeeded:
                return await asyncio.to_thread(_choose, work, beat, attempt)
            if not attempt.is_open and not attempt.was_sent:
                raise RecoilError(
                    f"beat {beat.beat_id} was not taken by {attempt.intent.provider}: {attempt.error}",
                    cure="nothing was spent; see to the provider, then materialise takes again",
                )


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


async def _attempt(
    work: CellWork,
    manifest: SceneManifest,
    body: SceneBody,
    payload: BeatPayload,
    earlier: tuple[Attempt, ...],
) -> Attempt:
    """One more attempt at a beat, when it is its turn."""
    model = payload.request.model
    provider = work.studio.provider_of(rate_of(work.studio, payload.beat, model))
    async with work.dispatcher.turn(provider, model):
        intent, references = await asyncio.to_thread(_opened, work, manifest, body, payload, earlier)

        def look_again() -> None:
            work.require_planned_still()
            now, _ = work.scene()
            _gates(work, now, body)
            check_price_ceiling(work.studio, body, intent)
            work.require_recorded(
                DISPATCH_PAYLOADS, payloads_version(cell_payloads(work.studio, body, work.choices))
            )

        return await carry_out(work, intent, Clearance(look_again=look_again, references=references))


def _opened(
    work: CellWork,
    manifest: SceneManifest,
    body: SceneBody,
    payload: BeatPayload,
    earlier: tuple[Attempt, ...],
) -> tuple[AttemptIntent, Sequence[SentReference]]:
    """The intent of the next attempt, and the references to send with it, read once."""
    references = read_references(work.studio, payload.request)
    board = view_board(work.studio, body).approved if payload.beat.multi_shot else None
    order = Order(
        kind="take",
        beat=payload.beat,
        request=payload.request,
        manifest=manifest,
        board_digest=board.digest if board else "",
    )
    intent = open_intent(work, order, earlier)
    check_price_ceiling(work.studio, body, intent)
    return intent, references


def _choose(work: CellWork, beat: Beat, attempt: Attempt) -> Slate:
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


async def _recover(
    work: CellWork,
    manifest: SceneManifest,
    body: SceneBody,
    payload: BeatPayload,
    takes: BeatTakes,
    lost: Attempt,
) -> Slate:
    """Bring back the missing media of ``lost``: fetched again by its request id, else made once more.

    What is made again costs again: a person agrees to it by batch. It is one attempt, never a loop; every lost
    success gives room for one, whatever ``max_takes`` says.

    Raises:
        BlockedError: ``media_missing``, with what it would cost.
    """
    references = await asyncio.to_thread(read_references, work.studio, payload.request)
    altered = work.studio.media.present(lost.intent.media_path)
    if not altered and await work.dispatcher.refetch(lost, references):
        work.studio.note("take_media_recovered", attempt_id=lost.attempt_id)
        if takes.primary is lost:
            return Slate(payload.beat, lost)
        return await asyncio.to_thread(_choose, work, payload.beat, lost)
    if altered or not _may_pay_again(work, payload):
        raise media_missing(work, lost, payload.quote.usd, altered=altered)
    of_this = [item for item in takes.attempts if item.succeeded and item.intent.basis == payload.basis]
    room = work.choices.max_takes + sum(not has_its_media(work.studio, item) for item in of_this)
    if attempts_used(takes.attempts, basis=payload.basis) >= room:
        raise _exhausted(work, payload, takes)
    await asyncio.to_thread(_gates, work, manifest, body)
    attempt = await _attempt(work, manifest, body, payload, takes.attempts)
    if attempt.is_open:
        raise unsettled(f"beat {payload.beat.beat_id}", [attempt])
    if not attempt.succeeded:
        raise RecoilError(
            f"beat {payload.beat.beat_id}: making its lost take again failed: {attempt.error}",
            cure="see to the reason, then recover the batch again",
        )
    return await asyncio.to_thread(_choose, work, payload.beat, attempt)


def _may_pay_again(work: CellWork, payload: BeatPayload) -> bool:
    """Whether lost media may be made again: a person said so, or it costs nothing."""
    return work.cell.batch in work.options.recover or payload.quote.usd == ZERO


def _exhausted(work: CellWork, payload: BeatPayload, takes: BeatTakes) -> TakesExhaustedError:
    last = takes.attempts[-1]
    work.studio.note(
        "beat_exhausted",
        episode=work.cell.episode,
        beat_id=payload.beat.beat_id,
        exhaustion_reason="max_takes_reached",
    )
    return TakesExhaustedError(
        f"beat {payload.beat.beat_id}: all {work.choices.max_takes} attempts failed; the last said: {last.error}",
        cure="change the shot, the model or max_takes, then materialise takes again",
    )


def _raise_worst(errors: list[BaseException]) -> None:
    """Failed before unsettled before blocked: a cell ends as the first of these that applies."""
    if not errors:
        return

    def rank(error: BaseException) -> int:
        if isinstance(error, BlockedError):
            return 2
        return 1 if isinstance(error, UnsettledError) else 0

    raise min(errors, key=rank)
