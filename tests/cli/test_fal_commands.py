"""What a person does about jobs at fal, by the commands themselves and over real HTTP: cancel, resolve, reconcile."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.ledger import Balance
from recoil_assets.production.stages import BOARDS, TAKES
from recoil_assets.production.studio import Studio
from resources.price_book import shipped_price_book
from tests.cli.project_copies import Recoil
from tests.fal.fake.script import Ending, Script, Taking
from tests.fal.fake.server import FakeFal, open_fake
from tests.fal.samples import at_fal, png
from tests.support.project import make_project, plan
from tests.support.show import STAGES, Show, settings

LOST_SIGHT = Script(running_s=3600, poll_faults=(404,))
"""fal can not say once how the job is: the run that sent it ends, and the job goes on."""


@pytest.fixture
def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeFal]:
    with open_fake(tmp_path) as fake:
        for name, value in {
            "FAL_KEY": fake.key,
            "FAL_BASE_URL": fake.url,
            "RECOIL_STATE_DIR": str(tmp_path / "state"),
            "RECOIL_PROJECT": str(tmp_path / "project"),
        }.items():
            monkeypatch.setenv(name, value)
        yield fake


@pytest.fixture
def show(request: pytest.FixtureRequest, tmp_path: Path, fal: FakeFal) -> Iterator[Show]:
    """A show whose takes are made at fal, boards too where the test says so; batches as many as it says."""
    batches, choices = getattr(request, "param", (1, {}))
    document = plan("ep_001", batches=batches, shots_each=2)
    root = make_project(
        tmp_path / "project", document, settings=settings(choices={"model": "seedance-2.0", **choices})
    )
    (root / "refs" / "characters" / "MARA.png").write_bytes(png())

    def refit(studio: Studio) -> Studio:
        providers = {**studio.providers, "fal": at_fal(fal.hosts, tmp_path / "state")}
        return replace(studio, price_book=shipped_price_book(), providers=providers)

    show = Show(root, refit=refit)
    show.take_in()
    yield show
    show.close()


def attempts(show: Show) -> list[Attempt]:
    """Those of all takes, in the order of the batches; the ledger is free for the command afterwards."""
    found = [attempt for item in sorted(show.records) for attempt in show.attempts(item)]
    show.close()
    return found


def sent(show: Show) -> Attempt:
    """The one attempt of a run that did not wait for its end."""
    show.make()
    (attempt,) = attempts(show)
    return attempt


@pytest.mark.parametrize("late", [False, True])
def test_a_job_that_a_person_cancels_is_asked_to_stop_and_polling_says_what_became_of_it(
    recoil: Recoil, show: Show, fal: FakeFal, late: bool
) -> None:
    fal.script(replace(LOST_SIGHT, cancel_is_late=late))
    attempt = sent(show)
    assert attempt.state is AttemptState.SUBMITTED
    asked = recoil("take", "cancel", "ep_001", attempt.attempt_id, "--by", "Ada", "--json")
    assert asked.document == {"attempt_id": attempt.attempt_id, "state": "submitted", "asked_by": "Ada"}
    assert [job.cancelled for job in fal.jobs] == [True]
    assert attempts(show) == [attempt], "nothing is said to have happened yet"
    if late:
        fal.jobs[0].taken_at -= 3600
    show.make()
    (after,) = attempts(show)
    assert after.state is (AttemptState.SETTLED if late else AttemptState.UNKNOWN)
    held = Decimal(0) if late else attempt.intent.estimate_usd
    assert show.balance() == Balance(
        spent=fal.books.bill.total().quantize(Decimal("0.000001")), reserved=held
    )
    assert len(fal.jobs) == 1


def test_a_job_that_only_its_id_is_known_of_can_be_cancelled_and_one_without_can_not(
    recoil: Recoil, show: Show, fal: FakeFal
) -> None:
    fal.script(replace(LOST_SIGHT, taking=Taking.DROP_AFTER_ACCEPT))
    attempt = sent(show)
    refused = recoil("take", "cancel", "ep_001", attempt.attempt_id)
    assert (refused.exit_code, "--taken REQUEST_ID" in refused.stderr) == (3, True)
    assert fal.asked("PUT") == []
    said = ("--taken", fal.jobs[0].request_id, "--why", "fal's list")
    recoil("take", "resolve", "ep_001", attempt.attempt_id, *said)
    assert recoil("take", "cancel", "ep_001", attempt.attempt_id).exit_code == 0
    assert [job.cancelled for job in fal.jobs] == [True]


def test_nothing_is_cancelled_under_a_run_or_when_it_is_done(
    recoil: Recoil, show: Show, fal: FakeFal
) -> None:
    fal.script(LOST_SIGHT)
    attempt = sent(show)
    assert recoil("take", "cancel", "ep_002", attempt.attempt_id).exit_code == 2
    assert recoil("take", "cancel", "ep_001", attempt.attempt_id, "--by", " ").exit_code == 2
    with show.studio() as studio, studio.locks.beat("ep_001", attempt.intent.shot_set):
        owned = recoil("take", "cancel", "ep_001", attempt.attempt_id)
    assert (owned.exit_code, "being worked on by another run" in owned.stderr) == (3, True)
    fal.jobs[0].taken_at -= 3600
    show.make()
    show.close()
    done = recoil("take", "cancel", "ep_001", attempt.attempt_id)
    assert (done.exit_code, "no job of it runs" in done.stderr) == (3, True)
    assert fal.asked("PUT") == []


def test_a_job_that_a_person_finds_is_fetched_and_paid_as_fal_billed_it(
    recoil: Recoil, show: Show, fal: FakeFal
) -> None:
    fal.script(Script(taking=Taking.DROP_AFTER_ACCEPT))
    attempt = sent(show)
    said = ("--taken", fal.jobs[0].request_id, "--why", "fal's list", "--json")
    assert recoil("take", "resolve", "ep_001", attempt.attempt_id, *said).document["state"] == "succeeded"
    assert (show.root / attempt.intent.media_path).read_bytes() == fal.media_of(fal.jobs[0])
    assert show.balance() == Balance(
        spent=fal.books.bill.total().quantize(Decimal("0.000001")), reserved=Decimal(0)
    )
    assert len(fal.jobs) == 1


@pytest.mark.parametrize("show", [(2, {"board_model": "nano-banana-2"})], indirect=True)
def test_fals_bills_settle_what_they_name_and_offer_what_they_do_not(
    recoil: Recoil, show: Show, fal: FakeFal
) -> None:
    """A board's endpoint stores no id of ours: its bill is offered. A take's names the attempt, or its job is known."""
    fal.script(Script(), Script(taking=Taking.DROP_AFTER_ACCEPT))
    show.make(stages=STAGES[: STAGES.index(BOARDS) + 1])
    board = reconciled(recoil, fal, show)
    (offered,) = board
    assert offered["what"] == "candidate"
    resolve = offered["cure"].replace("--why TEXT", "--why").split()[1:]
    assert recoil(*resolve, "fal's bill is of that minute").exit_code == 0

    fal.script(Script(taking=Taking.DROP_AFTER_ACCEPT), Script(ending=Ending.OUTPUT_BLOCKED))
    show.make()
    show.close()
    assert {row["what"] for row in reconciled(recoil, fal, show)} == {"explained"}
    assert [row["done"] for row in reconciled(recoil, fal, show, "--apply")] == ["corrected"] * 2
    show.make(stages=[TAKES])
    entries = entries_of(show)
    assert reconciled(recoil, fal, show, "--apply") == []
    assert entries_of(show) == entries, "saying it again books nothing"
    assert show.balance() == Balance(
        spent=fal.books.bill.total().quantize(Decimal("0.000001")), reserved=Decimal(0)
    )


def reconciled(recoil: Recoil, fal: FakeFal, show: Show, *how: str) -> list[dict[str, Any]]:
    """The discrepancies that the command finds; every job is done and billed by now."""
    for job in fal.jobs:
        fal.books.state(job)
    show.close()
    rows: list[dict[str, Any]] = recoil("budget", "reconcile", "--json", *how).document["discrepancies"]
    return rows


def entries_of(show: Show) -> list[object]:
    with show.studio() as studio:
        found: list[object] = list(studio.ledger.entries())
    show.close()
    return found
