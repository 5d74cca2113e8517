"""Long work says how it goes on: a line a result, plainly where nobody looks at a terminal, and never in JSON."""

import io
import json

import pytest
from rich.console import Console

from recoil_assets.cli.progress import Progress
from tests.cli.conftest import Recoil


@pytest.mark.usefixtures("project")
def test_a_run_that_is_piped_says_each_result_on_a_plain_line(recoil: Recoil) -> None:
    answer = recoil("run", "ep_001", "--until", "boards")
    lines = answer.stderr.splitlines()
    assert "ep_001: plan" in lines
    assert "ep_001: scene_versions to boards" in lines
    told = {line.partition(" (")[0].strip() for line in lines if " (" in line}
    assert {f"ep_001|BATCH_00{n} {stage}" for n in (1, 2) for stage in ("scene_versions", "boards")} <= told
    assert [line for line in lines if line.endswith("(4 of 4)")]
    assert answer.stderr.replace("\n", "").isprintable()
    assert "BATCH_001 boards" not in answer.stdout


@pytest.mark.usefixtures("project")
def test_a_run_for_a_program_says_nothing_but_its_document(recoil: Recoil) -> None:
    answer = recoil("run", "ep_001", "--until", "scenes", "--json")
    assert json.loads(answer.stdout)["exit"] == "done"
    assert answer.stderr == ""


@pytest.mark.parametrize("terminal", [True, False])
def test_every_result_is_told_once_and_the_last_ones_too(terminal: bool) -> None:
    screen = io.StringIO()
    made: list[str] = []
    progress = Progress(Console(file=screen, force_terminal=terminal, width=80))
    with progress.following("ep_001: takes", 2, lambda: list(made)):
        made += ["ep_001|BATCH_001 takes", "ep_001|BATCH_002 takes"]
    for name in made:
        assert screen.getvalue().count(name) == 1
    assert ("\x1b" in screen.getvalue()) == terminal


def test_more_results_than_were_expected_are_counted_and_are_not_of_fewer() -> None:
    """A plan that lost a batch makes its stages void beside what was asked for."""
    screen = io.StringIO()
    made: list[str] = []
    with Progress(Console(file=screen, width=80)).following("ep_002: plan", 1, lambda: list(made)):
        made += ["ep_002 plans", "ep_002|BATCH_004 boards"]
    assert "ep_002 plans (1 of 1)" in screen.getvalue()
    assert "ep_002|BATCH_004 boards (2)" in screen.getvalue()
