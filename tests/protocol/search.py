"""Every interleaving: all worlds that two processes, a provider and bad luck can make, the nearest first."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .events import NOBODY, events
from .rules import Rules
from .steps import BEAT, DEAD, END, LOOK, OWN, Move, Turn, effect
from .world import Attempt, Job, Luck, Process, World
from .wrongs import wrongs_after_a_resume, wrongs_of, wrongs_of_processes

CAN_BE_LATE = ("ledger.", "provider.submit", "journal.record", "media.")
"""What may still be done by a thread although the process gave it up."""


class _Step(NamedTuple):
    """How a world was first reached; ``turned`` where its processes then changed places."""

    world: World
    who: int
    said: str
    turned: bool


@dataclass
class Found:
    """What a search saw.

    Attributes:
        worlds: how many different ones.
        ended: how many of them nothing can follow.
        unknown: in how many of those an honest unknown is left.
        wrong: the first thing that must not be, with the shortest way there; empty where there is none.
    """

    worlds: int = 0
    ended: int = 0
    unknown: int = 0
    wrong: str = ""
    trace: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        way = "".join(f"\n  {number:3d}. {said}" for number, said in enumerate(self.trace, start=1))
        return f"{self.wrong or 'nothing wrong'} in {self.worlds:,} worlds, {self.ended:,} ends{way}"


def begin(luck: Luck, *, beats: int = 1, resumes_only: bool = False) -> World:
    """Two runs over the same beats, before either has done anything; the second may be one that only resumes."""
    processes = (Process(), Process(resumes_only=resumes_only))
    return World(processes, luck, chosen=(-1,) * beats)


def search(first: World, rules: Rules) -> Found:
    """Visit every world that can follow, until one is wrong."""
    found = Found()
    came_from: dict[World, _Step | None] = {first: None}
    resumed: dict[tuple[tuple[Attempt, ...], tuple[Job, ...], bool], list[str]] = {}
    waiting = deque([first])
    while waiting:
        world = waiting.popleft()
        found.worlds += 1
        durable = (world.attempts, world.jobs, world.lost)
        if durable not in resumed:
            resumed[durable] = wrongs_of(world, rules) or _wrongs_of_a_resume(world, rules)
        wrong = resumed[durable] or wrongs_of_processes(world)
        if wrong:
            found.wrong, found.trace = wrong[0], _way_to(world, came_from)
            return found
        moves = list(moves_of(world, rules))
        if not moves:
            found.ended += 1
            found.unknown += any(attempt.state == "unknown" for attempt in world.attempts)
        for who, move in moves:
            following = _same_whoever(move.world)
            if following not in came_from:
                came_from[following] = _Step(world, who, move.said, turned=following != move.world)
                waiting.append(following)
    return found


def moves_of(world: World, rules: Rules) -> Iterator[tuple[int, Move]]:
    """Everything that may happen next, and to which process; ``NOBODY`` where to none."""
    yield from ((NOBODY, move) for move in events(world, rules))
    for who, process in enumerate(world.processes):
        if process.at == DEAD:
            again = Process(resumes_only=process.resumes_only, after_stop=process.after_stop)
            yield who, Move("is started again", world.with_process(who, again))
            continue
        if process.late != Process().late:
            yield who, _late(world, who, rules)
        if process.at != END:
            yield from ((who, move) for move in Turn(world, who, rules).moves())
            yield from ((who, move) for move in _bad_luck(world, who, rules))


def resume_alone(world: World, rules: Rules) -> World:
    """The world after everybody died and one process resumed what was left, in peace."""
    world = world._replace(processes=(Process(resumes_only=True),), luck=Luck())
    while moves := list(Turn(world, 0, rules).moves()) if world.processes[0].at != END else []:
        world = moves[0].world
    return world


def _wrongs_of_a_resume(world: World, rules: Rules) -> list[str]:
    wrongs = wrongs_after_a_resume(resume_alone(world, rules))
    return [f"if everybody died here and one run resumed, {wrong}" for wrong in wrongs]


def _bad_luck(world: World, who: int, rules: Rules) -> Iterator[Move]:
    """The process is killed, its step fails (and may still be done later), or it is asked to stop."""
    process, luck = world.processes[who], world.luck
    if luck.crashes:
        dead = Process(resumes_only=process.resumes_only, at=DEAD, after_stop=process.after_stop)
        yield Move(
            f"is killed before {process.at}",
            _forgotten(world, process).with_process(who, dead).used(crashes=1),
        )
    if luck.stops and not process.stopped:
        told = process._replace(stopped=True)
        yield Move("is asked to stop", world.with_process(who, told).used(stops=1))
    has_room = process.at == "journal.record submitted" and rules.room_is_set_aside_for_the_request_id
    if luck.faults and process.at not in (LOOK, OWN, BEAT) and not has_room:
        given_up = Turn(world, who, rules).failed().used(faults=1)
        yield Move(f"{process.at} fails", given_up)
        if process.at.startswith(CAN_BE_LATE) and process.attempt >= 0:
            late = given_up.processes[who]._replace(late=(process.at, process.attempt))
            yield Move(f"gives {process.at} up, and it goes on", given_up.with_process(who, late))


def _forgotten(world: World, process: Process) -> World:
    """A reply that only a killed process heard was heard by nobody."""
    if process.reply < 0:
        return world
    attempt = world.attempts[process.attempt]
    return world.with_attempt(process.attempt, attempt._replace(heard=False))


def _late(world: World, who: int, rules: Rules) -> Move:
    """A step that was given up is done after all."""
    process = world.processes[who]
    step, number = process.late
    done = effect(world, number, step, rules) or world
    return Move(f"late: {step}", done.with_process(who, process._replace(late=Process().late)))


def _same_whoever(world: World) -> World:
    """Two runs of a kind are the same whichever is named first."""
    first, second = world.processes
    if first.resumes_only == second.resumes_only and second < first:
        return world._replace(processes=(second, first))
    return world


def _way_to(world: World, came_from: Mapping[World, _Step | None]) -> list[str]:
    """The shortest way, each process under one name all along."""
    steps: list[_Step] = []
    while (step := came_from[world]) is not None:
        steps.append(step)
        world = step.world
    way, names = [], ["A", "B"]
    for step in reversed(steps):
        way.append(step.said if step.who == NOBODY else f"{names[step.who]} {step.said}")
        if step.turned:
            names.reverse()
    return way
