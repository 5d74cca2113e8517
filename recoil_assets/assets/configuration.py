"""Run configuration: the choices a person may make for one run, in the launchpad or by ``recoil run``."""

import dagster as dg
from pydantic import Field


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
        default=None, description="batches whose approved board is to be finished by finish_model; spends"
    )
    recover: list[str] | None = Field(
        default=None, description="batches whose lost media may be paid for again, once for each file"
    )
    derive_only: bool = Field(default=False, description="derive scenes, whatever else is selected")

    def choices(self) -> dict[str, object]:
        """What was chosen, by setting name."""
        chosen = self.model_dump(exclude={"derive_only", "finish", "recover"})
        return {name: value for name, value in chosen.items() if value is not None}
