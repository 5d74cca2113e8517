"""A place at the account is waited for, and not for longer than the run itself."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from recoil_assets.domain.errors import BlockedError, ProviderError
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.lanes import Lanes
from recoil_assets.production.purse import Purse
from resources.clock import SystemClock
from resources.ledger.kernel_lock import held
from resources.providers.account import SharedAccount
from resources.providers.account_rules import Limits
from resources.providers.secret import Secret
from tests.support.later_clock import LaterClock
from tests.support.show import Ended, Show, cell, settings

from .labs import Lab

KEY = Secret("key-of-the-lab-0123456789", name="LAB_KEY")


def lab_at(folder: Path) -> Lab:
    """A lab whose account has one place for all runs of the machine."""
    lab = Lab()
    lab.account = SharedAccount("lab", KEY, Limits(concurrency=1), folder=folder)
    return lab


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do, a minute at most."""
    for _ in range(1200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen within a minute")


@pytest.fixture
def place(tmp_path: Path, quoted: Show) -> Path:
    """The lock of the account's only place."""
    quoted.lab = lab_at(tmp_path / "state")
    name = f"lab-{KEY.fingerprint('account at lab')}"
    folder = tmp_path / "state" / "accounts" / name
    folder.mkdir(parents=True)
    return folder / "slot-001.lock"


def test_a_stop_ends_the_wait_for_a_place_and_nothing_is_sent_or_held(quoted: Show, place: Path) -> None:
    with held(place) as mine:
        assert mine
        ended = quoted.make(stages=["takes"], stopped=lambda: True)
    assert ended.blocked(cell(1)).reason == "stopped"
    assert quoted.lab.submitted == []
    assert quoted.balance().reserved == 0
    assert quoted.make(stages=["takes"]).finished(cell(1)), "the place was given back"


def test_a_run_goes_on_when_another_frees_its_place(quoted: Show, place: Path) -> None:
    ended: list[Ended] = []
    run = threading.Thread(target=lambda: ended.append(quoted.make(stages=["takes"])))
    with held(place):
        run.start()
        run.join(timeout=1.5)
        assert run.is_alive()
        assert quoted.lab.submitted == []
    run.join(timeout=60)
    assert ended[0].finished(cell(1))


def test_money_that_was_held_under_other_caps_is_not_spent(quoted: Show, place: Path) -> None:
    """A person lowers a cap while a take waits for its place: what was allowed before is not allowed now."""
    ended: list[Ended] = []
    run = threading.Thread(target=lambda: ended.append(quoted.make(stages=["takes"])))
    with held(place):
        run.start()
        wait_until(lambda: quoted.balance().reserved > 0)
        quoted.change_settings(settings(caps={"episode_usd": "0.01"}))
    run.join(timeout=60)
    blocked = ended[0].blocked(cell(1))
    assert blocked.reason == "caps_changed"
    assert "take 1" in blocked.message
    assert quoted.lab.submitted == []
    assert quoted.balance().reserved == 0
    assert quoted.make(stages=["takes"]).blocked(cell(1)).reason == "cap_reached"


def test_money_that_was_held_on_one_day_is_not_spent_on_another(quoted: Show) -> None:
    """Held before midnight and sent after it, it would count for neither day's cap."""
    assert quoted.make(stages=["takes"]).finished(cell(1))
    (made,) = quoted.attempts(cell(1))
    next_id = made.attempt_id.removesuffix("0001") + "0002"
    intent = made.intent.model_copy(update={"attempt_id": next_id, "number": 2})
    quoted.change_settings(settings(caps={"day_usd": "9"}))
    clock = LaterClock(SystemClock(), 0)
    with quoted.studio() as opened, Lanes() as lanes:
        purse = Purse(replace(opened, clock=clock), lanes)
        run_loop(purse.hold(intent))
        purse.look_again(intent)
        clock.shift = timedelta(hours=24)
        with pytest.raises(BlockedError, match="waited for its turn until after") as refused:
            purse.look_again(intent)
    assert refused.value.reason == "day_changed"


def test_an_account_whose_folder_can_not_be_made_holds_nothing(quoted: Show, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file is in the way")
    quoted.lab = lab_at(tmp_path / "state")
    failed = quoted.make(stages=["takes"]).failed(cell(1))
    assert "RECOIL_STATE_DIR" in failed.cure
    assert isinstance(quoted.lab.account, SharedAccount)
    with pytest.raises(ProviderError):
        quoted.lab.account.reopen()
    assert quoted.balance().reserved == 0
