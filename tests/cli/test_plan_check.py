"""``recoil plan check``: everything that is wrong with every plan it is given, with place and cure."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Recoil, everything_in
from tests.support.instant_provider import tiny_png
from tests.support.project import plan, shot, write_plan


def with_first_shot(**fields: object) -> dict[str, object]:
    return {**plan("ep_001"), "shots": [{**shot(1, cast=["MARA"], place="QUAY"), **fields}]}


def findings(recoil: Recoil, *, exit_code: int) -> list[dict[str, object]]:
    answer = recoil("plan", "check", "ep_001", "--json")
    assert answer.exit_code == exit_code
    return answer.document["plans"][0]["findings"]  # type: ignore[no-any-return]


def test_a_misspelt_field_is_a_warning_with_what_was_meant(recoil: Recoil, project: Path) -> None:
    write_plan(project, with_first_shot(vidoe_model="animatic"))
    before = everything_in(project)
    (found,) = findings(recoil, exit_code=0)
    assert (found["weight"], found["path"], found["line"]) == ("warning", "$.shots[0].vidoe_model", 1)

    (project / "plans/ep_001.json").write_text(json.dumps(with_first_shot(vidoe_model="x"), indent=1))
    answer = recoil("plan", "check", "ep_001")
    assert "warning: ep_001 $.shots[0].vidoe_model (line 16): did you mean 'video_model'?" in answer.stdout
    assert "cure: rename the field" in answer.stdout
    assert set(everything_in(project)) == set(before)


def test_a_model_that_nobody_knows_fails_the_check_where_a_run_would_fail(
    recoil: Recoil, project: Path
) -> None:
    write_plan(project, with_first_shot(video_model="seedence-2.0"))
    (found,) = findings(recoil, exit_code=1)
    assert (found["weight"], found["path"]) == ("fails", "$.shots[0].video_model")
    assert "did you mean 'seedance-2.0'?" in str(found["message"])
    assert "animatic" in str(found["cure"])

    settings = project / "recoil.toml"
    settings.write_text(settings.read_text().replace("[choices]", '[choices]\nmodel_override = "animatic"'))
    (found,) = findings(recoil, exit_code=0)
    assert found["weight"] == "warning"


def test_a_frame_that_is_not_there_is_awaited_until_it_is(recoil: Recoil, project: Path) -> None:
    write_plan(project, with_first_shot(start_frame="refs/dawn.png"))
    (found,) = findings(recoil, exit_code=3)
    assert (found["weight"], found["path"]) == ("blocks", "$.shots[0].start_frame")
    assert found["message"] == "refs/dawn.png does not exist"
    assert found["cure"] == "put the picture at refs/dawn.png"
    (project / "refs/dawn.png").write_bytes(tiny_png(10) + b"\0" * 100)
    assert findings(recoil, exit_code=0) == []


def test_a_frame_that_no_beat_starts_with_is_a_warning(recoil: Recoil, project: Path) -> None:
    shots = [shot(number, cast=["MARA"], place="QUAY") for number in (1, 2)]
    shots[1]["start_frame"] = "refs/dawn.png"
    write_plan(project, {**plan("ep_001"), "shots": shots})
    (found,) = findings(recoil, exit_code=0)
    assert (found["weight"], found["path"]) == ("warning", "$.shots[1].start_frame")


def test_a_broken_picture_of_somebody_is_told_of_once(recoil: Recoil, project: Path) -> None:
    (project / "refs/characters/MARA.png").write_text("no picture")
    found = findings(recoil, exit_code=3)
    assert [(item["weight"], item["path"]) for item in found] == [("blocks", "$.shots[0].characters")]


def test_every_plan_is_checked_also_after_one_that_is_missing_or_broken(
    recoil: Recoil, project: Path
) -> None:
    (project / "plans/ep_002.json").write_text('{\n "shots": [\n  {"duration": 3}]}')
    names = ("nowhere.json", "ep_404", "ep_002", "ep_001")
    answer = recoil("plan", "check", *names, "--json")
    assert answer.exit_code == 1
    refused = {item["plan"]: item for item in answer.document["refused"]}
    assert list(refused) == ["nowhere.json", "ep_404", "ep_002"]
    assert all(item["message"] and item["cure"] for item in refused.values())
    assert [(item["path"], item["line"]) for item in refused["ep_002"]["problems"]] == [
        ("$.shots[0]", 3),
        ("$.shots[0].duration_s", 3),
    ]
    assert [item["path"] for item in refused["ep_002"]["findings"]] == ["$.shots[0].duration"]
    assert [item["plan"] for item in answer.document["plans"]] == ["ep_001"]

    told = recoil("plan", "check", *names)
    assert told.exit_code == 1
    for text in ("no plan file nowhere.json", "episode 'ep_404'", "did you mean 'duration_s'", "— valid"):
        assert text in told.stdout


def test_a_file_is_checked_also_where_an_episode_beside_it_has_no_project(
    recoil: Recoil, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECOIL_PROJECT")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    answer = recoil("plan", "check", "ep_001", project / "plans/ep_001.json", "--json")
    assert answer.exit_code == 2
    assert [item["kind"] for item in answer.document["refused"]] == ["ProjectError"]
    assert [item["episode"] for item in answer.document["plans"]] == ["ep_001"]


@pytest.mark.parametrize("dialogue", [{"text": "no"}, 4, [4], [{"char_id": "MARA"}]])
def test_dialogue_of_a_wrong_type_is_told_the_forms_it_may_have(
    recoil: Recoil, project: Path, dialogue: object
) -> None:
    write_plan(project, with_first_shot(dialogue=dialogue))
    answer = recoil("plan", "check", "ep_001")
    assert answer.exit_code == 1
    assert "has to be a text, or a list of {'char_id': WHO, 'text': WORDS}, or of texts" in answer.stdout
