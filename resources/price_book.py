"""The price book that ships with Recoil."""

import tomllib
from functools import cache
from importlib.resources import files

from recoil_assets.domain.price import PriceBook


@cache
def shipped_price_book() -> PriceBook:
    """The rates of ``price_book.toml``; read once, for every opening of a studio asks for them."""
    text = files("resources").joinpath("price_book.toml").read_text(encoding="utf-8")
    return PriceBook.model_validate(tomllib.loads(text))
