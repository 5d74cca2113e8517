"""Bad input: one clear message with its cure, the right exit code, no traceback, nothing half-written."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from tests.cli.conftest import everything_in
from tests.cli.project_copies import Recoil
from tests.support.project import plan, write_plan


def test_a_missing_project_is_wrong_usage(recoil: Recoil, tmp_path: Path) -> None:
    for words in (("run", "ep_001"), ("board", "list"), ("take", "list"), ("budget",)):
        answer = recoil(*words, "--project", tmp_path / "nowhere")
        assert answer.exit_code == 2, words
        assert "there is no Recoil project" in answer.stderr
        assert "recoil init" in answer.stderr
    assert not (tmp_path / "nowhere").exists()


def test_a_broken_plan_lists_every_problem_and_writes_nothing(recoil: Recoil, project: Path) -> None:
    broken = {
        "episode": "ep_001",
        "shots": [{"shot_id": "A", "duration_s": -3}, {"shot_id": "A", "duration_s": 2}],
    }
    write_plan(project, broken)
    before = everything_in(project)

    for words in (("plan", "check", "ep_001"), ("quote", "ep_001"), ("run", "ep_001")):
        answer = recoil(*words)
        assert answer.exit_code == 1, words
        told = answer.stdout + answer.stderr
        assert "$.shots[0].duration_s" in told, words
        assert "already the shot at $.shots[0]" in told
        assert "cure" in told
        assert "Traceback" not in told
    assert everything_in(project) == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{ not json", "line 1, column 3"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[]", "a plan is a JSON object, not a list"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"shots": []}', "the plan has no shots"),
    ],
)
def test_a_file_that_is_no_plan_says_where(recoil: Recoil, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "ep_007.json"
    path.write_bytes(content)
    answer = recoil("plan", "check", path)
    assert answer.exit_code == 1
    assert says in answer.stdout


def test_an_unknown_episode_names_those_there_are(recoil: Recoil, project: Path) -> None:
    before = everything_in(project)
    for words in (
        ("run", "ep_999"),
        ("quote", "ep_999"),
        ("board", "list", "ep_999"),
        ("take", "list", "ep_999"),
    ):
        answer = recoil(*words)
        assert answer.exit_code == 2, words
        assert "ep_999" in answer.stderr
        assert "ep_001" in answer.stderr
    assert everything_in(project) == before


def test_an_unknown_batch_names_those_there_are(recoil: Recoil, project: Path) -> None:
    answer = recoil("run", "ep_001", "--batch", "BATCH_099", "--until", "scenes")
    assert answer.exit_code == 2
    assert "BATCH_001, BATCH_002" in answer.stderr
    assert not (project / "state" / "scenes").exists()
    assert recoil("board", "approve", "ep_001", "BATCH_099").exit_code == 2


@pytest.mark.usefixtures("project")
def test_an_unknown_model_names_those_in_the_price_book(recoil: Recoil) -> None:
    for words in (("quote", "ep_001", "--model", "sora"), ("run", "ep_001", "--model", "sora")):
        answer = recoil(*words)
        assert answer.exit_code == 2
        assert "seedance-2.0" in answer.stderr


def test_a_model_whose_provider_is_not_set_up_fails_before_anything_is_sent(
    recoil: Recoil, project: Path
) -> None:
    solo = {"episode": "ep_001", "shots": plan("ep_001")["shots"][:1]}  # type: ignore[index]
    write_plan(project, solo)
    answer = recoil("run", "ep_001", "--model", "seedance-2.0")
    assert answer.exit_code == 1
    assert "'fal', which is not set up here" in answer.stdout + answer.stderr
    assert not (project / "ledger.duckdb").exists()


def test_an_unreadable_reference_blocks_with_its_cure_and_costs_nothing(
    recoil: Recoil, project: Path
) -> None:
    (project / "refs/characters/MARA.png").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"
    )
    recoil("run", "ep_001", "--until", "boards")
    recoil("board", "approve", "ep_001", "--all")

    answer = recoil("run", "ep_001", "--json")

    assert answer.exit_code == 3
    told = json.dumps(answer.document["awaited"])
    assert "git-LFS pointer" in told
    assert "git lfs pull" in told
    assert answer.document["materialised"]["takes"] == 0


def test_settings_that_do_not_exist_are_refused_by_name(recoil: Recoil, project: Path) -> None:
    (project / "recoil.toml").write_text('[choices]\ngruoping = "oner"\n[caps]\nrun_usd = -1\n')
    answer = recoil("board", "list")
    assert answer.exit_code == 2
    assert "caps.run_usd" in answer.stderr
    (project / "recoil.toml").write_text('[choices]\ngruoping = "oner"\n')
    answer = recoil("board", "list")
    assert "gruoping" in answer.stderr
    (project / "recoil.toml").write_text("[choices\n")
    assert recoil("board", "list").exit_code == 2


def test_a_ledger_held_by_another_process_is_said_with_its_holder(
    recoil: Recoil, drawn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.opening.LEDGER_WAIT_S", 0.3)
    with FileLock(drawn / "ledger.duckdb.lock", is_singleton=False):
        answer = recoil("budget")
    assert answer.exit_code == 1
    assert "ledger" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_ledger_that_another_program_opened_is_said_with_that_program(
    recoil: Recoil, drawn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything_in(drawn / "state")
    monkeypatch.setattr("resources.opening.LEDGER_WAIT_S", 0.3)
    script = (
        "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(drawn / "ledger.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        for words in (("budget",), ("run", "ep_001")):
            answer = recoil(*words)
            assert answer.exit_code == 1, words
            assert f"held by process {other.pid}" in answer.stderr
            assert "wait until it ends or stop it" in answer.stderr
        assert recoil("doctor").exit_code == 1
        assert recoil("board", "list").exit_code == 0
        other.communicate()
    assert everything_in(drawn / "state") == before
    assert recoil("budget").exit_code == 0


@pytest.mark.usefixtures("project")
def test_a_port_in_use_is_said_before_anything_starts(recoil: Recoil) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = recoil("ui", "--port", taken.getsockname()[1])
    assert answer.exit_code == 1
    assert "can not be used" in answer.stderr
    assert "--port" in answer.stderr


def test_an_unwritable_project_is_one_message(recoil: Recoil, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(stat.S_IRUSR | stat.S_IXUSR)
    if os.access(closed, os.W_OK):
        pytest.skip("this user may write everywhere")
    answer = recoil("init", closed / "show")
    assert answer.exit_code == 1
    assert "Permission denied" in answer.stderr


def test_every_wrong_type_of_a_plan_is_listed_with_its_path(recoil: Recoil, tmp_path: Path) -> None:
    path = tmp_path / "ep_007.json"
    shots = [
        {"shot_id": 3, "duration_s": "long", "characters": "X", "location_id": 9, "description": {"a": 1}},
        "x",
        {"shot_id": "A", "duration_s": 1e999, "characters": [{"char": "x"}, 7]},
        None,
    ]
    path.write_text(json.dumps({"episode": 5, "title": ["x"], "shots": shots}))
    answer = recoil("plan", "check", path, "--json")
    assert answer.exit_code == 1
    (refused,) = answer.document["refused"]
    assert {problem["path"] for problem in refused["problems"]} == {
        "$.episode",
        "$.title",
        "$.shots[0].shot_id",
        "$.shots[0].duration_s",
        "$.shots[0].characters",
        "$.shots[0].location_id",
        "$.shots[0].description",
        "$.shots[1]",
        "$.shots[2].duration_s",
        "$.shots[2].characters[0].char_id",
        "$.shots[2].characters[1].char_id",
        "$.shots[3]",
    }


def test_what_can_not_be_an_episode_is_refused_without_looking_for_a_file(
    recoil: Recoil, project: Path
) -> None:
    write_plan(project, {**plan("ep_002"), "episode": "ep_002"})
    (project / "plans/ep_002.json").rename(project / "outside.json")
    before = everything_in(project)
    for name in ("../outside", "ep 1", "ep_001|BATCH_001", ""):
        for command in ("run", "quote"):
            answer = recoil(command, name)
            assert answer.exit_code == 2, name
            assert "is not an episode" in answer.stderr
    assert everything_in(project) == before


@pytest.mark.usefixtures("project")
def test_a_folder_named_like_an_episode_does_not_hide_it(
    recoil: Recoil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere" / "ep_001").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert recoil("plan", "check", "ep_001").exit_code == 0
    assert recoil("quote", "ep_001").exit_code == 0


def test_an_episode_outside_any_project_is_told_that_there_is_none(
    recoil: Recoil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (("quote", "ep_001"), ("plan", "check", "ep_001"), ("run", "ep_001")):
        answer = recoil(*words)
        assert answer.exit_code == 2
        assert f"there is no Recoil project at {tmp_path} " in answer.stderr
        assert "recoil init" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_doctor_looks_at_the_rest_where_one_file_can_not_be_read(recoil: Recoil, project: Path) -> None:
    (project / "plans/ep_002.json").mkdir()
    answer = recoil("doctor", "--json")
    assert answer.exit_code == 1
    findings = {item["what"]: item for item in answer.document["findings"]}
    assert "ep_002.json" in findings["plans"]["finding"]
    assert findings["plans"]["cure"]
    assert findings["ledger"]["health"] == "good"


@pytest.mark.usefixtures("drawn")
def test_deciding_about_no_board_in_particular_names_the_command_for_all(recoil: Recoil) -> None:
    for verb in ("approve", "reject"):
        answer = recoil("board", verb, "ep_001")
        assert answer.exit_code == 2
        assert answer.stderr.rstrip().endswith("recoil board approve ep_001 --all")
    assert recoil("board", "approve", "ep_001", "--all").exit_code == 0


def test_init_refuses_a_folder_that_holds_something_else(recoil: Recoil, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    answer = recoil("init", tmp_path)
    assert answer.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.usefixtures("drawn")
def test_approving_a_board_that_was_redrawn_since_is_refused(recoil: Recoil) -> None:
    answer = recoil("board", "approve", "ep_001", "BATCH_001", "--digest", "0123456789ab")
    assert answer.exit_code == 3
    assert "nothing was decided" in answer.stderr
    assert recoil("board", "list", "ep_001", "--json").document["boards"][0]["stands"] == "board_proposed"


@pytest.mark.usefixtures("project")
def test_a_failure_is_one_json_document_when_json_was_asked_for(recoil: Recoil) -> None:
    answer = recoil("quote", "ep_999", "--json")
    assert answer.exit_code == 2
    assert "ep_999" in answer.document["error"]["message"]
    assert answer.document["error"]["cure"]


@pytest.mark.usefixtures("project")
def test_a_variable_of_the_environment_that_is_impossible_is_named_in_plain_words(
    recoil: Recoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOIL_BOARD_GATE", "perhaps")
    answer = recoil("board", "list")
    assert answer.exit_code == 2
    assert "RECOIL_BOARD_GATE: 'perhaps' has to be true or false" in answer.stderr


def test_a_price_of_a_model_that_nobody_knows_is_laid_to_the_settings(recoil: Recoil, project: Path) -> None:
    (project / "recoil.toml").write_text("[prices.seedance]\nusd = 3\nas_of = 2026-11-22\n")
    answer = recoil("board", "list")
    assert answer.exit_code == 2
    assert "[prices] in recoil.toml: 'seedance' is not" in answer.stderr
    assert "did you mean 'seedance-2.0'?" in answer.stderr
