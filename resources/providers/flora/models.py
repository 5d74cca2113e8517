"""FLORA's models as a table: which of its endpoints make what, and what those take."""

import tomllib
from functools import cache
from importlib.resources import files

from recoil_assets.domain.price import ModelRate, PriceBook
from recoil_assets.domain.request import RequestModality
from recoil_assets.domain.value import Value


class FloraModel(Value):
    """One model, by the name that settings and plans use.

    Attributes:
        text: FLORA's endpoint id that takes a prompt alone.
        image: the one that begins with a picture (``image_url``); empty where there is none.
        images: the one that goes by reference pictures (``image_urls``).
        most_images: most pictures that one takes.
        durations: shortest and longest clip, whole seconds; None for pictures.
        resolutions: what may be asked for; of pictures the first is asked for.
    """

    model: str
    makes: tuple[RequestModality, ...]
    text: str
    image: str = ""
    images: str = ""
    most_images: int = 0
    durations: tuple[int, int] | None = None
    resolutions: tuple[str, ...]
    aspect_ratios: tuple[str, ...]


class _Table(Value):
    models: tuple[FloraModel, ...]


@cache
def flora_models() -> dict[str, FloraModel]:
    """Every model of ``models.toml``, by name."""
    table = _Table.model_validate(tomllib.loads(_text("models.toml")))
    return {item.model: item for item in table.models}


@cache
def flora_rates() -> tuple[ModelRate, ...]:
    """What FLORA's models cost."""
    return PriceBook.model_validate(tomllib.loads(_text("price_book.toml"))).rates


def _text(name: str) -> str:
    return files("resources.providers.flora").joinpath(name).read_text(encoding="utf-8")
