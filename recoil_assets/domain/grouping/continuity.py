"""``continuity``: adjacent shots that share location and cast.

Shots share a cast when at least one character is in all of them (a close-up of one of two people belongs to
the scene of the two), or when none has anybody in it.
"""

from recoil_assets.domain.grouping.adjacent import adjacent_runs
from recoil_assets.domain.grouping.group import Group, GroupIdentity, GroupingRules, make_group
from recoil_assets.domain.naming import StrategyName
from recoil_assets.domain.plan import Plan
from recoil_assets.domain.shot import Shot


class Continuity:
    """See the module."""

    name: StrategyName = "continuity"

    def assemble(self, plan: Plan, rules: GroupingRules) -> tuple[Group, ...]:
        """One group a run of adjacent shots with one location and a shared cast."""
        runs = adjacent_runs(plan.shots, rules, _share_location_and_cast)
        return tuple(
            make_group(
                GroupIdentity(
                    strategy=self.name,
                    ordinal=ordinal,
                    shot_ids=tuple(shot.shot_id for shot in run),
                ),
                run,
                rules,
            )
            for ordinal, run in enumerate(runs, start=1)
        )


def _share_location_and_cast(run: tuple[Shot, ...], shot: Shot) -> bool:
    if run[-1].location_id != shot.location_id:
        return False
    if not shot.cast and not any(other.cast for other in run):
        return True
    return bool(set(shot.cast).intersection(*(other.cast for other in run)))
