"""What happens beside the processes: a gate is closed, the ledger is lost, a person resolves an ``unknown``."""

from collections.abc import Iterator

from .rules import Rules
from .steps import DEAD, END, LOOK, Move, create, effect
from .world import World

NOBODY = -1
"""The process that an event happens to."""


def events(world: World, rules: Rules) -> Iterator[Move]:
    """Everything that may happen now and is no process's doing."""
    if world.luck.closings and not world.closed:
        yield Move("a person closes the gate", world._replace(closed=True).used(closings=1))
    if world.luck.ledgers and not world.lost and _nobody_works(world):
        yield Move("the ledger is lost", _without_ledger(world))
    for number in range(len(world.attempts)):
        yield from _word_on(world, number, rules)


def _nobody_works(world: World) -> bool:
    """A run compares the ledger once: what is lost under its feet is found by the next one."""
    return all(
        process.at in (DEAD, END) or (process.at == LOOK and not process.cursor)
        for process in world.processes
    )


def _without_ledger(world: World) -> World:
    """A word of a person's that was booked, and not recorded yet, is gone with it: it is to be said again."""
    forgotten = tuple(attempt._replace(booked=(), told="") for attempt in world.attempts)
    return world._replace(attempts=forgotten, lost=True).used(ledgers=1)


def _word_on(world: World, number: int, rules: Rules) -> Iterator[Move]:
    """What a person says of an attempt, by the provider's own record: a step at a time, for they may die as well.

    They look when nothing is on its way there any more: how long that takes, no program can know.
    """
    attempt = world.attempts[number]
    if attempt.told:
        said = effect(world, number, attempt.told, rules)
        if said is not None:
            finished = said.attempts[number]._replace(told="")
            yield Move(
                f"a person's word on attempt {number}: {attempt.told}", said.with_attempt(number, finished)
            )
        return
    if not world.luck.words or world.lost or attempt.state not in ("sending", "unknown"):
        return
    if rules.a_person_waits_for_the_lock and world.owner(attempt.beat) is not None:
        return
    if any(process.late == ("provider.submit", number) for process in world.processes):
        return
    if attempt.state == "sending":
        doubted = create(world, number, "unknown", rules)
        if doubted is not None:
            yield Move(f"a person looks at attempt {number}: journal.record unknown", doubted)
        return
    yield _word(world, number, rules)


def _word(world: World, number: int, rules: Rules) -> Move:
    """A job that was found is polled from now on; what failed, or was never taken, is booked and settled."""
    attempt, world = world.attempts[number], world.used(words=1)
    jobs = [request for request, job in enumerate(world.jobs) if job.attempt == number]
    if attempt.job < 0 and jobs:
        found = attempt._replace(files=attempt.files | {("submitted", 1)}, job=jobs[0])
        return Move(f"a person finds attempt {number} was taken", world.with_attempt(number, found))
    billed = any(world.jobs[request].fate.billed for request in jobs)
    book, settle = "ledger.charge" if billed else "ledger.release", "journal.record settled"
    first, then = (book, settle) if rules.a_word_is_booked_before_settled else (settle, book)
    said = effect(world, number, first, rules) or world
    told = said.attempts[number]._replace(told=then)
    return Move(f"a person's word on attempt {number}: {first}", said.with_attempt(number, told))
