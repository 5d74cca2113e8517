"""``spend_report``: the DuckDB ledger of an episode as a pandas table."""

from typing import TYPE_CHECKING

import dagster as dg

from recoil_assets.assets.partitions import episode_of_cell, episodes
from recoil_assets.assets.presentation import metadata_of
from recoil_assets.assets.specs import PRODUCERS
from recoil_assets.domain.errors import RecoilError
from recoil_assets.production.outcome import Table
from recoil_assets.production.spending import SpendReport, report_spending
from recoil_assets.production.stages import SPEND_REPORT, TAKES
from resources.dagster_resources import StudioResource

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = [
    "batch",
    "kind",
    "model",
    "reserved",
    "charged",
    "corrected",
    "held",
    "outcome",
    "evidence",
    "day",
    "attempt_id",
]


def spend_frame(report: SpendReport) -> "pd.DataFrame":
    """One row an attempt, by the columns of ``SpendLine``; amounts are USD as text."""
    import pandas as pd  # noqa: PLC0415  seconds to load, and only this table needs it

    rows = [{column: str(getattr(line, column)) for column in _COLUMNS} for line in report.lines]
    return pd.DataFrame(rows, columns=_COLUMNS)


def spend_report_asset() -> dg.AssetsDefinition:
    """The asset."""

    @dg.asset(
        name=SPEND_REPORT,
        partitions_def=episodes,
        deps=[dg.AssetDep(TAKES, partition_mapping=episode_of_cell)],
        group_name="accounting",
        owners=[PRODUCERS],
        kinds={"duckdb", "pandas"},
        tags={"recoil/spends": "nothing"},
        code_version="2",
        description="What the episode cost, by attempt, from the budget ledger: reserved, charged, corrected, held.",
    )
    def spend_report(context: dg.AssetExecutionContext, studio: StudioResource) -> dg.MaterializeResult[None]:
        episode = context.partition_key
        try:
            with studio.open() as opened:
                report = report_spending(opened, episode)
                path = opened.media.path(f"dailies/{episode}/{episode}.spend.csv")
        except RecoilError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        frame = spend_frame(report)
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_csv(path, index=False)
        records = tuple(
            {str(name): str(value) for name, value in row.items()} for row in frame.to_dict("records")
        )
        return dg.MaterializeResult(
            data_version=dg.DataVersion(report.position),
            metadata=metadata_of(
                {
                    "spent": report.balance.spent,
                    "held": report.balance.reserved,
                    "corrected": report.corrected,
                    "written_off": report.written_off,
                    "attempts": len(report.lines),
                    "ledger": Table(records),
                    "table": path,
                }
            ),
        )

    return spend_report
