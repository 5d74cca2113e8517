"""A model that nobody knows is told by where it is written, and hides nothing of what is known."""

from pathlib import Path

import pytest

from tests.cli.project_copies import SMALL, Recoil
from tests.support.project import make_project, plan


def choose(root: Path, text: str) -> None:
    settings = root / "recoil.toml"
    settings.write_text(f"{settings.read_text()}\n{text}\n")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = make_project(tmp_path / "project", plan("ep_001", batches=2, shots_each=1), settings=SMALL)
    monkeypatch.setenv("RECOIL_PROJECT", str(made))
    return made


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ('model = "seedence-2.0"', "[choices] model"),
        ('board_model = "seedence-2.0"', "[choices] board_model"),
        ('finish_model = "seedence-2.0"', "[choices] finish_model"),
    ],
)
@pytest.mark.parametrize("words", [("run", "ep_001"), ("quote", "ep_001"), ("plan", "check", "ep_001")])
def test_a_chosen_model_that_nobody_knows_is_refused_by_file_and_key(
    written: str, place: str, words: tuple[str, ...], recoil: Recoil, root: Path
) -> None:
    (root / "recoil.toml").write_text(SMALL.replace("[choices]", f"[choices]\n{written}"))
    answer = recoil(*words)
    told = f"{answer.stderr}{answer.stdout}"
    assert answer.exit_code == 2
    assert "recoil.toml has 1 problem" in told
    assert f"{place}: 'seedence-2.0' is not in the price book; did you mean 'seedance-2.0'?" in told
    assert "use one of animatic, animatic-board" in told


def test_it_is_the_episodes_own_choice_where_that_goes_before_the_shows(recoil: Recoil, root: Path) -> None:
    choose(root, '[episodes.ep_001.choices]\nmodel = "sora"')
    assert "[episodes.ep_001.choices] model: 'sora' is not" in recoil("run", "ep_001").stderr


@pytest.mark.usefixtures("root")
def test_a_model_that_the_command_names_is_told_as_the_runs(recoil: Recoil) -> None:
    refused = recoil("run", "ep_001", "--model", "sora")
    assert refused.exit_code == 2
    assert "run configuration model_override: 'sora' is not in the price book" in refused.stderr
    assert "recoil.toml" not in refused.stderr
