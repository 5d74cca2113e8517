"""The plan sensor: a plan file that is new or changed is taken in, derived and, while that is free, drawn.

Gather, one pure function, apply. The cursor remembers, per episode, the file it last handed over and how far;
it moves only past what was handed over.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

import dagster as dg

from recoil_assets.assets.partitions import cells_of, range_tags, register
from recoil_assets.assets.provenance import is_made, recorded_versions
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.money import ZERO
from recoil_assets.domain.price import estimate
from recoil_assets.domain.roster import Roster
from recoil_assets.domain.scene import derive_scene
from recoil_assets.jobs import intake, storyboards
from recoil_assets.production.plan_intake import preview_plan
from recoil_assets.production.requests import board_request
from recoil_assets.production.stages import PLANS, SCENE_VERSIONS, STORYBOARD_STAGES, stage_named
from recoil_assets.production.studio import Studio
from resources.dagster_resources import StudioResource

MOST_EPISODES_A_TICK = 20
Progress = Literal["intake", "storyboards", "refused"]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What the sensor last did for an episode. ``seen_at`` keeps run keys of a returned-to plan apart."""

    fingerprint: str
    seen_at: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan file as it is now.

    Attributes:
        roster: its batches; None where the plan is refused, ``problem`` says why.
        taken_in: whether ``plans`` is recorded for exactly this content.
        to_make: the stages a sensor may make of it (boards only while they cost nothing); none where all of
            them are recorded as made from it.
    """

    episode: str
    fingerprint: str
    roster: Roster | None
    problem: str = ""
    taken_in: bool = False
    to_make: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """Take this episode's plan in."""

    episode: str
    batches: tuple[str, ...]
    run_key: str


@dataclass(frozen=True, slots=True)
class Storyboards:
    """Derive this episode's scenes, and draw their boards where that is free."""

    episode: str
    stages: tuple[str, ...]
    run_key: str


def plan_requests(
    files: list[PlanFile], handed: Mapping[str, HandedOver], now: str
) -> tuple[list[Intake | Storyboards], dict[str, HandedOver]]:
    """What to request for the plan files as they are, and what is handed over then. Pure.

    What a command has made already is not requested again.
    """
    requests: list[Intake | Storyboards] = []
    after = dict(handed)
    for file in files:
        last = handed.get(file.episode)
        is_new = last is None or last.fingerprint != file.fingerprint
        seen_at = now if last is None or is_new else last.seen_at
        key = f"{file.episode}:{file.fingerprint[:16]}:{seen_at}"
        progress: Progress | None = None
        if is_new and file.roster is None:
            progress = "refused"
        elif is_new and file.roster is not None and not file.taken_in:
            requests.append(Intake(file.episode, file.roster.keys, f"intake:{key}"))
            progress = "intake"
        elif file.taken_in and (is_new or (last is not None and last.progress == "intake")):
            if file.to_make:
                requests.append(Storyboards(file.episode, file.to_make, f"storyboards:{key}"))
            progress = "storyboards"
        if progress:
            after[file.episode] = HandedOver(file.fingerprint, seen_at, progress)
    return requests, after


def gather_plan_files(
    studio: Studio, instance: dg.DagsterInstance, handed: Mapping[str, HandedOver]
) -> list[PlanFile]:
    """The plan files that may need something; those handed over already are not read again."""
    waiting = []
    for episode in studio.plans.episodes():
        fingerprint = studio.plans.fingerprint(episode)
        last = handed.get(episode)
        if last is None or last.fingerprint != fingerprint or last.progress == "intake":
            waiting.append((episode, fingerprint))
    waiting = waiting[:MOST_EPISODES_A_TICK]
    recorded = recorded_versions(instance, PLANS, [episode for episode, _ in waiting]) if waiting else {}
    return [
        _read(studio, instance, PlanFile(episode, fingerprint, None), recorded.get(episode))
        for episode, fingerprint in waiting
    ]


def _read(studio: Studio, instance: dg.DagsterInstance, file: PlanFile, recorded: str | None) -> PlanFile:
    try:
        roster = preview_plan(studio, studio.plans.read(file.episode)).roster
        stages = STORYBOARD_STAGES if boards_are_free(studio, roster) else (SCENE_VERSIONS,)
    except RecoilError as error:
        return replace(file, problem=str(error))
    kept = studio.rosters.get(file.episode)
    taken_in = kept is not None and kept.plan_digest == roster.plan_digest and kept.digest == recorded
    cells = [Cell.parse(key) for key in cells_of(instance, file.episode)]
    made = taken_in and all(is_made(instance, stage_named(stage), cells) for stage in stages)
    return replace(file, roster=roster, taken_in=taken_in, to_make=() if made else stages)


def boards_are_free(studio: Studio, roster: Roster) -> bool:
    """Whether every board of the episode is quoted at nothing. A sensor never spends."""
    choices = studio.choices(roster.episode)
    rate = studio.price_book.known(choices.board_model)
    for entry in roster.batches:
        beat = derive_scene(roster.episode, entry.batch, entry.group).board_beat
        if beat is not None and estimate(board_request(beat, choices), rate).usd != ZERO:
            return False
    return True


@dg.sensor(
    jobs=[intake, storyboards],
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes in a plan file that is new or changed, derives its scenes, draws boards while free.",
)
def plan_file_sensor(
    context: dg.SensorEvaluationContext, studio: StudioResource
) -> dg.SensorResult | dg.SkipReason:
    """See the module."""
    handed = {episode: HandedOver(**value) for episode, value in json.loads(context.cursor or "{}").items()}
    try:
        with studio.open() as opened:
            files = gather_plan_files(opened, context.instance, handed)
            now = opened.clock.now()
    except RecoilError as error:
        return dg.SkipReason(str(error))
    for file in files:
        if file.problem:
            context.log.warning(file.problem)
    requests, after = plan_requests(files, handed, now)
    for request in requests:
        if isinstance(request, Intake):
            register(context.instance, request.episode, request.batches)
    cursor = json.dumps({episode: asdict(value) for episode, value in after.items()})
    if not requests:
        context.update_cursor(cursor)
        return dg.SkipReason(
            "; ".join(file.problem for file in files if file.problem) or "no plan file is new or changed"
        )
    return dg.SensorResult(
        run_requests=[_run_request(context, request) for request in requests], cursor=cursor
    )


def _run_request(context: dg.SensorEvaluationContext, request: Intake | Storyboards) -> dg.RunRequest:
    if isinstance(request, Intake):
        return dg.RunRequest(run_key=request.run_key, job_name="intake", partition_key=request.episode)
    batches = context.instance.get_dynamic_partitions("shot_batches")
    return dg.RunRequest(
        run_key=request.run_key,
        job_name="storyboards",
        asset_selection=[dg.AssetKey(stage) for stage in request.stages],
        tags=range_tags(Cell(request.episode, batches[0]), Cell(request.episode, batches[-1])),
    )
