"""The Dagster resources: the project, its budget ledger and its providers, as assets ask for them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from pydantic import Field

from recoil_assets.production.ports import Ledger, Provider
from recoil_assets.production.studio import Studio
from resources.clock import SystemClock
from resources.environment import project_root
from resources.ledger.duckdb_ledger import DuckDBLedger
from resources.opening import LEDGER_WAIT_S, open_providers, open_studio
from resources.project_store.layout import Layout


class LedgerResource(dg.ConfigurableResource[None]):
    """The DuckDB budget ledger of the project."""

    wait_s: float = Field(
        default=LEDGER_WAIT_S, gt=0, description="Longest wait, in seconds, for another process's booking."
    )

    def open(self, layout: Layout) -> Ledger:
        """The ledger of a project; the file is made by the first booking."""
        return DuckDBLedger(layout.ledger, clock=SystemClock(), wait_s=self.wait_s)


class ProvidersResource(dg.ConfigurableResource[None]):
    """The provider adapters that are set up here."""

    def open(self) -> Mapping[str, Provider]:
        """The adapters by name."""
        return open_providers()


class StudioResource(dg.ConfigurableResource[None]):
    """A project with everything production works with."""

    root: str = Field(default="", description="The project directory; empty takes RECOIL_PROJECT.")
    ledger: dg.ResourceDependency[LedgerResource]
    providers: dg.ResourceDependency[ProvidersResource]

    @property
    def path(self) -> Path:
        """The project directory."""
        return project_root(Path(self.root) if self.root else None)

    @contextmanager
    def open(self) -> Iterator[Studio]:
        """The studio, closed afterwards; see ``opening.open_studio`` for what it raises."""
        with open_studio(self.path, ledger=self.ledger.open, providers=self.providers.open) as studio:
            yield studio
