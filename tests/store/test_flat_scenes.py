"""A scene file of a production before Recoil becomes v1 the first time its cell is touched."""

import json
from pathlib import Path
from typing import Any

import pytest

from recoil_assets.domain.errors import InvalidSceneFileError
from resources.project_store.layout import Layout
from resources.project_store.structure import SceneFiles

from .samples import CELL, NOW, body

V1, V2 = body("SH0001", "SH0002"), body("SH0001", "SH0002", "SH0003")
IDENTITY = {"strategy": "continuity", "ordinal": 1, "shot_ids": ["SH0001", "SH0002"], "source_pass_id": None}


def canonical_shot(shot_id: str) -> dict[str, Any]:
    """As the old form keeps a shot: its own fields, and the plan's whole object in ``raw``."""
    return {
        "shot_id": shot_id,
        "beat_role": None,
        "duration_s": 3.0,
        "raw": {"shot_id": shot_id, "duration_s": 3.0},
    }


def flat(**beat: Any) -> dict[str, Any]:
    metadata = {
        "scene_id": "BATCH_001",
        "shot": canonical_shot("SH0001"),
        "batch_shots": [canonical_shot("SH0001"), canonical_shot("SH0002")],
        "modality": "r2v_multi",
        "grouping": IDENTITY,
        "generation_config": {},
        "element_config": {"batch_summary": {"batch_id": "BATCH_001"}},
        **beat,
    }
    return {
        "scene_id": "BATCH_001",
        "beats": [{"beat_id": "BATCH_001", "beat_metadata": metadata, "takes": [{"status": "succeeded"}]}],
        "scene_metadata": {"episode": "ep_001", "grouping": IDENTITY},
    }


@pytest.fixture
def scenes(layout: Layout) -> SceneFiles:
    return SceneFiles(layout)


def put(layout: Layout, document: object) -> Path:
    path = layout.flat_scene(CELL)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("document", "place", "what"),
    [
        ("{", "$", "not JSON"),
        ([], "$", "a scene file is a JSON object"),
        ({"beats": 3}, "$.beats", "a list 'beats'"),
        ({**flat(), "scene_id": "BATCH_009"}, "$.scene_id", "named for 'BATCH_001'"),
        ({"beats": [{"beat_metadata": 1}]}, "$.beats[0].beat_metadata", "an object"),
        (flat(generation_config=[1]), "$.beats[0].beat_metadata.generation_config", "is an object"),
        (flat(batch_shots=[{"shot_id": "SH0001"}]), "$.shots[0].duration_s", "no 'duration_s'"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_with_its_place_and_nothing_is_written(
    scenes: SceneFiles, layout: Layout, document: object, place: str, what: str
) -> None:
    put(layout, document)
    for touch in (lambda: scenes.manifest(CELL), lambda: scenes.derive(CELL, V1, NOW)):
        with pytest.raises(InvalidSceneFileError) as refused:
            touch()
        assert place in [problem.path for problem in refused.value.problems]
        assert what in str(refused.value)
    assert not layout.scene(CELL).exists()


def test_it_is_v1_active_and_derived_and_the_file_stays(scenes: SceneFiles, layout: Layout) -> None:
    path = put(layout, flat())
    before = path.read_bytes()
    manifest = scenes.manifest(CELL)
    assert manifest is not None
    assert [(item.number, item.derivation) for item in manifest.versions] == [(1, "derived")]
    assert scenes.body(CELL, manifest.active_version.digest) == V1
    assert path.read_bytes() == before
    assert scenes.verify() == ()


def test_what_the_plan_says_alike_is_that_very_version(scenes: SceneFiles, layout: Layout) -> None:
    put(layout, flat())
    assert len(scenes.derive(CELL, V1, NOW).versions) == 1


def test_what_the_plan_says_otherwise_is_staged_beside_it(scenes: SceneFiles, layout: Layout) -> None:
    put(layout, flat())
    manifest = scenes.derive(CELL, V2, NOW)
    assert manifest.active_version.digest == V1.digest
    assert manifest.candidate(V2.digest) is not None


@pytest.mark.parametrize("lost", [{"shot": None, "batch_shots": None}, {"modality": None}, {"modality": "x"}])
def test_a_scene_that_does_not_say_its_structure_is_kept_and_can_not_be_generated_from(
    scenes: SceneFiles, layout: Layout, lost: dict[str, object]
) -> None:
    put(layout, flat(**lost))
    manifest = scenes.derive(CELL, V1, NOW)
    assert scenes.body(CELL, manifest.active_version.digest).beats == ()
    candidate = manifest.candidate(V1.digest)
    assert candidate is not None
    assert candidate.derivation == "not_derived"


def test_a_file_that_is_changed_after_its_import_changes_nothing(scenes: SceneFiles, layout: Layout) -> None:
    put(layout, flat())
    first = scenes.derive(CELL, V1, NOW)
    put(layout, flat(prompt_directive="in rain"))
    assert scenes.manifest(CELL) == first
    assert scenes.derive(CELL, V1, NOW) == first


def test_a_look_at_a_file_writes_nothing_and_whoever_derives_finds_what_was_seen(
    scenes: SceneFiles, layout: Layout
) -> None:
    put(layout, flat())
    manifest = scenes.manifest(CELL)
    assert manifest is not None
    assert scenes.body(CELL, manifest.active_version.digest) == V1
    assert not layout.scene(CELL).exists()
    assert scenes.derive(CELL, V1, NOW) == manifest == scenes.manifest(CELL)
