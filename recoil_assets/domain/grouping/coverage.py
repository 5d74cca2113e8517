"""``coverage``: selected passes that see shots of the episode again from another side."""

import re

from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.grouping.group import (
    CoveragePass,
    CoverageSegment,
    Group,
    GroupIdentity,
    GroupingRules,
    make_group,
)
from recoil_assets.domain.naming import MOST_SHOTS, StrategyName
from recoil_assets.domain.plan import Plan
from recoil_assets.domain.shot import Shot, planned_length_s

_ORDINAL = re.compile(r"(?:^|_)(?:PASS|COV)_(\d{1,3})(?:_|$)")


class Coverage:
    """See the module."""

    name: StrategyName = "coverage"

    def assemble(self, plan: Plan, rules: GroupingRules) -> tuple[Group, ...]:
        """One group a selected pass, in the order the passes were chosen.

        Raises:
            UsageError: no pass is selected, two share an id, or one covers no shot, too many, or too long.
        """
        if not rules.coverage_passes:
            raise UsageError(
                "the coverage grouping needs at least one coverage pass", cure="select passes in recoil.toml"
            )
        seen: set[str] = set()
        groups = []
        for position, coverage_pass in enumerate(rules.coverage_passes, start=1):
            if coverage_pass.pass_id in seen:
                raise UsageError(
                    f"coverage pass {coverage_pass.pass_id!r} is selected twice", cure="select it once"
                )
            seen.add(coverage_pass.pass_id)
            groups.append(_group(plan, coverage_pass, position, rules))
        return tuple(groups)


def coverage_ordinal(pass_id: str, *, otherwise: int) -> int:
    """The number in ``PASS_<n>`` or ``COV_<n>`` of a pass id, or ``otherwise`` where it has none."""
    match = _ORDINAL.search(pass_id)
    return int(match[1]) if match else otherwise


def _group(plan: Plan, coverage_pass: CoveragePass, position: int, rules: GroupingRules) -> Group:
    shots = _covered_shots(plan, coverage_pass)
    if not rules.fits(shots):
        length_s = planned_length_s(shots)
        raise UsageError(
            f"coverage pass {coverage_pass.pass_id!r} covers {len(shots)} shots of {length_s:g} s",
            cure=f"split it: a pass holds at most {MOST_SHOTS} shots and {rules.max_duration_s:g} s",
        )
    directive = [
        f"Coverage from camera side {coverage_pass.camera_side}." if coverage_pass.camera_side else "",
        f"Favour {coverage_pass.focus_character}." if coverage_pass.focus_character else "",
    ]
    return make_group(
        GroupIdentity(
            strategy="coverage",
            ordinal=coverage_ordinal(coverage_pass.pass_id, otherwise=position),
            shot_ids=tuple(shot.shot_id for shot in shots),
            source_pass_id=coverage_pass.pass_id,
        ),
        shots,
        rules,
        prompt_directive=" ".join(text for text in directive if text),
        element_config={
            key: value
            for key, value in (
                ("camera_side", coverage_pass.camera_side),
                ("focus_character", coverage_pass.focus_character),
            )
            if value
        },
    )


def _covered_shots(plan: Plan, coverage_pass: CoveragePass) -> tuple[Shot, ...]:
    by_id = {shot.shot_id: shot for shot in plan.shots}
    segments = coverage_pass.segments or tuple(CoverageSegment(shot_id=shot_id) for shot_id in by_id)
    unknown = [segment.shot_id for segment in segments if segment.shot_id not in by_id]
    if unknown:
        raise UsageError(
            f"coverage pass {coverage_pass.pass_id!r} names shots that {plan.episode} does not have: "
            f"{', '.join(unknown)}",
            cure="name shots of the plan",
        )
    named = [segment.shot_id for segment in segments]
    repeated = sorted({shot_id for shot_id in named if named.count(shot_id) > 1})
    if repeated:
        raise UsageError(
            f"coverage pass {coverage_pass.pass_id!r} names shots twice: {', '.join(repeated)}",
            cure="name each shot once; another angle on it is a pass of its own",
        )
    shots = tuple(_as_covered(by_id[segment.shot_id], segment) for segment in segments)
    if coverage_pass.focus_character:
        shots = tuple(shot for shot in shots if coverage_pass.focus_character in shot.cast)
    if not shots:
        raise UsageError(
            f"coverage pass {coverage_pass.pass_id!r} covers no shot of {plan.episode}",
            cure="name shots, or a focus character who is in them",
        )
    return shots


def _as_covered(shot: Shot, segment: CoverageSegment) -> Shot:
    changes = {
        "shot_type": segment.shot_type or shot.shot_type,
        "duration_s": segment.duration_s or shot.duration_s,
        "description": segment.prompt or shot.description,
    }
    return shot.model_copy(update=changes)
