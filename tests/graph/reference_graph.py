"""The plain graph that ours is measured against: ordinary single-asset steps, each cell and stage made alone.

Same specs, partitions, mappings, code versions and use cases; but what Dagster knows of where a result came
from, Dagster wrote itself.
"""

from collections.abc import Iterator, Mapping

import dagster as dg

from recoil_assets.assets.configuration import ProductionConfig
from recoil_assets.assets.dailies import dailies_asset
from recoil_assets.assets.partitions import cells, episodes, register
from recoil_assets.assets.plans import plans_asset
from recoil_assets.assets.specs import cell_specs
from recoil_assets.assets.spend_report import spend_report_asset
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import RecoilError
from recoil_assets.production.cell_work import RunOptions
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.outcome import Materialised, Outcome
from recoil_assets.production.plan_intake import take_in_plan
from recoil_assets.production.produce import Production, produce
from recoil_assets.production.stages import CELL_STAGES, PLANS
from resources.dagster_resources import StudioResource


def reference_defs(*, resources: Mapping[str, object]) -> dg.Definitions:
    return dg.Definitions(
        assets=[
            _plans(),
            *(_stage_alone(spec) for spec in cell_specs()),
            dailies_asset(),
            spend_report_asset(),
        ],
        resources=resources,
        executor=dg.in_process_executor,
    )


def recorded_alone(instance: dg.DagsterInstance, cell: Cell) -> dict[str, str]:
    """What is recorded for a cell, asked of Dagster one asset at a time."""
    found = {}
    for name in (PLANS, *(stage.name for stage in CELL_STAGES)):
        partition = cell.episode if name == PLANS else cell.key
        entry = instance.get_latest_data_version_record(dg.AssetKey(name), partition_key=partition)
        if entry is not None and entry.asset_materialization is not None:
            found[name] = (entry.asset_materialization.tags or {})["dagster/data_version"]
    return found


def _plans() -> dg.AssetsDefinition:
    (spec,) = plans_asset().specs

    @dg.asset(name=PLANS, partitions_def=episodes, code_version=spec.code_version)
    def plans(context: dg.AssetExecutionContext, studio: StudioResource) -> dg.MaterializeResult[None]:
        try:
            with studio.open() as opened:
                roster = take_in_plan(opened, context.partition_key).roster
        except RecoilError as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        register(context.instance, roster.episode, roster.keys)
        return dg.MaterializeResult(data_version=dg.DataVersion(roster.digest))

    return plans


def _stage_alone(spec: dg.AssetSpec) -> dg.AssetsDefinition:
    stage = spec.key.to_user_string()

    @dg.asset(
        name=stage,
        deps=spec.deps,
        partitions_def=cells,
        code_version=spec.code_version,
        output_required=False,
    )
    def alone(
        context: dg.AssetExecutionContext, config: ProductionConfig, studio: StudioResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        cell = Cell.parse(context.partition_key)
        work = Production(
            cells=[cell],
            stages=frozenset([stage]),
            options=RunOptions(
                run_id=context.run.run_id, root_run_id=context.run.run_id, choices=config.choices()
            ),
            recorded={cell: recorded_alone(context.instance, cell)},
        )
        outcomes: list[Outcome] = []
        with studio.open() as opened:
            run_loop(produce(opened, work, outcomes.append, lambda: False))
        (outcome,) = outcomes
        if isinstance(outcome, Materialised):
            yield dg.MaterializeResult(data_version=dg.DataVersion(outcome.data_version))

    return alone
