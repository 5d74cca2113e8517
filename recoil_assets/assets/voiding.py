"""Voiding: recording, in every stage, the cells that no plan names, so that an episode can reach 100 %."""

from collections.abc import Mapping

import dagster as dg

from recoil_assets.assets.presentation import metadata_of
from recoil_assets.assets.provenance import Lineage, log_materialisation
from recoil_assets.domain.board import VOID
from recoil_assets.domain.cell import Cell
from recoil_assets.domain.roster import Roster
from recoil_assets.production.cell_work import void_facts
from recoil_assets.production.stages import CELL_STAGES, PLANS


def void_cells(
    context: dg.AssetExecutionContext,
    episode: str,
    rosters: Mapping[str, Roster | None],
    *,
    grown_by: list[str],
    plan_changed: bool,
) -> None:
    """Void every cell of ``episode`` that its roster does not name, and the new cells of the other episodes.

    Args:
        rosters: the roster of every episode whose plan was taken in.
        grown_by: batch keys that are new to the show: they made new cells in every episode.
        plan_changed: whether the record of the episode's plan has another data version than before; then
            void cells are recorded again, from the new record.
    """
    batches = context.instance.get_dynamic_partitions("shot_batches")
    cells = [Cell(episode, batch) for batch in batches if _is_void(rosters, episode, batch)]
    known = set(context.instance.get_dynamic_partitions("episodes"))
    cells += [
        Cell(other, batch)
        for other in rosters
        if other != episode and other in known
        for batch in grown_by
        if _is_void(rosters, other, batch)
    ]
    if not cells:
        return
    lineage = Lineage.load(context.instance, cells)
    for cell in cells:
        _void(context, lineage, cell, from_new_plan=plan_changed and cell.episode == episode)


def _is_void(rosters: Mapping[str, Roster | None], episode: str, batch: str) -> bool:
    roster = rosters.get(episode)
    return roster is None or roster.group(batch) is None


def _void(context: dg.AssetExecutionContext, lineage: Lineage, cell: Cell, *, from_new_plan: bool) -> None:
    """Record each stage of a void cell, in order; one that is void already, from what is there now, is left alone."""
    for stage in CELL_STAGES:
        recorded = lineage.recorded(cell)
        if not set(stage.upstream) <= recorded.keys():
            return
        if recorded.get(stage.name) == VOID and not (from_new_plan and PLANS in stage.upstream):
            continue
        consumed = {upstream: recorded[upstream] for upstream in stage.upstream}
        log_materialisation(
            context,
            lineage,
            stage,
            cell,
            data_version=VOID,
            consumed=consumed,
            metadata=metadata_of(void_facts()),
        )
