"""Every take of an episode, beside what its beat asks for now. Reads only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from recoil_assets.domain.attempt import Attempt
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.scene import Beat, SceneManifest
from recoil_assets.domain.take_approval import BeatDecisions
from recoil_assets.production.beat_takes import read_decisions, unplanned_takes
from recoil_assets.production.gates import view_board
from recoil_assets.production.payloads import BeatPayload, beat_payload
from recoil_assets.production.studio import Studio

CURRENT = "current"
STALE = "stale"
NOT_COMPARED = "not compared"
"""What its beat asks for can not be said: its request can not be built."""
UNPLANNED = "not in the plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTake:
    """One take.

    Attributes:
        cell: the batch that its beat is in; of a beat that is gone, the batch it was made for.
        decisions: all takes of its beat, with what was decided about them.
        current: ``current``, ``stale``, ``not compared``, ``not in the plan``, or ``v1, not active`` where its beat
            is of another version of the batch: the whole of a beat that is split, or a part of one that was.
        payload: what its beat asks for now; None where there is no such beat, or its request can not be built.
    """

    cell: Cell
    beat_id: str
    attempt: Attempt
    decisions: BeatDecisions
    current: str
    payload: BeatPayload | None = None


@dataclass(frozen=True, slots=True)
class ListingFault:
    """What could not be looked at; the takes are listed all the same."""

    cell: Cell
    error: RecoilError


@dataclass(frozen=True, slots=True)
class TakeListing:
    """Takes in the order of the plan, those of beats that it no longer has last."""

    takes: tuple[ListedTake, ...]
    faults: tuple[ListingFault, ...]


def list_takes(studio: Studio, episode: str) -> TakeListing:
    """Every take ever made of an episode. A beat whose request can not be built hides no other one."""
    roster = studio.rosters.get(episode)
    cells = [Cell(episode, batch) for batch in (roster.keys if roster else ())]
    found = {cell: studio.scenes.manifest(cell) for cell in cells}
    manifests = {cell: manifest for cell, manifest in found.items() if manifest is not None}
    takes: list[ListedTake] = []
    faults: list[ListingFault] = []
    active: set[str] = set()
    for cell, manifest in manifests.items():
        body = studio.scenes.body(cell, manifest.active_version.digest)
        board, choices = view_board(studio, body).approved, studio.cell_choices(cell)
        for beat in body.beats:
            active.add(beat.shot_set)
            decisions = read_decisions(studio, episode, beat)
            payload = None
            try:
                payload = beat_payload(studio, beat, choices, board)
            except RecoilError as error:
                faults.append(ListingFault(cell, error))
            takes += [_take(cell, beat, attempt, decisions, payload) for attempt in decisions.takes.attempts]
    others = unplanned_takes(studio, episode, active)
    inactive = _inactive(studio, manifests, {item.shot_set for item in others}, faults)
    takes += [
        _of_no_active_beat(attempt, decisions, inactive.get(decisions.shot_set))
        for decisions in others
        for attempt in decisions.takes.attempts
    ]
    return TakeListing(_in_order(takes, cells), tuple(faults))


def _take(
    cell: Cell, beat: Beat, attempt: Attempt, decisions: BeatDecisions, payload: BeatPayload | None
) -> ListedTake:
    current = NOT_COMPARED
    if payload is not None:
        current = CURRENT if attempt.intent.basis == payload.basis else STALE
    return ListedTake(
        cell=cell,
        beat_id=beat.beat_id,
        attempt=attempt,
        decisions=decisions,
        current=current,
        payload=payload,
    )


def _inactive(
    studio: Studio,
    manifests: Mapping[Cell, SceneManifest],
    shot_sets: set[str],
    faults: list[ListingFault],
) -> dict[str, tuple[Cell, Beat, int]]:
    """Of ``shot_sets`` those that a version has which is not active: where, and the newest such version."""
    found: dict[str, tuple[Cell, Beat, int]] = {}
    if not shot_sets:
        return found
    for cell, manifest in manifests.items():
        for version in manifest.versions:
            try:
                body = studio.scenes.body(cell, version.digest)
            except RecoilError as error:
                faults.append(ListingFault(cell, error))
                continue
            found |= {
                beat.shot_set: (cell, beat, version.number)
                for beat in body.beats
                if beat.shot_set in shot_sets
            }
    return found


def _of_no_active_beat(
    attempt: Attempt, decisions: BeatDecisions, place: tuple[Cell, Beat, int] | None
) -> ListedTake:
    cell, beat_id, current = Cell(attempt.intent.episode, attempt.intent.batch), attempt.intent.beat_id, ""
    if place is not None:
        cell, beat_id, current = place[0], place[1].beat_id, f"v{place[2]}, not active"
    return ListedTake(
        cell=cell,
        beat_id=beat_id,
        attempt=attempt,
        decisions=decisions,
        current=current or UNPLANNED,
    )


def _in_order(takes: Iterable[ListedTake], cells: list[Cell]) -> tuple[ListedTake, ...]:
    """By batch in story order, each batch's active beats first; what the plan no longer has comes last."""
    order = {cell: number for number, cell in enumerate(cells)}
    return tuple(
        sorted(takes, key=lambda item: len(order) if item.current == UNPLANNED else order[item.cell])
    )
