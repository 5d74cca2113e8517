"""Drift: which part of a request is another one now."""

import pytest

from recoil_assets.domain.drift import drifted_parts
from recoil_assets.domain.reference import Reference

from .samples import request

BOARD = Reference(role="board", name="BATCH_001", path="media/boards/b.png", sha256="b" * 64)
FACE = Reference(role="character", name="MARA", path="refs/characters/MARA.png", sha256="a" * 64)


def test_the_same_request_has_not_drifted() -> None:
    assert drifted_parts(request(), request()) == ()


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"prompt": "another action"}, "prompt"),
        ({"shots": ()}, "shots"),
        ({"duration_s": 99.0}, "shots"),
        ({"model": "other"}, "model"),
        ({"seed": 77}, "settings"),
        ({"width": 4, "height": 4}, "settings"),
        ({"audio": True}, "settings"),
        ({"generation_config": {"resolution": "360p"}}, "generation config"),
        ({"tag": "SOLO_ENV"}, "grouping"),
        ({"references": (BOARD,)}, "board"),
        ({"references": (FACE,)}, "references"),
        ({"start_frame": FACE}, "frames"),
    ],
)
def test_what_is_another_is_named(changed: dict[str, object], part: str) -> None:
    before = request()
    assert drifted_parts(before, before.model_copy(update=changed)) == (part,)


def test_from_some_references_to_none_counts_and_everything_that_drifted_is_named() -> None:
    before = request().model_copy(update={"references": (FACE, BOARD)})
    after = before.model_copy(update={"references": (), "prompt": "another action"})
    assert drifted_parts(before, after) == ("board", "references", "prompt")


def test_every_field_of_a_request_belongs_to_a_part() -> None:
    """A field nobody named would make a take stale without a word."""
    before = request()
    other = {"modality": "other", "fps": 1, "aspect_ratio": "?", "tier": "x", "provider_hints": {"a": 1}}
    for name in type(before).model_fields:
        value = other.get(name, BOARD if "frame" in name else None)
        assert drifted_parts(before, before.model_copy(update={name: value or (BOARD,)})), name
