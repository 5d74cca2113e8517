"""The jobs: what people and sensors start by name."""

import dagster as dg

from recoil_assets.domain.board import Decision
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import RecoilError
from recoil_assets.production.review import Verdict, decide
from recoil_assets.production.stages import GENERATE_STAGES, PLANS, STORYBOARD_STAGES
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


class ReviewConfig(dg.Config):
    """A producer's decision about one board."""

    episode: str
    batch: str
    decision: Decision
    board_digest: str
    reviewer: str
    note: str = ""


@dg.op(description="Record a decision about exactly the board whose digest is named.")
def decide_about_board(context: dg.OpExecutionContext, config: ReviewConfig, studio: StudioResource) -> None:
    """See ``production.review.decide``."""
    verdict = Verdict(
        decision=config.decision, reviewer=config.reviewer, note=config.note, seen_digest=config.board_digest
    )
    try:
        with studio.open() as opened:
            review = decide(opened, Cell(config.episode, config.batch), verdict)
    except RecoilError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    context.log.info(f"{review.decision} by {review.reviewer}: {config.episode} {config.batch}")


@dg.job(
    description="Approve or reject a board: copy its digest from the board's metadata.",
    executor_def=dg.in_process_executor,
)
def review_board() -> None:
    """One decision."""
    decide_about_board()


default_jobs = (intake, storyboards, generate, review_board)
