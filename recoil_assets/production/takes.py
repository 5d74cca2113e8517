"""``takes``: rendering what is not rendered yet, and only that. The one stage that spends on video."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from decimal import Decimal

from recoil_assets.domain.attempt import Attempt
from recoil_assets.domain.board import VOID
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import BlockedError, PayloadBuildError
from recoil_assets.domain.money import show
from recoil_assets.domain.scene import Beat, SceneBody, SceneManifest
from recoil_assets.domain.take import BeatStanding, beat_standing
from recoil_assets.production.beat_takes import read_decisions, read_takes
from recoil_assets.production.carrying_out import UnsettledError
from recoil_assets.production.cell_work import CellWork
from recoil_assets.production.gates import require_manifest
from recoil_assets.production.outcome import Displaced, Materialised, Table
from recoil_assets.production.payloads import BeatPayload, cell_payloads, payloads_now, payloads_version
from recoil_assets.production.rendering import BeatWork, Slate, needs_rendering, render_beat, require_gates
from recoil_assets.production.reroll import require_reroll, reroll_beat, slate_beside
from recoil_assets.production.stages import DISPATCH_PAYLOADS, TAKES
from recoil_assets.production.studio import Studio
from recoil_assets.production.take_provenance import take_row


async def render_takes(work: CellWork) -> Materialised:
    """Give every beat of the cell a primary of exactly its present request; or make the one take a person ordered.

    Raises:
        BlockedError: a gate, a cap or an upstream awaits a person.
        UnsettledError: an attempt is uncertain or still with the provider.
        RecoilError: a beat failed. All beats are tried before the first of these is raised.
    """
    consumed = work.consumed(TAKES)
    async with work.dispatcher.admitted(work.cell):
        manifest, body, payloads, to_render = await work.lanes.look(_look, work)
        if to_render:
            _log_sequence(work, "sequence_started", beats=len(payloads))
        beats = [BeatWork(work, manifest, body, payload) for payload in payloads]
        results = await asyncio.gather(
            *(_logged(work, beat.beat, _work_on(beat)) for beat in beats), return_exceptions=True
        )
    errors = [result for result in results if isinstance(result, BaseException)]
    if to_render:
        _log_sequence(work, "sequence_complete", status="failed" if errors else "succeeded")
    _raise_worst(errors)
    slates = [result for result in results if isinstance(result, Slate)]
    return await work.lanes.work(_made, work.studio, work.cell, slates, consumed)


def recorded_takes(studio: Studio, cell: Cell, recorded: Mapping[str, str]) -> Materialised | None:
    """The result of ``takes`` for a cell whose primaries somebody just chose. Reads only.

    Args:
        recorded: data version of every stage's latest record.

    Returns:
        None where a beat has no primary of exactly its present request, or that request is not the one recorded.
    """
    manifest = require_manifest(studio, cell)
    choices = studio.cell_choices(cell)
    payloads = cell_payloads(studio, studio.scenes.body(cell, manifest.active_version.digest), choices)
    version = payloads_version(payloads)
    if not payloads or recorded.get(DISPATCH_PAYLOADS) != version:
        return None
    slates = []
    for payload in payloads:
        takes = read_takes(studio, cell.episode, payload.beat)
        standing = beat_standing(takes, basis=payload.basis, max_takes=choices.max_takes)
        if standing is not BeatStanding.CURRENT or takes.primary is None:
            return None
        slates.append(Slate(payload.beat, takes.primary))
    return _made(studio, cell, slates, {DISPATCH_PAYLOADS: version})


def displaced_takes(studio: Studio, cell: Cell, recorded: Mapping[str, str]) -> Displaced | None:
    """What the cell has in place of the takes that are recorded for it; None where it has exactly those.

    A primary may be chosen or released while another beat of the cell keeps ``takes`` from being recorded anew. Then
    the cut shows a take that is no longer the cell's.

    Args:
        recorded: data version of every stage's latest record.
    """
    was, manifest = recorded.get(TAKES, VOID), studio.scenes.manifest(cell)
    if was == VOID or manifest is None:
        return None
    beats = studio.scenes.body(cell, manifest.active_version.digest).beats
    primaries = [(beat, read_takes(studio, cell.episode, beat).primary) for beat in beats]
    version = digest_of([_identified(beat, primary) for beat, primary in primaries])
    if version == was:
        return None
    rows = tuple(
        {
            "beat": beat.beat_id,
            "primary": f"take {primary.intent.number}" if primary else "none",
            "file": primary.intent.media_path if primary else "",
        }
        for beat, primary in primaries
    )
    return Displaced(cell=cell, stage=TAKES, data_version=version, facts={"primaries": Table(rows)})


def _identified(beat: Beat, primary: Attempt | None) -> list[str]:
    """What tells a beat's primary from any other: which attempt, and its media; nothing where there is none."""
    return [beat.shot_set, primary.attempt_id, Slate(beat, primary).sha256] if primary else [beat.shot_set]


def _made(studio: Studio, cell: Cell, slates: Sequence[Slate], consumed: Mapping[str, str]) -> Materialised:
    """The cell's takes as a result, with what people decided about them."""
    decisions = [read_decisions(studio, cell.episode, slate.beat) for slate in slates]
    return Materialised(
        cell=cell,
        stage=TAKES,
        data_version=takes_version(slates),
        consumed=consumed,
        facts={
            "takes": Table(
                tuple(
                    take_row(slate.beat, slate.attempt, beat)
                    for slate, beat in zip(slates, decisions, strict=True)
                )
            ),
            "cost": show(sum((slate.attempt.cost_usd for slate in slates), Decimal(0))),
            "seconds": round(sum(slate.attempt.intent.sent.duration_s for slate in slates), 3),
            **{
                f"video_{index}": studio.media.path(slate.attempt.intent.media_path)
                for index, slate in enumerate(slates, start=1)
            },
        },
    )


def _log_sequence(work: CellWork, event: str, **facts: object) -> None:
    work.studio.note(event, episode=work.cell.episode, batch=work.cell.batch, **facts)


def _look(work: CellWork) -> tuple[SceneManifest, SceneBody, tuple[BeatPayload, ...], bool]:
    """What the cell is to be rendered from, and whether any of it is to be: then the gates are looked at."""
    manifest, body = work.scene()
    payloads = payloads_now(work, body)
    if work.options.reroll is not None:
        require_reroll(work, work.options.reroll, body, payloads)
    work.require_recorded(DISPATCH_PAYLOADS, payloads_version(payloads))
    work.studio.media.require_root()
    if work.options.reroll is not None:
        return manifest, body, payloads, True
    beats = [BeatWork(work, manifest, body, payload) for payload in payloads]
    # A version without beats was imported without its structure: nothing of it can be said to be done.
    to_render = not beats or any(needs_rendering(beat) for beat in beats)
    if to_render:
        require_gates(work, manifest, body)
    return manifest, body, payloads, to_render


def _work_on(beat: BeatWork) -> Awaitable[Slate]:
    reroll = beat.work.options.reroll
    if reroll is None:
        return render_beat(beat)
    if reroll.beat in (beat.beat.beat_id, beat.work.cell.batch):
        return reroll_beat(beat, reroll)
    return slate_beside(beat)


def takes_version(slates: Sequence[Slate]) -> str:
    """Digest of the primary takes: which attempts, and their media."""
    return digest_of([_identified(slate.beat, slate.attempt) for slate in slates])


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


def _raise_worst(errors: list[BaseException]) -> None:
    """Failed before unsettled before blocked: a cell ends as the first of these that applies."""
    if not errors:
        return

    def rank(error: BaseException) -> int:
        if isinstance(error, BlockedError):
            return 2
        return 1 if isinstance(error, UnsettledError) else 0

    raise min(errors, key=rank)
