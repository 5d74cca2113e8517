"""Production: driving every selected cell through its selected stages, all cells at once.

First everything that was submitted earlier is settled or resumed, whatever the gates say. Then the cells run
side by side, each stage by stage; a cell may be dispatching while another is still being drawn. Outcomes are
handed over as they happen.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from recoil_assets.domain.attempt import AttemptIntent
from recoil_assets.domain.board import VOID
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import BlockedError, RecoilError
from recoil_assets.domain.roster import Roster
from recoil_assets.domain.settings import Choices
from recoil_assets.domain.shot import planned_length_s
from recoil_assets.production.carrying_out import UnsettledError
from recoil_assets.production.cell_work import CellWork, RunOptions, void_facts
from recoil_assets.production.derivation import stamp_derivation
from recoil_assets.production.derive import derive
from recoil_assets.production.dispatch import Dispatcher
from recoil_assets.production.handover import BeatHandedOverError
from recoil_assets.production.lanes import Lanes
from recoil_assets.production.outcome import (
    Blocked,
    Displaced,
    Ending,
    Failed,
    Materialised,
    Outcome,
    Unsettled,
)
from recoil_assets.production.payloads import build_payloads, resolve_references
from recoil_assets.production.ports import Stopped
from recoil_assets.production.rendered_shots import rendered_shot_ids
from recoil_assets.production.retries import Retries
from recoil_assets.production.review import settle_review
from recoil_assets.production.slots import ProviderSlots
from recoil_assets.production.stages import (
    BOARD_REVIEWS,
    BOARDS,
    CELL_STAGES,
    DISPATCH_PAYLOADS,
    PLANS,
    REFERENCES,
    SCENE_VERSIONS,
    TAKES,
)
from recoil_assets.production.storyboard import draw_board
from recoil_assets.production.studio import InProgressElsewhereError, Studio
from recoil_assets.production.takes import displaced_takes, render_takes

_STAGE_WORK: Mapping[str, Callable[[CellWork], Awaitable[Materialised]]] = {
    SCENE_VERSIONS: derive,
    BOARDS: draw_board,
    BOARD_REVIEWS: settle_review,
    REFERENCES: resolve_references,
    DISPATCH_PAYLOADS: build_payloads,
    TAKES: render_takes,
}

Emit = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """What a run is to do.

    Attributes:
        stages: names of the selected stages.
        recorded: per cell, the data version of every stage's latest record; ``plans`` is the episode's.
        sent: grows by every attempt that was really sent in the run, whatever ends it.
    """

    cells: Sequence[Cell]
    stages: frozenset[str]
    options: RunOptions
    recorded: Mapping[Cell, Mapping[str, str]]
    sent: list[AttemptIntent] = field(default_factory=list)


async def produce(studio: Studio, production: Production, emit: Emit, stopped: Stopped) -> None:
    """Carry out a production. Every selected cell and stage is emitted exactly once, or blocked before it.

    Args:
        emit: called in the event loop's thread with every outcome, in order within a cell.
        stopped: asked before anything is sent; after it is true nothing new is.
    """
    with _no_long_pauses(), Lanes() as lanes:
        await _produce(lanes, studio, production, emit, stopped)


@contextmanager
def _no_long_pauses() -> Iterator[None]:
    """Leave what is in memory now out of the garbage collections of a run.

    A full one goes through every object of every library, with everything else standing still: 0.1 s, while places at
    a provider were free (measured).
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def _produce(
    lanes: Lanes, studio: Studio, production: Production, emit: Emit, stopped: Stopped
) -> None:
    choices = {
        episode: studio.choices(episode, production.options.choices)
        for episode in sorted({cell.episode for cell in production.cells})
    }
    widest = max((choice.concurrency for choice in choices.values()), default=1)
    dispatcher = Dispatcher(studio, ProviderSlots(widest), lanes, stopped, production.sent)
    retries = Retries(studio)
    try:
        await resume_unfinished(studio, dispatcher, lanes)
        rosters = {episode: studio.rosters.get(episode) for episode in choices}
        # None of them is kept here: what a cell was made from is let go of when the cell is done, not at the end.
        works = (
            CellWork(
                cell=cell,
                studio=studio,
                options=production.options,
                dispatcher=dispatcher,
                lanes=lanes,
                stopped=stopped,
                retries=retries,
                choices=_choices_of(studio, production, cell, choices[cell.episode]),
                roster=rosters[cell.episode],
                recorded=dict(production.recorded.get(cell, {})),
            )
            for cell in _longest_first(production.cells, rosters)
        )
        stages = [stage.name for stage in CELL_STAGES if stage.name in production.stages]
        ended = await asyncio.gather(
            *(_work_through(work, stages, emit) for work in works), return_exceptions=True
        )
    finally:
        _log_end(studio, production)
        for provider in studio.providers.values():
            await provider.close()
    for fault in ended:
        if fault is not None:
            raise fault
    if not {SCENE_VERSIONS, BOARDS}.isdisjoint(production.stages):
        await lanes.work(_stamp, studio, list(choices))


def _choices_of(studio: Studio, production: Production, cell: Cell, chosen: Choices) -> Choices:
    """The run's choices; for a reroll, and to settle what others sent, those that the requests were last built with."""
    options = production.options
    settles = options.resume_only and DISPATCH_PAYLOADS not in production.stages
    return studio.cell_choices(cell) if settles or options.reroll is not None else chosen


def _log_end(studio: Studio, production: Production) -> None:
    """Say which shots something was really sent for, on the way out too: by it the run's cost is understood."""
    for episode in sorted({cell.episode for cell in production.cells}):
        studio.note(
            "run_ended",
            run_id=production.options.run_id,
            episode=episode,
            rendered_shot_ids=rendered_shot_ids(production.sent, episode),
        )


def _stamp(studio: Studio, episodes: Iterable[str]) -> None:
    """Keep the derivation record of every episode that is cleanly derived now."""
    for episode in episodes:
        try:
            stamp_derivation(studio, episode)
        except RecoilError as error:
            studio.note("derivation_not_stamped", episode=episode, error=error.message)


def _longest_first(cells: Iterable[Cell], rosters: Mapping[str, Roster | None]) -> list[Cell]:
    """The cells by how much there is to film, the most first: none of them is left to end the run alone."""

    def length_s(cell: Cell) -> float:
        roster = rosters[cell.episode]
        group = roster.group(cell.batch) if roster else None
        return planned_length_s(group.shots) if group else 0.0

    return sorted(cells, key=lambda cell: (-length_s(cell), cell))


async def resume_unfinished(studio: Studio, dispatcher: Dispatcher, lanes: Lanes) -> None:
    """Carry every unfinished attempt of the project on, whichever cell it is of; those owned elsewhere wait.

    An attempt that can not be carried on now stays as it is, for the next run: its money stays held, and
    whatever is wrong with it stops no other one. The ledger is compared with the journal first, so that what
    it lost is booked for the day and the run it was spent in.
    """
    try:
        await dispatcher.purse.books()
    except Exception as error:  # noqa: BLE001  nothing is sent until it works; what was sent is carried on
        studio.note("ledger_not_compared", error=f"{type(error).__name__}: {error}")
    attempt_ids = await lanes.work(studio.journal.open_ids)
    await asyncio.gather(*(_resume(studio, dispatcher, lanes, attempt_id) for attempt_id in attempt_ids))


async def _resume(studio: Studio, dispatcher: Dispatcher, lanes: Lanes, attempt_id: str) -> None:
    try:
        intent = (await lanes.work(studio.journal.attempt, attempt_id)).intent
        with studio.locks.beat(intent.episode, intent.shot_set):
            attempt = await lanes.work(studio.journal.attempt, attempt_id)
            if attempt.is_open:
                await dispatcher.resume(attempt)
            else:
                await lanes.work(studio.journal.put_away, attempt_id)
    except InProgressElsewhereError:
        return
    except Exception as error:  # noqa: BLE001  said, and the others go on: results live an hour at a provider
        message = error.message if isinstance(error, RecoilError) else f"{type(error).__name__}: {error}"
        studio.note("attempt_not_resumed", attempt_id=attempt_id, error=message)


async def _work_through(work: CellWork, stages: Iterable[str], emit: Emit) -> None:
    """One cell, stage by stage; the first stage without a result ends it."""
    for stage in stages:
        outcome = await _outcome_of(work, stage)
        if isinstance(outcome, Materialised):
            work.recorded[stage] = outcome.data_version
        if not isinstance(outcome, Materialised) and stage == TAKES:
            displaced = await work.lanes.work(_displaced, work)
            if displaced is not None:
                emit(displaced)
        _log(work, outcome)
        emit(outcome)
        if not isinstance(outcome, Materialised):
            return


def _displaced(work: CellWork) -> Displaced | None:
    """What the cell has in place of the takes that are recorded; what can not be read says nothing."""
    try:
        displaced = displaced_takes(work.studio, work.cell, work.recorded)
    except RecoilError as error:
        work.studio.note("takes_not_compared", cell=work.cell.key, error=error.message)
        return None
    if displaced is not None:
        work.studio.note("takes_displaced", cell=work.cell.key)
    return displaced


async def _outcome_of(work: CellWork, stage: str) -> Ending:
    cell = work.cell
    try:
        if work.is_void():
            return _void(work, stage)
        return await _STAGE_WORK[stage](work)
    except BlockedError as error:
        return Blocked(cell=cell, stage=stage, reason=error.reason, message=error.message, cure=error.cure)
    except UnsettledError as error:
        return Unsettled(cell=cell, stage=stage, message=error.message, cure=error.cure)
    except RecoilError as error:
        facts = error.facts if isinstance(error, BeatHandedOverError) else {}
        return Failed(
            cell=cell, stage=stage, message=error.message, cure=error.cure, cause=error, facts=facts
        )
    except Exception as error:  # noqa: BLE001  one cell's fault must not stop the others; it is raised at the end
        return Failed(
            cell=cell,
            stage=stage,
            message=f"{type(error).__name__}: {error}",
            cure="this is a fault in Recoil: the run's log has the traceback; please report it",
            cause=error,
        )


def _void(work: CellWork, stage: str) -> Materialised:
    """A void cell's stage: made at once, at no cost, from upstreams that are void themselves."""
    consumed = work.consumed(stage)
    for upstream in consumed:
        work.require_recorded(upstream, work.roster.digest if upstream == PLANS and work.roster else VOID)
    return Materialised(cell=work.cell, stage=stage, data_version=VOID, consumed=consumed, facts=void_facts())


def _log(work: CellWork, outcome: Ending) -> None:
    if isinstance(outcome, Materialised):
        if outcome.stage == TAKES and outcome.data_version != VOID:
            work.studio.note("batch_complete", episode=work.cell.episode, batch=work.cell.batch)
        return
    event = {Blocked: "cell_blocked", Unsettled: "cell_unsettled", Failed: "cell_failed"}[type(outcome)]
    reason = outcome.reason if isinstance(outcome, Blocked) else ""
    work.studio.note(event, cell=work.cell.key, stage=outcome.stage, reason=reason, message=outcome.message)
