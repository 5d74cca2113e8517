"""What a person asks a run for on top of what its stages make anyway: a finish, lost media again, or one new take."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from recoil_assets.domain.cell import Cell
from recoil_assets.production.cell_work import Reroll, RunOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Can be pickled.

    Attributes:
        order: what a person started; runs of one name carry the same order out.
        finish: cells whose board is to be finished.
        recover: cells whose lost media is to be made again.
        reroll: the new take of a batch of one beat.
    """

    order: str = "root"
    finish: tuple[Cell, ...] = ()
    recover: tuple[Cell, ...] = ()
    reroll: Reroll | None = None

    def options(self, run_id: str) -> RunOptions:
        """What the use cases are asked for."""
        return RunOptions(
            run_id=run_id,
            root_run_id=self.order,
            finish=frozenset(self.finish),
            recover=frozenset(self.recover),
            reroll=self.reroll,
        )

    def config(self) -> dict[str, Any]:
        """The same as run configuration of the production step."""
        return {} if self.reroll is None else {"reroll": asdict(self.reroll)}

    def tags(self) -> dict[str, str]:
        """What makes two runs of Dagster one order: a person's backfill."""
        return {} if self.reroll is None else {"dagster/backfill": self.order}

    def cells(self, known: Iterable[Cell]) -> list[Cell]:
        """The cells of the run: a reroll's is its own alone."""
        return sorted(cell for cell in known if self.reroll is None or cell.batch == self.reroll.beat)


NOTHING = Errand()
"""No more than the stages make."""
