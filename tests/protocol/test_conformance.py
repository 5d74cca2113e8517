"""The model takes the very steps the code takes, in the same order: first runs, and resumes from every step."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.production.ports import Billed, JobState, JobStatus, NotSentError
from recoil_assets.production.stages import TAKES
from resources.project_store.journal import AttemptJournal
from resources.project_store.layout import Layout
from tests.production.labs import AnsweringLab, Lab, RefusingLab
from tests.store.samples import intent, record
from tests.support.show import Show, cell
from tests.support.watched import CHANGES, PowerCutError, Watch

from .rules import Rules
from .search import begin
from .steps import DEAD, END, Turn
from .world import Luck, Process, World, state_of

RULES = Rules(cap=9, max_takes=3, most_sends=3)
SUCCESS = "it will be made"
STEPS = 15


def failing(billed: Billed, cost: Decimal | None = None) -> Callable[[], Lab]:
    """A provider whose first job fails; whether it was billed is known, or not."""
    answer = JobStatus(state=JobState.FAILED, error="no", billed=billed, cost_usd=cost)
    return lambda: AnsweringLab(answer)


CASES = {
    SUCCESS: (Lab, [SUCCESS]),
    "a failed job that is not billed": (
        failing(Billed.NO),
        ["it will fail and is not billed", SUCCESS],
    ),
    "a failed job that is billed": (
        failing(Billed.YES, Decimal("0.10")),
        ["it will fail and is billed", SUCCESS],
    ),
    "a failed job of which nobody knows": (
        failing(Billed.UNKNOWN),
        ["it will fail, is billed, and says nothing of it"],
    ),
    "a reply that is lost": (
        lambda: RefusingLab([TimeoutError("no answer")]),
        ["provider.submit is lost on its way"],
    ),
    "a refusal that asks to wait": (
        lambda: RefusingLab([NotSentError("429", retry_after_s=0)]),
        ["provider.submit is refused", "journal.record refused, and it is waited for", SUCCESS],
    ),
    "a refusal for good": (
        lambda: RefusingLab([NotSentError("down")]),
        ["provider.submit is refused", "journal.record refused, and it is given up"],
    ),
}


def is_step(at: str) -> bool:
    """Whether the model's step is one that the real ports are watched for."""
    port, _, call = at.partition(".")
    return call.partition(" ")[0] in CHANGES.get(port, ())


def model_steps(world: World, wanted: list[str], *, until: int = -1) -> tuple[list[str], World]:
    """The steps of the first process alone, and the world then; with ``until`` it is killed before that step.

    Args:
        wanted: which way to go where there are several, in this order; taken off as they are gone.
    """
    steps: list[str] = []
    while (at := world.processes[0].at) != END:
        if is_step(at):
            if len(steps) == until:
                return steps, world.with_process(0, Process(at=DEAD))
            steps.append(at)
        moves = list(Turn(world, 0, RULES).moves())
        move = moves[0]
        if len(moves) > 1 and wanted:
            move = next(item for item in moves if item.said in (wanted[0], f"provider.submit: {wanted[0]}"))
            wanted.pop(0)
        world = move.world
    return steps, world


def real_steps(show: Show, cut_at: int = -1) -> list[str]:
    """The steps of rendering the show's one take; with ``cut_at`` the power goes before that one of them."""
    watch = Watch()

    def look(_: str) -> None:
        if len(watch.steps) == cut_at + 1:
            watch.steps.pop()
            watch.dead = True
            raise PowerCutError

    watch.look = look if cut_at >= 0 else None
    show.refit = watch.refit
    if cut_at < 0:
        show.make(stages=[TAKES])
    else:
        with pytest.raises(PowerCutError):
            show.make(stages=[TAKES])
    show.refit = lambda studio: studio
    return watch.steps


def compare_what_is_left(show: Show, world: World) -> None:
    """The same files and entries, attempt by attempt."""
    with show.studio() as studio:
        booked = studio.ledger.booked()
        real = [
            (
                item.state.value,
                item.sends,
                item.was_sent,
                item.succeeded,
                sorted(map(str, booked.get(item.attempt_id, ()))),
            )
            for item in show.attempts(cell(1))
        ]
    model = [
        (item.state, item.sends, item.was_sent, item.succeeded, sorted(item.booked))
        for item in world.attempts
    ]
    assert real == model


@pytest.mark.parametrize("case", CASES)
def test_a_run_takes_the_steps_of_the_model(quoted: Show, case: str) -> None:
    lab, ways = CASES[case]
    quoted.lab = lab()
    steps, world = model_steps(begin(Luck(losses=1, refusals=1)), list(ways))
    assert real_steps(quoted) == steps
    compare_what_is_left(quoted, world)


@pytest.mark.parametrize("cut_at", range(STEPS))
def test_a_run_after_a_power_cut_takes_the_steps_of_the_model(quoted: Show, cut_at: int) -> None:
    quoted.lab = Lab()
    steps, world = model_steps(begin(Luck()), [SUCCESS], until=cut_at)
    assert real_steps(quoted, cut_at) == steps
    compare_what_is_left(quoted, world)
    again = world.with_process(0, Process())
    steps, world = model_steps(again, [SUCCESS])
    assert real_steps(quoted) == steps
    compare_what_is_left(quoted, world)


def test_a_run_of_the_model_has_as_many_steps_as_are_cut(quoted: Show) -> None:
    steps, _ = model_steps(begin(Luck()), [SUCCESS])
    assert len(steps) == len(real_steps(quoted)) == STEPS


@pytest.mark.parametrize(
    ("files", "state"),
    [
        ([], "intent"),
        ([("sending", 1), ("refused", 1), ("sending", 2)], "sending"),
        ([("sending", 1), ("unknown", 1), ("submitted", 1)], "submitted"),
        ([("sending", 1), ("submitted", 1), ("failed", 1), ("unknown", 2)], "unknown"),
        ([("sending", 1), ("refused", 1), ("abandoned", 2)], "abandoned"),
    ],
)
def test_the_model_reads_an_attempt_as_the_journal_does(
    tmp_path: Path, files: list[tuple[str, int]], state: str
) -> None:
    journal = AttemptJournal(Layout(tmp_path))
    journal.open(intent(1))
    for name, ordinal in files:
        journal.record(intent(1).attempt_id, record(AttemptState(name), ordinal))
    assert journal.attempt(intent(1).attempt_id).state == state_of(frozenset(files)) == state
