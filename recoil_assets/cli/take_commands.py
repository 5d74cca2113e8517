"""``recoil take list``, ``resolve`` and ``cancel``: what was made, what became of what is unknown, what is to stop."""

import getpass
from collections.abc import Iterable
from typing import Annotated

import typer

from recoil_assets.cli.output import (
    Exit,
    JsonOption,
    ProjectOption,
    answering,
    people,
    say_json,
    say_refusal,
    say_table,
    to_copy,
)
from recoil_assets.cli.runner import opened, taken_in_episodes
from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.drift import drifted_parts
from recoil_assets.domain.errors import RecoilError, UsageError
from recoil_assets.domain.money import show, usd
from recoil_assets.production.beat_takes import take_marks
from recoil_assets.production.cancelling import cancel
from recoil_assets.production.dispatch import Dispatcher
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.lanes import Lanes
from recoil_assets.production.produce import resume_unfinished
from recoil_assets.production.resolution import Finding, Resolution, resolve
from recoil_assets.production.slots import ProviderSlots
from recoil_assets.production.studio import Studio
from recoil_assets.production.take_listing import ListedTake, ListingFault, list_takes
from recoil_assets.production.take_provenance import provenance_of

take_app = typer.Typer(help="Look at takes, and say what became of unknown ones.", no_args_is_help=True)
EpisodesArgument = Annotated[list[str] | None, typer.Argument(help="Episodes; all where left out.")]


@take_app.command("list")
def show_takes(
    episodes: EpisodesArgument = None, project: ProjectOption = None, as_json: JsonOption = False
) -> None:
    """Every take ever made: which is the primary, which is stale, what it cost, where it is.

    Takes of beats that the plan no longer has come last. Exit status 1 where a beat's request can not be built.
    """
    with answering(as_json=as_json), opened(project) as studio:
        listings = [list_takes(studio, episode) for episode in taken_in_episodes(studio, episodes)]
        rows = [_take_row(take) for listing in listings for take in listing.takes]
        faults = [fault for listing in listings for fault in listing.faults]
        if as_json:
            say_json({"takes": rows, "faults": [_fault_row(fault) for fault in faults]})
        else:
            shown = [_shown_take(row) for row in rows]
            say_table("Takes", shown, empty="no take was made yet", notes=("file",))
            for refusal in _refusals(faults):
                say_refusal(refusal)
        if faults:
            raise typer.Exit(Exit.FAILED)


def _refusals(faults: Iterable[ListingFault]) -> list[RecoilError]:
    """What could not be looked at, a line for everything that has the same cure."""
    told: dict[str, list[str]] = {}
    for fault in faults:
        told.setdefault(fault.error.cure, []).append(f"{fault.cell}: {fault.error.message}")
    return [RecoilError("; ".join(said), cure=cure) for cure, said in told.items()]


def _fault_row(fault: ListingFault) -> dict[str, str]:
    message = fault.error.message
    return {"cell": fault.cell.key, "message": message, "cure": to_copy(fault.error.cure, fault.cell.key)}


def _take_row(take: ListedTake) -> dict[str, object]:
    """One take beside what its beat asks for now."""
    attempt = take.attempt
    intent = attempt.intent
    return {
        "cell": take.cell.key,
        "beat": take.beat_id,
        "take": intent.number,
        "state": "succeeded" if attempt.succeeded else attempt.state.value,
        **take_marks(take.decisions, attempt),
        "current": take.current,
        "drifted": ", ".join(drifted_parts(intent.request, take.payload.request)) if take.payload else "",
        "model": intent.sent.model,
        "cost": show(attempt.cost_usd),
        "attempt_id": attempt.attempt_id,
        "provenance": provenance_of(attempt),
        "file": _file_or_error(intent.episode, attempt),
    }


def _shown_take(row: dict[str, object]) -> dict[str, object]:
    """A take as a row of 80 columns: a primary has succeeded, and a beat that is its whole batch needs no name."""
    whole = str(row["cell"]).endswith(f"|{row['beat']}")
    return {
        "cell": row["cell"],
        "beat": "" if whole else row["beat"],
        "take": row["take"],
        "state": ", ".join(str(word) for word in _standing(row) if word),
        "is": f"{row['current']}: {row['drifted']}" if row["drifted"] else row["current"],
        "model": row["model"],
        "cost": row["cost"],
        "file": row["file"],
    }


def _standing(row: dict[str, object]) -> tuple[object, ...]:
    """How a take stands, shortest first; the latest is named where it is neither primary nor approved."""
    latest = row["latest"] and not (row["latest_approved"] or row["primary"])
    return (
        row["primary"] or row["state"],
        row["latest_approved"] or row["approved"],
        "latest" if latest else "",
        row["ordered"],
    )


def _file_or_error(episode: str, attempt: Attempt) -> str:
    """Where a take is, or why there is none; of one that is unknown also how a person ends that."""
    if attempt.succeeded:
        return attempt.intent.media_path
    if attempt.state is not AttemptState.UNKNOWN:
        return attempt.error
    return f"{attempt.error}: recoil take resolve {episode} {attempt.attempt_id}"


@take_app.command("resolve")
def resolve_take(
    episode: Annotated[str, typer.Argument(help="The episode.")],
    attempt: Annotated[
        str, typer.Argument(help="The attempt: recoil take list names those that are unknown.")
    ],
    why: Annotated[str, typer.Option(help="How you know; kept with what you say.")],
    taken: Annotated[
        str, typer.Option("--taken", help="The provider has the job: its request id.", metavar="REQUEST_ID")
    ] = "",
    never_taken: Annotated[bool, typer.Option("--never-taken", help="The provider never had it.")] = False,
    billed: Annotated[
        str, typer.Option("--billed", help="It failed and was billed: how much, USD.", metavar="AMOUNT")
    ] = "",
    not_billed: Annotated[bool, typer.Option("--not-billed", help="It failed and was not billed.")] = False,
    by: Annotated[str, typer.Option(help="Who says so; else the user who is logged in.")] = "",
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what became of an attempt that nobody could be sure of. Sends nothing; its money is booked anew."""
    with answering(as_json=as_json), opened(project) as studio:
        said = Resolution(
            finding=_finding(taken=taken, never_taken=never_taken, billed=billed, not_billed=not_billed),
            resolved_by=by or getpass.getuser(),
            why=why,
            request_id=taken,
            billed_usd=usd(billed) if billed else None,
        )
        resolved = resolve(studio, episode, attempt, said)
        if said.finding is Finding.TAKEN:
            resolved = run_loop(_carry_on(studio, resolved))
        state = "succeeded" if resolved.succeeded else resolved.state.value
        if as_json:
            say_json(
                {
                    "attempt_id": attempt,
                    "resolved_as": said.finding.value,
                    "state": state,
                    "cost_usd": str(resolved.cost_usd),
                }
            )
            return
        people.print(f"{attempt}: {said.finding.value}, said by {said.resolved_by}; it is {state} now")
        if resolved.is_open:
            people.print(to_copy(f"its result is fetched by the next recoil run {episode}"))


@take_app.command("cancel")
def cancel_take(
    episode: Annotated[str, typer.Argument(help="The episode.")],
    attempt: Annotated[str, typer.Argument(help="The attempt: recoil take list names those that run.")],
    by: Annotated[str, typer.Option(help="Who asks; else the user who is logged in.")] = "",
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the provider to stop a job. It may finish, and bill, all the same: the next run finds out."""
    with answering(as_json=as_json), opened(project) as studio:
        asked_by = by or getpass.getuser()
        asked = run_loop(cancel(studio, episode, attempt, asked_by=asked_by))
        if as_json:
            say_json({"attempt_id": attempt, "state": asked.state.value, "asked_by": asked_by})
            return
        people.print(f"{attempt}: {asked.intent.provider} was asked to stop it, and may bill it all the same")
        people.print(to_copy(f"what became of it is found out by the next recoil run {episode}"))


def _finding(*, taken: str, never_taken: bool, billed: str, not_billed: bool) -> Finding:
    said = {
        Finding.TAKEN: bool(taken),
        Finding.NEVER_TAKEN: never_taken,
        Finding.BILLED: bool(billed),
        Finding.NOT_BILLED: not_billed,
    }
    chosen = [finding for finding, given in said.items() if given]
    if len(chosen) != 1:
        raise UsageError(
            "an attempt is resolved in exactly one way",
            cure="give one of --taken REQUEST_ID, --never-taken, --billed AMOUNT, --not-billed",
        )
    return chosen[0]


async def _carry_on(studio: Studio, attempt: Attempt) -> Attempt:
    """Poll a job that was taken and fetch its result; where that is not possible now, the next run goes on."""
    with Lanes() as lanes:
        dispatcher = Dispatcher(studio, ProviderSlots(1), lanes, lambda: False, [])
        await resume_unfinished(studio, dispatcher, lanes)
    return studio.journal.attempt(attempt.attempt_id)
