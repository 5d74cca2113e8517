"""What people read: tables that fit 80 columns, nothing swallowed, commands and paths in one piece."""

from pathlib import Path

import pytest

from recoil_assets.cli.doctor import Finding, Health
from recoil_assets.cli.output import counted, people, say_line, say_table
from tests.cli.project_copies import Recoil
from tests.support.project import plan, write_plan

SCREEN = 80


@pytest.fixture(autouse=True)
def _narrow_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "width", SCREEN)


def test_no_word_of_a_table_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    prose = "many short words that have to go on to a second line and then even to a third one " * 2
    say_table("T", [{"model": "seedance-2.0-fast", "rate": "$0.2419/s", "why": prose, "also": prose}])
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= SCREEN for line in lines)
    words = {word for line in lines[3:] for word in line.split()}
    assert words == {"seedance-2.0-fast", "$0.2419/s", *prose.split()}


def test_a_table_that_does_not_fit_is_wider_rather_than_broken(capsys: pytest.CaptureFixture[str]) -> None:
    long, longer = "x" * 60, "y" * 70
    say_table("T", [{"one": long, "two": longer}])
    assert any(long in line and longer in line for line in capsys.readouterr().out.splitlines())


def test_notes_stand_once_under_the_table_with_their_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    path = "/a/very/long/" + "path/" * 30 + "board.png"
    rows = [
        {"cell": cell, "file": file} for cell, file in (("A", path), ("B", ""), ("C", "b.png"), ("D", path))
    ]
    say_table("T", rows, notes=("file",))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[3:]]
    assert lines == [["A", "1"], ["B"], ["C", "2"], ["D", "1"], ["1", path], ["2", "b.png"]]


def test_brackets_of_plans_and_settings_are_shown_not_read_as_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say_table("A [bold]title[/]", [{"source": '[prices."kling"] in recoil.toml', "x": "[/nothing]"}])
    say_line(' set it under [prices."kling"] :smile:', lead="[cure]")
    told = capsys.readouterr().out
    for text in ("A [bold]title[/]", '[prices."kling"] in recoil.toml', "[/nothing]", "[cure]", ":smile:"):
        assert text in told


def test_one_take_and_two_takes() -> None:
    assert [counted(number, "batch", "batches") for number in (0, 1, 2)] == [
        "0 batches",
        "1 batch",
        "2 batches",
    ]
    assert counted(2, "take") == "2 takes"


def test_a_quote_compares_models_in_80_columns_with_each_source_once(recoil: Recoil, project: Path) -> None:
    write_plan(project, plan("ep_001", batches=14, shots_each=1))
    lines = recoil("quote", "ep_001").stdout.splitlines()
    assert max(map(len, lines)) <= SCREEN
    told = "\n".join(lines)
    assert "$0.2419/s " in told
    assert "/second" not in told
    assert told.count("third-party copy") == 1


@pytest.mark.usefixtures("project")
def test_a_quote_as_json_names_every_beat_a_model_can_not_make(recoil: Recoil) -> None:
    models = {row["model"]: row for row in recoil("quote", "ep_001", "--json").document["models"]}
    assert models["kling-v3-pro"]["can_not_make"] == ["BATCH_001", "BATCH_002"]
    assert models["wan-2.7"]["rate_usd"] == "0.10"


def test_every_table_of_a_made_episode_fits_80_columns(recoil: Recoil, made: Path) -> None:
    recoil("board", "approve", "ep_001", "--all", "--reviewer", "A Producer With A Name")
    for words in (
        ("plan", "check", "ep_001"),
        ("scene", "list"),
        ("board", "list"),
        ("take", "list"),
        ("budget",),
    ):
        table = recoil(*words).stdout.split("\n  1  ")[0]
        assert max(map(len, table.splitlines())) <= SCREEN, words
        assert "BATCH_001" in table or words == ("budget",)
    assert str(made / "media" / "boards") in recoil("board", "list").stdout
    assert "media/takes/ep_001/ep_001.continuity_001" in recoil("take", "list").stdout


def test_an_id_in_a_column_of_prose_is_in_one_piece(capsys: pytest.CaptureFixture[str]) -> None:
    attempt = "ep_001.take.ca8c8bb3e3cb7a0b1c2d3e4f.0001"
    prose = "submitted, $0.30 held, and the provider says nothing of it any more at all"
    say_table("T", [{"what": f"attempt {attempt}", "finding": prose, "also": prose}])
    assert attempt in capsys.readouterr().out


@pytest.mark.usefixtures("drawn")
def test_a_decision_about_a_board_fits_80_columns_whoever_made_it(recoil: Recoil) -> None:
    note = ("--note", "the coat is right now", "--price-ceiling", "120")
    recoil(
        "board", "approve", "ep_001", "--all", "--reviewer", "someone.with.a.name@a.company.example", *note
    )
    table, _, notes = recoil("board", "history", "ep_001").stdout.partition("\n  1  ")
    assert max(map(len, table.splitlines())) <= SCREEN
    assert notes.startswith("someone.with.a.name@a.company.example, at most $120.00: the coat is right now")


def test_the_id_of_an_unfinished_attempt_is_copied_from_under_the_table() -> None:
    attempt = "ep_001.take.ca8c8bb3e3cb7a0b1c2d3e4f.0001"
    for cure in (f"recoil take resolve ep_001 {attempt}", "carried on by: recoil run ep_001"):
        shown = Finding(Health.WARNING, f"attempt {attempt}", "unknown, $0.30 held", cure).shown()
        assert shown["what"] == "attempt"
        assert str(shown["cure"]).count(attempt) == 1


@pytest.mark.usefixtures("project")
def test_a_price_of_some_beats_is_marked_as_such(recoil: Recoil) -> None:
    table = {line.split()[0]: line.split() for line in recoil("quote", "ep_001").stdout.splitlines() if line}
    assert table["wan-2.7"][3] == "2/2"
    assert table["kling-v3-pro"][3] == "0/2"
    models = {row["model"]: row for row in recoil("quote", "ep_001", "--json").document["models"]}
    assert (models["wan-2.7"]["is_of_all_beats"], models["kling-v3-pro"]["is_of_all_beats"]) == (True, False)
