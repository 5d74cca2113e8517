"""The dispatch thread: production runs in an event loop of its own, the step's thread takes what it hands over.

Dagster raises its interrupt into whatever the main thread runs. So the loop is never there: an interrupt sets
the stop flag, no new submission is made, and the thread is waited for until everything that was sent is on
disk. Waiting goes on through further interrupts: a request id in flight is worth more than a quick end.
"""

import asyncio
import queue
import threading
from collections.abc import Iterator

from recoil_assets.production.outcome import Outcome
from recoil_assets.production.produce import Production, produce
from recoil_assets.production.stages import CELL_STAGES
from recoil_assets.production.studio import Studio

_ORDER = {stage.name: position for position, stage in enumerate(CELL_STAGES)}


def outcomes_of(studio: Studio, production: Production) -> Iterator[Outcome]:
    """Every outcome of a production, as it happens. Whatever production raises is raised here at its end.

    What piled up while the last ones were written comes stage by stage, so that the records of a stage are
    looked up together; a cell's own outcomes stay in their order.
    """
    handed_over: queue.Queue[Outcome | None] = queue.Queue()
    stop = threading.Event()
    faults: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(produce(studio, production, handed_over.put, stop.is_set))
        except BaseException as fault:  # noqa: BLE001  raised again in the step's thread, below
            faults.append(fault)
        finally:
            handed_over.put(None)

    thread = threading.Thread(target=work, name="recoil-dispatch")
    thread.start()
    try:
        more = True
        while more:
            ready = _taken(handed_over)
            more = ready[-1] is not None
            outcomes = [outcome for outcome in ready if outcome is not None]
            yield from sorted(outcomes, key=lambda outcome: _ORDER[outcome.stage])
    finally:
        stop.set()
        _join(thread)
    if faults:
        raise faults[0]


def _taken(handed_over: "queue.Queue[Outcome | None]") -> list[Outcome | None]:
    """At least one, waited for, and everything else that is there. ``None`` is the last."""
    taken = [handed_over.get()]
    while taken[-1] is not None and not handed_over.empty():
        taken.append(handed_over.get())
    return taken


def _join(thread: threading.Thread) -> None:
    interrupts: list[BaseException] = []
    while thread.is_alive():
        try:
            thread.join()
        except BaseException as interrupt:  # noqa: BLE001  kept, and raised once the thread has ended
            interrupts.append(interrupt)
    if interrupts:
        raise interrupts[0]
