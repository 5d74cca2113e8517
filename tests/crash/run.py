"""One production run of the use-case layer, as a process of its own does it until it ends or is killed.

What Dagster would remember is kept in a folder: the data version every stage was last recorded with, a file
a cell and stage. Writing such a file is the step ``event <stage>``.
"""

import asyncio
import json
import os
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from recoil_assets.domain.cell import Cell
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.outcome import Blocked, Materialised, Outcome
from recoil_assets.production.ports import Provider
from recoil_assets.production.produce import Production, produce
from recoil_assets.production.studio import Studio
from resources.clock import SystemClock
from resources.ledger.duckdb_ledger import DuckDBLedger
from resources.opening import open_studio
from resources.project_store.durable import replace_file
from resources.project_store.layout import find_project
from tests.crash.errand import NOTHING, Errand
from tests.crash.laboratory import Account
from tests.crash.strike import Strike, StrikeAnywhere, Striker
from tests.crash.wire import WatchedWire
from tests.support.instant_provider import InstantProvider
from tests.support.paper_desk import PaperDesk
from tests.support.paper_inspector import PaperInspector
from tests.support.watched import Watch

Refit = Callable[[Studio], Studio]
_TAKEN_S = 30.0


def as_it_is(studio: Studio) -> Studio:
    """The product, unaltered."""
    return studio


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a process is to do. Can be pickled.

    Attributes:
        records: the folder that plays Dagster's part.
        said: where it writes how the cells ended, and how many moments it had.
        errand: what it is asked for on top of its stages.
        refit: alters the product, for the tests that have to fail.
        ledger_wait_s: seconds it waits for another process's booking.
    """

    root: Path
    account: Account
    records: Path
    said: Path
    stages: Sequence[str]
    errand: Errand = NOTHING
    strike: Strike | StrikeAnywhere | None = None
    refit: Refit = as_it_is
    ledger_wait_s: float = 10.0


def work(order: Order) -> None:
    """Carry an order out; whatever goes wrong is written where its end would be."""
    try:
        ended, striker = _produce(order)
        said: dict[str, object] = {"cells": ended, "heard": striker.heard}
    except BaseException:
        order.said.write_text(json.dumps({"fault": traceback.format_exc()}))
        raise
    order.said.write_text(json.dumps(said))


def _produce(order: Order) -> tuple[dict[str, str], Striker]:
    striker, records = Striker(order.strike), Records(order.records)
    recorded = records.read()
    ended: dict[str, str] = {}

    def emit(outcome: Outcome) -> None:
        if isinstance(outcome, Materialised):
            striker.before(f"event {outcome.stage}")
            records.write(outcome)
            striker.after(f"event {outcome.stage}")
        ended[outcome.cell.key] = word_of(outcome)

    production = Production(
        cells=order.errand.cells(recorded),
        stages=frozenset(order.stages),
        options=order.errand.options(f"run_{os.getpid()}"),
        recorded=recorded,
    )
    with studio_of(order, striker) as studio:
        striker.listen()
        run_loop(produce(studio, production, emit, lambda: False))
    return ended, striker


def word_of(outcome: Outcome) -> str:
    """How a cell ended, in one word."""
    return outcome.reason if isinstance(outcome, Blocked) else type(outcome).__name__


@contextmanager
def studio_of(order: Order, striker: Striker) -> Iterator[Studio]:
    """The project with the provider that is killed at, every durable step of it watched."""
    taken = [0]

    def wait_until_taken() -> None:
        """The server has the job; its answer is on the way. Only where that very moment is asked for."""
        taken[0] += 1
        if not isinstance(order.strike, Strike) or order.strike.step != "submit answered":
            return
        until = time.monotonic() + _TAKEN_S
        while len(order.account.jobs()) < taken[0] and time.monotonic() < until:
            time.sleep(0.005)

    def wire() -> WatchedWire:
        return WatchedWire(striker, order.account.call, wait_until_taken)

    lab = order.account.provider(wire)
    ledger = DuckDBLedger(find_project(order.root).ledger, clock=SystemClock(), wait_s=order.ledger_wait_s)
    providers: dict[str, Provider] = {"animatic": InstantProvider(), lab.name: Halving(lab, striker)}  # type: ignore[dict-item]
    watch = Watch(look=striker.before, seen=striker.after)
    with open_studio(order.root, ledger=lambda _: ledger, providers=lambda: providers) as studio:
        fitted = replace(
            studio,
            price_book=order.account.price_book,
            editorial=PaperDesk(),
            inspector=PaperInspector(),
        )
        yield watch.refit(order.refit(fitted))


class Halving:
    """A provider of which it is seen when a download is half done: a part of its file is on disk."""

    def __init__(self, provider: Provider, striker: Striker) -> None:
        self._provider, self._striker = provider, striker

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    async def fetch(self, *args: Any) -> None:
        watching = asyncio.ensure_future(self._watch(args[-1]))
        try:
            await self._provider.fetch(*args)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _watch(self, destination: Path) -> None:
        while not (destination.exists() and destination.stat().st_size):  # noqa: ASYNC110, ASYNC240  a file says nothing by itself
            await asyncio.sleep(0.002)
        self._striker.after("half a download")


@dataclass(frozen=True, slots=True)
class Records:
    """The data version every stage was last recorded with, by cell: a file each, for many processes at once."""

    folder: Path

    def read(self) -> dict[Cell, dict[str, str]]:
        """Everything that is recorded."""
        found: dict[Cell, dict[str, str]] = {}
        for file in sorted(self.folder.glob("[!.]*@*")):
            key, _, stage = file.name.partition("@")
            found.setdefault(Cell.parse(key), {})[stage] = file.read_text()
        return found

    def write(self, outcome: Materialised) -> None:
        """Record a result."""
        replace_file(self.folder / f"{outcome.cell.key}@{outcome.stage}", outcome.data_version.encode())
