"""``recoil take approve|unapprove|primary|release|reroll``, and what the graph shows then."""

from pathlib import Path

import pytest

from tests.cli.project_copies import SMALL, Recoil, short_plan
from tests.support.project import make_project

BEAT = "SH0001"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(
        tmp_path_factory.mktemp("take_review") / "project",
        short_plan(batches=1, shots_each=1),
        settings=SMALL,
    )


@pytest.fixture(autouse=True)
def _at(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOIL_PROJECT", str(project))


def takes(recoil: Recoil) -> list[dict[str, str]]:
    return recoil("take", "list", "ep_001", "--json").document["takes"]


def test_what_can_not_be_rerolled_is_blocked_by_its_code(recoil: Recoil) -> None:
    assert recoil("run", "ep_001", "--until", "boards").exit_code == 0
    answer = recoil("take", "reroll", "ep_001")
    assert (answer.exit_code, "no beat was named" in answer.stderr) == (3, True)
    answer = recoil("take", "reroll", "ep_001", BEAT)
    assert (answer.exit_code, "has no primary take" in answer.stderr) == (3, True)
    assert recoil("take", "reroll", "ep_001", BEAT, "--strategy", "wish").exit_code == 2


def test_a_take_is_made_again_looked_at_chosen_and_approved(recoil: Recoil, project: Path) -> None:
    assert recoil("run", "ep_001", "--until", "takes").exit_code == 0
    dry = recoil("take", "reroll", "ep_001", BEAT, "--dry-run", "--json")
    assert (dry.exit_code, dry.document["take"], dry.document["at_most_usd"]) == (0, 2, "0.000000")
    assert len(takes(recoil)) == 1
    made = recoil("take", "reroll", "ep_001", BEAT, "--note", "slower", "--json")
    assert made.exit_code == 0, made.stdout
    assert made.document["standing"] == "latest t002, none approved"
    assert (project / made.document["file"]).is_file()

    assert recoil("take", "approve", "ep_001", BEAT, 1, "--digest", "0" * 64).exit_code == 3
    approved = recoil("take", "approve", "ep_001", BEAT, 1, "--json").document
    assert approved["recorded"]
    assert approved["standing"] == "latest t002 not approved, latest approved t001"
    first, second = takes(recoil)
    assert (first["primary"], first["latest_approved"], first["latest"]) == ("primary", "latest approved", "")
    assert (second["approved"], second["latest"]) == ("", "latest")
    shown = recoil("take", "list", "ep_001").stdout
    assert {"primary,", "approved", "succeeded,", "latest"} <= set(shown.split())

    refused = recoil("take", "primary", "ep_001", BEAT, 2)
    assert (refused.exit_code, "stays its primary" in refused.stderr) == (3, True)
    assert recoil("take", "unapprove", "ep_001", BEAT).exit_code == 0
    assert recoil("take", "primary", "ep_001", BEAT, 2, "--json").document["recorded"]
    assert [row["primary"] for row in takes(recoil)] == ["", "primary"]
    assert recoil("take", "release", "ep_001", BEAT).exit_code == 3
    assert len(takes(recoil)) == 2
