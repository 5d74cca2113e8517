"""Prices: what a request will cost at most, from a dated price book."""

import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.money import LARGEST, ZERO, upper_bound
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.value import Value


class ModelRate(Value):
    """What one model costs and what lengths it takes.

    Attributes:
        model: the name used in settings and plans.
        provider: the adapter that serves it.
        endpoint: the provider's own name for it.
        unit: what ``usd`` buys: a second of video, or an image.
        usd: rate per unit, USD; silent video. None where nobody knows it.
        usd_with_audio: rate per unit with generated audio; None where audio costs the same or is not made.
        shortest_s, longest_s: lengths it takes, whole seconds; shorter beats are billed at ``shortest_s``.
        source, as_of: where and when the rate was read.
    """

    model: str
    provider: str
    endpoint: str = ""
    modalities: tuple[Literal["board", "video_i2v", "r2v_multi"], ...]
    unit: Literal["second", "image"]
    usd: Decimal | None = Field(ge=0, le=LARGEST)
    usd_with_audio: Decimal | None = Field(default=None, ge=0, le=LARGEST)
    shortest_s: int = Field(default=1, ge=1, le=3600)
    longest_s: int = Field(default=15, ge=1, le=3600)
    source: str
    as_of: date

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.shortest_s > self.longest_s:
            raise ValueError(
                f"its shortest length, {self.shortest_s} s, is above its longest, {self.longest_s} s"
            )
        return self


class PriceCorrection(Value):
    """``[prices."MODEL"]``: what a person read of a model's price, in place of the price book's word.

    Attributes:
        usd: as in ``ModelRate``; never zero, for what is known to cost nothing passes every cap.
        usd_with_audio: as in ``ModelRate``; left out, sound costs what the book says, and never less than ``usd``.
        as_of: the day it was read. Another day is another price entry, also where the rate is the same.
    """

    usd: Decimal = Field(gt=0, le=LARGEST)
    usd_with_audio: Decimal | None = Field(default=None, gt=0, le=LARGEST)
    as_of: date

    @field_validator("usd", "usd_with_audio")
    @classmethod
    def _is_written_one_way(cls, amount: Decimal | None) -> Decimal | None:
        """0.10 is 0.1: else the same price, written again, would pass for one that a person has looked at."""
        return None if amount is None else Decimal(f"{amount.normalize():f}")

    def of(self, rate: ModelRate) -> ModelRate:
        """``rate`` with this price."""
        with_audio = self.usd_with_audio
        if with_audio is None and rate.usd_with_audio is not None:
            with_audio = max(rate.usd_with_audio, self.usd)
        return rate.model_copy(
            update={
                "usd": self.usd,
                "usd_with_audio": with_audio,
                "as_of": self.as_of,
                "source": f'[prices."{rate.model}"] in recoil.toml',
            }
        )


class PriceBook(Value):
    """Every rate Recoil knows."""

    rates: tuple[ModelRate, ...]

    def rate(self, model: str) -> ModelRate | None:
        """The rate of a model, or ``None`` where it has none."""
        return next((rate for rate in self.rates if rate.model == model), None)

    def known(self, model: str) -> ModelRate:
        """The rate of a model; ``UsageError`` with the names that exist where it has none."""
        rate = self.rate(model)
        if rate is None:
            names = ", ".join(rate.model for rate in self.rates)
            raise UsageError(f"{model!r} is not in the price book", cure=f"use one of {names}")
        return rate

    def corrected(self, corrections: Mapping[str, PriceCorrection]) -> "PriceBook":
        """The book with a project's own prices; ``UsageError`` where one is of a model it does not have."""
        for model in corrections:
            self.known(model)
        rates = (
            corrections[rate.model].of(rate) if rate.model in corrections else rate for rate in self.rates
        )
        return PriceBook(rates=tuple(rates))

    def priced_for(self, modality: str) -> tuple[ModelRate, ...]:
        """Models that cost money and make ``modality``, cheapest first."""
        paid = [rate for rate in self.rates if rate.usd and modality in rate.modalities]
        return tuple(sorted(paid, key=lambda rate: (rate.usd or ZERO, rate.model)))


class Estimate(Value):
    """What a request will cost at most.

    Attributes:
        usd: upper bound, USD; None where the model has no known rate.
        billed_s: the seconds it is computed from; 0 for an image.
        source: where the rate comes from, with its date.
        refusal: why the model can not make this at all; empty where it can.
    """

    model: str
    usd: Decimal | None
    billed_s: int = 0
    source: str = ""
    refusal: str = ""


def estimate(
    request: GenerationRequest, rate: ModelRate | None, *, unpriced_up_to_usd: Decimal | None = None
) -> Estimate:
    """The upper bound of what ``request`` costs at ``rate``: rate times length, whole seconds, rounded up.

    Args:
        unpriced_up_to_usd: what one generation may cost whose rate nobody knows, USD; None refuses it.
    """
    if rate is None:
        return Estimate(model=request.model, usd=None, refusal="no known rate")
    source = f"{rate.source}, {rate.as_of.isoformat()}"
    if request.modality not in rate.modalities:
        return Estimate(
            model=rate.model, usd=None, source=source, refusal=f"does not make {request.modality}"
        )
    per_unit = rate.usd_with_audio if request.audio and rate.usd_with_audio is not None else rate.usd
    billed_s = 0 if rate.unit == "image" else max(math.ceil(request.duration_s), rate.shortest_s)
    if billed_s > rate.longest_s:
        refusal = f"{request.duration_s:g} s is longer than its {rate.longest_s} s"
        return Estimate(model=rate.model, usd=None, billed_s=billed_s, source=source, refusal=refusal)
    if per_unit is None:
        if unpriced_up_to_usd is None:
            refusal = "has no known rate, and allow_unpriced_up_to_usd is not set"
            return Estimate(model=rate.model, usd=None, billed_s=billed_s, source=source, refusal=refusal)
        per_unit, units, source = unpriced_up_to_usd, 1, "allow_unpriced_up_to_usd in recoil.toml"
    else:
        units = 1 if rate.unit == "image" else billed_s
    usd = upper_bound(per_unit * units)
    return Estimate(model=rate.model, usd=usd, billed_s=billed_s, source=source)
