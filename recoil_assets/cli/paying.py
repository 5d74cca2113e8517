"""What stands between a chosen model and a job that is paid for, said before anything is made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.money import ZERO, show
from recoil_assets.domain.price import ModelRate
from recoil_assets.production.quote import EpisodeQuote
from recoil_assets.production.studio import Studio
from resources.providers.installed import installed


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that is in the way."""

    finding: str
    cure: str


def chosen_models(studio: Studio) -> list[str]:
    """Every model that the settings and the plans choose, of videos, boards and finishes; each once."""
    chosen: list[str] = []
    for episode in studio.plans.episodes() or ("ep_001",):
        try:
            choices = studio.choices(episode)
            shots = studio.plans.read(episode).shots if episode in studio.plans.episodes() else ()
        except RecoilError:
            continue  # what is wrong with it is told where plans and settings are looked at
        takes = [choices.model_override or shot.video_model or choices.model for shot in shots]
        chosen += [*(takes or [choices.model]), choices.board_model, choices.finish_model]
    return list(dict.fromkeys(chosen))


def without_provider(studio: Studio, models: Iterable[str]) -> list[Obstacle]:
    """The models whose provider is not set up here, a line a provider."""
    setting_up = {plugin.name: plugin.setting_up for plugin in installed().plugins}
    return [
        Obstacle(
            f"{_listed(names)}: served by {provider}, which is not set up here; nothing can be made with "
            f"{'it' if len(names) == 1 else 'them'}",
            f"{setting_up.get(provider) or f'install the provider {provider}'}, or choose another model in "
            "[choices] of recoil.toml",
        )
        for provider, names in _by_provider(_paid(studio, models)).items()
        if provider not in studio.providers
    ]


def closed_accounts(studio: Studio, models: Iterable[str]) -> list[Obstacle]:
    """The models whose provider takes nothing now, a line a provider."""
    found = []
    for provider, names in _by_provider(_paid(studio, models)).items():
        opened = studio.providers.get(provider)
        if opened is not None and (why := opened.account.closed()):
            found.append(
                Obstacle(
                    f"{_listed(names)}: nothing is sent to {provider}: {why}",
                    "recoil provider list says more",
                )
            )
    return found


def caps_in_the_way(studio: Studio, models: Iterable[str]) -> list[Obstacle]:
    """The caps that leave nothing to spend, where one of the models costs money; a line a cap."""
    names = [rate.model for rate in _paid(studio, models)]
    if not names:
        return []
    spent = {
        "project": studio.ledger.balance().committed,
        "day": studio.ledger.balance(day=studio.clock.today()).committed,
    }
    return [
        Obstacle(
            f"the {name} cap is {show(limit)}"
            + (f", and {show(used)} of it are spent or held" if used else "")
            + f": nothing is made with {_listed(names)}",
            f"raise {name}_usd in [caps] of recoil.toml, or choose a model that costs nothing",
        )
        for name, limit in studio.settings.caps.caps().limits()
        if (used := spent.get(name, ZERO)) >= limit
    ]


def too_dear(studio: Studio, quotes: Iterable[EpisodeQuote]) -> list[Obstacle]:
    """The caps that an episode's takes may exceed, made in one run; a line an episode and cap."""
    limits = dict(studio.settings.caps.caps().limits())
    return [
        Obstacle(
            f"{quote.episode} costs {show(quote.usd)} at most, and the {name} cap is {show(limits[name])}: "
            "what comes after it waits",
            f"raise {name}_usd in [caps] of recoil.toml, or make fewer batches: recoil run {quote.episode} --batch",
        )
        for quote in quotes
        for name in ("run", "episode")
        if quote.usd is not None and ZERO < limits.get(name, quote.usd) < quote.usd
    ]


def _paid(studio: Studio, models: Iterable[str]) -> list[ModelRate]:
    """The rates of those that are known and cost something, or nobody knows what."""
    rates = (studio.price_book.rate(model) for model in dict.fromkeys(models))
    return [rate for rate in rates if rate is not None and rate.usd != ZERO]


def _by_provider(rates: Iterable[ModelRate]) -> Mapping[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for rate in rates:
        grouped.setdefault(rate.provider, []).append(rate.model)
    return grouped


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
