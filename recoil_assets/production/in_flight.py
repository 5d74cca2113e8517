"""What is in flight and nobody's: open attempts whose run is gone, while their results wait at a provider."""

from collections.abc import Iterator
from dataclasses import dataclass

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import RecoilError
from recoil_assets.production.stages import BOARDS, TAKES
from recoil_assets.production.studio import InProgressElsewhereError, Studio


@dataclass(frozen=True, slots=True)
class InFlight:
    """An open attempt that no living run owns, and how far it came."""

    attempt_id: str
    state: AttemptState


def in_flight(studio: Studio) -> list[InFlight]:
    """Every attempt of the project that a run could carry on now, whichever cell it is of. Reads only.

    An ``unknown`` one waits for a person, one whose beat is locked is being worked on, and one that can not be
    read is for ``recoil doctor``.
    """
    return list(_unowned(studio))


def _unowned(studio: Studio) -> Iterator[InFlight]:
    for attempt in _open_attempts(studio):
        if attempt.state is AttemptState.UNKNOWN:
            continue
        try:
            with studio.locks.beat(attempt.intent.episode, attempt.intent.shot_set):
                yield InFlight(attempt.attempt_id, attempt.state)
        except InProgressElsewhereError:
            continue


@dataclass(frozen=True, slots=True)
class Awaited:
    """Cells of which a stage awaits what is in flight, and those of them whose finish that is."""

    cells: frozenset[Cell]
    finishes: frozenset[Cell]


def awaited(studio: Studio) -> dict[str, Awaited]:
    """What awaits the open attempts of the project, by the name of the stage. Reads only."""
    cells: dict[str, set[Cell]] = {BOARDS: set(), TAKES: set()}
    finishes = set()
    for attempt in _open_attempts(studio):
        cell = Cell(attempt.intent.episode, attempt.intent.batch)
        cells[TAKES if attempt.intent.kind == "take" else BOARDS].add(cell)
        if attempt.intent.kind == "finish":
            finishes.add(cell)
    return {stage: Awaited(frozenset(named), frozenset(finishes & named)) for stage, named in cells.items()}


def _open_attempts(studio: Studio) -> Iterator[Attempt]:
    for attempt_id in studio.journal.open_ids():
        try:
            attempt = studio.journal.attempt(attempt_id)
        except (RecoilError, ValueError, OSError) as error:  # damaged, of another version, on a broken disk
            studio.note("attempt_not_read", attempt_id=attempt_id, error=str(error))
            continue
        if attempt.is_open:
            yield attempt
