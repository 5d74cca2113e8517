"""What fal's endpoints take, as data: ``models.toml`` holds a table for each, and no model has code of its own."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import Field

from recoil_assets.domain.request import RequestModality
from recoil_assets.domain.value import Value


class Written(StrEnum):
    """How an endpoint wants seconds written."""

    TEXT = "text"  # "5"
    TEXT_WITH_UNIT = "text_with_unit"  # "5s"
    NUMBER = "number"  # 5

    def of(self, seconds: int) -> str | int:
        """``seconds`` as the endpoint reads them."""
        if self is Written.NUMBER:
            return seconds
        return f"{seconds}s" if self is Written.TEXT_WITH_UNIT else str(seconds)


class DurationField(Value):
    """The lengths an endpoint makes, whole seconds, ascending. ``auto`` is never among them: it has no bound."""

    field: str
    offered: tuple[int, ...] = Field(min_length=1)
    written: Written

    def next_offered(self, seconds: float) -> int | None:
        """The shortest length that holds ``seconds``; ``None`` where none does."""
        return next((offered for offered in self.offered if offered >= seconds), None)


class ResolutionField(Value):
    """The resolutions an endpoint makes: its own name for each, and the lines of the shorter side.

    Attributes:
        field: what it is asked for with; empty where it makes one alone.
    """

    field: str = ""
    offered: dict[str, int] = Field(min_length=1)

    def next_offered(self, lines: int) -> tuple[str, int] | None:
        """(name, lines) of the smallest that is as large; ``None`` where none is."""
        large_enough = [(own, name) for name, own in self.offered.items() if own >= lines]
        return (min(large_enough)[1], min(large_enough)[0]) if large_enough else None


class AspectField(Value):
    """The aspect ratios an endpoint makes."""

    field: str
    offered: tuple[str, ...] = Field(min_length=1)


class ReferencesField(Value):
    """How an endpoint takes reference images.

    Attributes:
        mention: how the prompt names the n-th; empty where it can not be named.
    """

    field: str
    most: int
    mention: str = ""


class MultiShotField(Value):
    """How an endpoint takes shot by shot what is one prompt elsewhere.

    Attributes:
        longest_prompt: characters one shot's prompt may have.
        always: fields that go with it.
    """

    field: str
    most: int
    longest_prompt: int
    always: dict[str, Any] = Field(default_factory=dict)


class ImageLimits(Value):
    """What an endpoint takes of any one image."""

    largest_bytes: int
    shortest_side_px: int = 1
    longest_to_shortest: float = 1000.0


class Endpoint(Value):
    """One endpoint of fal's, and how a request is put into its words. An empty name: it has no such field.

    Attributes:
        model: the model of the price book that it serves.
        makes: rank by modality; the endpoint of the lowest rank whose needs are met makes a request.
        needs: what a request must have.
        nonce: a field that is stored with the request and shows nowhere: a lost job can be found by it.
        longest_prompt: characters; 0 where no limit is known.
        always: fields that are always sent as they are.
        unverified: fields that were read elsewhere than on fal's own page; a quote names those that are sent.
        source: where this was read.
    """

    model: str
    endpoint: str
    makes: dict[RequestModality, int]
    needs: Literal["", "start_frame", "both_frames", "references"] = ""
    start_frame: str = ""
    end_frame: str = ""
    references: ReferencesField | None = None
    images: ImageLimits
    duration: DurationField | None = None
    resolution: ResolutionField
    aspect_ratio: AspectField | None = None
    audio: str = ""
    seed: str = ""
    nonce: str = ""
    fps: int = 24
    multi_shot: MultiShotField | None = None
    longest_prompt: int = 0
    always: dict[str, Any] = Field(default_factory=dict)
    unverified: tuple[str, ...] = ()
    source: str


@cache
def endpoints() -> Mapping[str, tuple[Endpoint, ...]]:
    """Every endpoint of ``models.toml``, by model."""
    text = files("resources.providers.fal").joinpath("models.toml").read_text(encoding="utf-8")
    found: dict[str, tuple[Endpoint, ...]] = {}
    for table in tomllib.loads(text)["endpoints"]:
        endpoint = Endpoint.model_validate(table)
        found[endpoint.model] = (*found.get(endpoint.model, ()), endpoint)
    return found
