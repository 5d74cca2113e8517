"""How the command line speaks: tables for people, one JSON document for programs, errors with their cure."""

import json
import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recoil_assets.cli.commanded import commanded
from recoil_assets.domain.errors import BlockedError, RecoilError

# What is shown comes from plans, paths and providers: nothing in it is markup, and nothing but tables is wrapped,
# so that a command or a path can be copied.
people = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
aside = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)

_RED = "bold red"
_WEIGHT_STYLES = {"warning": "bold yellow"}
_WIDEST = 10_000
"""More than any table needs, columns."""


_named_project: ContextVar[Path | None] = ContextVar("named_project", default=None)
_COMMAND = re.compile(
    r"\brecoil (?:(?:plan|board|scene|take) [a-z]+|budget reconcile|run|quote|impact|budget|doctor|ui)\b"
)


class Exit(IntEnum):
    """Exit codes."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    BLOCKED = 3


JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]


def begin_with(project: Path | None) -> None:
    """The project that was named before the sub-command, if one was; each call of the command begins with it."""
    _named_project.set(project)


def _remember(project: Path | None) -> Path | None:
    """The project named last: after the sub-command, else before it."""
    if project is not None:
        _named_project.set(project)
    return _named_project.get()


_PROJECT_HELP = "Project directory; else RECOIL_PROJECT, else the nearest recoil.toml."
ProjectBefore = Annotated[Path | None, typer.Option("--project", "-p", help=_PROJECT_HELP)]
ProjectOption = Annotated[
    Path | None, typer.Option("--project", "-p", help=_PROJECT_HELP, callback=_remember)
]


def to_copy(text: str, about: str = "") -> str:
    """``text`` with its commands as they work where this one was given: for the project that it named.

    Args:
        about: as in ``commanded``.
    """
    text = commanded(text, about)
    project = _named_project.get()
    if project is None:
        return text
    return _COMMAND.sub(lambda command: f"{command[0]} --project {shlex.quote(str(project))}", text)


def say_json(document: Mapping[str, Any]) -> None:
    """Print ``document`` as the one JSON document of this call."""
    sys.stdout.write(json.dumps(document, default=_plain, indent=2, ensure_ascii=False) + "\n")


def say_table(
    title: str, rows: Sequence[Mapping[str, object]], *, empty: str = "nothing", notes: Sequence[str] = ()
) -> None:
    """Print rows with the same columns as a table.

    Only columns of prose are wrapped, between words. A table that needs more room than the screen has is
    printed wider rather than with broken words.

    Args:
        notes: columns whose values are too long for one (paths, sources, cures). Each value stands under the
            table once, on a line of its own, and the column has its number.
    """
    if not rows:
        say_line(f": {to_copy(empty)}", lead=title)
        return
    shown, footnotes = _with_notes(rows, notes)
    table = Table(
        title=Text(title),
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
    )
    for name in shown[0]:
        values = [row[name] for row in shown]
        table.add_column(
            Text(name),
            min_width=max(len(word) for value in (name, *values) for word in value.split() or [""]),
            justify="right" if all(_is_amount(value) for value in values) else "left",
            no_wrap=not any(" " in value for value in values),
            overflow="fold",
        )
    for row in shown:
        table.add_row(*map(Text, row.values()))
    needed = people.measure(table, options=people.options.update_width(_WIDEST)).minimum
    if needed > people.width:
        table.width = needed
    people.print(table)
    for number, note in enumerate(footnotes, start=1):
        people.print(f"{number:>3}  {to_copy(note)}")


def _with_notes(
    rows: Sequence[Mapping[str, object]], notes: Sequence[str]
) -> tuple[list[dict[str, str]], list[str]]:
    """The rows as text, with numbers in place of notes; and the notes in the order of their numbers."""
    shown = [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
    found = list(dict.fromkeys(row[name] for row in shown for name in notes if row[name]))
    for row in shown:
        row.update({name: str(found.index(row[name]) + 1) for name in notes if row[name]})
    return shown, found


def _is_amount(value: str) -> bool:
    return value.lstrip("$")[:1].isdigit() and value.lstrip("$").replace(",", "").replace(".", "").isdigit()


def say_line(text: str, *, lead: str = "", style: str = "bold", to: Console = people) -> None:
    """Print one line, ``lead`` before it in ``style``; neither is wrapped or read as markup."""
    to.print(Text.assemble((lead, style), text))


@contextmanager
def answering(*, as_json: bool) -> Iterator[None]:
    """Turn errors into one message with its cure, or one JSON document, and the right exit code."""
    try:
        yield
    except RecoilError as error:
        reason = error.reason if isinstance(error, BlockedError) else ""
        _say_error(type(error).__name__, error.message, error.cure, reason=reason, as_json=as_json)
        raise typer.Exit(error.exit_code) from error
    except OSError as error:
        _say_error(type(error).__name__, *told(error), as_json=as_json)
        raise typer.Exit(Exit.FAILED) from error
    except (typer.Exit, KeyboardInterrupt):
        raise
    except Exception as error:
        if os.environ.get("RECOIL_DEBUG"):
            raise
        cure = "this is a fault in Recoil; run again with RECOIL_DEBUG=1 to see where, and please report it"
        _say_error(type(error).__name__, f"{type(error).__name__}: {error}", cure, as_json=as_json)
        raise typer.Exit(Exit.FAILED) from error


def told(error: OSError) -> tuple[str, str]:
    """What the machine refused, with the file, and its cure."""
    place = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or error}{place}", "see to that file or disk, then repeat"


def counted(count: int, one: str, many: str = "") -> str:
    """A number of things: ``1 take``, ``2 takes``."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def say_refusal(error: RecoilError) -> None:
    """Print a refusal among other results."""
    say_line(f" {error.message}", lead="refused:", style=_RED)
    say_line(f" {to_copy(error.cure, error.message)}", lead="cure:")


def say_finding(weight: str, text: str, cure: str) -> None:
    """Print something that was found among other results."""
    say_line(f" {text}", lead=f"{weight}:", style=_WEIGHT_STYLES.get(weight, _RED))
    say_line(f" {to_copy(cure)}", lead="cure:")


def say_failure(text: str) -> None:
    """Print what failed, beside the results."""
    say_line(f" {to_copy(text)}", lead="failed:", style=_RED, to=aside)


def _say_error(kind: str, message: str, cure: str, *, reason: str = "", as_json: bool) -> None:
    if as_json:
        named = {"reason": reason} if reason else {}
        say_json({"error": {"kind": kind, **named, "message": message, "cure": to_copy(cure, message)}})
        return
    said = f"{message} ({reason})" if reason and reason not in message else message
    say_line(f" {said}", lead="error:", style=_RED, to=aside)
    if cure:
        say_line(f" {to_copy(cure, message)}", lead="cure:", to=aside)


def _plain(value: object) -> object:
    if isinstance(value, Decimal | Path):
        return str(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return str(value)
