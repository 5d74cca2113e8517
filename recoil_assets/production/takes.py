"""``takes``: rendering what is not rendered yet, and only that. The one stage that spends on video."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptState
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import BlockedError, RecoilError
from recoil_assets.domain.money import ZERO, show
from recoil_assets.domain.scene import Beat, SceneBody, SceneManifest
from recoil_assets.domain.take import BeatStanding, BeatTakes, PrimaryChoice, beat_standing
from recoil_assets.production.attempts import Order, open_intent, read_references
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.dispatch import Clearance
from recoil_assets.production.gates import check_board, check_freshness, check_no_drift, view_board
from recoil_assets.production.job_facts import left_out_of
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
    # A version without beats was imported without its structure: nothing of it can be said to be done.
    if not payloads or any(_needs_rendering(work, payload) for payload in payloads):
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


def require_asked_for(work: CellWork, stage: str) -> None:
    """Refuse to send anything new in a run that nobody asked for.

    Raises:
        BlockedError: ``resume_only``.
    """
    if work.options.resume_only:
        raise BlockedError(
            "resume_only",
            "this run was not asked for by a person; it settles what was sent and sends nothing new",
            cure=f"materialise {stage} for this cell",
        )


async def carry_out(work: CellWork, intent: AttemptIntent, clearance: Clearance) -> Attempt:
    """Make one attempt, of a take or a board.

    Raises:
        UnsettledError: it was sent, and then something failed that the next run carries on from.
    """
    try:
        return await work.dispatcher.fulfil(intent, clearance)
    except (RecoilError, OSError) as error:
        attempt = work.studio.journal.attempt(intent.attempt_id)
        if attempt.is_open and attempt.was_sent:
            what = error.message if isinstance(error, RecoilError) else str(error)
            raise UnsettledError(
                f"{intent.kind} {intent.number} of {intent.beat_id} was sent, and then {what}",
                cure="materialise this cell again: the job is polled, never sent twice",
            ) from error
        raise


def unsettled(subject: str, attempts: Sequence[Attempt]) -> UnsettledError:
    """Why ``subject`` waits: every attempt at it that is still open."""
    listed = "; ".join(
        f"{attempt.intent.kind} {attempt.intent.number} is {attempt.state} "
        f"with {show(attempt.intent.estimate_usd)} held" + (f" ({attempt.error})" if attempt.error else "")
        for attempt in attempts
        if attempt.is_open
    )
    return UnsettledError(
        f"{subject} waits: {listed}",
        cure="nothing is sent again; look at the provider's own record: recoil take list",
    )


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
            basis=payload.request.digest,
            max_takes=choices.max_takes,
        )
        is BeatStanding.CURRENT
        for payload in payloads
    )


def adoptable(studio: Studio, takes: BeatTakes, payload: BeatPayload) -> Attempt | None:
    """A succeeded take of exactly this request that is not the primary yet: a late result, or one returned to."""
    if takes.primary is not None and takes.primary.intent.basis == payload.request.digest:
        return None
    for attempt in reversed(takes.attempts):
        if (
            attempt.succeeded
            and attempt.intent.basis == payload.request.digest
            and has_its_media(studio, attempt)
        ):
            return attempt
    return None


def _needs_rendering(work: CellWork, payload: BeatPayload) -> bool:
    takes = read_takes(work.studio, work.cell.episode, payload.beat)
    standing = beat_standing(takes, basis=payload.request.digest, max_takes=work.choices.max_takes)
    return standing is BeatStanding.RENDER and adoptable(work.studio, takes, payload) is None


def _gates(work: CellWork, manifest: SceneManifest, body: SceneBody) -> None:
    """Everything that has to hold before money moves for this cell."""
    require_asked_for(work, TAKES)
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
            if (ready := adoptable(work.studio, takes, payload)) is not None:
                return _choose(work, beat, ready)
            if standing is BeatStanding.MEDIA_MISSING and takes.primary is not None:
                return await _recover(work, payload, takes.primary)
            if standing in (BeatStanding.UNSETTLED, BeatStanding.LIVE):
                raise unsettled(f"beat {beat.beat_id}", takes.attempts)
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
    intent = await asyncio.to_thread(open_intent, work, order, earlier)
    _check_price_ceiling(work, body, intent)

    def look_again() -> None:
        work.require_planned_still()
        now, _ = work.scene()
        _gates(work, now, body)
        _check_price_ceiling(work, body, intent)
        work.require_recorded(
            DISPATCH_PAYLOADS, payloads_version(cell_payloads(work.studio, body, work.choices))
        )

    return await carry_out(work, intent, Clearance(look_again=look_again, references=references))


def _check_price_ceiling(work: CellWork, body: SceneBody, intent: AttemptIntent) -> None:
    """Refuse what would pass the ceiling of the approval it is made on.

    All that was ever spent or is held on the approved board counts. The beat's lock is held, so nothing is
    added to it meanwhile.

    Raises:
        BlockedError: ``price_ceiling_reached``.
    """
    review = view_board(work.studio, body).review
    if review is None or review.price_ceiling_usd is None or review.board_digest != intent.board_digest:
        return
    committed = sum(
        (
            attempt.intent.estimate_usd if attempt.is_open else attempt.cost_usd
            for attempt in work.studio.journal.attempts(intent.episode, "take", intent.shot_set)
            if attempt.intent.board_digest == review.board_digest and attempt.attempt_id != intent.attempt_id
        ),
        ZERO,
    )
    if committed + intent.estimate_usd > review.price_ceiling_usd:
        raise BlockedError(
            "price_ceiling_reached",
            f"the board of {work.cell} was approved for {show(review.price_ceiling_usd)}, of which "
            f"{show(committed)} is spent or held; the attempt may cost {show(intent.estimate_usd)}",
            cure="approve the board again with a higher --price-ceiling, or choose a cheaper model",
        )


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


async def _recover(work: CellWork, payload: BeatPayload, primary: Attempt) -> Slate:
    """Fetch the missing media of a primary again by its request id. Never bought again unasked."""
    references: Sequence[SentReference] = await asyncio.to_thread(
        read_references, work.studio, payload.request
    )
    altered = work.studio.media.present(primary.intent.media_path)
    if not altered and await work.dispatcher.refetch(primary, references):
        work.studio.note("take_media_recovered", attempt_id=primary.attempt_id)
        return Slate(payload.beat, primary)
    raise BlockedError(
        "media_missing",
        f"the media of take {primary.intent.number} of {payload.beat.beat_id} ({primary.intent.media_path}) "
        + ("is not the file that was fetched" if altered else "is gone, and the provider no longer has it"),
        cure="restore the file from a backup"
        + (", or delete it and materialise takes to fetch it again" if altered else "")
        + "; it is not paid for again unasked",
    )


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
        "left_out": ", ".join(left_out_of(slate.attempt)),
        "basis": intent.basis[:12],
    }
