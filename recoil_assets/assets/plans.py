"""``plans``: the door to the graph. Validates a plan, registers its batches, voids what no plan names."""

from collections.abc import Iterator

import dagster as dg

from recoil_assets.assets.configuration import ProductionConfig
from recoil_assets.assets.partitions import episodes, register
from recoil_assets.assets.presentation import metadata_of
from recoil_assets.assets.provenance import recorded_versions
from recoil_assets.assets.specs import ENGINEERS
from recoil_assets.assets.voiding import void_cells
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.shot import planned_length_s
from recoil_assets.production.outcome import Facts, Table
from recoil_assets.production.plan_intake import PlanIntake, take_in_plan
from recoil_assets.production.stages import PLANS
from resources.dagster_resources import StudioResource


def plans_asset() -> dg.AssetsDefinition:
    """The asset."""

    @dg.asset(
        name=PLANS,
        partitions_def=episodes,
        group_name="development",
        owners=[ENGINEERS],
        kinds={"json"},
        tags={"recoil/spends": "nothing"},
        code_version="1",
        description="The episode's plan: its shots, validated as a whole, and the batches they form. Registers the "
        "batch keys, and makes void the cells that no plan names.",
    )
    def plans(
        context: dg.AssetExecutionContext, config: ProductionConfig, studio: StudioResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        try:
            with studio.open() as opened:
                intake = take_in_plan(opened, context.partition_key, config.choices())
                rosters = {name: opened.rosters.get(name) for name in opened.rosters.episodes()}
        except RecoilError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        grown_by = register(context.instance, intake.plan.episode, intake.roster.keys)
        before = recorded_versions(context.instance, PLANS, [intake.plan.episode]).get(intake.plan.episode)
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(intake.roster.digest), metadata=metadata_of(_facts(intake))
        )
        void_cells(
            context,
            intake.plan.episode,
            rosters,
            grown_by=grown_by,
            plan_changed=before != intake.roster.digest,
        )

    return plans


def _facts(intake: PlanIntake) -> Facts:
    plan, roster = intake.plan, intake.roster
    return {
        "title": plan.title,
        "logline": plan.logline,
        "shots": len(plan.shots),
        "seconds": round(plan.duration_s, 3),
        "grouping": roster.grouping,
        "batches": Table(
            tuple(
                {
                    "batch": entry.batch,
                    "shots": ", ".join(entry.group.identity.shot_ids),
                    "seconds": planned_length_s(entry.group.shots),
                    "modality": entry.group.modality,
                    "strategy": entry.group.identity.strategy,
                }
                for entry in roster.batches
            )
        ),
        "retired": ", ".join(roster.retired),
    }
