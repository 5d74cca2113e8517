"""``recoil take list``, ``recoil scene list|conform`` and ``recoil budget``: what was made, of what, for how much."""

from typing import Annotated

import typer

from recoil_assets.cli.output import (
    JsonOption,
    ProjectOption,
    answering,
    people,
    say_json,
    say_table,
    to_copy,
)
from recoil_assets.cli.runner import chosen_batches, opened
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.money import show
from recoil_assets.production.derive import planned_version
from recoil_assets.production.payloads import cell_payloads
from recoil_assets.production.spending import report_spending
from recoil_assets.production.studio import Studio
from recoil_assets.production.takes import read_takes

take_app = typer.Typer(help="Look at takes.", no_args_is_help=True)
scene_app = typer.Typer(help="Look at scene versions, and choose the active one.", no_args_is_help=True)
EpisodesArgument = Annotated[list[str] | None, typer.Argument(help="Episodes; all where left out.")]


def _episodes(studio: Studio, named: list[str] | None) -> list[str]:
    """The episodes named, each known; or all that were taken in."""
    known = studio.rosters.episodes()
    unknown = [name for name in named or [] if name not in known]
    for name in unknown:
        studio.plans.read(name)
        raise UsageError(f"{name} was not taken in yet", cure=f"recoil run {name}")
    return list(named or known)


@take_app.command("list")
def list_takes(
    episodes: EpisodesArgument = None, project: ProjectOption = None, as_json: JsonOption = False
) -> None:
    """Every take of every beat: which is the primary, which is stale, what it cost, where it is."""
    with answering(as_json=as_json), opened(project) as studio:
        rows = [row for episode in _episodes(studio, episodes) for row in _take_rows(studio, episode)]
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


@scene_app.command("list")
def list_scenes(
    episodes: EpisodesArgument = None, project: ProjectOption = None, as_json: JsonOption = False
) -> None:
    """Every version of every scene."""
    with answering(as_json=as_json), opened(project) as studio:
        rows = [row for episode in _episodes(studio, episodes) for row in _scene_rows(studio, episode)]
        if as_json:
            say_json({"versions": rows})
        else:
            say_table("Scene versions", rows, empty="no scene was derived yet")


def _scene_rows(studio: Studio, episode: str) -> list[dict[str, object]]:
    roster = studio.rosters.get(episode)
    rows: list[dict[str, object]] = []
    for batch in roster.keys if roster else ():
        manifest = studio.scenes.manifest(Cell(episode, batch))
        rows.extend(
            {
                "cell": f"{episode}|{batch}",
                "version": f"v{version.number}",
                "active": "active" if manifest and version.number == manifest.active else "",
                "derivation": version.derivation,
                "digest": version.digest[:12],
                "derived": version.created_at[:16],
            }
            for version in (manifest.versions if manifest else ())
        )
    return rows


@scene_app.command()
def conform(
    episode: Annotated[str, typer.Argument(help="The episode.")],
    batch: Annotated[str, typer.Argument(help="The batch.")],
    version: Annotated[
        int | None, typer.Option(min=1, help="The version; the one the plan asks for where left out.")
    ] = None,
    expected: Annotated[
        int | None, typer.Option(min=1, help="Refuse where another version is active.")
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a version active. The board has to be drawn and decided for it before anything is generated."""
    with answering(as_json=as_json), opened(project) as studio:
        _episodes(studio, [episode])
        roster = studio.rosters.get(episode)
        assert roster is not None, "it is taken in"  # noqa: S101
        (cell,) = chosen_batches(roster, [batch])
        manifest = studio.scenes.manifest(cell)
        if manifest is None:
            raise UsageError(f"{cell} has no scene version", cure=f"recoil run {episode} --until scenes")
        number = version or planned_version(studio, cell, manifest).number
        changed = studio.scenes.conform(cell, number, expected=expected or manifest.active)
        studio.note("scene_conformed", cell=cell.key, version=changed.active, was=manifest.active)
        if as_json:
            say_json({"cell": cell.key, "active": changed.active, "was": manifest.active})
        elif changed.active == manifest.active:
            people.print(f"{cell}: v{changed.active} is active already; nothing was changed")
        else:
            people.print(
                f"{cell}: v{changed.active} is active (was v{manifest.active}). "
                + to_copy(f"Next: recoil run {episode}")
            )


def budget(
    episodes: EpisodesArgument = None, project: ProjectOption = None, as_json: JsonOption = False
) -> None:
    """What was spent and what is held, by episode and attempt, and the caps."""
    with answering(as_json=as_json), opened(project) as studio:
        total, today = studio.ledger.balance(), studio.ledger.balance(day=studio.clock.today())
        reports = [report_spending(studio, episode) for episode in _episodes(studio, episodes)]
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
