"""Takes: the decision about one, and one new take on demand."""

import dagster as dg

from recoil_assets.assets.cell_stages import REROLL_JOB
from recoil_assets.assets.presentation import metadata_of
from recoil_assets.assets.provenance import Lineage, log_displaced
from recoil_assets.jobs.acting import acting, record
from recoil_assets.production.stages import TAKES
from recoil_assets.production.take_review import TakeAction, TakeSaid, review_take
from recoil_assets.production.takes import displaced_takes, recorded_takes
from resources.dagster_resources import StudioResource


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
    with acting(studio) as opened:
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
        recorded = lineage.recorded(reviewed.cell)
        result = recorded_takes(opened, reviewed.cell, recorded)
        if result is not None:
            record(context, lineage, result)
            return
        context.log.warning(f"takes of {reviewed.cell} are not all of their present requests")
        if displaced := displaced_takes(opened, reviewed.cell, recorded):
            log_displaced(context, lineage, displaced, metadata_of(displaced.facts))


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
