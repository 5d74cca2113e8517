"""``recoil budget``, ``recoil budget reconcile`` and ``recoil take resolve``."""

from pathlib import Path

import pytest

from tests.cli.conftest import everything_in
from tests.cli.project_copies import Recoil
from tests.support.later_clock import later
from tests.support.project import plan
from tests.support.show import STAGES, Show, cell


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """The one take of the show was sent to a lab, and nobody knows whether it was taken."""
    show = Show.begin(tmp_path / "project", plan("ep_001", batches=1, shots_each=1))
    show.lab.submit_error = TimeoutError()
    show.make(stages=STAGES).unsettled(cell(1))
    show.close()
    monkeypatch.setenv("RECOIL_PROJECT", str(show.root))
    return show


@pytest.fixture
def unknown(show: Show) -> str:
    """Its attempt."""
    (attempt,) = show.attempts(cell(1))
    show.close()
    return attempt.attempt_id


def test_a_resolution_that_says_nothing_or_two_things_is_wrong_usage(recoil: Recoil, unknown: str) -> None:
    for said in ([], ["--never-taken", "--billed", "1"], ["--taken", "job", "--not-billed"]):
        answer = recoil("take", "resolve", "ep_001", unknown, "--why", "saw it", *said)
        assert (answer.exit_code, "exactly one way" in answer.stderr) == (2, True)
    for amount in ("-1", "a dollar", "NaN", "0"):
        answer = recoil("take", "resolve", "ep_001", unknown, "--why", "saw it", f"--billed={amount}")
        assert answer.exit_code == 2, amount
    assert recoil("take", "resolve", "ep_001", unknown, "--never-taken").exit_code == 2, "it has no reason"


def test_while_a_run_owns_the_beat_a_resolution_is_blocked(recoil: Recoil, show: Show, unknown: str) -> None:
    with show.studio() as studio, studio.locks.beat("ep_001", show.beat(cell(1)).shot_set):
        answer = recoil("take", "resolve", "ep_001", unknown, "--never-taken", "--why", "saw it")
    assert answer.exit_code == 3
    assert "being worked on by another run" in answer.stderr


def test_a_person_resolves_an_attempt_and_the_budget_shows_it(recoil: Recoil, unknown: str) -> None:
    held = recoil("budget", "--json").document
    assert (held["spent_usd"], held["held_usd"]) == ("0.000000", "0.300000")
    answer = recoil(
        "take", "resolve", "ep_001", unknown, "--billed", "0.11", "--by", "Ada", "--why", "the bill", "--json"
    )
    assert answer.exit_code == 0
    assert answer.document == {
        "attempt_id": unknown,
        "resolved_as": "billed",
        "state": "settled",
        "cost_usd": "0.110000",
    }
    spent = recoil("budget", "ep_001", "--json").document
    assert (spent["spent_usd"], spent["held_usd"]) == ("0.110000", "0.000000")
    line = next(item for item in spent["attempts"] if item["attempt_id"] == unknown)
    assert (line["outcome"], line["evidence"]) == ("failed_but_billed", "person")
    again = recoil("take", "resolve", "ep_001", unknown, "--not-billed", "--why", "the bill")
    assert (again.exit_code, "nothing to resolve" in again.stderr) == (3, True)


def test_a_job_that_was_taken_waits_for_its_provider(recoil: Recoil, unknown: str) -> None:
    answer = recoil("take", "resolve", "ep_001", unknown, "--taken", "job-7", "--why", "the dashboard")
    assert answer.exit_code == 0
    assert "it is submitted now" in answer.stdout
    assert "recoil run ep_001" in answer.stdout


def test_a_write_off_and_its_correction_are_shown_for_what_they_are(
    recoil: Recoil, show: Show, unknown: str
) -> None:
    show.refit = later(72.1)
    show.make(stages=[])
    show.close()
    written = recoil("budget", "--json").document
    line = next(item for item in written["attempts"] if item["attempt_id"] == unknown)
    assert (line["written_off_usd"], line["held_usd"]) == ("0.300000", "0.000000")
    assert "written off" in recoil("budget").stdout
    doctor = recoil("doctor", "--json").document["findings"]
    finding = next(item for item in doctor if item["what"] == f"attempt {unknown}")
    assert finding["finding"].startswith("unknown, $0.30 written off")
    assert finding["cure"] == f"recoil take resolve ep_001 {unknown}"

    recoil("take", "resolve", "ep_001", unknown, "--never-taken", "--why", "the dashboard")
    corrected = recoil("budget", "--json").document
    line = next(item for item in corrected["attempts"] if item["attempt_id"] == unknown)
    assert (line["charged_usd"], line["corrected_usd"]) == ("0.300000", "-0.300000")
    assert (line["outcome"], line["written_off_usd"]) == ("not_billed", "0.000000")
    assert "-$0.30" in recoil("budget").stdout


@pytest.mark.parametrize("span", [["--since", "soon"], ["--since", "2026-03-02", "--until", "2026-03-01"]])
@pytest.mark.usefixtures("unknown")
def test_days_that_are_none_are_wrong_usage(recoil: Recoil, span: list[str]) -> None:
    assert recoil("budget", "reconcile", *span).exit_code == 2


def test_providers_without_a_record_are_named_and_nothing_is_written(
    recoil: Recoil, show: Show, unknown: str
) -> None:
    before = everything_in(show.root)
    answer = recoil("budget", "reconcile", "--json")
    assert answer.exit_code == 0
    assert "animatic" in answer.document["providers_without_record"]
    assert recoil("budget", "reconcile").stdout.count("keeps no record that can be read here") >= 1
    assert everything_in(show.root) == before
    assert unknown in recoil("budget", "--json").stdout
