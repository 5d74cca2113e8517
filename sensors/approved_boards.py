"""The approval sensor: an approved board requests the generation of exactly its cell.

Money moves here because a person approved; one decision requests at most one run, for ever.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import dagster as dg

from recoil_assets.domain.board import Decision, Review
from recoil_assets.domain.cell import BATCH_DIMENSION, EPISODE_DIMENSION, Cell
from recoil_assets.domain.errors import RecoilError
from recoil_assets.jobs import generate
from recoil_assets.production.gates import view_board
from recoil_assets.production.studio import Studio
from recoil_assets.production.takes import is_generated
from resources.dagster_resources import StudioResource

MOST_CELLS_A_TICK = 50


@dataclass(frozen=True, slots=True)
class DecidedBoard:
    """The latest decision about a shot set.

    Attributes:
        number: the decision's number; a person who decides again raises it.
        approves_current: whether it approves exactly the board of the version that is active now. An approval of
            another one is not a permission to spend on this one.
        generated: whether every beat of the cell has a primary of its present request.
    """

    subject: str
    cell: Cell
    number: int
    digest: str
    approves_current: bool
    generated: bool

    @property
    def run_key(self) -> str:
        """One run a decision: a run key is good for ever, so it names the decision and its number."""
        return f"{self.cell.key}:{self.digest[:24]}:{self.number}"


def generation_requests(
    boards: list[DecidedBoard], handed: Mapping[str, int]
) -> tuple[list[DecidedBoard], dict[str, int]]:
    """Which decisions to act on, and what is handed over then. Pure."""
    new = [board for board in boards if handed.get(board.subject, 0) < board.number]
    wanted = [board for board in new if board.approves_current and not board.generated]
    return wanted, {**handed, **{board.subject: board.number for board in new}}


def gather_decisions(studio: Studio, handed: Mapping[str, int]) -> list[DecidedBoard]:
    """Decisions not handed over yet, at most fifty; the others are not even read."""
    found: list[DecidedBoard] = []
    for (episode, shot_set), number in sorted(studio.reviews.latest_numbers().items()):
        subject = f"{episode}.{shot_set}"
        if handed.get(subject, 0) < number and len(found) < MOST_CELLS_A_TICK:
            found.append(_read(studio, subject, episode, shot_set))
    return found


def _read(studio: Studio, subject: str, episode: str, shot_set: str) -> DecidedBoard:
    review = studio.reviews.history(episode, shot_set)[-1]
    latest = studio.boards.latest(episode, shot_set)
    cell = Cell(episode, latest.batch if latest else review.batch)
    approves = review.decision is Decision.APPROVED and _is_of_active_board(studio, cell, review)
    return DecidedBoard(
        subject=subject,
        cell=cell,
        number=review.number,
        digest=review.digest,
        approves_current=approves,
        generated=approves and is_generated(studio, cell),
    )


def _is_of_active_board(studio: Studio, cell: Cell, review: Review) -> bool:
    """Whether ``review`` is the decision that counts for the version of a live cell that is active now."""
    roster, manifest = studio.rosters.get(cell.episode), studio.scenes.manifest(cell)
    if roster is None or roster.group(cell.batch) is None or manifest is None:
        return False
    return view_board(studio, studio.scenes.body(cell, manifest.active_version.digest)).review == review


@dg.sensor(
    job=generate,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Generates a batch when its board is approved: one run for each decision.",
)
def approved_board_sensor(
    context: dg.SensorEvaluationContext, studio: StudioResource
) -> dg.SensorResult | dg.SkipReason:
    """See the module."""
    handed: dict[str, int] = json.loads(context.cursor or "{}")
    try:
        with studio.open() as opened:
            boards = gather_decisions(opened, handed)
    except RecoilError as error:
        return dg.SkipReason(str(error))
    wanted, after = generation_requests(boards, handed)
    if not wanted:
        context.update_cursor(json.dumps(after))
        return dg.SkipReason("no board was approved since the last look")
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=board.run_key,
                partition_key=dg.MultiPartitionKey(
                    {EPISODE_DIMENSION: board.cell.episode, BATCH_DIMENSION: board.cell.batch}
                ),
            )
            for board in wanted
        ],
        cursor=json.dumps(after),
    )
