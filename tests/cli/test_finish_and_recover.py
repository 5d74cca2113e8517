"""``recoil board finish`` and ``recoil run --recover``: what a person asks for by batch, and what is said of it."""

from pathlib import Path

import pytest

from tests.cli.project_copies import SMALL, Recoil

FINISHING = SMALL.replace("[gate]", 'finish_model = "animatic-board"\n\n[gate]')


@pytest.mark.usefixtures("drawn")
def test_a_finish_without_a_model_for_it_is_refused_before_anything_is_started(recoil: Recoil) -> None:
    answer = recoil("board", "finish", "ep_001", "BATCH_001")
    assert answer.exit_code == 2
    assert "finish_model" in answer.stderr


def test_an_approved_board_is_finished_quoted_and_sent_and_what_was_rendered_is_named(
    recoil: Recoil, drawn: Path
) -> None:
    (drawn / "recoil.toml").write_text(FINISHING)
    refused = recoil("board", "finish", "ep_001", "BATCH_001")
    assert refused.exit_code == 3
    assert "board_proposed" in refused.stdout
    recoil("board", "approve", "ep_001", "--all")

    done = recoil("board", "finish", "ep_001", "BATCH_001", "--json")
    assert done.exit_code == 0
    assert "a finish costs at most $0.00" in done.stderr
    (row,) = done.document["finishes"]
    assert Path(row["finish"]).is_file()
    assert row["stands"] == "approved"

    made = recoil("run", "ep_001", "--until", "takes", "--json")
    assert made.exit_code == 0
    assert sorted(made.document["rendered"]["ep_001"]["rendered_shot_ids"]) == [
        *("SH0001", "SH0002", "SH0003", "SH0004")
    ]
    again = recoil("run", "ep_001", "--until", "takes", "--recover", "BATCH_001", "--json")
    assert again.exit_code == 0
    assert again.document["rendered"]["ep_001"]["rendered_shot_ids"] == []


def test_a_stale_take_says_what_drifted(recoil: Recoil, made: Path) -> None:
    (made / "recoil.toml").write_text(SMALL.replace("[choices]", '[choices]\nstyle = "noir"'))
    takes = recoil("take", "list", "ep_001", "--json").document["takes"]
    assert {(row["current"], row["drifted"]) for row in takes} == {("stale", "prompt")}
    assert "stale: prompt" in recoil("take", "list", "ep_001").stdout
