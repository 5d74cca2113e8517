"""``solo``: every shot by itself, generated from its own frame."""

from recoil_assets.domain.grouping.group import Group, GroupIdentity, GroupingRules, make_group
from recoil_assets.domain.naming import StrategyName
from recoil_assets.domain.plan import Plan


class Solo:
    """See the module."""

    name: StrategyName = "solo"

    def assemble(self, plan: Plan, rules: GroupingRules) -> tuple[Group, ...]:
        """One group a shot."""
        return tuple(
            make_group(
                GroupIdentity(strategy=self.name, ordinal=ordinal, shot_ids=(shot.shot_id,)),
                (shot,),
                rules,
                modality="video_i2v",
            )
            for ordinal, shot in enumerate(plan.shots, start=1)
        )
