"""Taking in a plan: validating it, and calling the episode's roster of batch keys."""

from collections.abc import Mapping
from dataclasses import dataclass

from recoil_assets.domain.errors import Problem, UsageError
from recoil_assets.domain.plan import Plan
from recoil_assets.domain.roster import Roster, call_roster, check_show_keys
from recoil_assets.domain.settings import Choices, refused_choices
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True)
class PlanIntake:
    """A valid plan with its roster."""

    plan: Plan
    roster: Roster


def preview_plan(studio: Studio, plan: Plan, run_choices: Mapping[str, object] | None = None) -> PlanIntake:
    """The roster ``plan`` would get; writes nothing.

    Raises:
        InvalidSettingsError: a chosen model is not in the price book.
        UsageError: the grouping does not fit the plan, or the show has no room for its batch keys.
    """
    choices = studio.choices(plan.episode, run_choices)
    _require_known_models(studio, plan.episode, choices, run_choices)
    choice = studio.settings.grouping_choice(plan.episode, choices, longest_s=_longest_s(studio, choices))
    previous = studio.rosters.get(plan.episode)
    roster = call_roster(plan, choice, previous)
    others = (studio.rosters.get(name) for name in studio.rosters.episodes() if name != plan.episode)
    check_show_keys(roster, previous, (other for other in others if other is not None))
    return PlanIntake(plan=plan, roster=roster)


def take_in_plan(studio: Studio, episode: str, run_choices: Mapping[str, object] | None = None) -> PlanIntake:
    """Validate the episode's plan file and keep its roster.

    Two at once take turns, whatever their episodes: no batch key is lost, and the show never has too many.

    Raises:
        InvalidPlanError: with every problem of the file; nothing was written.
    """
    with studio.locks.rosters():
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


def _require_known_models(
    studio: Studio, episode: str, choices: Choices, run_choices: Mapping[str, object] | None
) -> None:
    """Refuse models that nobody knows by where they are chosen, all at once."""
    keys = ("model_override" if choices.model_override else "model", "board_model", "finish_model")
    chosen = {key: str(getattr(choices, key)) for key in keys}
    unknown: dict[str, UsageError] = {}
    for key, model in chosen.items():
        try:
            if model:
                studio.price_book.known(model)
        except UsageError as error:
            unknown[studio.settings.chosen_in(episode, key, run_choices)] = error
    if unknown:
        raise refused_choices(
            [Problem(place, error.message) for place, error in unknown.items()],
            cure=next(iter(unknown.values())).cure,
        )


def _longest_s(studio: Studio, choices: Choices) -> float:
    return float(studio.price_book.known(choices.model_override or choices.model).longest_s)
