"""A show under production without Dagster: a project, the studio opened on it, and what is on record.

The record plays Dagster's part: the data version every stage was last materialised with, by cell. Models of
the provider ``lab`` cost money: ``reel`` ten cents a second, ``reel-board`` five cents a picture.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from recoil_assets.domain.attempt import Attempt
from recoil_assets.domain.board import Decision, Review
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.ledger import Balance
from recoil_assets.domain.price import ModelRate, PriceBook
from recoil_assets.domain.roster import Roster
from recoil_assets.domain.scene import Beat, SceneBody
from recoil_assets.production.cell_work import Reroll, RunOptions
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.outcome import Blocked, Displaced, Failed, Materialised, Outcome, Unsettled
from recoil_assets.production.plan_intake import take_in_plan
from recoil_assets.production.produce import Production, produce
from recoil_assets.production.review import Verdict, decide
from recoil_assets.production.stages import CELL_STAGES, PLANS
from recoil_assets.production.studio import Studio
from resources.ledger.duckdb_ledger import DuckDBLedger
from resources.opening import open_ledger, open_studio
from resources.project_store.layout import find_project
from tests.support.instant_provider import InstantProvider
from tests.support.paper_desk import PaperDesk
from tests.support.paper_inspector import PaperInspector
from tests.support.project import make_project, write_plan

STAGES = tuple(stage.name for stage in CELL_STAGES)
EPISODE = "ep_001"
BATCH = "BATCH_001"
E = TypeVar("E", Blocked, Failed, Unsettled, Materialised)


def rate(model: str, provider: str, usd: str, *modalities: str) -> ModelRate:
    return ModelRate.model_validate(
        {
            "model": model,
            "provider": provider,
            "modalities": modalities,
            "unit": "image" if modalities == ("board",) else "second",
            "usd": usd,
            "source": "made up for tests",
            "as_of": date(2026, 1, 1),
        }
    )


PRICE_BOOK = PriceBook(
    rates=(
        rate("animatic", "animatic", "0", "video_i2v", "r2v_multi"),
        rate("animatic-board", "animatic", "0", "board"),
        rate("reel", "lab", "0.10", "video_i2v", "r2v_multi"),
        rate("reel-board", "lab", "0.05", "board"),
    )
)


def settings(
    *,
    gate: bool = False,
    caps: Mapping[str, str] | None = None,
    choices: Mapping[str, object] | None = None,
    references: Mapping[str, str] | None = None,
) -> str:
    """The text of a ``recoil.toml``; the video model costs money unless ``choices`` says otherwise."""
    tables: dict[str, Mapping[str, object]] = {
        "show": {"name": "test show"},
        "gate": {"board_gate_episodes": "all" if gate else []},
        "caps": caps or {},
        "choices": {"model": "reel", **(choices or {})},
        "references": references or {},
    }
    return "\n".join(
        f"[{name}]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in table.items())
        for name, table in tables.items()
    )


@dataclass
class Ended:
    """What a run said, in order."""

    outcomes: list[Outcome] = field(default_factory=list)

    def of(self, cell: Cell) -> list[Outcome]:
        key = cell.key
        return [outcome for outcome in self.outcomes if outcome.cell.key == key]

    def last(self, cell: Cell, kind: type[E]) -> E:
        """The cell's last word, which must be of ``kind``."""
        last = self.of(cell)[-1]
        said = "made" if isinstance(last, Materialised) else last.message
        assert isinstance(last, kind), f"{type(last).__name__} {last.stage}: {said}"
        return last

    def blocked(self, cell: Cell) -> Blocked:
        return self.last(cell, Blocked)

    def failed(self, cell: Cell) -> Failed:
        return self.last(cell, Failed)

    def unsettled(self, cell: Cell) -> Unsettled:
        return self.last(cell, Unsettled)

    def versions(self, cell: Cell) -> dict[str, str]:
        """Data version by stage, of the stages that have a result."""
        return {item.stage: item.data_version for item in self.of(cell) if isinstance(item, Materialised)}

    def by_cell(self) -> dict[Cell, dict[str, str]]:
        """Data version by cell and stage as it is on record then: of results, and of what displaced one."""
        found: dict[Cell, dict[str, str]] = {}
        for item in self.outcomes:
            if isinstance(item, Materialised | Displaced):
                found.setdefault(item.cell, {})[item.stage] = item.data_version
        return found

    def finished(self, *cells: Cell) -> bool:
        """Whether every cell got through to its takes."""
        return all("takes" in self.versions(cell) for cell in cells)


class KeptOpen:
    """A ledger that its studio does not close."""

    def __init__(self, ledger: DuckDBLedger) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def close(self) -> None:
        pass


@dataclass
class Show:
    """See the module.

    Attributes:
        lab: the provider that costs money. ``animatic`` is the one that does not.
        ledger: stays open between runs, for opening DuckDB takes most of a small run's time; see ``close``.
        refit: puts other ports into every studio that is opened.
    """

    root: Path
    lab: InstantProvider = field(default_factory=lambda: InstantProvider(name="lab", cost=Decimal("0.25")))
    animatic: InstantProvider = field(default_factory=InstantProvider)
    desk: PaperDesk = field(default_factory=PaperDesk)
    inspector: PaperInspector = field(default_factory=PaperInspector)
    refit: Callable[[Studio], Studio] = lambda studio: studio
    records: dict[Cell, dict[str, str]] = field(default_factory=dict)
    runs: int = 0
    ledger: DuckDBLedger | None = None

    @classmethod
    def begin(cls, root: Path, *plans: dict[str, object], text: str = "") -> "Show":
        """A new project with every plan taken in."""
        show = cls(make_project(root, *plans, settings=text or settings()))
        for document in plans:
            show.take_in(str(document["episode"]))
        return show

    @contextmanager
    def studio(self) -> Iterator[Studio]:
        providers = {"animatic": self.animatic, "lab": self.lab}
        if self.ledger is None:
            self.ledger = open_ledger(find_project(self.root))
        kept = KeptOpen(self.ledger)
        with open_studio(self.root, providers=lambda: providers, ledger=lambda _: kept) as studio:
            yield self.refit(
                replace(studio, price_book=PRICE_BOOK, editorial=self.desk, inspector=self.inspector)
            )

    def close(self) -> None:
        """End the ledger's writer; every test does."""
        if self.ledger is not None:
            self.ledger.close()

    def copied(self, root: Path) -> "Show":
        """The same show in another folder, with its records: a point to go on from."""
        shutil.copytree(self.root, root)
        return Show(
            root, records={cell: dict(record) for cell, record in self.records.items()}, runs=self.runs
        )

    def change_settings(self, text: str) -> None:
        (self.root / "recoil.toml").write_text(text)

    def rewrite_plan(self, document: dict[str, object]) -> Roster:
        write_plan(self.root, document)
        return self.take_in(str(document["episode"]))

    def take_in(self, episode: str = EPISODE) -> Roster:
        """Materialise ``plans`` for an episode; cells it no longer names keep their record."""
        with self.studio() as studio:
            roster = take_in_plan(studio, episode).roster
        known = {cell.batch for cell in self.records if cell.episode == episode}
        for batch in {*roster.keys, *known}:
            self.records.setdefault(Cell(episode, batch), {})[PLANS] = roster.digest
        return roster

    def make(
        self,
        *,
        stages: Iterable[str] = STAGES,
        cells: Iterable[Cell] | None = None,
        run: str = "",
        stopped: Callable[[], bool] = lambda: False,
        resume_only: bool = False,
        reroll: Reroll | None = None,
        choices: Mapping[str, object] | None = None,
        recover: Iterable[Cell] = (),
        finish: Iterable[Cell] = (),
    ) -> Ended:
        """Materialise stages of cells (all of both where not said) in one run of its own."""
        self.runs += 1
        run = run or f"run_{self.runs}"
        cells = sorted(self.records if cells is None else cells)
        ended = Ended()
        production = Production(
            cells=cells,
            stages=frozenset(stages),
            options=RunOptions(
                run_id=run,
                root_run_id=run,
                choices=choices or {},
                recover=frozenset(recover),
                finish=frozenset(finish),
                resume_only=resume_only,
                reroll=reroll,
            ),
            recorded={cell: dict(self.records.get(cell, {})) for cell in cells},
        )
        with self.studio() as studio:
            try:
                run_loop(produce(studio, production, ended.outcomes.append, stopped))
            finally:
                for cell, recorded in ended.by_cell().items():
                    self.records.setdefault(cell, {}).update(recorded)
        return ended

    def decide(self, cell: Cell, decision: Decision = Decision.APPROVED, **verdict: object) -> Review:
        with self.studio() as studio:
            said = Verdict(**{"decision": decision, "reviewer": "pat", **verdict})
            return decide(studio, cell, said)

    def body(self, cell: Cell) -> SceneBody:
        """The cell's active version."""
        with self.studio() as studio:
            manifest = studio.scenes.manifest(cell)
            assert manifest is not None
            return studio.scenes.body(cell, manifest.active_version.digest)

    def beat(self, cell: Cell) -> Beat:
        """The cell's only beat."""
        (beat,) = self.body(cell).beats
        return beat

    def attempts(self, cell: Cell, kind: str = "take") -> tuple[Attempt, ...]:
        """Every attempt at the cell's beats, oldest first."""
        with self.studio() as studio:
            return tuple(
                attempt
                for beat in self.body(cell).beats
                for attempt in studio.journal.attempts(cell.episode, kind, beat.shot_set)
            )

    def balance(self) -> Balance:
        with self.studio() as studio:
            assert studio.ledger.verify() == []
            return studio.ledger.balance()

    def events(self) -> list[dict[str, object]]:
        """The operations log."""
        path = self.root / "ops.log.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def cell(number: int, episode: str = EPISODE) -> Cell:
    return Cell(episode, f"BATCH_{number:03d}")
