"""Cutting a plan into runs of adjacent shots: shared by the strategies that never reorder a story."""

from collections.abc import Callable, Iterable

from recoil_assets.domain.grouping.group import GroupingRules
from recoil_assets.domain.shot import Shot

Joins = Callable[[tuple[Shot, ...], Shot], bool]


def adjacent_runs(shots: Iterable[Shot], rules: GroupingRules, joins: Joins) -> list[tuple[Shot, ...]]:
    """Runs of adjacent shots, each extended while ``joins(run, shot)`` and the rules' limits allow."""
    runs: list[tuple[Shot, ...]] = []
    for shot in shots:
        if runs and joins(runs[-1], shot) and rules.fits((*runs[-1], shot)):
            runs[-1] = (*runs[-1], shot)
        else:
            runs.append((shot,))
    return runs
