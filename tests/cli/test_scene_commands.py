"""``recoil scene``: what a person sees of versions, and what they do with them."""

from pathlib import Path

import dagster as dg
import pytest

from recoil_assets.assets.provenance import recorded_versions
from recoil_assets.cli.instance import dagster_home
from recoil_assets.cli.sqlite_storage import open_instance
from recoil_assets.domain.cell import Cell
from resources.project_store.layout import Layout
from resources.project_store.structure import SceneFiles
from tests.cli.conftest import DERIVE, ProjectMadeBy, everything_in
from tests.cli.project_copies import Recoil, short_plan
from tests.support.project import write_plan

CELL = "ep_001|BATCH_001"


def edited() -> dict[str, object]:
    document = short_plan()
    document["shots"][0]["description"] = "She turns."  # type: ignore[index]
    document["shots"][1]["duration_s"] = 4.5  # type: ignore[index]
    return document


@pytest.fixture
def staged(project_made_by: ProjectMadeBy) -> Path:
    """A derived episode whose plan was edited and derived again: v2 of its first batch waits."""
    return project_made_by(DERIVE, edit_and_derive_again)


def edit_and_derive_again(recoil: Recoil, project: Path) -> None:
    write_plan(project, edited())
    assert recoil("scene", "rederive", "ep_001").exit_code == 3


def all_but_locks(project: Path) -> dict[str, object]:
    """Everything in the project but lock files, which are made by the first who wants one, and stay."""
    return {name: item for name, item in everything_in(project).items() if not name.startswith("state/locks")}


def recorded(project: Path) -> str:
    with open_instance(dagster_home(Layout(project))) as instance:
        return recorded_versions(instance, "scene_versions", [CELL])[CELL]


def test_what_is_not_there_is_refused_with_what_is(recoil: Recoil, project: Path) -> None:
    for words in (("diff", "ep_001"), ("conform", "ep_001", "BATCH_001"), ("revert", "ep_001", "BATCH_001")):
        answer = recoil("scene", *words)
        assert answer.exit_code == 2
        assert "was not taken in yet" in answer.stderr
    recoil("scene", "rederive", "ep_001")
    before = all_but_locks(project)
    for words, told in (
        (("conform", "ep_001", "BATCH_009"), "has no batch BATCH_009 (batches: BATCH_001, BATCH_002)"),
        (("revert", "ep_001", "BATCH_001"), "no other version of ep_001|BATCH_001 was active before v1"),
        (("conform", "ep_001", "BATCH_001", "--version", "7"), "has no version v7"),
        (("diff", "ep_001", "--from", "7"), "has no version v7"),
        (("list", "ep_404"), "there is no plan for episode 'ep_404'"),
    ):
        answer = recoil("scene", *words)
        assert (answer.exit_code, told in answer.stderr) == (2, True), answer.stderr
        assert "cure:" in answer.stderr
    assert all_but_locks(project) == before


def test_rederiving_tells_what_is_new_and_stages_it(recoil: Recoil, project: Path) -> None:
    first = recoil("scene", "rederive", "ep_001", "--json")
    assert first.exit_code == 0
    assert [row["new"] for row in first.document["derived"]] == ["v1", "v1"]
    assert [row["outcome"] for row in first.document["derived"]] == ["derived as v1", "derived as v1"]
    assert first.document["pending"] == []

    write_plan(project, edited())
    second = recoil("scene", "rederive", "ep_001", "BATCH_001", "--json")
    assert second.exit_code == 3, "somebody has to choose"
    staged = "staged as v2 beside the active v1"
    assert second.document["derived"] == [{"cell": CELL, "active": "v1", "new": "v2", "outcome": staged}]
    assert second.document["pending"] == ["BATCH_001 is at v1, v2 waits"]
    assert not list((project / "media").rglob("*.mp4")), "it derives, and does nothing more"

    third = recoil("run", "ep_001", "--derive-only", "--json")
    assert third.exit_code == 3
    assert [(row["new"], row["outcome"]) for row in third.document["derived"]] == [
        ("none", "known already as v2, which waits beside the active v1"),
        ("none", "unchanged: it is the active v1"),
    ]
    assert third.document["materialised"] == {"scene_versions": 2, "boards": 0, "takes": 0, "dailies": 0}


def test_a_tier_of_no_grouping_is_refused(recoil: Recoil, project: Path) -> None:
    for text, told in (("oner", "names no grouping and its tier"), ("onner=high", "onner")):
        refused = recoil("run", "ep_001", "--tier-map", text, "--derive-only")
        assert (refused.exit_code != 0, told in refused.stderr) == (True, True), refused.stderr
    assert not (project / "state").exists()


def test_a_forced_single_batch_needs_a_pass_id_and_is_made_alone(recoil: Recoil, project: Path) -> None:
    refused = recoil("run", "ep_001", "--single-batch", "--derive-only")
    assert (refused.exit_code, "needs a pass id" in refused.stderr) == (2, True)
    assert not (project / "state").exists(), "nothing was started"

    forced = ("--single-batch", "--pass-id", "PASS_9", "--shot", "SH0002", "--shot", "SH0003")
    (made,) = recoil("run", "ep_001", *forced, "--derive-only", "--json").document["derived"]
    assert (made["cell"], made["outcome"]) == ("ep_001|COV_01", "derived as v1")


def test_a_difference_is_told_in_words_and_looking_changes_nothing(recoil: Recoil, staged: Path) -> None:
    before = everything_in(staged)
    told = recoil("scene", "diff", "ep_001").stdout
    assert "ep_001|BATCH_001: v1 → v2" in told
    assert "SH0001: action “action of shot 1” becomes “She turns.”" in told
    assert "SH0002: 0.5 s becomes 4.5 s" in told
    assert "BATCH_002" not in told
    assert recoil("scene", "diff", "ep_001", "BATCH_002").stdout == "nothing differs\n"
    (compared,) = recoil("scene", "diff", "ep_001", "BATCH_001", "--json").document["scenes"]
    assert (compared["from"], compared["to"]) == (1, 2)
    assert set(compared["changed"]) == {"SH0001", "SH0002"}
    assert everything_in(staged) == before


def test_a_conform_is_on_record_at_once_and_a_revert_too(recoil: Recoil, staged: Path) -> None:
    first = recorded(staged)
    conformed = recoil("scene", "conform", "ep_001", "BATCH_001", "--expected", "1", "--json")
    assert conformed.document == {"cell": CELL, "active": 2, "was": 1, "recorded": True}
    second = recorded(staged)
    assert second != first
    assert recoil("scene", "conform", "ep_001", "BATCH_001", "--expected", "1").exit_code == 1, "too late"

    reverted = recoil("scene", "revert", "ep_001", "BATCH_001")
    assert "v1 is active (was v2)" in reverted.stdout
    assert recorded(staged) == first


def test_a_conform_that_was_killed_before_it_was_on_record_is_recorded_when_it_is_repeated(
    recoil: Recoil, staged: Path
) -> None:
    first = recorded(staged)
    SceneFiles(Layout(staged)).conform(Cell.parse(CELL), 2, expected=1)
    assert recorded(staged) == first
    assert (
        "v2 is active already; it is on record now"
        in recoil("scene", "conform", "ep_001", "BATCH_001").stdout
    )
    assert recorded(staged) != first
    assert "already; nothing was changed" in recoil("scene", "conform", "ep_001", "BATCH_001").stdout


def test_the_list_tells_every_version_and_what_is_pending(recoil: Recoil, staged: Path) -> None:  # noqa: ARG001
    answer = recoil("scene", "list", "--json").document
    mine = [(row["version"], row["active"]) for row in answer["versions"] if row["cell"] == CELL]
    assert mine == [("v1", "active"), ("v2", "")]
    assert answer["pending"] == {"ep_001": ["BATCH_001 is at v1, v2 waits"]}
    assert "BATCH_001 is at v1, v2 waits" in recoil("scene", "list").stdout


def test_a_plan_file_that_was_not_taken_in_is_never_called_derived(recoil: Recoil, project: Path) -> None:
    recoil("scene", "rederive", "ep_001")
    assert recoil("scene", "list", "--json").document["pending"] == {"ep_001": []}
    write_plan(project, edited())
    said = "its plan file was changed and not taken in since"
    assert recoil("scene", "list", "--json").document["pending"] == {"ep_001": [said]}
    assert (
        f"ep_001: {said}; it is told of after: recoil scene rederive ep_001"
        in recoil("scene", "diff", "ep_001").stdout
    )
    (project / "plans" / "ep_001.json").write_text("{")
    (unread,) = recoil("scene", "list", "--json").document["pending"]["ep_001"]
    assert "can not be read: plan plans/ep_001.json has 1 problem" in unread


def test_doctor_takes_every_digest_again(recoil: Recoil, staged: Path) -> None:
    body = next((staged / "state/scenes/ep_001/BATCH_001/versions").iterdir())
    body.write_bytes(body.read_bytes().replace(b"SH0001", b"SH0009"))
    answer = recoil("doctor", "--json")
    assert answer.exit_code == 1
    bad = [row["finding"] for row in answer.document["findings"] if row["what"] == "scene versions"]
    assert "does not match its own digest" in "".join(bad)


def test_the_instance_that_is_read_here_is_dagsters_own(staged: Path) -> None:
    with dg.DagsterInstance.from_config(str(dagster_home(Layout(staged)))) as instance:
        assert CELL in recorded_versions(instance, "scene_versions", [CELL])


@pytest.mark.usefixtures("staged")
def test_an_episode_is_not_said_to_be_cleanly_derived_beside_a_version_that_is_not(recoil: Recoil) -> None:
    assert recoil("scene", "conform", "ep_001", "BATCH_001").exit_code == 0
    listed = recoil("scene", "list", "ep_001").stdout
    assert "not_derived" in listed
    assert "cleanly derived" not in listed
    assert "BATCH_001 is at v2, whose board is not drawn yet" in listed
    recoil("run", "ep_001", "--until", "boards")
    listed = recoil("scene", "list", "ep_001").stdout
    assert "not_derived" not in listed
    assert "ep_001: cleanly derived from its plan" in listed
