"""How the command line speaks: tables for people, one JSON document for programs, errors with their cure."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from recoil_assets.domain.errors import RecoilError

people = Console(highlight=False, soft_wrap=True)
aside = Console(stderr=True, highlight=False, soft_wrap=True)


class Exit(IntEnum):
    """Exit codes."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    BLOCKED = 3


JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project", "-p", help="Project directory; else RECOIL_PROJECT, else the nearest recoil.toml."
    ),
]


def say_json(document: Mapping[str, Any]) -> None:
    """Print ``document`` as the one JSON document of this call."""
    sys.stdout.write(json.dumps(document, default=_plain, indent=2, ensure_ascii=False) + "\n")


def say_table(title: str, rows: Sequence[Mapping[str, object]], *, empty: str = "nothing") -> None:
    """Print rows with the same columns as a table."""
    if not rows:
        people.print(f"[bold]{title}[/]: {empty}")
        return
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", pad_edge=False)
    for name, value in rows[0].items():
        numeric = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    people.print(table)


@contextmanager
def answering(*, as_json: bool) -> Iterator[None]:
    """Turn errors into one message with its cure, or one JSON document, and the right exit code."""
    try:
        yield
    except RecoilError as error:
        _say_error(type(error).__name__, error.message, error.cure, as_json=as_json)
        raise typer.Exit(error.exit_code) from error
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        message = f"{error.strerror or error}{place}"
        _say_error(type(error).__name__, message, "see to that file or disk, then repeat", as_json=as_json)
        raise typer.Exit(Exit.FAILED) from error
    except (typer.Exit, KeyboardInterrupt):
        raise
    except Exception as error:
        if os.environ.get("RECOIL_DEBUG"):
            raise
        cure = "this is a fault in Recoil; run again with RECOIL_DEBUG=1 to see where, and please report it"
        _say_error(type(error).__name__, f"{type(error).__name__}: {error}", cure, as_json=as_json)
        raise typer.Exit(Exit.FAILED) from error


def say_refusal(error: RecoilError) -> None:
    """Print a refusal among other results."""
    people.print(f"[bold red]refused:[/] {_escaped(error.message)}")
    people.print(f"[bold]cure:[/] {_escaped(error.cure)}")


def _say_error(kind: str, message: str, cure: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"error": {"kind": kind, "message": message, "cure": cure}})
        return
    aside.print(f"[bold red]error:[/] {_escaped(message)}")
    if cure:
        aside.print(f"[bold]cure:[/] {_escaped(cure)}")


def _escaped(text: str) -> str:
    return text.replace("[", "\\[")


def _plain(value: object) -> object:
    if isinstance(value, Decimal | Path):
        return str(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return str(value)
