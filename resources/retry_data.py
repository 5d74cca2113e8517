"""What ships with Recoil for retries: how prompts are softened, and which models are tiers of each other."""

import tomllib
from importlib.resources import files
from typing import Any

from recoil_assets.domain.retry.case import Rung
from recoil_assets.domain.retry.softening import Softening


def shipped_softening() -> Softening:
    """The preamble and the milder words of ``retry.toml``."""
    return Softening.model_validate(_document()["softening"])


def shipped_ladders() -> tuple[tuple[Rung, ...], ...]:
    """The ladders of ``retry.toml``, each simplest first."""
    return tuple(
        tuple(Rung.model_validate(rung) for rung in ladder["rungs"]) for ladder in _document()["ladders"]
    )


def _document() -> dict[str, Any]:
    return tomllib.loads(files("resources").joinpath("retry.toml").read_text(encoding="utf-8"))
