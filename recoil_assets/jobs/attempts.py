"""Paid attempts: carrying on what was sent, cancelling, and saying what became of an uncertain one."""

import dagster as dg

from recoil_assets.assets.dispatch_thread import outcomes_of
from recoil_assets.assets.presentation import metadata_of
from recoil_assets.assets.provenance import Lineage, log_displaced
from recoil_assets.assets.reporting import CheckReport
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.money import usd
from recoil_assets.jobs.acting import acting, record
from recoil_assets.production.cancelling import cancel
from recoil_assets.production.cell_work import RunOptions
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.in_flight import Awaited, awaited
from recoil_assets.production.outcome import Displaced, Materialised
from recoil_assets.production.produce import Production
from recoil_assets.production.resolution import Finding, Resolution, resolve
from recoil_assets.production.studio import Studio
from resources.dagster_resources import StudioResource


@dg.op(description="Carry on what was sent by runs that are gone: poll, fetch, settle. Sends nothing.")
def carry_on(context: dg.OpExecutionContext, studio: StudioResource) -> None:
    """Every open attempt of the project, whichever cell it is of; then record the cells that have a result by it."""
    with acting(studio) as opened:
        waiting = awaited(opened)
    for stage, what in waiting.items():
        with acting(studio) as opened:
            _carry_on(context, opened, stage, what)
    with acting(studio) as opened:
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
        if isinstance(outcome, Displaced):
            log_displaced(context, lineage, outcome, metadata_of(outcome.facts))
            continue
        if not isinstance(outcome, Materialised):
            context.log.info(f"{outcome.cell} {stage}: {outcome.message} — {outcome.cure}")
            continue
        try:
            record(context, lineage, outcome)
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
    with acting(studio) as opened:
        said = Resolution(
            finding=config.finding,
            resolved_by=config.resolved_by,
            why=config.why,
            request_id=config.request_id,
            billed_usd=usd(config.billed_usd) if config.billed_usd else None,
        )
        attempt = resolve(opened, config.episode, config.attempt_id, said)
    context.log.info(f"{config.attempt_id}: {config.finding}; it is {attempt.state} now")


@dg.job(
    description="Say what became of an attempt that nobody could be sure of. The next run fetches what was taken.",
    executor_def=dg.in_process_executor,
)
def resolve_attempt() -> None:
    """One resolution."""
    record_resolution()


class CancelConfig(dg.Config):
    """A job that is to stop; ``attempt_id`` stands in the operations log and in ``recoil take list``."""

    episode: str
    attempt_id: str
    asked_by: str


@dg.op(description="Ask the provider to stop a job; it may finish, and bill, all the same.")
def ask_to_cancel(context: dg.OpExecutionContext, config: CancelConfig, studio: StudioResource) -> None:
    """See ``production.cancelling.cancel``."""
    with acting(studio) as opened:
        run_loop(cancel(opened, config.episode, config.attempt_id, asked_by=config.asked_by))
    context.log.info(f"{config.attempt_id}: its provider was asked to stop it; the next run finds out")


@dg.job(
    description="Ask a provider to stop a job that was sent. The next run finds out what became of it, and books it.",
    executor_def=dg.in_process_executor,
)
def cancel_attempt() -> None:
    """One wish."""
    ask_to_cancel()
