"""Boards: the decision about one, and the finish of an approved one."""

import dagster as dg

from recoil_assets.assets.provenance import Lineage
from recoil_assets.domain.board import Decision
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.money import usd
from recoil_assets.jobs.acting import acting, record
from recoil_assets.production.review import Verdict, decide, recorded_review
from recoil_assets.production.stages import BOARD_REVIEWS, BOARDS
from resources.dagster_resources import StudioResource

finish_boards = dg.define_asset_job(
    "finish_boards",
    selection=[BOARDS, BOARD_REVIEWS],
    description="Make photoreal pictures of approved boards: name their batches under finish. Spends.",
    executor_def=dg.in_process_executor,
)


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
    with acting(studio) as opened:
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
            record(context, lineage, result)


@dg.job(
    description="Approve or reject a board: copy its digest from the board's metadata.",
    executor_def=dg.in_process_executor,
)
def review_board() -> None:
    """One decision."""
    decide_about_board()
