"""The world of the model: what is on disk, in the ledger and at the provider, and two processes at work.

Everything outlives a process but the process itself. Every attempt may cost one unit, and is billed one or none.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from recoil_assets.domain.attempt import AttemptState

File = tuple[str, int]
"""A state file of an attempt: the state, and which send it belongs to."""


class Fate(NamedTuple):
    """What becomes of a job, decided when the provider takes it. ``verdict`` is what it says of the bill."""

    succeeds: bool
    billed: bool
    verdict: str


MADE = Fate(succeeds=True, billed=True, verdict="yes")
FATES: Mapping[str, Fate] = {
    "it will be made": MADE,
    "it will fail and is not billed": Fate(succeeds=False, billed=False, verdict="no"),
    "it will fail and is billed": Fate(succeeds=False, billed=True, verdict="yes"),
    "it will fail, is billed, and says nothing of it": Fate(succeeds=False, billed=True, verdict="unknown"),
    "it will fail, is not billed, and says nothing of it": Fate(
        succeeds=False, billed=False, verdict="unknown"
    ),
}


class Job(NamedTuple):
    """A line of the provider's own durable record; its place there is its request id."""

    attempt: int
    fate: Fate


AGAIN = "again"
"""Stands before what is booked of an attempt where the ledger had lost it."""


class Attempt(NamedTuple):
    """An attempt: its files, what is booked for it, and what really happened.

    ``files`` are its states but ``intent``, which it begins with; ``job`` is the request id in ``submitted``, ``paid``
    what ``settled`` says it cost, ``told`` what is left to be done of a person's word.
    Nobody in the model can see ``posts`` and ``heard``: how often it was sent, and whether a reply was heard.
    """

    beat: int
    files: frozenset[File] = frozenset()
    job: int = -1
    media: bool = False
    booked: tuple[str, ...] = ()
    paid: int = 0
    told: str = ""
    posts: int = 0
    heard: bool = False

    @property
    def state(self) -> str:
        return state_of(self.files)

    @property
    def sends(self) -> int:
        return sum(state == "sending" for state, _ in self.files)

    @property
    def refusals(self) -> int:
        return sum(state == "refused" for state, _ in self.files)

    @property
    def was_sent(self) -> bool:
        return self.sends > self.refusals

    @property
    def held(self) -> int:
        return int("reserve" in self.booked and not {"charge", "release"} & set(self.booked))

    @property
    def booked_again(self) -> bool:
        return AGAIN in self.booked

    @property
    def spent(self) -> int:
        return self.booked.count("charge")

    @property
    def succeeded(self) -> bool:
        return self.state == "settled" and self.media and ("downloaded", 1) in self.files


_RANK = {state.value: rank for rank, state in enumerate(AttemptState)}


@cache
def state_of(files: frozenset[File]) -> str:
    """The latest state: sends and refusals by their number, then a doubt about a send, then the rest by rank."""

    def place(file: File) -> tuple[int, int]:
        state, ordinal = file
        if state in ("sending", "refused"):
            return (ordinal, _RANK[state])
        return (99, 0) if file == ("unknown", 1) else (99, _RANK[state])

    return max(files, key=place)[0] if files else "intent"


class Process(NamedTuple):
    """A run, or one that only resumes, by what it is about to do.

    ``cursor`` is how far it is through the open attempts, ``beat`` and ``attempt`` what it works on, ``owns``
    whether it holds that beat's lock, ``reply`` the request id it heard, ``late`` a step (and its attempt) that a
    thread of it was still at when it was given up. ``after_stop`` counts its POSTs since it was told to stop;
    ``overlooks`` says that it is about to send although the gate was closed before its last look.
    """

    resumes_only: bool = False
    at: str = "look for open attempts"
    cursor: int = 0
    beat: int = -1
    attempt: int = -1
    owns: bool = False
    resuming: bool = True
    reply: int = -1
    late: tuple[str, int] = ("", -1)
    stopped: bool = False
    after_stop: int = 0
    overlooks: bool = False


class Luck(NamedTuple):
    """How much may still happen: processes killed, steps that fail, stops asked for, replies lost, refusals.

    And beside the processes: gates closed, words of a person on an ``unknown``, ledgers lost.
    """

    crashes: int = 0
    faults: int = 0
    stops: int = 0
    losses: int = 0
    refusals: int = 0
    closings: int = 0
    words: int = 0
    ledgers: int = 0


class World(NamedTuple):
    """All there is. ``chosen`` has the attempt that is each beat's primary, or -1.

    ``closed`` says whether a person closed the gate, ``lost`` whether the ledger was lost and not compared since.
    """

    processes: tuple[Process, ...]
    luck: Luck
    chosen: tuple[int, ...]
    attempts: tuple[Attempt, ...] = ()
    jobs: tuple[Job, ...] = ()
    closed: bool = False
    lost: bool = False

    @property
    def committed(self) -> int:
        """What is spent or held, as the caps count it."""
        return sum(attempt.held + attempt.spent for attempt in self.attempts)

    def owner(self, beat: int) -> Process | None:
        """The process that holds the beat's lock."""
        return next((item for item in self.processes if item.owns and item.beat == beat), None)

    def with_attempt(self, number: int, attempt: Attempt) -> "World":
        return self._replace(attempts=(*self.attempts[:number], attempt, *self.attempts[number + 1 :]))

    def with_process(self, who: int, process: Process) -> "World":
        return self._replace(processes=(*self.processes[:who], process, *self.processes[who + 1 :]))

    def used(self, **what: int) -> "World":
        """One piece of bad luck used up."""
        changes = {name: getattr(self.luck, name) - count for name, count in what.items()}
        return self._replace(luck=self.luck._replace(**changes))
