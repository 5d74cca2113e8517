"""Taking in a plan: validating it, and calling the episode's roster of batch keys."""

from collections.abc import Mapping
from dataclasses import dataclass

from recoil_assets.domain.plan import Plan
from recoil_assets.domain.roster import Roster, call_roster
from recoil_assets.domain.settings import Choices
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class PlanIntake:
    """A valid plan with its roster."""

    plan: Plan
    roster: Roster


def preview_plan(studio: Studio, plan: Plan, run_choices: Mapping[str, object] | None = None) -> PlanIntake:
    """The roster ``plan`` would get; writes nothing.

    Raises:
        UsageError: the grouping does not fit the plan, or a model is not in the price book.
    """
    choices = studio.choices(plan.episode, run_choices)
    choice = studio.settings.grouping_choice(plan.episode, choices, longest_s=_longest_s(studio, choices))
    return PlanIntake(plan=plan, roster=call_roster(plan, choice, studio.rosters.get(plan.episode)))


def take_in_plan(studio: Studio, episode: str, run_choices: Mapping[str, object] | None = None) -> PlanIntake:
    """Validate the episode's plan file and keep its roster. Two at once take turns: no batch key is lost.

    Raises:
        InvalidPlanError: with every problem of the file; nothing was written.
    """
    with studio.locks.roster(episode):
        intake = preview_plan(studio, studio.plans.read(episode), run_choices)
        changed = intake.roster != studio.rosters.get(episode)
        if changed:
            studio.rosters.put(intake.roster)
    if changed:
        studio.note(
            "batches_planned",
            episode=episode,
            count=len(intake.roster.batches),
            grouping=intake.roster.grouping,
            retired=sorted(intake.roster.retired),
        )
    return intake


def _longest_s(studio: Studio, choices: Choices) -> float:
    return float(studio.price_book.known(choices.model_override or choices.model).longest_s)
