"""The ``recoil`` command on a real project, with the animatic provider and a real Dagster instance."""

import fcntl
import re
import shlex
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import av
import opentimelineio as otio
import pytest

from resources.opening import load_settings
from resources.project_store.layout import Layout
from tests.cli.conftest import everything_in
from tests.cli.project_copies import SMALL, Recoil, short_plan
from tests.support.project import make_project, plan, write_plan


def test_quote_and_plan_check_write_nothing_on_a_plan_never_materialised(
    recoil: Recoil, project: Path
) -> None:
    before = everything_in(project)
    checked = recoil("plan", "check", "ep_001", "--json")
    quoted = recoil("quote", "ep_001", "--json")
    assert (checked.exit_code, quoted.exit_code) == (0, 0)
    assert [batch["batch"] for batch in checked.document["plans"][0]["batches"]] == ["BATCH_001", "BATCH_002"]
    assert quoted.document["episodes"][0]["usd"] == "0.000000"
    assert {row["model"] for row in quoted.document["models"]} >= {"seedance-2.0", "wan-2.7"}
    assert everything_in(project) == before


def test_plan_check_needs_no_project(recoil: Recoil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_project(tmp_path / "elsewhere", plan("ep_003"))
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    answer = recoil("plan", "check", root / "plans" / "ep_003.json")
    assert answer.exit_code == 0
    assert "ep_003" in answer.stdout
    assert list(empty.iterdir()) == []


def test_an_episode_from_plan_to_dailies(recoil: Recoil, project: Path) -> None:
    blocked = recoil("run", "ep_001", "--json")
    assert blocked.exit_code == 3
    assert blocked.document["exit"] == "blocked"
    assert "board_proposed" in blocked.document["awaited"][0]["what"]

    assert (
        recoil("board", "approve", "ep_001", "--all", "--reviewer", "Ada", "--note", "lovely").exit_code == 0
    )
    listed = recoil("board", "list", "ep_001", "--json").document["boards"]
    assert [row["stands"] for row in listed] == ["approved", "approved"]
    assert "Ada" in listed[0]["decided"]

    done = recoil("run", "ep_001", "--json")
    assert done.exit_code == 0
    video = Path(done.document["dailies"]["ep_001"])
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        assert sum(1 for _ in container.decode(stream)) == 12 * 2
        assert (stream.width, stream.height) == (360, 640)
    timeline = otio.adapters.read_from_file(str(video.with_suffix(".otio")))
    assert len(list(timeline.find_clips())) == 2
    assert (project / "dailies/ep_001/ep_001.spend.csv").read_text().count("\n") == 5

    takes = recoil("take", "list", "ep_001", "--json").document["takes"]
    assert [(row["state"], row["primary"], row["current"]) for row in takes] == [
        ("succeeded", "primary", "current")
    ] * 2
    budget = recoil("budget", "--json").document
    assert (budget["spent_usd"], budget["held_usd"]) == ("0.000000", "0.000000")
    assert len(budget["attempts"]) == 4

    again = recoil("run", "ep_001", "--json")
    assert again.exit_code == 0
    assert len(recoil("take", "list", "ep_001", "--json").document["takes"]) == 2, (
        "nothing was rendered again"
    )


@pytest.mark.usefixtures("drawn")
def test_a_rejected_board_stops_its_batch_and_says_so(recoil: Recoil) -> None:
    recoil("board", "approve", "ep_001", "BATCH_001")
    assert recoil("board", "reject", "ep_001", "BATCH_002", "--note", "wrong coat").exit_code == 0

    answer = recoil("run", "ep_001", "--json")

    assert answer.exit_code == 3
    assert answer.document["materialised"]["takes"] == 1
    told = " ".join(item["what"] for item in answer.document["awaited"])
    assert "board_rejected" in told
    assert "wrong coat" in told


@pytest.mark.proof
def test_a_changed_plan_stages_a_candidate_and_spends_nothing_until_a_person_conforms(
    recoil: Recoil, made: Path
) -> None:
    path = made / "plans/ep_001.json"
    path.write_text(path.read_text().replace("action of shot 1", "quite another action"))

    takes_made = ("run", "ep_001", "--until", "takes")
    drifted = recoil(*takes_made, "--json")
    assert drifted.exit_code == 3
    assert any("staged as v2" in item["what"] for item in drifted.document["awaited"])
    versions = recoil("scene", "list", "ep_001", "--json").document["versions"]
    assert [(row["version"], row["active"], row["derivation"]) for row in versions[:2]] == [
        ("v1", "active", "derived"),
        ("v2", "", "not_derived"),
    ]

    assert recoil("scene", "conform", "ep_001", "BATCH_001").exit_code == 0
    waiting = recoil(*takes_made, "--json")
    assert waiting.exit_code == 3
    assert "board_ssot_not_approved" in waiting.document["awaited"][0]["what"]
    recoil("board", "approve", "ep_001", "--all")
    assert recoil(*takes_made).exit_code == 0
    takes = recoil("take", "list", "ep_001", "--json").document["takes"]
    assert [row["current"] for row in takes if row["cell"].endswith("BATCH_001")] == ["stale", "current"]
    assert [row["current"] for row in takes if row["cell"].endswith("BATCH_002")] == ["current"]


def test_a_conform_that_names_no_version_moves_to_what_the_plan_says_and_not_to_the_newest(
    recoil: Recoil, derived: Path
) -> None:
    def conform() -> int:
        return recoil("scene", "conform", "ep_001", "BATCH_001", "--json").document["active"]

    path = derived / "plans/ep_001.json"
    first = path.read_text()
    path.write_text(first.replace("action of shot 1", "quite another action"))
    recoil("run", "ep_001", "--until", "scenes")
    assert conform() == 2
    path.write_text(first)
    waiting = recoil("run", "ep_001", "--until", "scenes", "--json")
    assert any("staged as v1" in item["what"] for item in waiting.document["awaited"])
    assert conform() == 1
    done = recoil("run", "ep_001", "--until", "scenes", "--json")
    assert (done.exit_code, done.document["awaited"]) == (0, [])
    assert conform() == 1, "nothing waits any more, v2 least of all"


def test_init_makes_a_project_that_doctor_finds_healthy(recoil: Recoil, tmp_path: Path) -> None:
    root = tmp_path / "my show"
    assert recoil("init", root).exit_code == 0
    answer = recoil("doctor", "--project", root, "--json")
    assert answer.exit_code == 0, answer.stdout
    health = {item["what"]: item["health"] for item in answer.document["findings"]}
    assert health["project"] == health["ledger"] == health["media"] == "good"
    assert health["plans"] == "warning"


def test_every_example_in_the_settings_of_a_new_project_can_be_used(recoil: Recoil, tmp_path: Path) -> None:
    root = tmp_path / "show"
    recoil("init", root)
    path = root / "recoil.toml"
    told = path.read_text()
    examples = re.sub(r"^# (?=\[|[a-z_]+ = )", "", told, flags=re.MULTILINE)
    assert examples != told
    path.write_text(examples)
    settings = load_settings(Layout(root))
    assert settings.prices["seedance-2.0"].usd == Decimal("0.3024")
    assert settings.allow_unpriced_up_to_usd == Decimal("1.50")
    assert settings.episode_choices("ep_001").model == "animatic"
    assert recoil("doctor", "--project", root).exit_code == 0


def test_doctor_names_what_is_wrong(recoil: Recoil, project: Path) -> None:
    (project / "media/.recoil-media").unlink()
    (project / "refs/characters/MARA.png").write_text("tiny")
    answer = recoil("doctor", "--json")
    assert answer.exit_code == 1
    bad = {item["what"]: item["cure"] for item in answer.document["findings"] if item["health"] == "bad"}
    assert bad.keys() == {"media", "reference MARA"}
    assert all(bad.values())


def test_doctor_names_episodes_that_the_settings_name_and_nobody_planned(
    recoil: Recoil, project: Path
) -> None:
    settings = project / "recoil.toml"
    settings.write_text(settings.read_text().replace('"all"', '["ep_01"]'))
    answer = recoil("doctor", "--json")
    found = {item["what"]: item for item in answer.document["findings"]}
    assert found["recoil.toml"]["health"] == "warning"
    assert "ep_01" in found["recoil.toml"]["finding"]
    assert "plans/ep_01.json" in found["recoil.toml"]["cure"]


def test_the_board_gate_can_be_switched_off_for_one_call(
    recoil: Recoil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_project(tmp_path / "project", short_plan(batches=1), settings=SMALL)
    monkeypatch.setenv("RECOIL_PROJECT", str(root))
    monkeypatch.setenv("RECOIL_BOARD_GATE", "0")
    assert recoil("run", "ep_001", "--until", "takes").exit_code == 0
    monkeypatch.setenv("RECOIL_BOARD_GATE", "perhaps")
    answer = recoil("board", "list")
    assert answer.exit_code == 2
    assert "RECOIL_BOARD_GATE" in answer.stderr


@pytest.mark.usefixtures("project")
def test_a_run_says_what_it_rendered_and_a_second_one_that_it_was_nothing(recoil: Recoil) -> None:
    drawn = recoil("run", "ep_001", "--until", "boards")
    assert "ep_001: drew 2 boards; spent" in drawn.stdout
    recoil("board", "approve", "ep_001", "--all")
    takes = ("run", "ep_001", "--until", "takes")
    assert "ep_001: rendered 2 takes; 2 batches with takes" in recoil(*takes).stdout
    assert "ep_001: nothing was drawn or rendered; 2 batches with takes" in recoil(*takes).stdout
    again = recoil(*takes, "--json").document
    assert again["rendered"] == {"ep_001": {"boards": 0, "takes": 0, "rendered_shot_ids": []}}


@pytest.mark.usefixtures("drawn")
def test_what_is_awaited_is_told_in_story_order_with_a_cure_to_copy(recoil: Recoil) -> None:
    lines = recoil("run", "ep_001").stdout.splitlines()
    cures = [line.rpartition(": ")[2] for line in lines if line.startswith("  cure: ")]
    assert cures == [f"recoil board approve ep_001 BATCH_00{number}" for number in (1, 2)]


def test_a_command_that_is_told_works_where_it_is_told(
    recoil: Recoil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    root = make_project(tmp_path / "a show", short_plan(batches=1), settings=SMALL)
    named = ("--project", root.relative_to(tmp_path))
    waiting = recoil("run", "ep_001", *named).stdout
    told = next(line.rpartition(": ")[2] for line in waiting.splitlines() if line.startswith("  cure: "))
    assert told == "recoil board approve --project 'a show' ep_001 BATCH_001"

    approved = recoil(*shlex.split(told)[1:])
    assert approved.exit_code == 0
    told = approved.stdout.rpartition("to generate: ")[2].partition("  ")[0]
    assert told == "recoil run --project 'a show' ep_001"
    assert recoil(*shlex.split(told)[1:]).exit_code == 0
    monkeypatch.chdir(root)
    assert "recoil run ep_001" in recoil("board", "approve", "ep_001", "BATCH_001").stdout


def test_a_plan_that_was_restored_is_conformed_to_by_the_very_command_that_is_told(
    recoil: Recoil, drawn: Path
) -> None:
    path = drawn / "plans/ep_001.json"
    first = path.read_text()
    path.write_text(first.replace("action of shot 1", "quite another action"))
    recoil("run", "ep_001", "--until", "boards")
    assert "v2 is active (was v1)" in recoil("scene", "conform", "ep_001", "BATCH_001").stdout
    path.write_text(first)

    told = recoil("run", "ep_001", "--until", "scenes")
    assert told.exit_code == 3
    command = next(line for line in told.stdout.splitlines() if "scene conform" in line).split("recoil ")[1]
    assert command == "scene conform ep_001 BATCH_001 --version 1"
    assert "v1 is active (was v2)" in recoil(*command.split()).stdout
    assert recoil("run", "ep_001", "--until", "scenes").exit_code == 0


def test_conforming_goes_to_what_the_plan_says_and_a_second_time_changes_nothing(
    recoil: Recoil, derived: Path
) -> None:
    path = derived / "plans/ep_001.json"
    first = path.read_text()
    path.write_text(first.replace("action of shot 1", "quite another action"))
    recoil("run", "ep_001", "--until", "scenes")
    recoil("scene", "conform", "ep_001", "BATCH_001")
    path.write_text(first)
    recoil("run", "ep_001", "--until", "scenes")

    assert "v1 is active (was v2)" in recoil("scene", "conform", "ep_001", "BATCH_001").stdout
    assert "active already; nothing was changed" in recoil("scene", "conform", "ep_001", "BATCH_001").stdout


def test_a_batch_that_left_the_plan_is_void_not_counted_and_can_not_be_conformed(
    recoil: Recoil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_project(tmp_path / "project", short_plan(batches=3, shots_each=1), settings=SMALL)
    monkeypatch.setenv("RECOIL_PROJECT", str(root))
    takes = ("run", "ep_001", "--until", "takes")
    assert "3 batches with takes" in recoil(*takes).stdout
    shorter = short_plan(batches=3, shots_each=1)
    del shorter["shots"][1]  # type: ignore[attr-defined]
    write_plan(root, shorter)

    assert "nothing was drawn or rendered; 2 batches with takes" in recoil(*takes).stdout
    for words in (("scene", "conform"), ("board", "approve")):
        answer = recoil(*words, "ep_001", "BATCH_002")
        assert answer.exit_code == 2
        assert "no batch BATCH_002 (batches: BATCH_001, BATCH_003)" in answer.stderr


@pytest.mark.usefixtures("drawn")
def test_what_is_awaited_has_its_own_cure_for_programs_too(recoil: Recoil) -> None:
    awaited = recoil("run", "ep_001", "--json").document["awaited"]
    assert sorted(item["cure"].rpartition(": ")[2] for item in awaited) == [
        f"recoil board approve ep_001 BATCH_00{number}" for number in (1, 2)
    ]
    assert all("recoil board" not in item["what"] for item in awaited)


@pytest.mark.usefixtures("derived")
def test_cures_name_the_command_and_not_the_button(recoil: Recoil) -> None:
    refused = recoil("board", "approve", "ep_001", "BATCH_001")
    assert refused.exit_code != 0
    assert "cure: recoil run ep_001 --batch BATCH_001 --until boards\n" in refused.stderr


@pytest.mark.usefixtures("drawn")
def test_drawn_boards_are_said_to_await_a_decision_and_how_it_is_made(recoil: Recoil) -> None:
    drawn = recoil("run", "ep_001", "--until", "boards")
    assert drawn.exit_code == 0
    assert "2 boards await your decision: BATCH_001, BATCH_002" in drawn.stdout
    commands = [line.partition("recoil ")[2] for line in drawn.stdout.splitlines() if "recoil board" in line]
    assert commands[0] == "board list ep_001"
    assert recoil(*shlex.split(commands[0])).exit_code == 0
    assert recoil(*shlex.split(commands[1])).exit_code == 0

    again = recoil("run", "ep_001", "--until", "boards")
    assert "await" not in again.stdout
    assert recoil("run", "ep_001", "--until", "boards", "--json").document["undecided_boards"] == []


def test_a_run_beside_another_one_waits_for_it_and_says_so(recoil: Recoil, drawn: Path) -> None:
    recoil("board", "approve", "ep_001", "--all")
    locks = list((drawn / "state/locks").glob("beat.ep_001.*.lock"))
    with ExitStack() as other_run:
        for lock in locks:
            file = other_run.enter_context(lock.open("w"))
            fcntl.flock(file, fcntl.LOCK_EX)
        answer = recoil("run", "ep_001", "--json")
    assert answer.exit_code == 3
    first = min(answer.document["awaited"], key=lambda item: item["partition"])
    assert "being worked on by another run (in_progress_elsewhere)" in first["what"]
    assert first["cure"] == "wait for that run to end, then recoil run ep_001 --batch BATCH_001"
    assert answer.document["rendered"]["ep_001"]["takes"] == 0
    assert recoil("run", "ep_001").exit_code == 0
