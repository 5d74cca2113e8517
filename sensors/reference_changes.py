"""The reference sensor: a repainted picture requests the free ``references`` of exactly the cells that use it.

Gather, one pure function, apply. Digests decide: a cell is asked for where the pictures it uses are other bytes
than those its ``references`` are recorded with. What the kernel tells of files without reading them (and the newest
records of the graph) only says when nothing can have changed since every cell was looked at; a state younger than
the clocks of file systems can tell apart is not trusted, and none longer than an hour.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import dagster as dg

from recoil_assets.assets.partitions import range_tags, ranges_of
from recoil_assets.assets.provenance import makings, newest_records, recorded_versions
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import RecoilError
from recoil_assets.jobs import refresh_references
from recoil_assets.production.payloads import cell_references, references_version
from recoil_assets.production.stages import REFERENCES, SCENE_VERSIONS, stage_named
from recoil_assets.production.studio import Studio
from resources.dagster_resources import StudioResource

MOST_CELLS_A_TICK = 500
"""Looking at a cell takes about a millisecond; a season of 90 episodes is looked at in three ticks."""
MOST_RUNS_A_TICK = 50
_TRUSTED_AFTER_NS = 2_000_000_000
"""A file system may tell times no finer than two seconds apart (FAT); a younger state proves nothing yet."""
_HOUR_NS = 3_600 * 10**9


@dataclass(frozen=True, slots=True)
class UsedPictures:
    """The pictures a cell uses, as they are recorded and as they are.

    Attributes:
        recorded: data version of its latest ``references``; ``record`` is that record's storage id.
        present: what the data version would be now.
    """

    cell: Cell
    recorded: str
    record: int
    present: str

    @property
    def request(self) -> str:
        """Names the one request there may be: for these bytes, in place of that record."""
        return f"{self.present[:24]}:{self.record}"


@dataclass(frozen=True, slots=True)
class Memory:
    """What the sensor remembers between ticks.

    Attributes:
        handed: the request handed over, by cell, as long as the cell is not made anew.
        settled: the state in which every cell has been looked at and none was left to ask for.
        state: the state as the last tick saw it.
        looked_to: the cell looked at last; the next tick goes on after it, round and round.
        left: cells to look at until all have been since the state changed.
        elsewhere: pictures in use that are not where reference images are looked for: frames, and named files.
    """

    handed: Mapping[str, str]
    settled: str = ""
    state: str = ""
    looked_to: str = ""
    left: int = 0
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What one tick saw.

    Attributes:
        state: of files and records, taken before any file was read; ``is_young`` where it proves nothing yet.
        cells: how many live cells there are, looked at or not.
        looked_at: cells looked at, in the order of the round; ``pictures`` of those that could be compared.
    """

    state: str
    is_young: bool
    cells: int
    looked_at: tuple[Cell, ...] = ()
    pictures: tuple[UsedPictures, ...] = ()
    elsewhere: frozenset[str] = frozenset()


def reference_requests(look: Look, memory: Memory) -> tuple[list[UsedPictures], Memory]:
    """Which cells to ask for, and what is remembered then. Pure.

    A cell is asked for once for the same bytes in place of the same record: where the run failed, or a command
    made it meanwhile, the sensor does not insist.
    """
    changed = [item for item in look.pictures if item.present != item.recorded]
    wanted = [item for item in changed if memory.handed.get(item.cell.key) != item.request]
    looked_at = {cell.key for cell in look.looked_at}
    handed = {key: request for key, request in memory.handed.items() if key not in looked_at}
    left = memory.left if look.state == memory.state else look.cells
    left = look.cells if look.is_young else max(0, left - len(look.looked_at))
    return wanted, Memory(
        handed=handed | {item.cell.key: item.request for item in changed},
        settled=look.state if left == 0 and not look.is_young else "",
        state=look.state,
        looked_to=look.looked_at[-1].key if look.looked_at else memory.looked_to,
        left=left,
        elsewhere=tuple(sorted(look.elsewhere.union(memory.elsewhere))),
    )


def gather_pictures(studio: Studio, instance: dg.DagsterInstance, memory: Memory, now_ns: int) -> Look:
    """The cells whose turn it is; none where nothing changed since all were looked at.

    Void cells, cells that were never derived or never had ``references``, and those whose ``references`` are of
    another scene version than the active one are not compared: what they wait for is not a picture.
    """
    files = studio.references.state(memory.elsewhere)
    records = newest_records(instance, (SCENE_VERSIONS, REFERENCES))
    state = digest_of([files.token, sorted(records.items()), now_ns // _HOUR_NS])
    look = Look(state, is_young=now_ns - files.newest_ns < _TRUSTED_AFTER_NS, cells=0)
    if state == memory.settled:
        return look
    cells = _live_cells(studio)
    turn = _from_turn(cells, memory.looked_to)[:MOST_CELLS_A_TICK]
    return _compared(studio, instance, replace(look, cells=len(cells)), turn)


def _live_cells(studio: Studio) -> list[Cell]:
    rosters = (studio.rosters.get(episode) for episode in studio.rosters.episodes())
    return sorted(Cell(roster.episode, batch) for roster in rosters if roster for batch in roster.keys)


def _from_turn(cells: Sequence[Cell], looked_to: str) -> list[Cell]:
    """The cells in the order of the round: those after the one looked at last, then from the first."""
    after = [cell for cell in cells if cell.key > looked_to]
    return [*after, *cells[: len(cells) - len(after)]]


def _compared(studio: Studio, instance: dg.DagsterInstance, look: Look, turn: Iterable[Cell]) -> Look:
    """``look`` with the cells of this turn, as far as the bound on runs lets it."""
    turn = list(turn)
    present = replace(studio, references=studio.references.as_if_repainted(()))
    made = makings(instance, stage_named(REFERENCES), turn)
    scenes = recorded_versions(instance, SCENE_VERSIONS, [cell.key for cell in turn])
    looked_at: list[Cell] = []
    pictures: list[UsedPictures] = []
    elsewhere: set[str] = set()
    for cell in turn:
        if sum(item.present != item.recorded for item in pictures) >= MOST_RUNS_A_TICK:
            break
        looked_at.append(cell)
        manifest = studio.scenes.manifest(cell)
        if manifest is None or cell not in made:
            continue
        active = manifest.active_version.digest
        if not active == scenes.get(cell.key) == made[cell].consumed.get(SCENE_VERSIONS):
            continue
        used = cell_references(present, studio.scenes.body(cell, active))
        elsewhere.update(
            item.path for item in used if not item.is_url and not studio.references.is_listed(item.path)
        )
        record = made[cell].record
        pictures.append(UsedPictures(cell, record.data_version, record.pointer, references_version(used)))
    return replace(look, looked_at=tuple(looked_at), pictures=tuple(pictures), elsewhere=frozenset(elsewhere))


@dg.sensor(
    job=refresh_references,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks again, for nothing, at the references of exactly the batches whose pictures were repainted.",
)
def reference_change_sensor(
    context: dg.SensorEvaluationContext, studio: StudioResource
) -> dg.SensorResult | dg.SkipReason:
    """See the module."""
    memory = Memory(**json.loads(context.cursor or '{"handed": {}}'))
    try:
        with studio.open() as opened:
            look = gather_pictures(opened, context.instance, memory, time.time_ns())
    except RecoilError as error:
        return dg.SkipReason(str(error))
    if look.state == memory.settled:
        return dg.SkipReason("nothing was repainted since every batch was looked at")
    wanted, after = reference_requests(look, memory)
    cursor = json.dumps(asdict(after))
    if not wanted:
        context.update_cursor(cursor)
        return dg.SkipReason("no batch uses a picture that was repainted since it was looked at")
    return dg.SensorResult(run_requests=_run_requests(context.instance, wanted), cursor=cursor)


def _run_requests(instance: dg.DagsterInstance, wanted: Sequence[UsedPictures]) -> list[dg.RunRequest]:
    """One run for neighbouring batches; its key is of what is asked, so that a lost cursor asks for it once."""
    asked = {item.cell: item.request for item in wanted}
    return [
        dg.RunRequest(
            run_key="references:" + digest_of([[cell.key, asked[cell]] for cell in cells])[:32],
            tags=range_tags(cells[0], cells[-1]),
        )
        for cells in ranges_of(instance, asked)
    ]
