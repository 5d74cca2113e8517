"""Prices: what a request will cost at most, from a dated price book."""

import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.money import LARGEST, ZERO, upper_bound
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.spelling import did_you_mean
from recoil_assets.domain.value import Value

Resolution = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{2,3}p$")]
"""A resolution by the length of its shorter side: ``720p``."""
TOKEN_FPS, TOKEN_PIXELS = 24, 1024
_PAGES_SPEAK_OF = 720


class ModelRate(Value):
    """What one model costs and what lengths it takes.

    Attributes:
        model: the name used in settings and plans.
        provider: the adapter that serves it.
        endpoint: the provider's own name for it.
        unit: what ``usd`` buys: a second of video, an image, or a million video tokens. A second has as many
            tokens as its frames have pixels, times 24, over 1024 (fal.ai model pages of Seedance).
        usd: rate per unit, USD; silent video. None where nobody knows it.
        usd_with_audio: rate per unit with generated audio; None where audio costs the same or is not made.
        times: by resolution, what the rate is multiplied by; empty where every resolution costs the same.
        frame_pixels: by resolution, the most pixels a frame has in any aspect ratio; for rates by tokens.
        shortest_s, longest_s: lengths it takes, whole seconds; shorter beats are billed at ``shortest_s``.
        lengths_s: the only lengths it makes, ascending, where it does not make all between those two.
        source, as_of: where and when the rate was read.
    """

    model: str
    provider: str
    endpoint: str = ""
    modalities: tuple[Literal["board", "video_i2v", "r2v_multi"], ...]
    unit: Literal["second", "image", "million_tokens"]
    usd: Decimal | None = Field(ge=0, le=LARGEST)
    usd_with_audio: Decimal | None = Field(default=None, ge=0, le=LARGEST)
    times: dict[Resolution, Annotated[Decimal, Field(gt=0, le=LARGEST)]] = Field(default_factory=dict)
    frame_pixels: dict[Resolution, Annotated[int, Field(gt=0, le=10**9)]] = Field(default_factory=dict)
    shortest_s: int = Field(default=1, ge=1, le=3600)
    longest_s: int = Field(default=15, ge=1, le=3600)
    lengths_s: tuple[int, ...] = ()
    source: str
    as_of: date

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.shortest_s > self.longest_s:
            raise ValueError(
                f"its shortest length, {self.shortest_s} s, is above its longest, {self.longest_s} s"
            )
        return self

    @model_validator(mode="after")
    def _counts_tokens_by_pixels(self) -> Self:
        if (self.unit == "million_tokens") != bool(self.frame_pixels):
            raise ValueError("frame_pixels go with the unit million_tokens, and it can not do without")
        return self

    @cached_property
    def digest(self) -> str:
        """The name of this price entry: another rate, or another day it was read, is another entry."""
        return digest_of(self)

    def billed_s(self, duration_s: float) -> int:
        """Whole seconds that a clip of ``duration_s`` is billed: the next length that is made."""
        if self.unit == "image":
            return 0
        seconds = max(math.ceil(duration_s), self.shortest_s)
        return next((length for length in self.lengths_s if length >= seconds), seconds)

    def units(self, billed_s: int, lines: int) -> Decimal:
        """What is billed, in multiples of the rate.

        Args:
            lines: length of the shorter side in pixels; billed as the next resolution the rate knows, and as
                the dearest where it knows none that is as large.
        """
        if self.unit == "million_tokens":
            return _at(self.frame_pixels, lines) * billed_s * TOKEN_FPS / TOKEN_PIXELS / 10**6
        return (1 if self.unit == "image" else billed_s) * _at(self.times, lines)


class PriceCorrection(Value):
    """``[prices."MODEL"]``: what a person read of a model's price, in place of the price book's word.

    Of a rate by tokens it says what a second costs at 720p, which is what providers' pages say; other resolutions
    follow by their pixels.

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
        if rate.unit == "million_tokens":
            rate = _by_the_second(rate)
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
        return self._by_model.get(model)

    @cached_property
    def _by_model(self) -> dict[str, ModelRate]:
        """The first rate of every model."""
        return {rate.model: rate for rate in reversed(self.rates)}

    def known(self, model: str) -> ModelRate:
        """The rate of a model; ``UsageError`` with the names that exist where it has none."""
        rate = self.rate(model)
        if rate is None:
            names = [rate.model for rate in self.rates]
            raise UsageError(
                f"{model!r} is not in the price book{did_you_mean(model, names)}",
                cure=f"use one of {', '.join(names)}",
            )
        return rate

    def corrected(self, corrections: Mapping[str, PriceCorrection]) -> "PriceBook":
        """The book with a project's own prices; ``UsageError`` where one is of a model it does not have."""
        for model in corrections:
            try:
                self.known(model)
            except UsageError as error:
                raise UsageError(f"[prices] in recoil.toml: {error.message}", cure=error.cure) from error
        rates = (
            corrections[rate.model].of(rate) if rate.model in corrections else rate for rate in self.rates
        )
        return PriceBook(rates=tuple(rates))

    def priced_for(self, modality: str) -> tuple[ModelRate, ...]:
        """Models that cost money and make ``modality``, cheapest first: an image, or a second, at 720p."""
        paid = [rate for rate in self.rates if rate.usd and modality in rate.modalities]
        return tuple(
            sorted(paid, key=lambda rate: ((rate.usd or ZERO) * rate.units(1, _PAGES_SPEAK_OF), rate.model))
        )


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
    """The upper bound of what ``request`` costs at ``rate``: rate times units, of whole seconds, rounded up.

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
    billed_s = rate.billed_s(request.duration_s)
    if billed_s > rate.longest_s:
        refusal = f"{request.duration_s:g} s is longer than its {rate.longest_s} s"
        return Estimate(model=rate.model, usd=None, billed_s=billed_s, source=source, refusal=refusal)
    if per_unit is None:
        if unpriced_up_to_usd is None:
            refusal = "has no known rate, and allow_unpriced_up_to_usd is not set"
            return Estimate(model=rate.model, usd=None, billed_s=billed_s, source=source, refusal=refusal)
        per_unit, units, source = unpriced_up_to_usd, Decimal(1), "allow_unpriced_up_to_usd in recoil.toml"
    else:
        units = rate.units(billed_s, min(request.width, request.height))
    usd = upper_bound(per_unit * units)
    return Estimate(model=rate.model, usd=usd, billed_s=billed_s, source=source)


def _at(table: Mapping[str, Decimal] | Mapping[str, int], lines: int) -> Decimal:
    """The entry of the next resolution that has ``lines``; the largest entry where none has; 1 where there is none."""
    large_enough = [(int(name[:-1]), value) for name, value in table.items() if int(name[:-1]) >= lines]
    if large_enough:
        return Decimal(min(large_enough)[1])
    return Decimal(max(table.values(), default=1))


def _by_the_second(rate: ModelRate) -> ModelRate:
    """A rate by tokens as one by the second, whose price at 720p is multiplied for other resolutions."""
    base = _at(rate.frame_pixels, _PAGES_SPEAK_OF)
    return rate.model_copy(
        update={
            "unit": "second",
            "frame_pixels": {},
            "times": {name: pixels / base for name, pixels in rate.frame_pixels.items()},
        }
    )
