"""Runs of the production graph under a name: what people and sensors start most."""

import dagster as dg

from recoil_assets.production.stages import GENERATE_STAGES, PLANS, REFERENCES, STORYBOARD_STAGES

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
refresh_references = dg.define_asset_job(
    "refresh_references",
    selection=[REFERENCES],
    description="Look at the reference images of batches again, for nothing; what was made from other bytes "
    "then reads as unsynced.",
    executor_def=dg.in_process_executor,
)
