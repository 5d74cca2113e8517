"""A group: the shots that become one batch, and what decides how they are generated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic import Field

from recoil_assets.domain.naming import MOST_SHOTS, StrategyName
from recoil_assets.domain.plan import LONGEST_SHOT_S, Plan
from recoil_assets.domain.shot import Shot, planned_length_s
from recoil_assets.domain.value import Value

Modality = Literal["video_i2v", "r2v_multi"]


class GroupIdentity(Value):
    """What a group is: strategy, ordinal (from 1; 0 for a split-off solo), shots, and its coverage pass."""

    strategy: StrategyName
    ordinal: int
    shot_ids: tuple[str, ...]
    source_pass_id: str | None = None


class CoverageSegment(Value):
    """One shot as a coverage pass sees it; empty fields keep the plan's own."""

    shot_id: str
    shot_type: str = ""
    duration_s: float | None = Field(default=None, gt=0, le=LONGEST_SHOT_S)
    prompt: str = ""


class CoveragePass(Value):
    """An alternate angle over some of an episode's shots.

    Attributes:
        pass_id: names the pass and, by ``PASS_<n>`` or ``COV_<n>`` in it, its ordinal. It becomes part of
            beat ids, so it is made of letters, digits and underscores.
        camera_side: which side of the line the camera is on, usually ``A`` or ``B``.
        focus_character: keeps the shots this character is in; empty keeps all.
        segments: the shots covered, in story order; empty means every shot of the episode.
    """

    pass_id: str = Field(pattern=r"^[A-Za-z0-9_]{1,64}$")
    camera_side: str = ""
    focus_character: str = ""
    segments: tuple[CoverageSegment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupingRules:
    """What every strategy has to respect.

    Attributes:
        max_duration_s: longest multi-shot generation the model takes, seconds.
        threshold_shots, threshold_s: a group with fewer shots, or shorter, is below threshold and is
            generated shot by shot.
        coverage_passes: the selected passes, in the order chosen.
        tier_map: generation tier by group strategy.
        wildcard: a prompt directive put on every group, or None.
    """

    max_duration_s: float
    threshold_shots: int = 2
    threshold_s: float = 4.0
    max_shots: int = MOST_SHOTS
    coverage_passes: tuple[CoveragePass, ...] = ()
    tier_map: Mapping[StrategyName, str] = field(default_factory=dict)
    wildcard: str | None = None

    def modality(self, shots: tuple[Shot, ...]) -> Modality:
        """``r2v_multi`` for a group that one generation can carry, else ``video_i2v`` per shot."""
        length_s = planned_length_s(shots)
        above = len(shots) >= self.threshold_shots and length_s >= self.threshold_s
        return "r2v_multi" if above and length_s <= self.max_duration_s else "video_i2v"

    def fits(self, shots: tuple[Shot, ...]) -> bool:
        """Whether the shots fit one multi-shot group: at most six, within the model's longest duration."""
        return len(shots) <= self.max_shots and planned_length_s(shots) <= self.max_duration_s


class Group(Value):
    """Shots that become one batch."""

    identity: GroupIdentity
    shots: tuple[Shot, ...]
    modality: Modality
    generation_config: dict[str, Any] = Field(default_factory=dict)
    element_config: dict[str, Any] = Field(default_factory=dict)
    prompt_directive: str = ""


class Grouping(Protocol):
    """A grouping strategy."""

    name: StrategyName

    def assemble(self, plan: Plan, rules: GroupingRules) -> tuple[Group, ...]:
        """The groups of ``plan`` in story order; pure.

        Raises:
            UsageError: the choices do not fit the plan.
        """
        ...


def make_group(
    identity: GroupIdentity,
    shots: tuple[Shot, ...],
    rules: GroupingRules,
    *,
    modality: Modality | None = None,
    prompt_directive: str = "",
    element_config: Mapping[str, Any] | None = None,
) -> Group:
    """A group with the rules' modality, tier and wildcard directive applied."""
    tier = rules.tier_map.get(identity.strategy)
    directives = [text for text in (prompt_directive, rules.wildcard or "") if text]
    return Group(
        identity=identity,
        shots=shots,
        modality=modality or rules.modality(shots),
        generation_config={"tier": tier} if tier else {},
        element_config=dict(element_config or {}),
        prompt_directive=" ".join(directives),
    )
