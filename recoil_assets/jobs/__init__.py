"""The jobs: what people and sensors start by name. One file a concept."""

from recoil_assets.jobs.attempts import cancel_attempt, resolve_attempt, resume_in_flight
from recoil_assets.jobs.boards import finish_boards, review_board
from recoil_assets.jobs.runs import generate, intake, refresh_references, storyboards
from recoil_assets.jobs.scenes import conform_scene, rederive_scenes, revert_scene
from recoil_assets.jobs.takes import reroll_take, review_a_take

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

__all__ = [
    "cancel_attempt",
    "conform_scene",
    "default_jobs",
    "finish_boards",
    "generate",
    "intake",
    "rederive_scenes",
    "refresh_references",
    "reroll_take",
    "resolve_attempt",
    "resume_in_flight",
    "revert_scene",
    "review_a_take",
    "review_board",
    "storyboards",
]
