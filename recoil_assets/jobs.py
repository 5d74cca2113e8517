"""The jobs: what people and sensors start by name."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from recoil_assets.assets.cell_stages import REROLL_JOB
from recoil_assets.assets.dispatch_thread import outcomes_of
from recoil_assets.assets.presentation import metadata_of
from recoil_assets.assets.provenance import Lineage, log_materialisation
from recoil_assets.assets.reporting import CheckReport
from recoil_assets.domain.board import Decision
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.money import usd
from recoil_assets.production.cancelling import cancel
from recoil_assets.production.cell_work import RunOptions
from recoil_assets.production.in_flight import Awaited, awaited
from recoil_assets.production.outcome import Materialised
from recoil_assets.production.produce import Production
from recoil_assets.production.resolution import Finding, Resolution, resolve
from recoil_assets.production.review import Verdict, decide, recorded_review
from recoil_assets.production.scenes import Move, conform, live_cell, recorded_scene, revert
from recoil_assets.production.stages import (
    BOARD_REVIEWS,
    BOARDS,
    GENERATE_STAGES,
    PLANS,
    REFERENCES,
    SCENE_VERSIONS,
    STORYBOARD_STAGES,
    TAKES,
    stage_named,
)
from recoil_assets.production.studio import Studio
from recoil_assets.production.take_review import TakeAction, TakeSaid, review_take
from recoil_assets.production.takes import recorded_takes
from resources.dagster_resources import StudioResource

intake = dg.define_asset_job(
    "intake",
    selection=[PLANS],
    description="Validate the episode's plan and register its batches.",
    executor_def=dg.in_process_executor,
)
storyboards = dg.define_asset_job(
    "storyboards",
    selection=list(STORYBOARD_STAGES),
    description="Derive scenes and draw their boards.",
    executor_def=dg.in_process_executor,
)
generate = dg.define_asset_job(
    "generate",
    selection=list(GENERATE_STAGES),
    description="Generate takes for batches whose boards are approved. Spends.",
    executor_def=dg.in_process_executor,
)


finish_boards = dg.define_asset_job(
    "finish_boards",
    selection=[BOARDS, BOARD_REVIEWS],
    description="Make photoreal pictures of approved boards: name their batches under finish. Spends.",
    executor_def=dg.in_process_executor,
)


@dg.op(description="Carry on what was sent by runs that are gone: poll, fetch, settle. Sends nothing.")
def carry_on(context: dg.OpExecutionContext, studio: StudioResource) -> None:
    """Every open attempt of the project, whichever cell it is of; then record the cells that have a result by it."""
    with _acting(studio) as opened:
        waiting = awaited(opened)
    for stage, what in waiting.items():
        with _acting(studio) as opened:
            _carry_on(context, opened, stage, what)
    with _acting(studio) as opened:
        left = [f"{attempt.attempt_id} is {attempt.state}" for attempt in opened.journal.unfinished()]
    context.log.info(f"still open: {'; '.join(left)}" if left else "nothing is open any more")


def _carry_on(context: dg.OpExecutionContext, studio: Studio, stage: str, what: Awaited) -> None:
    """Settle what was sent, and materialise ``stage`` of the cells that awaited it, as far as nothing new is sent."""
    run_id, cells = context.run.run_id, sorted(what.cells)
    lineage = Lineage.load(context.instance, cells)
    checks = CheckReport.load(context, cells, frozenset({stage}))
    resuming = Production(
        cells=cells,
        stages=frozenset({stage}),
        options=RunOptions(run_id=run_id, root_run_id=run_id, finish=what.finishes, resume_only=True),
        recorded={cell: lineage.recorded(cell) for cell in cells},
    )
    for outcome in outcomes_of(studio, resuming):
        if not isinstance(outcome, Materialised):
            context.log.info(f"{outcome.cell} {stage}: {outcome.message} — {outcome.cure}")
            continue
        try:
            _record(context, lineage, outcome)
        except RecoilError as error:
            context.log.warning(f"{outcome.cell} {stage}: {error}")
        else:
            checks.materialised(outcome)


@dg.job(
    description="Fetch and settle what was paid for by runs that died. Sends nothing, spends nothing new.",
    executor_def=dg.in_process_executor,
)
def resume_in_flight() -> None:
    """One look at everything that is in flight."""
    carry_on()


class ReviewConfig(dg.Config):
    """A producer's decision about one board.

    Attributes:
        price_ceiling_usd: the most that may be spent on this approval, such as 12.50; empty for no ceiling.
    """

    episode: str
    batch: str
    decision: Decision
    board_digest: str
    reviewer: str
    note: str = ""
    price_ceiling_usd: str = ""


@dg.op(
    description="Decide about exactly the board whose digest is named, and record what board_reviews is now."
)
def decide_about_board(context: dg.OpExecutionContext, config: ReviewConfig, studio: StudioResource) -> None:
    """See ``production.review.decide``."""
    with _acting(studio) as opened:
        cell = Cell(config.episode, config.batch)
        verdict = Verdict(
            decision=config.decision,
            reviewer=config.reviewer,
            note=config.note,
            seen_digest=config.board_digest,
            price_ceiling_usd=usd(config.price_ceiling_usd) if config.price_ceiling_usd else None,
        )
        review = decide(opened, cell, verdict)
        context.log.info(f"{review.decision} by {review.reviewer}: {cell}")
        lineage = Lineage.load(context.instance, [cell])
        result = recorded_review(opened, cell, lineage.recorded(cell))
        if result is None:
            context.log.warning(f"materialise boards for {cell}, then board_reviews")
        else:
            _record(context, lineage, result)


@dg.job(
    description="Approve or reject a board: copy its digest from the board's metadata.",
    executor_def=dg.in_process_executor,
)
def review_board() -> None:
    """One decision."""
    decide_about_board()


class ConformConfig(dg.Config):
    """Which version of a scene is to be active.

    Attributes:
        version: its number; 0 is the one the plan asks for now.
        expected: the number you know as the active one; another one refuses. 0 takes whichever is.
    """

    episode: str
    batch: str
    version: int = 0
    expected: int = 0


class RevertConfig(dg.Config):
    """The scene whose last conform is taken back; ``expected`` as for a conform."""

    episode: str
    batch: str
    expected: int = 0


@dg.op(description="Make a version active, and record what scene_versions is now.")
def conform_to_version(context: dg.OpExecutionContext, config: ConformConfig, studio: StudioResource) -> None:
    """See ``production.scenes.conform``."""
    with _acting(studio) as opened:
        cell = live_cell(opened, config.episode, config.batch)
        move = conform(opened, cell, config.version or None, expected=config.expected or None)
        _record_move(context, opened, move)


@dg.op(description="Take the last conform back, and record what scene_versions is now.")
def revert_to_version(context: dg.OpExecutionContext, config: RevertConfig, studio: StudioResource) -> None:
    """See ``production.scenes.revert``."""
    with _acting(studio) as opened:
        cell = live_cell(opened, config.episode, config.batch)
        _record_move(context, opened, revert(opened, cell, expected=config.expected or None))


@contextmanager
def _acting(studio: StudioResource) -> Iterator[Studio]:
    """The studio; whatever is refused is the run's one clear failure."""
    try:
        with studio.open() as opened:
            yield opened
    except RecoilError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


def _record_move(context: dg.OpExecutionContext, studio: Studio, move: Move) -> None:
    """Record the version that is active now, so that what was made from the other one reads as unsynced at once.

    Where the episode's plan was taken in anew and not recorded since, there is nothing true to record: the
    cell's ``scene_versions`` reads as unsynced already.
    """
    context.log.info(f"{move.cell}: v{move.now} is active (was v{move.was})")
    lineage = Lineage.load(context.instance, [move.cell])
    result = recorded_scene(studio, move.cell, lineage.recorded(move.cell))
    if result is None:
        context.log.warning(f"materialise plans for {move.cell.episode}, then scene_versions for {move.cell}")
        return
    _record(context, lineage, result)


def _record(context: dg.OpExecutionContext, lineage: Lineage, result: Materialised) -> None:
    log_materialisation(
        context,
        lineage,
        stage_named(result.stage),
        result.cell,
        data_version=result.data_version,
        consumed=result.consumed,
        metadata=metadata_of(result.facts),
    )


@dg.job(
    description="Make a version of a scene active. Its number stands in the metadata of scene_versions.",
    executor_def=dg.in_process_executor,
)
def conform_scene() -> None:
    """One move."""
    conform_to_version()


@dg.job(
    description="Take the last conform of a scene back: the version before it is active again.",
    executor_def=dg.in_process_executor,
)
def revert_scene() -> None:
    """One move."""
    revert_to_version()


class ResolutionConfig(dg.Config):
    """What a person found out about an attempt that nobody could be sure of.

    Attributes:
        attempt_id: named by the failed cell, and by ``recoil take list``.
        finding: ``taken`` (with ``request_id``), ``never_taken``, ``billed`` (with ``billed_usd``), ``not_billed``.
        why: how they know.
    """

    episode: str
    attempt_id: str
    finding: Finding
    resolved_by: str
    why: str
    request_id: str = ""
    billed_usd: str = ""


@dg.op(description="Record what became of an unknown attempt, and book its money. Sends nothing.")
def record_resolution(
    context: dg.OpExecutionContext, config: ResolutionConfig, studio: StudioResource
) -> None:
    """See ``production.resolution.resolve``."""
    try:
        said = Resolution(
            finding=config.finding,
            resolved_by=config.resolved_by,
            why=config.why,
            request_id=config.request_id,
            billed_usd=usd(config.billed_usd) if config.billed_usd else None,
        )
        with studio.open() as opened:
            attempt = resolve(opened, config.episode, config.attempt_id, said)
    except RecoilError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    context.log.info(f"{config.attempt_id}: {config.finding}; it is {attempt.state} now")


@dg.job(
    description="Say what became of an attempt that nobody could be sure of. The next run fetches what was taken.",
    executor_def=dg.in_process_executor,
)
def resolve_attempt() -> None:
    """One resolution."""
    record_resolution()


class TakeReviewConfig(dg.Config):
    """What a person says about a take.

    Attributes:
        beat: the beat, or its batch where that has one beat.
        action: approve, unapprove, primary (choose it), or release (leave the beat without its stale or lost primary).
        take: its number; 0 is the latest that succeeded, or the one it can only be.
        media_sha256: the media that was looked at, or the start of its digest; empty takes the file that is there.
    """

    episode: str
    beat: str
    action: TakeAction
    take: int = 0
    media_sha256: str = ""
    reviewer: str
    note: str = ""


@dg.op(description="Approve a take, take that back, or choose the primary, and record what takes is now.")
def decide_about_take(
    context: dg.OpExecutionContext, config: TakeReviewConfig, studio: StudioResource
) -> None:
    """See ``production.take_review.review_take``."""
    with _acting(studio) as opened:
        said = TakeSaid(
            action=config.action,
            reviewer=config.reviewer,
            take=config.take,
            seen_sha256=config.media_sha256,
            note=config.note,
        )
        reviewed = review_take(opened, config.episode, config.beat, said)
        context.log.info(f"{config.action} take {reviewed.take}: {reviewed.decisions.standing}")
        lineage = Lineage.load(context.instance, [reviewed.cell])
        result = recorded_takes(opened, reviewed.cell, lineage.recorded(reviewed.cell))
        if result is None:
            context.log.warning(f"takes of {reviewed.cell} are not all of their present requests")
        else:
            _record(context, lineage, result)


@dg.job(
    description="Approve a take, take that back, or choose the primary. The beat stands in the metadata of takes.",
    executor_def=dg.in_process_executor,
)
def review_a_take() -> None:
    """One decision."""
    decide_about_take()


reroll_take = dg.define_asset_job(
    REROLL_JOB,
    selection=[TAKES],
    description="One new take of one beat: choose its cell, and name the beat under reroll. Spends.",
    executor_def=dg.in_process_executor,
)


class CancelConfig(dg.Config):
    """A job that is to stop; ``attempt_id`` stands in the operations log and in ``recoil take list``."""

    episode: str
    attempt_id: str
    asked_by: str


@dg.op(description="Ask the provider to stop a job; it may finish, and bill, all the same.")
def ask_to_cancel(context: dg.OpExecutionContext, config: CancelConfig, studio: StudioResource) -> None:
    """See ``production.cancelling.cancel``."""
    with _acting(studio) as opened:
        asyncio.run(cancel(opened, config.episode, config.attempt_id, asked_by=config.asked_by))
    context.log.info(f"{config.attempt_id}: its provider was asked to stop it; the next run finds out")


@dg.job(
    description="Ask a provider to stop a job that was sent. The next run finds out what became of it, and books it.",
    executor_def=dg.in_process_executor,
)
def cancel_attempt() -> None:
    """One wish."""
    ask_to_cancel()


rederive_scenes = dg.define_asset_job(
    "rederive_scenes",
    selection=[SCENE_VERSIONS],
    description="Derive scenes from the plan as it was taken in; what differs is staged beside the active versions.",
    executor_def=dg.in_process_executor,
)

refresh_references = dg.define_asset_job(
    "refresh_references",
    selection=[REFERENCES],
    description="Look at the reference images of batches again, for nothing; what was made from other bytes "
    "then reads as unsynced.",
    executor_def=dg.in_process_executor,
)

default_jobs = (
    intake,
    storyboards,
    generate,
    review_board,
    resolve_attempt,
    review_a_take,
    reroll_take,
    cancel_attempt,
    rederive_scenes,
    conform_scene,
    revert_scene,
    refresh_references,
    finish_boards,
    resume_in_flight,
)
