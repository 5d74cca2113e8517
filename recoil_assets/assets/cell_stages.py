"""The production step: all cell assets in one multi-asset, streaming one exact event per cell and stage."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import dagster as dg

from recoil_assets.assets.configuration import ProductionConfig
from recoil_assets.assets.dispatch_thread import outcomes_of
from recoil_assets.assets.partitions import cells, cells_of_run
from recoil_assets.assets.presentation import metadata_of, table
from recoil_assets.assets.provenance import Lineage, log_displaced, log_materialisation
from recoil_assets.assets.reporting import CheckReport
from recoil_assets.assets.specs import cell_check_specs, cell_specs
from recoil_assets.domain.cell import Cell, agreed_cells
from recoil_assets.domain.errors import RecoilError, UsageError
from recoil_assets.production.cell_work import Reroll, RunOptions
from recoil_assets.production.outcome import (
    Blocked,
    Displaced,
    Ending,
    Failed,
    Materialised,
    Outcome,
    Table,
    Unsettled,
)
from recoil_assets.production.produce import Production
from recoil_assets.production.rendered_shots import rendered_shot_ids
from recoil_assets.production.stages import SCENE_VERSIONS, TAKES, stage_named
from resources.dagster_resources import StudioResource

STEP = "production"
REROLL_JOB = "reroll_take"
RESUME_ONLY = "recoil/resume_only"
"""Tag of a run that records what is there and settles what was sent, and sends nothing new."""
BACKFILL_TAG = "dagster/backfill"
_ROOT_TAGS = (BACKFILL_TAG, "dagster/root_run_id")
_UNASKED_TAGS = ("dagster/auto_retry_run_id", "dagster/retry_number", "dagster/parent_run_id", RESUME_ONLY)


def cell_stages() -> dg.AssetsDefinition:
    """The multi-asset."""

    @dg.multi_asset(
        name=STEP,
        specs=cell_specs(),
        check_specs=cell_check_specs(),
        can_subset=True,
        partitions_def=cells,
        backfill_policy=dg.BackfillPolicy.single_run(),
        description="Drives every selected batch through its selected stages, all batches at once.",
    )
    def production(
        context: dg.AssetExecutionContext, config: ProductionConfig, studio: StudioResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        yield from ()
        selected = cells_of_run(context)
        stages = _stages(context, config)
        lineage = Lineage.load(context.instance, selected)
        report = _Report(context, lineage, CheckReport.load(context, selected, stages))
        work = Production(
            cells=selected,
            stages=stages,
            options=_options(context, config, stages, selected),
            recorded={cell: lineage.recorded(cell) for cell in selected},
        )
        try:
            with studio.open() as opened:
                for outcome in outcomes_of(opened, work):
                    report.add(outcome)
        except RecoilError as error:
            raise dg.Failure(description=str(error), metadata=_rendered(work), allow_retries=False) from error
        finally:
            for name, shots in _rendered(work).items():
                context.log.info(f"{name}: {shots.value}")
        report.close(_rendered(work))

    return production


def _stages(context: dg.AssetExecutionContext, config: ProductionConfig) -> frozenset[str]:
    """The stages to carry the cells through: those selected, or of them only the derivation."""
    selected = frozenset(key.to_user_string() for key in context.selected_asset_keys)
    if not config.derive_only:
        return selected
    if SCENE_VERSIONS not in selected:
        raise dg.Failure(
            description="derive_only derives scenes, and scene_versions is not selected — select it too",
            allow_retries=False,
        )
    return frozenset({SCENE_VERSIONS})


def _options(
    context: dg.AssetExecutionContext,
    config: ProductionConfig,
    stages: frozenset[str],
    selected: Sequence[Cell],
) -> RunOptions:
    """The run cap follows the run or backfill a person started; a run nobody asked for only resumes.

    Runs of a backfill do not know each other's episodes: there a batch alone names no cell.
    """
    tags = context.run.tags
    episodes = set() if BACKFILL_TAG in tags else {cell.episode for cell in selected}
    try:
        recover = agreed_cells(config.recover or (), episodes)
        finish = agreed_cells(config.finish or (), episodes)
    except UsageError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    root = next((tags[name] for name in _ROOT_TAGS if name in tags), context.run.run_id)
    return RunOptions(
        run_id=context.run.run_id,
        root_run_id=root,
        choices=config.choices(),
        recover=recover,
        finish=finish,
        reroll=_reroll(context, config, stages),
        resume_only=any(name in tags for name in _UNASKED_TAGS),
    )


def _reroll(
    context: dg.AssetExecutionContext, config: ProductionConfig, stages: frozenset[str]
) -> Reroll | None:
    """The reroll that is ordered. The job that is named for it makes nothing else, so it always orders one."""
    if config.reroll is None:
        return Reroll(beat="") if context.run.job_name == REROLL_JOB else None
    if stages != {TAKES}:
        raise dg.Failure(
            description="a reroll makes one take and nothing else — select takes alone", allow_retries=False
        )
    return config.reroll.order()


def _rendered(work: Production) -> dict[str, dg.MetadataValue]:
    """The shots for which something was really sent in the run, by episode; nothing where nothing was."""
    episodes = sorted({intent.episode for intent in work.sent})
    shots = {episode: rendered_shot_ids(work.sent, episode) for episode in episodes}
    return {
        f"rendered_shot_ids of {episode}": dg.MetadataValue.text(", ".join(ids))
        for episode, ids in shots.items()
        if ids
    }


@dataclass(slots=True)
class _Report:
    """Turns outcomes into events, and failures into one ``Failure`` after all cells are done."""

    context: dg.AssetExecutionContext
    lineage: Lineage
    checks: CheckReport
    ended: dict[type[Ending], list[Ending]] = field(default_factory=lambda: defaultdict(list))

    def add(self, outcome: Outcome) -> None:
        if isinstance(outcome, Displaced):
            log_displaced(self.context, self.lineage, outcome, metadata_of(outcome.facts))
            return
        if isinstance(outcome, Materialised):
            outcome = self._materialise(outcome)
        if not isinstance(outcome, Materialised):
            self.ended[type(outcome)].append(outcome)
            self.checks.awaited(outcome)
            self.context.log.warning(f"{outcome.cell} {outcome.stage}: {outcome.message} — {outcome.cure}")
        if (
            isinstance(outcome, Failed)
            and outcome.cause is not None
            and not isinstance(outcome.cause, RecoilError)
        ):
            self.context.log.error(f"{outcome.cell} {outcome.stage}", exc_info=outcome.cause)

    def _materialise(self, outcome: Materialised) -> Ending:
        stage = stage_named(outcome.stage)
        try:
            log_materialisation(
                self.context,
                self.lineage,
                stage,
                outcome.cell,
                data_version=outcome.data_version,
                consumed=outcome.consumed,
                metadata=metadata_of(outcome.facts),
            )
        except RecoilError as error:
            return Failed(
                cell=outcome.cell, stage=outcome.stage, message=error.message, cure=error.cure, cause=error
            )
        self.checks.materialised(outcome)
        return outcome

    def close(self, rendered: Mapping[str, dg.MetadataValue]) -> None:
        """Raise where any cell failed or is unsettled, and tell what is blocked too, which alone is no error."""
        bad, waiting = [*self.ended[Failed], *self.ended[Unsettled]], self.ended[Blocked]
        for outcome in waiting:
            self.context.log.info(f"blocked: {outcome.cell} {outcome.stage}: {_reason(outcome)}")
        if not bad:
            return
        rows = tuple(
            {
                "cell": outcome.cell.key,
                "stage": outcome.stage,
                "ended": type(outcome).__name__.lower(),
                "why": _reason(outcome),
                "cure": outcome.cure,
            }
            for outcome in (*bad, *waiting)
            if not isinstance(outcome, Materialised)
        )
        listed = "\n".join(
            f"  {row['cell']} {row['stage']}: {row['why']}\n    cure: {row['cure']}" for row in rows
        )
        raise dg.Failure(
            description=f"{len(bad)} of the cells did not end well"
            f"{f' and {len(waiting)} wait' if waiting else ''}; all others are done:\n{listed}",
            metadata={"cells": table(Table(rows)), **rendered},
            allow_retries=False,
        )


def _reason(outcome: Ending) -> str:
    if isinstance(outcome, Materialised):
        return ""
    return f"{outcome.reason}: {outcome.message}" if isinstance(outcome, Blocked) else outcome.message
