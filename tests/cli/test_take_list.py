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


def test_a_beat_of_an_unknown_model_hides_no_take_and_is_told_in_one_line(
    recoil: Recoil, project: Path
) -> None:
    assert recoil("run", "ep_001", "--until", "takes").exit_code == 0
    settings = (project / "recoil.toml").read_text()
    (project / "recoil.toml").write_text(settings + '\n[episodes.ep_001.choices]\nmodel = "animatik"\n')
    whole = recoil("take", "list", "--json")
    assert whole.exit_code == 1
    assert [row["current"] for row in whole.document["takes"]] == ["not compared", "not compared"]
    assert [fault["cell"] for fault in whole.document["faults"]] == ["ep_001|BATCH_001", "ep_001|BATCH_002"]

    shown = recoil("take", "list")
    assert shown.exit_code == 1
    assert shown.stdout.count("not compared") == 2
    (line,) = [line for line in shown.stdout.splitlines() if line.startswith("refused:")]
    assert (
        "ep_001|BATCH_001: beat SH0001: 'animatik' is not in the price book; did you mean 'animatic'?" in line
    )
    assert "ep_001|BATCH_002: beat SH0002:" in line
    assert shown.stdout.count("use one of animatic") == 1


def test_a_shot_of_an_unknown_model_leaves_the_other_takes_compared(recoil: Recoil, project: Path) -> None:
    assert recoil("run", "ep_001", "--until", "takes").exit_code == 0
    other = short_plan(shots_each=1)
    other["shots"][0]["video_model"] = "sora"  # type: ignore[index]
    write_plan(project, other)
    recoil("run", "ep_001", "--until", "scenes")
    assert recoil("scene", "conform", "ep_001", "BATCH_001").exit_code == 0
    answer = recoil("take", "list", "--json")
    assert answer.exit_code == 1
    assert [row["current"] for row in answer.document["takes"]] == ["not compared", "current"]
