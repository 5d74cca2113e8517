"""Run configuration: the choices a person may make for one run, in the launchpad or by ``recoil run``."""

import dagster as dg
from pydantic import Field

from recoil_assets.domain.retry.change import StrategyName
from recoil_assets.production.cell_work import Reroll


class RerollConfig(dg.Config):
    """One new take of one beat. The run is of its cell alone, and of ``takes`` alone."""

    beat: str = Field(default="", description="the beat, or its batch where that has one beat")
    seed: int | None = Field(default=None, ge=0, le=2**31 - 1, description="the seed; a new one if left out")
    note: str = Field(default="", description="why; kept with the take")
    strategy: StrategyName | None = Field(default=None, description="a retry strategy, such as SOFTEN_PROMPT")
    make_primary: bool = Field(default=False, description="a success replaces the beat's primary")

    def order(self) -> Reroll:
        """The order as production takes it."""
        return Reroll(
            beat=self.beat,
            seed=self.seed,
            note=self.note,
            strategy=self.strategy,
            make_primary=self.make_primary,
        )


class ProductionConfig(dg.Config):
    """Choices for this run only; what is left out is as the episode's and the show's settings say."""

    grouping: str | None = Field(default=None, description="continuity, coverage, oner or solo")
    coverage_passes: list[str] | None = Field(default=None, description="ids of the coverage passes to make")
    model_override: str | None = Field(default=None, description="a model of the price book, for every beat")
    tier: str | None = Field(default=None, description="generation tier")
    audio: bool | None = Field(default=None, description="generate sound, where the model can")
    seed: int | None = Field(default=None, description="seed of the episode, 0 to 2147483647")
    max_takes: int | None = Field(default=None, description="attempts per beat, 1 to 99")
    concurrency: int | None = Field(default=None, description="beats in flight at once, 1 to 64")
    wildcard: str | None = Field(default=None, description="a directive put into every prompt")
    tier_map: dict[str, str] | None = Field(default=None, description="generation tier by grouping")
    single_batch: bool | None = Field(
        default=None, description="force shots into one coverage batch; needs pass_id"
    )
    single_batch_shots: list[str] | None = Field(
        default=None, description="its shots; every shot if left out"
    )
    pass_id: str | None = Field(default=None, description="the forced batch's name, such as PASS_9")
    finish: list[str] | None = Field(
        default=None,
        description="cells whose approved board is to be finished by finish_model, such as ep_001|BATCH_003, or "
        "batches where the run is of one episode; spends",
    )
    recover: list[str] | None = Field(
        default=None,
        description="cells, or batches as for finish, whose lost media may be paid for again, once for each file",
    )
    derive_only: bool = Field(default=False, description="derive scenes, whatever else is selected")

    reroll: RerollConfig | None = Field(
        default=None, description="one new take of one beat, in place of what the cell would render; spends"
    )

    def choices(self) -> dict[str, object]:
        """What was chosen, by setting name."""
        chosen = self.model_dump(exclude={"derive_only", "finish", "recover", "reroll"})
        return {name: value for name, value in chosen.items() if value is not None}
