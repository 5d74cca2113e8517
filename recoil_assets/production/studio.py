"""The studio: a project with everything production works with, put together once by the composition root."""

from collections.abc import Mapping
from dataclasses import dataclass

from recoil_assets.domain.errors import BlockedError, RecoilError
from recoil_assets.domain.price import ModelRate, PriceBook
from recoil_assets.domain.settings import Choices, ProjectSettings
from recoil_assets.production.editorial_ports import Editorial
from recoil_assets.production.ports import Clock, Ledger, OpsLog, Provider
from recoil_assets.production.store_ports import (
    Boards,
    Journal,
    Locks,
    Media,
    Plans,
    Primaries,
    References,
    Reviews,
    Rosters,
    Scenes,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """One project and its tools.

    Attributes:
        gate_override: the environment's word on the approval gate; None where it has none.
        providers: adapters by name.
    """

    name: str
    settings: ProjectSettings
    gate_override: bool | None
    price_book: PriceBook
    plans: Plans
    rosters: Rosters
    scenes: Scenes
    boards: Boards
    reviews: Reviews
    primaries: Primaries
    journal: Journal
    media: Media
    references: References
    locks: Locks
    ledger: Ledger
    providers: Mapping[str, Provider]
    editorial: Editorial
    clock: Clock
    ops_log: OpsLog

    def board_gate_on(self, episode: str) -> bool:
        """Whether the episode's boards need approval before money is spent."""
        return self.settings.board_gate_on(episode, self.gate_override)

    def choices(self, episode: str, run: Mapping[str, object] | None = None) -> Choices:
        """The episode's choices with the run's on top."""
        return self.settings.episode_choices(episode, run)

    def provider_of(self, rate: ModelRate) -> Provider:
        """The adapter that serves a model; ``RecoilError`` where it is not set up here."""
        provider = self.providers.get(rate.provider)
        if provider is None:
            names = ", ".join(sorted(self.providers)) or "none"
            raise RecoilError(
                f"{rate.model} is served by {rate.provider!r}, which is not set up here (providers: {names})",
                cure="choose a model of a provider that is set up, in [choices] of recoil.toml",
            )
        return provider


class InProgressElsewhereError(BlockedError):
    """Another run owns the beat; nothing was spent here."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            "in_progress_elsewhere",
            f"{subject} is being worked on by another run",
            cure="wait for that run to end, then materialise this cell again",
        )
