"""``recoil plan check`` and ``recoil quote``: what a plan is and what it will cost. Both write nothing."""

from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Annotated

import typer

from recoil_assets.cli.output import (
    Exit,
    JsonOption,
    ProjectOption,
    answering,
    say_json,
    say_refusal,
    say_table,
)
from recoil_assets.cli.runner import RunChoices, choices_of, opened
from recoil_assets.domain.cell import is_key
from recoil_assets.domain.errors import InvalidPlanError, UsageError
from recoil_assets.domain.money import ZERO, show
from recoil_assets.domain.plan import Plan
from recoil_assets.domain.shot import planned_length_s
from recoil_assets.production.payloads import BeatPayload, quote_row
from recoil_assets.production.plan_intake import preview_plan
from recoil_assets.production.quote import CellQuote, EpisodeQuote, quote_models, quote_plan
from recoil_assets.production.studio import Studio
from resources.project_store.structure import parse_plan

_MOST_NAMED = 2
_CENT = Decimal("0.01")
_UNITS = {"second": "s", "image": "image", "million_tokens": "M tok"}

plan_app = typer.Typer(help="Look at plans.", no_args_is_help=True)
PlansArgument = Annotated[list[str], typer.Argument(help="Plan files, or episodes of the project.")]


def read_named_plan(studio: Studio, name: str) -> Plan:
    """The plan of an episode key, or of a file anywhere."""
    path = Path(name)
    if name and not is_key(name) and path.is_dir():
        raise UsageError(f"{name} is a folder", cure="name a plan file or an episode")
    if _is_file(name):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise UsageError(f"there is no plan file {name}", cure="check the path") from None
        return parse_plan(data, source=name, default_episode=path.stem)
    return studio.plans.read(name)


def _is_file(name: str) -> bool:
    """Whether a name on the command line is of a file, and needs no project."""
    return Path(name).suffix == ".json" or Path(name).is_file()


@plan_app.command("check")
def check(names: PlansArgument, project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """Validate plans, all problems at once, and show how they would be grouped. Writes nothing."""
    with answering(as_json=as_json), opened(project, or_without=all(map(_is_file, names))) as studio:
        reports: list[dict[str, object]] = []
        faults: list[InvalidPlanError] = []
        for name in names:
            try:
                reports.append(_report(studio, name))
            except InvalidPlanError as refusal:
                faults.append(refusal)
        if as_json:
            refused = [
                {
                    "message": error.message,
                    "problems": [{"path": p.path, "message": p.message} for p in error.problems],
                }
                for error in faults
            ]
            say_json({"plans": reports, "refused": refused})
        else:
            for report in reports:
                _show_report(report)
            for error in faults:
                say_refusal(error)
        if faults:
            raise typer.Exit(Exit.FAILED)


def _report(studio: Studio, name: str) -> dict[str, object]:
    intake = preview_plan(studio, read_named_plan(studio, name))
    return {
        "plan": name,
        "episode": intake.plan.episode,
        "title": intake.plan.title,
        "shots": len(intake.plan.shots),
        "seconds": round(intake.plan.duration_s, 3),
        "grouping": intake.roster.grouping,
        "batches": [
            {
                "batch": entry.batch,
                "modality": entry.group.modality,
                "shots": list(entry.group.identity.shot_ids),
                "seconds": planned_length_s(entry.group.shots),
            }
            for entry in intake.roster.batches
        ],
    }


def _show_report(report: dict[str, object]) -> None:
    title = f"{report['episode']}: {report['title']}, {report['shots']} shots, {report['seconds']} s — valid"
    batches = report["batches"]
    assert isinstance(batches, list)  # noqa: S101  built above
    say_table(title, [{**row, "shots": ", ".join(row["shots"])} for row in batches])


def quote(
    names: PlansArgument,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    model: Annotated[str, typer.Option(help="Quote as if every beat were made with this model.")] = "",
    compare: Annotated[bool, typer.Option(help="Also quote every priced model of the price book.")] = True,
) -> None:
    """What the takes of plans will cost at most, before anything is made. Writes nothing."""
    choices = choices_of(RunChoices(model=model))
    with answering(as_json=as_json), opened(project, or_without=all(map(_is_file, names))) as studio:
        if model:
            studio.price_book.known(model)
        quotes = tuple(quote_plan(studio, read_named_plan(studio, name), choices) for name in names)
        if as_json:
            say_json(_document(studio, quotes, compare=compare))
        else:
            for item in quotes:
                _show_quote(item)
            if compare:
                show_comparison(studio, quotes)
        if any(cell.fault for item in quotes for cell in item.cells):
            raise typer.Exit(Exit.FAILED)


def _document(studio: Studio, quotes: tuple[EpisodeQuote, ...], *, compare: bool) -> dict[str, object]:
    return {
        "episodes": [
            {
                "episode": item.episode,
                "usd": item.usd,
                "seconds": round(item.seconds, 3),
                "batches": [
                    {
                        "batch": cell.cell.batch,
                        "usd": cell.usd,
                        "board": cell.board,
                        "awaits": list(cell.awaits),
                        "fault": cell.fault,
                        "beats": [
                            {**quote_row(payload), "kept": payload.beat.beat_id in cell.kept}
                            for payload in cell.payloads
                        ],
                    }
                    for cell in item.cells
                ],
            }
            for item in quotes
        ],
        "models": comparison(studio, quotes) if compare else [],
    }


def _show_quote(item: EpisodeQuote) -> None:
    rows = [
        {
            "batch": cell.cell.batch,
            "beats": len(cell.payloads),
            "model": ", ".join(dict.fromkeys(payload.request.model for payload in cell.payloads)),
            "seconds": round(sum(payload.request.duration_s for payload in cell.payloads), 3),
            "at most": "?" if cell.usd is None else show(cell.usd),
            "awaits": cell.fault or "; ".join((*cell.awaits, *_kept(cell), *_unpriced(cell.to_pay))),
        }
        for cell in item.cells
    ]
    total = "unknown" if item.usd is None else show(item.usd)
    say_table(f"{item.episode}: {len(item.cells)} batches, {item.seconds:g} s, at most {total}", rows)


def _kept(cell: CellQuote) -> list[str]:
    """The beats that are in no sum: they are rendered again only by name."""
    return [f"{', '.join(sorted(cell.kept))}: approved, kept"] if cell.kept else []


def _unpriced(payloads: tuple[BeatPayload, ...]) -> list[str]:
    return [
        f"{item.beat.beat_id}: {item.request.model} {item.quote.refusal}"
        for item in payloads
        if item.quote.refusal
    ]


def comparison(studio: Studio, quotes: tuple[EpisodeQuote, ...]) -> list[dict[str, object]]:
    """The quoted takes on every priced model: USD at most, the beats it can not make, and its rate."""
    return [
        {
            "model": item.rate.model,
            "provider": item.rate.provider,
            "usd": str(item.usd),
            "can_not_make": list(item.left_out),
            "rate_usd": str(item.rate.usd or ZERO),
            "unit": item.rate.unit,
            "source": item.rate.source,
            "as_of": item.rate.as_of.isoformat(),
        }
        for item in quote_models(studio, quotes)
    ]


def show_comparison(studio: Studio, quotes: tuple[EpisodeQuote, ...]) -> None:
    """Print what the quoted takes would cost on the priced models."""
    rows = [
        {
            "model": item.rate.model,
            "provider": item.rate.provider,
            "at most": show(item.usd.quantize(_CENT, ROUND_CEILING)),
            "can not make": _left_out(item.left_out),
            "rate": f"{show(item.rate.usd or ZERO)}/{_UNITS[item.rate.unit]}",
            "source": f"{item.rate.source}, {item.rate.as_of}",
        }
        for item in quote_models(studio, quotes)
    ]
    say_table("The same takes on the priced models", rows, notes=("source",))


def _left_out(beats: tuple[str, ...]) -> str:
    return ", ".join(beats) if len(beats) <= _MOST_NAMED else f"{len(beats)} beats"
