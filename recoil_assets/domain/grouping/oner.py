"""``oner``: adjacent shots of one location played as a single continuous take."""

from recoil_assets.domain.grouping.adjacent import adjacent_runs
from recoil_assets.domain.grouping.group import Group, GroupIdentity, GroupingRules, make_group
from recoil_assets.domain.naming import StrategyName
from recoil_assets.domain.plan import Plan

ONE_TAKE = "One continuous take: the camera never cuts, it moves from each framing to the next."


class Oner:
    """See the module."""

    name: StrategyName = "oner"

    def assemble(self, plan: Plan, rules: GroupingRules) -> tuple[Group, ...]:
        """One group a stretch of one location, whatever the cast does."""
        runs = adjacent_runs(plan.shots, rules, lambda run, shot: run[-1].location_id == shot.location_id)
        return tuple(
            make_group(
                GroupIdentity(
                    strategy=self.name, ordinal=ordinal, shot_ids=tuple(shot.shot_id for shot in run)
                ),
                run,
                rules,
                prompt_directive=ONE_TAKE if rules.modality(run) == "r2v_multi" else "",
            )
            for ordinal, run in enumerate(runs, start=1)
        )
