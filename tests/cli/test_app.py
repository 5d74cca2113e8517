"""What every command has in common: its version, and the project it works on."""

from importlib.metadata import version
from pathlib import Path

import pytest

from tests.cli.conftest import Recoil, everything_in
from tests.support.project import make_project, plan


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that nothing but its path leads to."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return make_project(tmp_path / "show", plan("ep_001"))


def test_the_command_says_its_version(recoil: Recoil) -> None:
    answer = recoil("--version")
    assert (answer.exit_code, answer.stdout) == (0, f"recoil {version('recoil')}\n")


def test_a_project_is_named_before_a_sub_command_as_well_as_after(recoil: Recoil, show: Path) -> None:
    for words in (
        ("--project", show, "plan", "check", "ep_001"),
        ("plan", "-p", show, "check", "ep_001"),
        ("plan", "check", "ep_001", "--project", show),
        ("-p", show.parent / "nowhere", "plan", "check", "ep_001", "-p", show),
        ("-p", show, "quote", "ep_001"),
        ("-p", show, "budget"),
    ):
        assert recoil(*words).exit_code == 0, words
    assert recoil("plan", "check", "ep_001").exit_code == 2, "a call does not remember the one before"


def test_a_cure_works_for_the_project_that_was_named_before_the_sub_command(
    recoil: Recoil, show: Path
) -> None:
    answer = recoil("-p", show, "take", "list", "ep_001")
    assert f"recoil run --project {show} ep_001 --until scenes" in answer.stderr


def test_a_command_that_makes_its_own_project_takes_no_other(recoil: Recoil, show: Path) -> None:
    before = everything_in(show.parent)
    for words in (("demo",), ("init", "new"), ("provider", "list")):
        answer = recoil("-p", show, *words)
        assert (answer.exit_code, "leave --project out" in answer.stderr) == (2, True)
    assert everything_in(show.parent) == before
