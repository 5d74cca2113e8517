"""What ships with Recoil for retries: how prompts are softened, and which models are tiers of each other.

The file is read once, for every opening of a studio asks for what is in it.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from recoil_assets.domain.retry.case import Rung
from recoil_assets.domain.retry.softening import Softening


@cache
def shipped_softening() -> Softening:
    """The preamble and the milder words of ``retry.toml``."""
    return Softening.model_validate(_document()["softening"])


@cache
def shipped_ladders() -> tuple[tuple[Rung, ...], ...]:
    """The ladders of ``retry.toml``, each simplest first."""
    return tuple(
        tuple(Rung.model_validate(rung) for rung in ladder["rungs"]) for ladder in _document()["ladders"]
    )


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(files("resources").joinpath("retry.toml").read_text(encoding="utf-8"))
