"""The code location: everything Dagster is told, made fresh by ``build_defs``."""

from collections.abc import Mapping, Sequence

import dagster as dg

from recoil_assets.assets.cell_stages import cell_stages
from recoil_assets.assets.dailies import dailies_asset
from recoil_assets.assets.plans import plans_asset
from recoil_assets.assets.spend_report import spend_report_asset
from recoil_assets.jobs import default_jobs
from resources.dagster_resources import LedgerResource, ProvidersResource, StudioResource
from sensors.default import default_sensors


def build_defs(
    *,
    root: str = "",
    resources: Mapping[str, object] | None = None,
    sensors: Sequence[dg.SensorDefinition] | None = None,
) -> dg.Definitions:
    """Fresh definitions.

    Args:
        root: the project directory; empty takes ``RECOIL_PROJECT``.
        resources: resources put in place of, or beside, the default ones.
        sensors: sensors put in place of the default ones.
    """
    ledger, providers = LedgerResource(), ProvidersResource()
    default_resources = {"studio": StudioResource(root=root, ledger=ledger, providers=providers)}
    return dg.Definitions(
        assets=[plans_asset(), cell_stages(), dailies_asset(), spend_report_asset()],
        jobs=default_jobs,
        sensors=default_sensors() if sensors is None else sensors,
        resources={**default_resources, **(resources or {})},
        executor=dg.in_process_executor,
    )


defs = build_defs()
