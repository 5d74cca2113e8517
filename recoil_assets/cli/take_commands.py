"""``recoil take list`` and ``recoil budget``: what was made, of what, for how much."""

from typing import Annotated

import typer

from recoil_assets.cli.output import (
    JsonOption,
    ProjectOption,
    answering,
    people,
    say_json,
    say_table,
)
from recoil_assets.cli.runner import opened, taken_in_episodes
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.money import show
from recoil_assets.production.payloads import cell_payloads
from recoil_assets.production.spending import report_spending
from recoil_assets.production.studio import Studio
from recoil_assets.production.takes import read_takes

take_app = typer.Typer(help="Look at takes.", no_args_is_help=True)
EpisodesArgument = Annotated[list[str] | None, typer.Argument(help="Episodes; all where left out.")]


@take_app.command("list")
def list_takes(
    episodes: EpisodesArgument = None, project: ProjectOption = None, as_json: JsonOption = False
) -> None:
    """Every take of every beat: which is the primary, which is stale, what it cost, where it is."""
    with answering(as_json=as_json), opened(project) as studio:
        rows = [row for episode in taken_in_episodes(studio, episodes) for row in _take_rows(studio, episode)]
        if as_json:
            say_json({"takes": rows})
        else:
            shown = [_shown_take(row) for row in rows]
            say_table("Takes", shown, empty="no take was made yet", notes=("file",))


def _take_rows(studio: Studio, episode: str) -> list[dict[str, object]]:
    roster = studio.rosters.get(episode)
    rows: list[dict[str, object]] = []
    for batch in roster.keys if roster else ():
        cell = Cell(episode, batch)
        manifest = studio.scenes.manifest(cell)
        if manifest is None:
            continue
        body = studio.scenes.body(cell, manifest.active_version.digest)
        for payload in cell_payloads(studio, body, studio.cell_choices(cell)):
            takes = read_takes(studio, episode, payload.beat)
            for attempt in takes.attempts:
                primary = takes.primary is not None and attempt.attempt_id == takes.primary.attempt_id
                rows.append(
                    {
                        "cell": cell.key,
                        "beat": payload.beat.beat_id,
                        "take": attempt.intent.number,
                        "state": "succeeded" if attempt.succeeded else attempt.state.value,
                        "primary": "primary" if primary else "",
                        "current": "current" if attempt.intent.basis == payload.request.digest else "stale",
                        "model": attempt.intent.request.model,
                        "cost": show(attempt.cost_usd),
                        "file": attempt.intent.media_path if attempt.succeeded else attempt.error,
                    }
                )
    return rows


def _shown_take(row: dict[str, object]) -> dict[str, object]:
    """A take as a row of 80 columns: a primary has succeeded, and a beat that is its whole batch needs no name."""
    whole = str(row["cell"]).endswith(f"|{row['beat']}")
    return {
        "cell": row["cell"],
        "beat": "" if whole else row["beat"],
        "take": row["take"],
        "state": row["primary"] or row["state"],
        "is": row["current"],
        "model": row["model"],
        "cost": row["cost"],
        "file": row["file"],
    }


def budget(
    episodes: EpisodesArgument = None, project: ProjectOption = None, as_json: JsonOption = False
) -> None:
    """What was spent and what is held, by episode and attempt, and the caps."""
    with answering(as_json=as_json), opened(project) as studio:
        total, today = studio.ledger.balance(), studio.ledger.balance(day=studio.clock.today())
        reports = [report_spending(studio, episode) for episode in taken_in_episodes(studio, episodes)]
        limits = dict(studio.settings.caps.caps().limits())
        if as_json:
            say_json(
                {
                    "spent_usd": str(total.spent),
                    "held_usd": str(total.reserved),
                    "today_usd": str(today.committed),
                    "caps_usd": {name: str(limit) for name, limit in limits.items()},
                    "attempts": [
                        {
                            "episode": report.episode,
                            "batch": line.batch,
                            "kind": line.kind,
                            "model": line.model,
                            "charged_usd": str(line.charged),
                            "held_usd": str(line.held),
                            "outcome": line.outcome,
                            "attempt_id": line.attempt_id,
                        }
                        for report in reports
                        for line in report.lines
                    ],
                }
            )
            return
        rows = [
            {
                "episode": report.episode,
                "attempts": len(report.lines),
                "spent": show(report.balance.spent),
                "held": show(report.balance.reserved),
                "cap": show(limits["episode"]) if "episode" in limits else "none",
            }
            for report in reports
        ]
        say_table("Budget by episode", rows, empty="no episode was taken in yet")
        caps = ", ".join(f"{name} {show(limit)}" for name, limit in limits.items()) or "none"
        people.print(
            f"project: spent {show(total.spent)}, held {show(total.reserved)}; today {show(today.committed)}"
        )
        people.print(f"caps: {caps}")
