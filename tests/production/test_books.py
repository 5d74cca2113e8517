"""Journal and ledger side by side: what one of them lost is noticed before anything is spent."""

import asyncio
import shutil
from dataclasses import replace
from decimal import Decimal

import pytest

from recoil_assets.domain.ledger import Balance, LedgerEntry
from recoil_assets.production.ports import JobState, JobStatus
from recoil_assets.production.stages import TAKES
from tests.support.attempt_lines import INTENT, attempt_path, cut_line
from tests.support.project import plan
from tests.support.show import STAGES, Show, cell, settings

from .broken_ports import LedgerIsBusy
from .conftest import MakeShow
from .labs import AnsweringLab, NamelessLab, RefusingLab

CAP = settings(caps={"project_usd": "0.40"})


def lose_the_ledger(show: Show) -> None:
    show.close()
    (show.root / "ledger.duckdb").unlink()


def entries(show: Show) -> list[LedgerEntry]:
    with show.studio() as studio:
        return studio.ledger.entries()


def without_stamps(found: list[LedgerEntry]) -> list[LedgerEntry]:
    """What was booked, whenever that was and whatever was remarked."""
    return [entry.model_copy(update={"booked_at": "", "note": ""}) for entry in found]


def test_a_cap_binds_although_the_ledger_is_gone(show: Show) -> None:
    show.change_settings(CAP)
    show.make(cells=[cell(1)])
    lose_the_ledger(show)
    assert show.make(cells=[cell(2)]).blocked(cell(2)).reason == "cap_reached"
    assert len(show.lab.submitted) == 1
    assert show.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))


def test_a_ledger_that_is_gone_is_booked_again_entry_by_entry(make_show: MakeShow) -> None:
    """A success, a failure that was billed, one that was not, one never taken, and one nobody knows of."""
    show = make_show(plan("ep_001", batches=3, shots_each=1), text=settings(choices={"max_takes": 1}))
    show.make(cells=[cell(1)])
    lab, show.lab = (
        show.lab,
        AnsweringLab(
            JobStatus(state=JobState.FAILED, error="nsfw", cost_usd=Decimal("0.11"), cost_is_billed=True)
        ),
    )
    show.make(cells=[cell(2)]).failed(cell(2))
    show.lab = RefusingLab([TimeoutError()])
    show.make(cells=[cell(3)]).unsettled(cell(3))
    show.lab = lab
    before = [entry for entry in entries(show) if entry.provider == "lab"]
    assert len(before) == 5
    lose_the_ledger(show)
    show.make(cells=[])
    after = [entry for entry in entries(show) if entry.provider == "lab"]

    def by_attempt(found: list[LedgerEntry]) -> list[LedgerEntry]:
        kept = [entry.model_copy(update={"number": 1}) for entry in without_stamps(found)]
        return sorted(kept, key=lambda entry: (entry.attempt_id, entry.kind))

    assert by_attempt(after) == by_attempt(before)
    assert show.balance() == Balance(spent=Decimal("0.36"), reserved=Decimal("0.30"))
    assert [event["event"] for event in show.events()].count("ledger_reconciled") == len(
        {entry.attempt_id for entry in entries(show)}
    )


def test_a_ledger_restored_from_an_older_backup_is_brought_up_to_date(show: Show) -> None:
    show.make(cells=[cell(1)])
    show.close()
    backup = show.root.parent / "backup.duckdb"
    shutil.copy(show.root / "ledger.duckdb", backup)
    show.make(cells=[cell(2)])
    before = entries(show)
    show.close()
    shutil.copy(backup, show.root / "ledger.duckdb")
    show.make(cells=[])
    assert without_stamps(entries(show)) == without_stamps(before)


def test_a_job_still_at_the_provider_is_held_again_for_its_own_day_and_run(quoted: Show) -> None:
    quoted.lab = AnsweringLab(*[TimeoutError()] * 2)
    quoted.make(stages=[TAKES], run="the first").unsettled(cell(1))
    (held,) = entries(quoted)
    lose_the_ledger(quoted)
    quoted.make(cells=[], run="the second")
    (again,) = entries(quoted)
    assert without_stamps([again]) == without_stamps([held])
    assert again.run_id == "the first"
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert quoted.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))


def test_a_ledger_that_lost_nothing_is_left_alone(show: Show) -> None:
    show.make(cells=[cell(1)])
    before = entries(show)
    show.make(cells=[cell(1)])
    assert entries(show) == before
    assert "ledger_reconciled" not in [event["event"] for event in show.events()]


def test_an_attempt_nobody_can_read_and_the_ledger_does_not_know_stops_all_spending(show: Show) -> None:
    show.make(stages=STAGES[:-1])
    show.make(stages=[TAKES], cells=[cell(1)])
    (attempt,) = show.attempts(cell(1))
    file = attempt_path(show.root, attempt.attempt_id)
    whole = file.read_bytes()
    cut_line(file, INTENT, 40)
    assert show.make(stages=[TAKES], cells=[cell(2)]).finished(cell(2)), "the ledger has it: nothing is lost"

    lose_the_ledger(show)
    show.rewrite_plan(plan("ep_001", batches=3, shots_each=1))
    blocked = show.make(cells=[cell(3)]).blocked(cell(3))
    assert blocked.reason == "ledger_behind"
    assert f"{file} is damaged" in blocked.message
    assert "backup" in blocked.cure
    assert len(show.lab.submitted) == 2

    file.write_bytes(whole)
    assert show.make(cells=[cell(3)]).finished(cell(3))
    assert show.balance() == Balance(spent=Decimal("0.75"), reserved=Decimal(0))


def test_what_costs_nothing_goes_on_while_the_books_are_not_right(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=1, shots_each=1), text=settings(choices={"model": "animatic"}))
    show.refit = lambda studio: replace(studio, ledger=LedgerIsBusy(studio.ledger, "booked"))
    assert show.make().finished(cell(1))


def test_nothing_is_sent_while_the_ledger_can_not_be_compared(quoted: Show) -> None:
    quoted.refit = lambda studio: replace(studio, ledger=LedgerIsBusy(studio.ledger, "booked"))
    assert "is held by process 1234" in quoted.make(stages=[TAKES]).failed(cell(1)).message
    assert quoted.lab.submitted == []
    quoted.refit = lambda studio: studio
    assert quoted.make(stages=[TAKES]).finished(cell(1))


def test_a_beat_whose_attempts_the_journal_forgot_is_not_bought_again(show: Show) -> None:
    """The journal was restored from a backup of before: nobody knows what was made since."""
    show.make(stages=STAGES[:-1])
    state, backup = show.root / "state", show.root.parent / "backup"
    shutil.copytree(state, backup)
    show.make(stages=[TAKES], cells=[cell(1)])
    shutil.rmtree(state)
    shutil.copytree(backup, state)
    blocked = show.make(stages=[TAKES], cells=[cell(1)]).blocked(cell(1))
    assert blocked.reason == "journal_behind"
    assert "ep_001.take." in blocked.message
    assert len(show.lab.submitted) == 1
    assert show.make(stages=[TAKES], cells=[cell(2)]).finished(cell(2)), "other beats are not in doubt"
    assert show.balance() == Balance(spent=Decimal("0.50"), reserved=Decimal(0))


def test_money_of_an_unknown_take_that_the_journal_forgot_stays_held_however_often_it_is_run(
    show: Show,
) -> None:
    """A take made anew would have the very id of the forgotten one, and to abandon it would free that one's money."""
    show.make(stages=STAGES[:-1])
    state, backup = show.root / "state", show.root.parent / "backup"
    shutil.copytree(state, backup)
    show.lab = lab = NamelessLab()
    show.make(stages=[TAKES], cells=[cell(1)])
    held = Balance(spent=Decimal(0), reserved=Decimal("0.30"))
    assert (len(lab.submitted), show.balance()) == (1, held)
    shutil.rmtree(state)
    shutil.copytree(backup, state)
    for _ in range(3):
        assert show.make(stages=[TAKES], cells=[cell(1)]).blocked(cell(1)).reason == "journal_behind"
        assert (len(lab.submitted), show.balance()) == (1, held)


def test_a_show_that_is_renamed_keeps_what_it_spent(show: Show) -> None:
    show.change_settings(CAP)
    show.make(cells=[cell(1)])
    show.change_settings(CAP.replace("test show", "a better name"))
    assert show.make(cells=[cell(2)]).blocked(cell(2)).reason == "cap_reached"
    assert {entry.project for entry in entries(show)} == {"test show"}


def test_a_project_from_before_it_kept_its_name_is_booked_as_its_first_attempt_was(show: Show) -> None:
    show.change_settings(CAP)
    show.make(cells=[cell(1)])
    (show.root / "state" / "attempts" / "project.json").unlink()
    show.change_settings(CAP.replace("test show", "a better name"))
    assert show.make(cells=[cell(2)]).blocked(cell(2)).reason == "cap_reached"


def test_a_cap_that_is_lowered_binds_the_run_that_goes_on(make_show: MakeShow) -> None:
    text = settings(caps={"project_usd": "9"}, choices={"concurrency": 1})
    show = make_show(plan("ep_001", batches=3, shots_each=1), text=text)
    show.lab = lab = AnsweringLab()
    poll = lab.poll

    async def poll_and_lower(*args: object) -> JobStatus:
        for _ in range(1000):
            if show.balance().reserved == Decimal("0.60"):  # another is ready, for when the place is free
                break
            await asyncio.sleep(0.01)
        show.change_settings(text.replace('"9"', '"0.30"'))
        return await poll(*args)

    lab.poll = poll_and_lower
    ended = show.make()
    assert len(lab.submitted) == 1
    reasons = [getattr(ended.of(item)[-1], "reason", "made") for item in show.records]
    assert sorted(reasons) == ["cap_reached", "caps_changed", "made"], (
        "one waited for its turn, its money held"
    )


@pytest.mark.parametrize("text", ["", "[caps]\nproject_usd = 'much'"])
def test_settings_that_are_broken_while_it_runs_let_nothing_be_sent(quoted: Show, text: str) -> None:
    if not text:
        text = "[caps"
    quoted.refit = lambda studio: quoted.change_settings(text) or studio
    assert "recoil.toml" in quoted.make(stages=[TAKES]).failed(cell(1)).message
    assert quoted.lab.submitted == []
