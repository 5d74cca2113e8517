"""The studio: a project with everything production works with, put together once by the composition root."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import BlockedError, RecoilError
from recoil_assets.domain.price import Estimate, ModelRate, PriceBook, estimate
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.retry.case import Rung
from recoil_assets.domain.retry.softening import Softening
from recoil_assets.domain.settings import Choices, ProjectSettings
from recoil_assets.production.editorial_ports import Editorial
from recoil_assets.production.label_ports import FilterLabels
from recoil_assets.production.ports import Clock, Ledger, OpsLog, Provider
from recoil_assets.production.quality_ports import TakeInspector
from recoil_assets.production.store_ports import (
    Boards,
    Derivations,
    Journal,
    KeptChoices,
    Locks,
    Media,
    Plans,
    Primaries,
    References,
    Reviews,
    Rosters,
    Scenes,
    TakeDecisions,
    Wakes,
)

_LOGGER = logging.getLogger("recoil")


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """One project and its tools.

    Attributes:
        settings: as they were when it was opened.
        settings_now: reads them again: a cap that is lowered, or a gate put on, binds a run that goes on.
        gate_override: the environment's word on the approval gate; None where it has none.
        providers: adapters by name.
        softening, ladders: how retries make a prompt milder, and which models are tiers of each other.
    """

    name: str
    settings: ProjectSettings
    settings_now: Callable[[], ProjectSettings]
    gate_override: bool | None
    price_book: PriceBook
    plans: Plans
    rosters: Rosters
    scenes: Scenes
    derivations: Derivations
    boards: Boards
    reviews: Reviews
    primaries: Primaries
    take_decisions: TakeDecisions
    run_choices: KeptChoices
    journal: Journal
    media: Media
    references: References
    locks: Locks
    wakes: Wakes
    ledger: Ledger
    providers: Mapping[str, Provider]
    editorial: Editorial
    inspector: TakeInspector
    filter_labels: FilterLabels
    softening: Softening
    ladders: tuple[tuple[Rung, ...], ...]
    clock: Clock
    ops_log: OpsLog

    def board_gate_on(self, episode: str) -> bool:
        """Whether the episode's boards need approval before money is spent."""
        return self.settings.board_gate_on(episode, self.gate_override)

    def board_gate_now(self, episode: str) -> bool:
        """``board_gate_on`` by the settings as they are at this moment."""
        return self.settings_now().board_gate_on(episode, self.gate_override)

    def choices(self, episode: str, run: Mapping[str, object] | None = None) -> Choices:
        """The episode's choices with the run's on top."""
        return self.settings.episode_choices(episode, run)

    def estimate(self, request: GenerationRequest, rate: ModelRate) -> Estimate:
        """The upper bound of what a request costs, with what the settings allow a model nobody knows the rate of."""
        return estimate(request, rate, unpriced_up_to_usd=self.settings.allow_unpriced_up_to_usd)

    def cell_choices(self, cell: Cell) -> Choices:
        """The choices a cell's requests are built with: the episode's, and on top those of the run that last did."""
        return self.choices(cell.episode, self.run_choices.get(cell))

    def note(self, event: str, **facts: object) -> None:
        """Write an event to the operations log. Where it can not be written that is said, and work goes on.

        No line of a log is worth a request id: what fails here must never end a POST in flight.
        """
        try:
            self.ops_log.write(event, **facts)
        except Exception as error:  # noqa: BLE001  whatever is wrong with a log, it is not the take's fault
            _LOGGER.warning("the operations log could not be written (%s): %s %s", error, event, facts)

    def provider_of(self, rate: ModelRate) -> Provider:
        """The adapter that serves a model; ``RecoilError`` where it is not set up here."""
        provider = self.providers.get(rate.provider)
        if provider is None:
            names = ", ".join(sorted(self.providers)) or "none"
            raise RecoilError(
                f"{rate.model} is served by {rate.provider!r}, which is not set up here (providers: {names})",
                cure=f"set {rate.provider}'s key in the environment (fal's is FAL_KEY), or choose a model of a "
                "provider that is set up, in [choices] of recoil.toml",
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
