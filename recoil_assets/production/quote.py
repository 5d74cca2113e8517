"""Quotes: what an episode's takes would cost, from its plan alone. Reads only, and works before any run."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.money import ZERO
from recoil_assets.domain.plan import Plan
from recoil_assets.domain.price import Estimate, ModelRate, estimate
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.roster import Roster
from recoil_assets.production.attempts import faults_of
from recoil_assets.production.beat_takes import kept_beats
from recoil_assets.production.gates import view_board
from recoil_assets.production.payloads import BeatPayload, beat_payload, cell_references, fit_of, total_usd
from recoil_assets.production.plan_intake import preview_plan
from recoil_assets.production.planned_scene import planned_scene
from recoil_assets.production.studio import Studio


@dataclass(frozen=True, slots=True, kw_only=True)
class CellQuote:
    """What one batch would cost.

    Attributes:
        payloads: one per beat, with its request and estimate.
        kept: ids of the beats with an approved take: nothing renders them unless they are named.
        board: where the batch's board stands.
        awaits: what would stop it from being generated now; a quote itself is stopped by nothing.
        fault: why its requests can not be built; empty where they can.
    """

    cell: Cell
    payloads: tuple[BeatPayload, ...]
    board: str
    awaits: tuple[str, ...]
    kept: frozenset[str] = frozenset()
    fault: str = ""

    @property
    def to_pay(self) -> tuple[BeatPayload, ...]:
        """The beats that cost something to have: all but those that are kept."""
        return tuple(payload for payload in self.payloads if payload.beat.beat_id not in self.kept)

    @property
    def usd(self) -> Decimal | None:
        """Upper bound, USD, of all beats but those that are kept; None where one has no price."""
        return None if self.fault else total_usd(self.to_pay)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQuote:
    """What the same takes would cost on another model; ``left_out`` names beats it can not make."""

    rate: ModelRate
    usd: Decimal
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeQuote:
    """What an episode would cost."""

    episode: str
    roster: Roster
    cells: tuple[CellQuote, ...]

    @property
    def usd(self) -> Decimal | None:
        """Upper bound for every batch, USD; None where any has no price."""
        costs = [cell.usd for cell in self.cells]
        return None if any(cost is None for cost in costs) else sum((cost or ZERO for cost in costs), ZERO)

    @property
    def seconds(self) -> float:
        """Length of everything quoted, seconds."""
        return round(sum(payload.request.duration_s for cell in self.cells for payload in cell.payloads), 6)


def quote_plan(studio: Studio, plan: Plan, run_choices: Mapping[str, object] | None = None) -> EpisodeQuote:
    """The quote of every batch a plan makes. Writes nothing.

    Raises:
        UsageError: the grouping does not fit the plan.
    """
    roster = preview_plan(studio, plan, run_choices).roster
    cells = tuple(_quote_cell(studio, Cell(plan.episode, key), roster, run_choices) for key in roster.keys)
    return EpisodeQuote(episode=plan.episode, roster=roster, cells=cells)


def quote_models(studio: Studio, quotes: tuple[EpisodeQuote, ...]) -> tuple[ModelQuote, ...]:
    """What the quoted takes would cost on every priced video model, cheapest first."""
    payloads = [payload for quote in quotes for cell in quote.cells for payload in cell.to_pay]
    compared = []
    for rate in studio.price_book.rates:
        if not rate.usd or rate.modalities == ("board",):
            continue
        estimates = [(payload.beat.beat_id, _on_model(studio, payload.request, rate)) for payload in payloads]
        compared.append(
            ModelQuote(
                rate=rate,
                usd=sum((item.usd for _, item in estimates if item.usd is not None), ZERO),
                left_out=tuple(beat for beat, item in estimates if item.usd is None),
            )
        )
    return tuple(sorted(compared, key=lambda item: (len(item.left_out), item.usd)))


def _on_model(studio: Studio, request: GenerationRequest, rate: ModelRate) -> Estimate:
    """What a request would cost on another model; what that model's adapter refuses has no price there."""
    quoted = estimate(request, rate)
    fit = fit_of(studio, request.model_copy(update={"model": rate.model}))
    return quoted.model_copy(update={"usd": None, "refusal": fit.refusal}) if fit.refusal else quoted


def _quote_cell(
    studio: Studio, cell: Cell, roster: Roster, run_choices: Mapping[str, object] | None
) -> CellQuote:
    group = roster.group(cell.batch)
    assert group is not None, "the roster's own keys have groups"  # noqa: S101
    body = planned_scene(studio, cell, group, studio.scenes.manifest(cell))
    view = view_board(studio, body)
    awaits = faults_of(cell_references(studio, body))
    if body.board_beat and studio.board_gate_on(cell.episode) and view.approved is None:
        awaits.insert(0, view.standing.value)
    choices = studio.choices(cell.episode, run_choices)
    try:
        payloads = tuple(beat_payload(studio, beat, choices, view.approved) for beat in body.beats)
    except RecoilError as error:
        return CellQuote(
            cell=cell, payloads=(), board=view.standing, awaits=tuple(awaits), fault=error.message
        )
    return CellQuote(
        cell=cell,
        payloads=payloads,
        board=view.standing,
        awaits=tuple(awaits),
        kept=kept_beats(studio, body),
    )
