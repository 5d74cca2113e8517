"""What must never be, in a world as it is and in one after everything was resumed; one sentence each."""

from .rules import Rules
from .world import Attempt, World


def wrongs_of(world: World, rules: Rules) -> list[str]:
    """Whatever is wrong at this very moment; nothing is said of a ledger before it is compared.

    What a lost ledger knew alone, that a person said an attempt was never taken, is held once more until they say it
    again: that may be more than a cap, and then nothing may be held beside it.
    """
    wrong: list[str] = []
    if world.lost:
        return wrong
    if world.committed > rules.cap and not _is_all_booked_again(world):
        wrong.append(f"{world.committed} is spent or held under a cap of {rules.cap}")
    for beat in range(len(world.chosen)):
        made = [job for job in world.jobs if job.fate.succeeds and world.attempts[job.attempt].beat == beat]
        if len(made) > 1:
            wrong.append(f"beat {beat} was paid for {len(made)} times")
    for number, attempt in enumerate(world.attempts):
        wrong += [f"attempt {number} {said}" for said in _wrongs_of_attempt(world, number, attempt)]
    return wrong


def _is_all_booked_again(world: World) -> bool:
    return all(attempt.booked_again for attempt in world.attempts if attempt.held or attempt.spent)


def wrongs_after_a_resume(world: World) -> list[str]:
    """Whatever is left that a resume can not mend. An honest ``unknown`` whose money is held is not wrong."""
    wrong = []
    for number, attempt in enumerate(world.attempts):
        jobs = [job for job in world.jobs if job.attempt == number]
        billed = sum(job.fate.billed for job in jobs)
        if attempt.state not in ("settled", "unknown"):
            wrong.append(f"attempt {number} stays {attempt.state}")
        if attempt.held and attempt.state != "unknown":
            wrong.append(f"attempt {number} is {attempt.state} and its money is held for ever")
        if attempt.told:
            continue  # half a word of a person's: saying it again goes on
        if attempt.state == "unknown" and not attempt.held:
            wrong.append(f"attempt {number} is unknown and nothing is held for it")
        if attempt.state == "settled" and attempt.spent != billed:
            wrong.append(f"attempt {number} was billed {billed} and charged {attempt.spent}")
        if attempt.state == "settled" and any(job.fate.succeeds for job in jobs) and not attempt.succeeded:
            wrong.append(f"attempt {number} was paid for and its take is not there")
    return wrong


def wrongs_of_processes(world: World) -> list[str]:
    """What two worlds of the same files and entries may differ in."""
    wrong = ["it went on sending after it was stopped" for item in world.processes if item.after_stop > 1]
    wrong += ["it sends although its gate was closed" for item in world.processes if item.overlooks]
    for number, attempt in enumerate(world.attempts):
        writing = any(item.attempt == number and item.reply >= 0 for item in world.processes)
        if attempt.heard and ("submitted", 1) not in attempt.files and not writing:
            wrong.append(f"the request id of attempt {number} was heard and is lost")
    return wrong


def _wrongs_of_attempt(world: World, number: int, attempt: Attempt) -> list[str]:
    jobs = [job for job in world.jobs if job.attempt == number]
    states = {state for state, _ in attempt.files}
    wrong = []
    if len(jobs) > 1:
        wrong.append(f"was taken {len(jobs)} times by the provider")
    if attempt.posts > attempt.sends:
        wrong.append("was posted without `sending` on disk")
    if attempt.posts > attempt.refusals + 1:
        wrong.append("was posted again although nobody refused it")
    if attempt.posts and not attempt.booked:
        wrong.append("was posted with no money held")
    if "abandoned" in states and attempt.was_sent:
        wrong.append("is sent and abandoned")
    if attempt.spent > 1:
        wrong.append("was charged twice")
    if attempt.spent and not any(job.fate.billed for job in jobs):
        wrong.append("was charged and never billed")
    if any(job.fate.billed for job in jobs) and not attempt.held and not attempt.spent:
        wrong.append("was billed, and nothing is held or charged for it")
    if ("downloaded", 1) in attempt.files and attempt.spent and not attempt.media:
        wrong.append("is charged as a take that is not there")
    return wrong
