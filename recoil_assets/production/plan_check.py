"""Checking a valid plan against the project: what would fail or wait although the plan can be read."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from recoil_assets.domain.errors import Problem, UsageError
from recoil_assets.domain.plan_text import PlanText
from recoil_assets.domain.reference import Reference
from recoil_assets.domain.scene import derive_scene
from recoil_assets.domain.shot import Shot
from recoil_assets.production.plan_intake import PlanIntake
from recoil_assets.production.studio import Studio


class Weight(StrEnum):
    """What a finding means for a run."""

    FAILS = "fails"
    """Its beat can not be made."""
    BLOCKS = "blocks"
    """Its beat waits until somebody sees to it."""
    WARNING = "warning"
    """Nothing stops; but it is hardly what was meant."""


@dataclass(frozen=True, slots=True)
class PlanFinding:
    """One thing about a plan that a person should know."""

    weight: Weight
    problem: Problem
    cure: str


def misspelt_fields(written: PlanText) -> tuple[PlanFinding, ...]:
    """Fields that look misspelt, of a valid plan or of one that is refused."""
    return tuple(
        PlanFinding(Weight.WARNING, problem, "rename the field; it is kept as it is, and not read")
        for problem in written.misspelt()
    )


def check_against_project(studio: Studio, intake: PlanIntake, written: PlanText) -> tuple[PlanFinding, ...]:
    """Models that nobody knows and pictures that can not be used, each at the first shot that names it. Reads only.

    A model or frame that no beat takes, since another shot heads it, is a warning.
    """
    places = {str(raw.get("shot_id") or raw.get("id")): path for path, raw in written.shots()}
    heads, tails = _ends(intake)
    asked = heads if not studio.choices(intake.plan.episode).model_override else set()
    found: dict[tuple[Weight, str], PlanFinding] = {}
    for shot in intake.plan.shots:
        for item in (
            *_model(studio, shot, asked=shot.shot_id in asked),
            *_frames(studio, shot, is_head=shot.shot_id in heads, is_tail=shot.shot_id in tails),
            *_references(studio, shot),
        ):
            path = f"{places[shot.shot_id]}.{item.problem.path}"
            problem = Problem(path, item.problem.message, written.line_of(path))
            found.setdefault((item.weight, problem.message), replace(item, problem=problem))
    return tuple(found.values())


def _ends(intake: PlanIntake) -> tuple[set[str], set[str]]:
    """The shots that head a beat, and those that end one."""
    beats = [
        beat
        for entry in intake.roster.batches
        for beat in derive_scene(intake.plan.episode, entry.batch, entry.group).beats
    ]
    return {beat.shots[0].shot_id for beat in beats}, {beat.shots[-1].shot_id for beat in beats}


def _model(studio: Studio, shot: Shot, *, asked: bool) -> Iterator[PlanFinding]:
    if not shot.video_model:
        return
    try:
        studio.price_book.known(shot.video_model)
    except UsageError as error:
        weight = Weight.FAILS if asked else Weight.WARNING
        yield PlanFinding(weight, Problem("video_model", error.message), error.cure)


def _frames(studio: Studio, shot: Shot, *, is_head: bool, is_tail: bool) -> Iterator[PlanFinding]:
    if shot.start_frame:
        frame = studio.references.resolve("start_frame", shot.shot_id, shot.start_frame)
        yield from _fault(frame, "start_frame", Weight.BLOCKS if is_head else Weight.WARNING)
    if shot.end_frame:
        frame = studio.references.resolve("end_frame", shot.shot_id, shot.end_frame)
        yield from _fault(frame, "end_frame", Weight.BLOCKS if is_tail else Weight.WARNING)


def _references(studio: Studio, shot: Shot) -> Iterator[PlanFinding]:
    for name in shot.cast:
        for reference in studio.references.find("character", name):
            yield from _fault(reference, "characters", Weight.BLOCKS)
    for reference in studio.references.find("location", shot.location_id) if shot.location_id else ():
        yield from _fault(reference, "location_id", Weight.BLOCKS)


def _fault(reference: Reference, field: str, weight: Weight) -> Iterator[PlanFinding]:
    if reference.fault:
        yield PlanFinding(weight, Problem(field, f"{reference.path} {reference.fault}"), reference.cure)
