import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from recoil_assets.domain.errors import RecoilError, SceneVersionConflictError, UsageError
from resources.project_store.durable import replace_file, sealed_json
from resources.project_store.layout import Layout
from resources.project_store.structure import SceneFiles

from .samples import CELL, NOW, body

V1, V2, V3 = body("SH0001", "SH0002"), body("SH0001", "SH0002", "SH0003"), body("SH0001")


@pytest.fixture
def scenes(layout: Layout) -> SceneFiles:
    return SceneFiles(layout)


def test_a_cell_that_was_never_derived_has_no_versions(scenes: SceneFiles) -> None:
    assert scenes.manifest(CELL) is None
    with pytest.raises(UsageError, match="never derived"):
        scenes.conform(CELL, 1, expected=1)


def test_the_first_derivation_is_v1_active_and_derived(scenes: SceneFiles) -> None:
    manifest = scenes.derive(CELL, V1, NOW)
    assert (manifest.active, [(item.number, item.derivation) for item in manifest.versions]) == (
        *(1, [(1, "derived")]),
    )
    assert scenes.body(CELL, V1.digest) == V1


def test_another_structure_is_staged_as_a_candidate_and_the_active_version_stays(scenes: SceneFiles) -> None:
    scenes.derive(CELL, V1, NOW)
    manifest = scenes.derive(CELL, V2, NOW)
    assert manifest.active_version.digest == V1.digest
    assert manifest.candidate(V1.digest) is None
    candidate = manifest.candidate(V2.digest)
    assert candidate is not None
    assert (candidate.number, candidate.derivation) == (2, "not_derived")


def test_a_candidate_without_a_board_has_nothing_to_wait_for(scenes: SceneFiles) -> None:
    scenes.derive(CELL, V1, NOW)
    candidate = scenes.derive(CELL, V3, NOW).candidate(V3.digest)
    assert candidate is not None
    assert candidate.derivation == "derived"


def test_a_structure_that_any_version_has_is_never_staged_again(scenes: SceneFiles) -> None:
    scenes.derive(CELL, V1, NOW)
    scenes.derive(CELL, V2, NOW)
    staged = scenes.derive(CELL, V3, NOW)
    for again in (V1, V2, V3):
        assert scenes.derive(CELL, again, "later") == staged
    scenes.conform(CELL, 3, expected=1)
    assert len(scenes.derive(CELL, V1, NOW).versions) == 3


def test_a_version_number_is_never_used_again(scenes: SceneFiles) -> None:
    for version in (V1, V2):
        scenes.derive(CELL, version, NOW)
    scenes.conform(CELL, 2, expected=1)
    scenes.conform(CELL, 1, expected=2)
    assert [item.number for item in scenes.derive(CELL, V3, NOW).versions] == [1, 2, 3]


def test_the_loser_of_two_conforms_changes_nothing(scenes: SceneFiles) -> None:
    for version in (V1, V2, V3):
        scenes.derive(CELL, version, NOW)
    scenes.conform(CELL, 2, expected=1)
    with pytest.raises(
        SceneVersionConflictError, match="expected to be at v1 and is at v2; nothing was changed"
    ):
        scenes.conform(CELL, 3, expected=1)
    manifest = scenes.manifest(CELL)
    assert manifest is not None
    assert manifest.active == 2


def test_only_a_version_that_exists_becomes_active(scenes: SceneFiles) -> None:
    scenes.derive(CELL, V1, NOW)
    with pytest.raises(UsageError, match="has no version v2"):
        scenes.conform(CELL, 2, expected=1)


def test_a_drawn_board_marks_its_own_version_and_no_other(scenes: SceneFiles) -> None:
    for version in (V1, V2, body("SH0001", "SH0009")):
        scenes.derive(CELL, version, NOW)
    manifest = scenes.mark_derived(CELL, V2.digest)
    assert [item.derivation for item in manifest.versions] == ["derived", "derived", "not_derived"]
    assert scenes.manifest(CELL) == manifest


def test_a_body_is_written_once_and_never_again(scenes: SceneFiles, layout: Layout) -> None:
    scenes.derive(CELL, V1, NOW)
    (path,) = (layout.scene(CELL) / "versions").iterdir()
    before = (path.stat().st_ino, path.stat().st_mtime_ns)
    for version in (V2, V1):
        scenes.derive(CELL, version, NOW)
    scenes.conform(CELL, 2, expected=1)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == before


def test_a_body_that_was_left_by_a_crash_is_taken_up(scenes: SceneFiles, layout: Layout) -> None:
    scenes.derive(CELL, V1, NOW)
    (layout.scene(CELL) / "manifest.json").unlink()
    assert scenes.derive(CELL, V1, NOW).active_version.digest == V1.digest


def test_a_missing_or_altered_body_is_reported(scenes: SceneFiles, layout: Layout) -> None:
    scenes.derive(CELL, V1, NOW)
    scenes.derive(CELL, V2, NOW)
    folder = layout.scene(CELL) / "versions"
    (folder / f"{V1.digest}.json").replace(folder / f"{V2.digest}.json")
    for version in (V1, V2):
        with pytest.raises(RecoilError, match="missing or is not what its name says"):
            scenes.body(CELL, version.digest)


def test_a_damaged_manifest_is_reported_and_not_begun_anew(scenes: SceneFiles, layout: Layout) -> None:
    scenes.derive(CELL, V1, NOW)
    (layout.scene(CELL) / "manifest.json").write_bytes(b"{")
    with pytest.raises(RecoilError, match="is damaged"):
        scenes.derive(CELL, V2, NOW)


def test_a_revert_takes_the_last_conform_back(scenes: SceneFiles) -> None:
    for version in (V1, V2, V3):
        scenes.derive(CELL, version, NOW)
    scenes.conform(CELL, 3, expected=1)
    scenes.conform(CELL, 2, expected=3)
    assert scenes.revert(CELL, expected=2).active == 3
    assert scenes.revert(CELL, expected=3).active == 1
    with pytest.raises(UsageError, match="no other version"):
        scenes.revert(CELL, expected=1)


def test_the_loser_of_a_conform_and_a_revert_changes_nothing(scenes: SceneFiles) -> None:
    for version in (V1, V2):
        scenes.derive(CELL, version, NOW)
    kept = scenes.conform(CELL, 2, expected=1)
    with pytest.raises(SceneVersionConflictError, match="expected to be at v1 and is at v2"):
        scenes.revert(CELL, expected=1)
    assert scenes.manifest(CELL) == kept


def test_conforming_to_the_active_version_is_no_move_to_be_taken_back(scenes: SceneFiles) -> None:
    for version in (V1, V2):
        scenes.derive(CELL, version, NOW)
    scenes.conform(CELL, 1, expected=1)
    with pytest.raises(UsageError, match="no other version"):
        scenes.revert(CELL, expected=1)


def test_a_store_that_only_its_own_methods_wrote_has_no_fault(scenes: SceneFiles) -> None:
    assert scenes.verify() == ()
    for version in (V1, V2, V3):
        scenes.derive(CELL, version, NOW)
    scenes.conform(CELL, 3, expected=1)
    scenes.revert(CELL, expected=3)
    assert scenes.verify() == ()


def altered_body(layout: Layout) -> None:
    folder = layout.scene(CELL) / "versions"
    (folder / f"{V2.digest}.json").write_bytes((folder / f"{V1.digest}.json").read_bytes())


def altered_letter(layout: Layout) -> None:
    path = layout.scene(CELL) / "versions" / f"{V2.digest}.json"
    path.write_bytes(path.read_bytes().replace(b"SH0002", b"SH0007"))


def lost_body(layout: Layout) -> None:
    (layout.scene(CELL) / "versions" / f"{V2.digest}.json").unlink()


def torn_manifest(layout: Layout) -> None:
    (layout.scene(CELL) / "manifest.json").write_bytes(b"{")


def moved_scene(layout: Layout) -> None:
    layout.scene(CELL).rename(layout.scene(CELL).with_name("BATCH_002"))


@pytest.mark.parametrize("harm", [altered_body, altered_letter, lost_body, torn_manifest, moved_scene])
def test_whatever_was_altered_behind_its_back_is_found(
    scenes: SceneFiles, layout: Layout, harm: Callable[[Layout], None]
) -> None:
    for version in (V1, V2):
        scenes.derive(CELL, version, NOW)
    harm(layout)
    faults = scenes.verify()
    assert faults
    assert all(fault.startswith("ep_001|BATCH_00") for fault in faults)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"active": 9}, "versions that it does not have: .9."),
        ({"before": (2, 2)}, "stands twice"),
        ({"before": (1,)}, "stands twice"),
    ],
)
def test_a_manifest_that_can_not_be_is_found(
    scenes: SceneFiles, layout: Layout, change: dict[str, object], fault: str
) -> None:
    scenes.derive(CELL, V1, NOW)
    manifest = scenes.derive(CELL, V2, NOW).model_copy(update=change)
    replace_file(layout.scene(CELL) / "manifest.json", sealed_json(manifest))
    assert re.search(fault, "".join(scenes.verify()))


DERIVE = """
import sys
from pathlib import Path
from resources.project_store.layout import Layout
from resources.project_store.structure import SceneFiles
from tests.store.samples import CELL, NOW, body
scenes = SceneFiles(Layout(Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.readline()
for shots in (("SH0001", "SH0002"), ("SH0001",), ("SH0001", "SH0002", "SH0003")):
    scenes.derive(CELL, body(*shots), NOW)
"""


def test_two_processes_that_derive_the_same_get_one_version(scenes: SceneFiles, layout: Layout) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", DERIVE, str(layout.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(2)
    ]
    assert [child.stdout.readline() for child in children if child.stdout] == ["ready\n"] * 2
    for child in children:
        child.communicate("go\n", timeout=60)
    assert [child.returncode for child in children] == [0, 0]
    manifest = scenes.manifest(CELL)
    assert manifest is not None
    assert [item.number for item in manifest.versions] == [1, 2, 3]
    assert manifest.active_version.digest == V1.digest
