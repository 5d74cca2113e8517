"""``recoil quote``: what plans will cost; and how every command reads the plans it is given. Writes nothing."""

from dataclasses import asdict
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Annotated

import typer

from recoil_assets.cli.output import (
    Exit,
    JsonOption,
    ProjectOption,
    answering,
    people,
    say_json,
    say_line,
    say_table,
)
from recoil_assets.cli.paying import Obstacle, caps_in_the_way, closed_accounts, too_dear, without_provider
from recoil_assets.cli.runner import RunChoices, choices_of, opened
from recoil_assets.domain.cell import is_key
from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.money import ZERO, show
from recoil_assets.domain.plan import Plan
from recoil_assets.domain.plan_text import PlanText
from recoil_assets.production.payloads import BeatPayload, quote_row
from recoil_assets.production.quote import CellQuote, EpisodeQuote, quote_models, quote_plan
from recoil_assets.production.studio import Studio
from resources.project_store.structure import parse_plan, read_plan_text

_CENT = Decimal("0.01")
_UNITS = {"second": "s", "image": "image", "million_tokens": "M tok"}

PlansArgument = Annotated[list[str], typer.Argument(help="Plan files, or episodes of the project.")]


def read_named_plan(studio: Studio, name: str) -> Plan:
    """The plan of an episode key, or of a file anywhere."""
    if is_file(name) or _is_folder(name):
        return parse_plan(_bytes_of(name), source=name, default_episode=Path(name).stem)
    return studio.plans.read(name)


def read_plan_as_written(studio: Studio, name: str) -> PlanText:
    """The text of a plan that is named as in ``read_named_plan``."""
    if is_file(name) or _is_folder(name):
        return read_plan_text(_bytes_of(name), source=name)
    return studio.plans.written(name)


def _bytes_of(name: str) -> bytes:
    if _is_folder(name):
        raise UsageError(f"{name} is a folder", cure="name a plan file or an episode")
    try:
        return Path(name).read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no plan file {name}", cure="check the path") from None


def _is_folder(name: str) -> bool:
    return bool(name) and not is_key(name) and Path(name).is_dir()


def is_file(name: str) -> bool:
    """Whether a name on the command line is of a file, and needs no project."""
    return Path(name).suffix == ".json" or Path(name).is_file()


def quote(
    names: PlansArgument,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    model: Annotated[str, typer.Option(help="Quote as if every beat were made with this model.")] = "",
    compare: Annotated[bool, typer.Option(help="Also quote every priced model of the price book.")] = True,
) -> None:
    """What the takes of plans will cost at most, before anything is made. Writes nothing."""
    choices = choices_of(RunChoices(model=model))
    with answering(as_json=as_json), opened(project, or_without=all(map(is_file, names))) as studio:
        if model:
            studio.price_book.known(model)
        quotes = tuple(quote_plan(studio, read_named_plan(studio, name), choices) for name in names)
        obstacles = _obstacles(studio, quotes)
        if as_json:
            found = {"obstacles": [asdict(item) for item in obstacles]}
            say_json(_document(studio, quotes, compare=compare) | found)
        else:
            for item in quotes:
                _show_quote(item)
            for obstacle in obstacles:
                say_line(f" {obstacle.finding}", lead="warning:", style="bold yellow")
                say_line(f" {obstacle.cure}", lead="  cure:", style="")
            if compare:
                show_comparison(studio, quotes)
        if any(cell.fault for item in quotes for cell in item.cells):
            raise typer.Exit(Exit.FAILED)


def _obstacles(studio: Studio, quotes: tuple[EpisodeQuote, ...]) -> list[Obstacle]:
    """Why what is quoted could not be paid for now, or not all of it."""
    payloads = (payload for quote in quotes for cell in quote.cells for payload in cell.payloads)
    models = list(dict.fromkeys(payload.request.model for payload in payloads))
    return [
        *without_provider(studio, models),
        *closed_accounts(studio, models),
        *(caps_in_the_way(studio, models) or too_dear(studio, quotes)),
    ]


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
            "is_of_all_beats": not item.left_out,
            "can_not_make": list(item.left_out),
            "rate_usd": str(item.rate.usd or ZERO),
            "unit": item.rate.unit,
            "source": item.rate.source,
            "as_of": item.rate.as_of.isoformat(),
        }
        for item in quote_models(studio, quotes)
    ]


def show_comparison(studio: Studio, quotes: tuple[EpisodeQuote, ...]) -> None:
    """Print what the quoted takes would cost on the priced models; a price is of the beats that stand beside it."""
    beats = sum(len(cell.payloads) for quote in quotes for cell in quote.cells)
    compared = quote_models(studio, quotes)
    rows = [
        {
            "model": item.rate.model,
            "provider": item.rate.provider,
            "at most": show(item.usd.quantize(_CENT, ROUND_CEILING)),
            "beats": f"{beats - len(item.left_out)}/{beats}",
            "rate": f"{show(item.rate.usd or ZERO)}/{_UNITS[item.rate.unit]}",
            "source": f"{item.rate.source}, {item.rate.as_of}",
        }
        for item in compared
    ]
    say_table("The same takes on the priced models", rows, notes=("source",))
    if any(item.left_out for item in compared):
        people.print("Fewer beats: the model can not make the others, which --json names.")
