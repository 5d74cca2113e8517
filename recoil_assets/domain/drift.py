"""Drift: in what a request differs from another one, in the words of those who make the episode."""

from collections.abc import Iterable

from recoil_assets.domain.reference import Reference
from recoil_assets.domain.request import GenerationRequest

_FIELDS = (
    ("prompt", ("prompt",)),
    ("shots", ("shots", "duration_s", "modality")),
    ("model", ("model",)),
    ("settings", ("width", "height", "fps", "aspect_ratio", "audio", "seed", "tier", "provider_hints")),
    ("generation config", ("generation_config", "element_config")),
    ("grouping", ("grouping", "tag")),
)


def drifted_parts(made_from: GenerationRequest, now: GenerationRequest) -> tuple[str, ...]:
    """What of ``made_from`` is another in ``now``, by name; empty where both are the same request.

    The board is told apart from the other references: an approval adds it, and that alone makes a take stale.
    """
    images = (
        ("board", _board(made_from.references), _board(now.references)),
        ("references", _others(made_from.references), _others(now.references)),
        ("frames", _frames(made_from), _frames(now)),
    )
    parts = [name for name, before, after in images if before != after]
    parts += [
        name
        for name, fields in _FIELDS
        if any(getattr(made_from, field) != getattr(now, field) for field in fields)
    ]
    return tuple(parts)


def _board(references: Iterable[Reference]) -> list[Reference]:
    return [reference for reference in references if reference.role == "board"]


def _others(references: Iterable[Reference]) -> list[Reference]:
    return [reference for reference in references if reference.role != "board"]


def _frames(request: GenerationRequest) -> tuple[Reference | None, Reference | None]:
    return (request.start_frame, request.end_frame)
