"""Prices: what a request will cost at most, from a dated price book."""

import math
from datetime import date
from decimal import Decimal
from typing import Literal

from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.money import ZERO, upper_bound
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.value import Value


class ModelRate(Value):
    """What one model costs and what lengths it takes.

    Attributes:
        model: the name used in settings and plans.
        provider: the adapter that serves it.
        endpoint: the provider's own name for it.
        unit: what ``usd`` buys: a second of video, or an image.
        usd: rate per unit, USD; silent video.
        usd_with_audio: rate per unit with generated audio; None where audio costs the same or is not made.
        shortest_s, longest_s: lengths it takes, whole seconds; shorter beats are billed at ``shortest_s``.
        source, as_of: where and when the rate was read.
    """

    model: str
    provider: str
    endpoint: str = ""
    modalities: tuple[Literal["board", "video_i2v", "r2v_multi"], ...]
    unit: Literal["second", "image"]
    usd: Decimal
    usd_with_audio: Decimal | None = None
    shortest_s: int = 1
    longest_s: int = 15
    source: str
    as_of: date


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

    def priced_for(self, modality: str) -> tuple[ModelRate, ...]:
        """Models that cost money and make ``modality``, cheapest first."""
        paid = [rate for rate in self.rates if rate.usd > 0 and modality in rate.modalities]
        return tuple(sorted(paid, key=lambda rate: (rate.usd, rate.model)))


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


def estimate(request: GenerationRequest, rate: ModelRate | None) -> Estimate:
    """The upper bound of what ``request`` costs at ``rate``: rate times length, whole seconds, rounded up."""
    if rate is None:
        return Estimate(model=request.model, usd=None, refusal="no known rate")
    source = f"{rate.source}, {rate.as_of.isoformat()}"
    if request.modality not in rate.modalities:
        return Estimate(
            model=rate.model, usd=None, source=source, refusal=f"does not make {request.modality}"
        )
    per_unit = rate.usd_with_audio if request.audio and rate.usd_with_audio is not None else rate.usd
    if rate.unit == "image":
        return Estimate(model=rate.model, usd=upper_bound(per_unit), source=source)
    billed_s = max(math.ceil(request.duration_s), rate.shortest_s)
    if billed_s > rate.longest_s:
        refusal = f"{request.duration_s:g} s is longer than its {rate.longest_s} s"
        return Estimate(model=rate.model, usd=None, billed_s=billed_s, source=source, refusal=refusal)
    usd = upper_bound(per_unit * billed_s) if per_unit else ZERO
    return Estimate(model=rate.model, usd=usd, billed_s=billed_s, source=source)
