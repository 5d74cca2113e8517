"""What a producer reads on a cell that fal took nothing for: what was tried, what fal said, what to do."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.studio import Studio
from resources.price_book import shipped_price_book
from resources.providers.account_rules import Asking
from tests.fal.fake.script import Script, Taking
from tests.fal.fake.server import FakeFal
from tests.fal.samples import at_fal, png
from tests.support.project import make_project, plan
from tests.support.show import Show, cell, settings


@pytest.fixture
def show(tmp_path: Path, fal: FakeFal) -> Iterator[Show]:
    """Two batches of two shots, whose takes are made at fal."""
    root = make_project(
        tmp_path / "project",
        plan("ep_001", batches=2, shots_each=2),
        settings=settings(choices={"model": "seedance-2.0", "concurrency": 1}),
    )
    (root / "refs" / "characters" / "MARA.png").write_bytes(png())

    def refit(studio: Studio) -> Studio:
        providers = {**studio.providers, "fal": at_fal(fal.hosts, tmp_path / "state")}
        return replace(studio, price_book=shipped_price_book(), providers=providers)

    show = Show(root, refit=refit)
    show.take_in()
    yield show
    show.close()


def beat_of(show: Show, number: int) -> str:
    return show.attempts(cell(number))[0].intent.beat_id


@pytest.mark.parametrize(
    ("taking", "said"),
    [
        (Taking.LOCKED, "403 User is locked. Reason: Exhausted balance."),
        (Taking.UNAUTHORIZED, "401 Cannot access application. Authentication is required."),
        (Taking.UNPAID, "402 Exhausted balance."),
    ],
)
def test_a_refused_account_stops_all_dispatch_and_every_cell_says_so(
    taking: Taking, said: str, show: Show, fal: FakeFal
) -> None:
    fal.books.usual = Script(taking=taking)
    ended = show.make()
    outcomes = [ended.of(cell(number))[-1] for number in (1, 2)]
    refused = next(item for item in outcomes if type(item).__name__ == "Failed")
    assert refused.message == (  # type: ignore[union-attr]
        f"beat {beat_of(show, outcomes.index(refused) + 1)} was not taken by fal: fal refuses the account ({said})"
    )
    assert refused.cure == (  # type: ignore[union-attr]
        "nothing was spent; see that FAL_KEY is valid and the account has credit (fal.ai/dashboard), "
        "say so with recoil provider reopen fal; then materialise the cell again"
    )
    (other,) = (item for item in outcomes if item is not refused)
    assert other.reason == "provider_closed"  # type: ignore[union-attr]
    assert other.message.startswith("nothing is sent to fal: ")  # type: ignore[union-attr]
    assert said in other.message  # type: ignore[union-attr]
    again = show.make().blocked(cell(1))
    assert "it refuses the account since 2" in again.message
    assert "recoil provider reopen fal" in again.message
    assert again.cure == "nothing was spent; once fal takes jobs again, materialise the cell again"
    assert len(fal.asked("POST", "/bytedance/")) == 1
    assert show.balance().committed == 0


def test_a_queue_that_stays_full_is_said_after_as_many_tries_as_are_made(show: Show, fal: FakeFal) -> None:
    fal.books.usual = Script(taking=Taking.TOO_MANY, retry_after_s=0)
    failed = show.make(cells=[cell(1)]).failed(cell(1))
    assert failed.message == (
        f"beat {beat_of(show, 1)} was not taken by fal: fal takes no more jobs now (429 slow down)"
    )
    assert "nothing was spent; wait some minutes, or lower concurrency" in failed.cure
    assert len(fal.asked("POST", "/bytedance/")) == 3
    assert show.balance().committed == 0


def test_an_outage_says_since_when_what_was_last_said_and_when_it_is_tried_again(
    show: Show, fal: FakeFal, tmp_path: Path
) -> None:
    async def go_out() -> None:
        account = at_fal(fal.hosts, tmp_path / "state").account
        for _ in range(3):
            await account.heard(Asking.SUBMIT, 503, said="503 the service is down")

    run_loop(go_out())
    blocked = show.make(cells=[cell(1)]).blocked(cell(1))
    assert blocked.reason == "provider_closed"
    assert "nothing is sent to fal: it is out of service since 2" in blocked.message
    assert "(3 failures, the last: 503 the service is down); it is tried again at 2" in blocked.message
    assert fal.asked("POST", "/bytedance/") == []


def test_a_request_that_fal_refuses_says_in_fals_words_what_is_wrong_with_it(
    show: Show, fal: FakeFal
) -> None:
    fal.books.usual = Script(taking=Taking.REFUSED)
    failed = show.make(cells=[cell(1)]).failed(cell(1))
    assert "was not taken by fal: fal did not take the request (422 literal_error" in failed.message
    assert failed.cure == "nothing was spent; change what it refuses; then materialise the cell again"
