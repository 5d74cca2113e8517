"""``recoil provider`` and what ``recoil doctor`` says of providers."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recoil_assets.cli.app import app
from recoil_assets.production.event_loop import run_loop
from resources.providers.account_rules import Asking
from resources.providers.flora.provider import open_flora
from tests.support.project import make_project, plan


@pytest.fixture
def flora_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("FLORA_API_KEY", "sk_test_5f4e3d2c1b"),
        ("FLORA_WORKSPACE_ID", "ws_1"),
        ("FLORA_PROJECT_ID", "prj_1"),
    ):
        monkeypatch.setenv(name, value)


def refuse() -> None:
    provider = open_flora()
    assert provider is not None
    run_loop(provider.account.heard(Asking.SUBMIT, 401, said="sk_test_5f4e3d2c1b is revoked"))


def states() -> dict[str, tuple[str, str]]:
    answer = CliRunner().invoke(app, ["provider", "list", "--json"])
    assert answer.exit_code == 0, answer.output
    rows = json.loads(answer.output)["providers"]
    return {row["provider"]: (row["state"], row["what to do"]) for row in rows}


def test_a_provider_without_a_key_says_how_it_is_set_up() -> None:
    assert states()["animatic"] == ("ready", "")
    state, cure = states()["flora"]
    assert state == "not set up"
    assert "FLORA_API_KEY" in cure


@pytest.mark.usefixtures("flora_set_up")
def test_a_closed_account_is_shown_by_doctor_and_opened_again_by_a_person(tmp_path: Path) -> None:
    refuse()
    state, cure = states()["flora"]
    assert state == "closed"
    assert "recoil provider reopen flora" in cure
    root = make_project(tmp_path / "project", plan("ep_001"))
    doctor = CliRunner().invoke(app, ["doctor", "--project", str(root), "--json"])
    (finding,) = [item for item in json.loads(doctor.output)["findings"] if item["what"] == "provider flora"]
    assert finding["health"] == "bad"
    assert doctor.exit_code == 1
    assert "sk_test_5f4e3d2c1b" not in doctor.output + str(states())
    reopened = CliRunner().invoke(app, ["provider", "reopen", "flora"])
    assert "it was closed: it refuses the account since" in reopened.output
    assert states()["flora"] == ("ready", "")


def test_a_provider_that_is_not_there_can_not_be_opened_again() -> None:
    answer = CliRunner().invoke(app, ["provider", "reopen", "nobody"])
    assert answer.exit_code == 2
    assert "animatic" in answer.output
