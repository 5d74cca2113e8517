"""The dispatch thread: production runs in an event loop of its own, the step's thread takes what it hands over.

Dagster's interrupt is a signal whose handler raises in the main thread, wherever that happens to be. So the loop
is never there, and while production runs the signal raises nothing: it sets the stop flag. No new submission is
made, everything that was sent gets on disk, what was made is still handed over, and then the signal is raised
again for Dagster. Any number of signals come to the same: a request id in flight is worth more than a quick end.
"""

import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.outcome import Outcome
from recoil_assets.production.produce import Production, produce
from recoil_assets.production.stages import CELL_STAGES
from recoil_assets.production.studio import Studio

_ORDER = {stage.name: position for position, stage in enumerate(CELL_STAGES)}
_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
"""Dagster maps the second to the first."""


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
            run_loop(produce(studio, production, handed_over.put, stop.is_set))
        except BaseException as fault:  # noqa: BLE001  raised again in the step's thread, below
            faults.append(fault)
        finally:
            handed_over.put(None)

    with _interrupts_held_back(stop.set):
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
            thread.join()
    if faults:
        raise faults[0]


@contextmanager
def _interrupts_held_back(say: Callable[[], None]) -> Iterator[None]:
    """Call ``say`` for every interrupt of the process, and let the last one take effect at the end.

    Only a main thread is ever interrupted; in any other this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def held_back(number: int, _: FrameType | None) -> None:
        came.append(number)
        say()

    before = {number: signal.signal(number, held_back) for number in _INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[-1])


def _taken(handed_over: "queue.Queue[Outcome | None]") -> list[Outcome | None]:
    """At least one, waited for, and everything else that is there. ``None`` is the last."""
    taken = [handed_over.get()]
    while taken[-1] is not None and not handed_over.empty():
        taken.append(handed_over.get())
    return taken
