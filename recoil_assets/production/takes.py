"""``takes``: rendering what is not rendered yet, and only that. The one stage that spends on video."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import BlockedError, ProviderError, RecoilError
from recoil_assets.domain.money import ZERO, show
from recoil_assets.domain.scene import Beat, SceneBody, SceneManifest
from recoil_assets.domain.take import BeatStanding, BeatTakes, PrimaryChoice, beat_standing
from recoil_assets.production.attempts import Order, open_intent, read_references
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.dispatch import Clearance
from recoil_assets.production.gates import check_board, check_freshness, check_no_drift, view_board
from recoil_assets.production.outcome import Materialised, Table
from recoil_assets.production.payloads import BeatPayload, cell_payloads, payloads_version
from recoil_assets.production.ports import SentReference
from recoil_assets.production.stages import DISPATCH_PAYLOADS, TAKES
from recoil_assets.production.studio import Studio


class UnsettledError(RecoilError):
    """An attempt's money or result is uncertain; the beat waits."""


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
    manifest, body = work.scene()
    payloads = cell_payloads(work.studio, body, work.choices)
    work.require_recorded(DISPATCH_PAYLOADS, payloads_version(payloads))
    work.studio.media.require_root()
    if any(_needs_rendering(work, payload) for payload in payloads):
        _gates(work, manifest, body)
    results = await asyncio.gather(
        *(_render_beat(work, manifest, body, payload) for payload in payloads), return_exceptions=True
    )
    _raise_worst([result for result in results if isinstance(result, BaseException)])
    slates = [result for result in results if isinstance(result, Slate)]
    return Materialised(
        cell=work.cell,
        stage=TAKES,
        data_version=takes_version(slates),
        consumed=consumed,
        facts={
            "takes": Table(tuple(_row(slate) for slate in slates)),
            "cost": show(sum((slate.attempt.cost_usd for slate in slates), Decimal(0))),
            "seconds": round(sum(slate.beat.duration_s for slate in slates), 3),
            **{
                f"video_{index}": work.studio.media.path(slate.attempt.intent.media_path)
                for index, slate in enumerate(slates, start=1)
            },
        },
    )


def takes_version(slates: Sequence[Slate]) -> str:
    """Digest of the primary takes: which attempts, and their media."""
    return digest_of([[slate.beat.shot_set, slate.attempt.attempt_id, slate.sha256] for slate in slates])


def read_takes(studio: Studio, episode: str, beat: Beat) -> BeatTakes:
    """Everything known about a beat's takes."""
    attempts = studio.journal.attempts(episode, "take", beat.shot_set)
    choice = studio.primaries.current(episode, beat.shot_set)
    primary = next((item for item in attempts if choice and item.attempt_id == choice.attempt_id), None)
    present = primary is not None and studio.media.present(primary.intent.media_path)
    return BeatTakes(attempts=attempts, primary=primary, primary_media_present=present)


def is_generated(studio: Studio, cell: Cell) -> bool:
    """Whether every beat of the cell has a primary of exactly its present request. Reads only."""
    manifest = studio.scenes.manifest(cell)
    if manifest is None:
        return False
    choices = studio.choices(cell.episode)
    payloads = cell_payloads(studio, studio.scenes.body(cell, manifest.active_version.digest), choices)
    return all(
        beat_standing(
            read_takes(studio, cell.episode, payload.beat),
            basis=payload.request.digest,
            max_takes=choices.max_takes,
        )
        is BeatStanding.CURRENT
        for payload in payloads
    )


def _needs_rendering(work: CellWork, payload: BeatPayload) -> bool:
    takes = read_takes(work.studio, work.cell.episode, payload.beat)
    standing = beat_standing(takes, basis=payload.request.digest, max_takes=work.choices.max_takes)
    return standing is BeatStanding.RENDER and _adoptable(work.studio, takes, payload) is None


def _gates(work: CellWork, manifest: SceneManifest, body: SceneBody) -> None:
    """Everything that has to hold before money moves for this cell."""
    if work.options.resume_only:
        raise BlockedError(
            "resume_only",
            "this run was not asked for by a person; it settles what was sent and sends nothing new",
            cure="materialise takes for this cell",
        )
    check_freshness(manifest, body)
    planned = work.planned_body()
    if planned is not None:
        check_no_drift(work.cell, manifest, planned)
    check_board(work.studio, body)


async def _render_beat(
    work: CellWork, manifest: SceneManifest, body: SceneBody, payload: BeatPayload
) -> Slate:
    episode, beat = work.cell.episode, payload.beat
    with work.studio.locks.beat(episode, beat.shot_set):
        while True:
            takes = read_takes(work.studio, episode, beat)
            standing = beat_standing(takes, basis=payload.request.digest, max_takes=work.choices.max_takes)
            if standing is BeatStanding.CURRENT and takes.primary is not None:
                return Slate(beat, takes.primary)
            if (ready := _adoptable(work.studio, takes, payload)) is not None:
                return _choose(work, beat, ready)
            if standing is BeatStanding.MEDIA_MISSING and takes.primary is not None:
                return await _recover(work, payload, takes.primary)
            if standing in (BeatStanding.UNSETTLED, BeatStanding.LIVE):
                raise _unsettled(beat, takes)
            if standing is BeatStanding.EXHAUSTED:
                raise _exhausted(work, payload, takes)
            attempt = await _attempt(work, manifest, body, payload, takes.attempts)
            if attempt.succeeded:
                return _choose(work, beat, attempt)
            if not attempt.is_open and not attempt.was_sent:
                raise RecoilError(
                    f"beat {beat.beat_id} was not taken by {attempt.intent.provider}: {attempt.error}",
                    cure="nothing was spent; see to the provider, then materialise takes again",
                )


async def _attempt(
    work: CellWork,
    manifest: SceneManifest,
    body: SceneBody,
    payload: BeatPayload,
    earlier: tuple[Attempt, ...],
) -> Attempt:
    """One more attempt at a beat."""
    references = await asyncio.to_thread(read_references, work.studio, payload.request)
    board = view_board(work.studio, body).approved if payload.beat.multi_shot else None
    order = Order(
        kind="take",
        beat=payload.beat,
        request=payload.request,
        manifest=manifest,
        board_digest=board.digest if board else "",
    )
    intent = open_intent(work, order, earlier)

    def look_again() -> None:
        now, _ = work.scene()
        _gates(work, now, body)
        work.require_recorded(
            DISPATCH_PAYLOADS, payloads_version(cell_payloads(work.studio, body, work.choices))
        )

    try:
        return await work.dispatcher.fulfil(intent, Clearance(look_again=look_again, references=references))
    except ProviderError as error:
        attempt = work.studio.journal.attempt(intent.attempt_id)
        if attempt.is_open:
            raise UnsettledError(
                f"take {intent.number} of {payload.beat.beat_id} was sent, and then {error.message}",
                cure="materialise takes for this cell again: the job is polled, never sent twice",
            ) from error
        raise


def _adoptable(studio: Studio, takes: BeatTakes, payload: BeatPayload) -> Attempt | None:
    """A succeeded take of exactly this request that is not the primary yet: a late result, or one returned to."""
    if takes.primary is not None and takes.primary.intent.basis == payload.request.digest:
        return None
    for attempt in reversed(takes.attempts):
        if (
            attempt.succeeded
            and attempt.intent.basis == payload.request.digest
            and studio.media.present(attempt.intent.media_path)
        ):
            return attempt
    return None


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
    work.studio.ops_log.write(
        "beat_primary_selected",
        episode=work.cell.episode,
        batch=work.cell.batch,
        beat_id=beat.beat_id,
        attempt_id=attempt.attempt_id,
    )
    return Slate(beat, attempt)


async def _recover(work: CellWork, payload: BeatPayload, primary: Attempt) -> Slate:
    """Fetch the missing media of a primary again by its request id. Never bought again unasked."""
    references: Sequence[SentReference] = await asyncio.to_thread(
        read_references, work.studio, payload.request
    )
    if await work.dispatcher.refetch(primary, references):
        work.studio.ops_log.write("take_media_recovered", attempt_id=primary.attempt_id)
        return Slate(payload.beat, primary)
    raise BlockedError(
        "media_missing",
        f"the media of take {primary.intent.number} of {payload.beat.beat_id} is gone ({primary.intent.media_path}), "
        "and the provider no longer has it",
        cure="restore the file from a backup; it is not paid for again unasked",
    )


def _unsettled(beat: Beat, takes: BeatTakes) -> UnsettledError:
    waiting = [attempt for attempt in takes.attempts if attempt.is_open]
    listed = "; ".join(
        f"take {attempt.intent.number} is {attempt.state} with {show(attempt.intent.estimate_usd)} held"
        + (f" ({attempt.error})" if attempt.error else "")
        for attempt in waiting
    )
    return UnsettledError(
        f"beat {beat.beat_id} waits: {listed}",
        cure="nothing is sent again; look at the provider's own record: recoil take list",
    )


def _exhausted(work: CellWork, payload: BeatPayload, takes: BeatTakes) -> TakesExhaustedError:
    last = takes.attempts[-1]
    work.studio.ops_log.write(
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


def _row(slate: Slate) -> dict[str, str | int | float | bool | None]:
    intent = slate.attempt.intent
    return {
        "beat": slate.beat.beat_id,
        "take": intent.number,
        "seconds": intent.request.duration_s,
        "model": intent.request.model,
        "seed": intent.request.seed,
        "cost_usd": str(slate.attempt.cost_usd or ZERO),
        "file": intent.media_path,
        "basis": intent.basis[:12],
    }
