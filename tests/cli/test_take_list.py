"""``recoil take list`` shows every take that was paid for, also of beats the plan no longer has."""

from pathlib import Path

import pytest

from tests.cli.conftest import Recoil
from tests.cli.project_copies import SMALL, short_plan
from tests.support.project import make_project, write_plan


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = make_project(tmp_path / "project", short_plan(shots_each=1), settings=SMALL)
    monkeypatch.setenv("RECOIL_PROJECT", str(root))
    return root


def test_takes_of_a_beat_that_left_the_plan_are_listed_as_such(recoil: Recoil, project: Path) -> None:
    assert recoil("run", "ep_001", "--until", "takes").exit_code == 0
    shorter = short_plan(shots_each=1)
    shorter["shots"] = shorter["shots"][:1]  # type: ignore[index]
    write_plan(project, shorter)
    assert recoil("run", "ep_001", "--until", "takes").exit_code == 0

    kept, gone = recoil("take", "list", "ep_001", "--json").document["takes"]

    assert (kept["beat"], kept["current"]) == ("SH0001", "current")
    assert (gone["cell"], gone["beat"]) == ("ep_001|BATCH_002", "SH0002")
    assert (gone["current"], gone["state"], gone["primary"]) == ("not in the plan", "succeeded", "primary")
    assert (project / gone["file"]).is_file()
    shown = recoil("take", "list").stdout
    assert "not in the plan" in shown
    assert gone["file"] in shown
    assert all(len(line) <= 80 for line in shown.splitlines() if not line.lstrip()[:1].isdigit())
