"""Opening a studio: the composition root, where a project directory and its adapters are put together."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from recoil_assets.domain.errors import InvalidSettingsError, Problem
from recoil_assets.domain.settings import ProjectSettings, read_settings
from recoil_assets.production.ports import Ledger, Provider
from recoil_assets.production.studio import Studio
from resources.clock import SystemClock
from resources.editorial.desk import EditorialDesk
from resources.environment import read_environment
from resources.filter_labels import FilterLabelFile
from resources.ledger.duckdb_ledger import DuckDBLedger
from resources.media_check import MediaInspector
from resources.ops_log import OpsLogFile
from resources.project_store.journal import AttemptJournal
from resources.project_store.layout import Layout, find_project
from resources.project_store.locks import FileLocks
from resources.project_store.media import MediaFiles
from resources.project_store.reference_files import ReferenceFiles
from resources.project_store.remembered import Remembered
from resources.project_store.status import (
    BoardFiles,
    PrimaryFiles,
    ReviewFiles,
    RunChoiceFiles,
    TakeDecisionFiles,
)
from resources.project_store.structure import DerivationFiles, PlanFiles, RosterFiles, SceneFiles
from resources.project_store.wakes import WakeFiles
from resources.providers.installed import installed, open_installed
from resources.retry_data import shipped_ladders, shipped_softening

LEDGER_WAIT_S = 10.0
"""Longest wait, in seconds, for another process's booking."""

OpenLedger = Callable[[Layout], Ledger]
OpenProviders = Callable[[], Mapping[str, Provider]]


def open_ledger(layout: Layout) -> Ledger:
    """The project's DuckDB ledger; the file is made by the first booking."""
    return DuckDBLedger(layout.ledger, clock=SystemClock(), wait_s=LEDGER_WAIT_S)


def open_providers() -> Mapping[str, Provider]:
    """The providers that are set up here: the animatic always is. ``installed.open_installed`` says which others."""
    return open_installed()


@contextmanager
def open_studio(
    root: Path,
    *,
    ledger: OpenLedger = open_ledger,
    providers: OpenProviders = open_providers,
) -> Iterator[Studio]:
    """The studio of the project at ``root``, closed afterwards.

    Raises:
        ProjectError: there is no project at ``root``.
        InvalidSettingsError: ``recoil.toml`` or the environment is refused.
    """
    layout = find_project(root)
    settings_file = Remembered(_settings_of)
    settings = settings_file.read(layout.settings)
    clock = SystemClock()
    opened = ledger(layout)
    ops_log = OpsLogFile(layout.ops_log, clock)
    try:
        yield Studio(
            name=settings.show.name,
            settings=settings,
            settings_now=partial(settings_file.read, layout.settings),
            gate_override=read_environment().board_gate,
            price_book=installed().price_book().corrected(settings.prices),
            plans=PlanFiles(layout),
            rosters=RosterFiles(layout),
            scenes=SceneFiles(layout),
            derivations=DerivationFiles(layout),
            boards=BoardFiles(layout),
            reviews=ReviewFiles(layout),
            primaries=PrimaryFiles(layout),
            take_decisions=TakeDecisionFiles(layout),
            run_choices=RunChoiceFiles(layout),
            journal=AttemptJournal(layout),
            media=MediaFiles(layout),
            references=ReferenceFiles(layout, settings),
            locks=FileLocks(layout),
            wakes=WakeFiles(layout),
            ledger=opened,
            providers=providers(),
            editorial=EditorialDesk(layout.root),
            inspector=MediaInspector(),
            filter_labels=FilterLabelFile(layout.root),
            softening=shipped_softening(),
            ladders=shipped_ladders(),
            clock=clock,
            ops_log=ops_log,
        )
    finally:
        opened.close()
        ops_log.close()


def load_settings(layout: Layout) -> ProjectSettings:
    """The settings in ``recoil.toml``; ``InvalidSettingsError`` with every problem."""
    return _settings_of(layout.settings, layout.settings.read_bytes())


def _settings_of(path: str | Path, data: bytes) -> ProjectSettings:
    try:
        document = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidSettingsError(
            str(path), [Problem("(file)", str(error))], cure="correct the file"
        ) from error
    return read_settings(document, source=str(path))
