"""An account is one for all runs of the machine: real processes, real locks, real files."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from recoil_assets.domain.errors import ProviderError, UsageError
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import Account, NotSentError
from resources.environment import state_folder
from resources.providers.account import SharedAccount, limits_of
from resources.providers.account_files import AccountFiles
from resources.providers.account_rules import PROBE_AFTER_S, Asking, Limits
from resources.providers.secret import Secret
from tests.providers.account_child import LIMITS

KEY = "key-of-the-lab-0123456789"
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a run at the account; those that are left are ended."""
    runs: list[subprocess.Popen[str]] = []

    def begin(*deed: str, key: str = KEY) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.providers.account_child", str(tmp_path), key, *deed]
        runs.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return runs[-1]

    yield begin
    for run in runs:
        run.kill()
        run.communicate()


class At:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def account_at(folder: Path, now: At | None = None, key: str = KEY) -> SharedAccount:
    secret = Secret(key, name="LAB_KEY")
    if now is None:
        return SharedAccount("lab", secret, LIMITS, folder=folder)
    return SharedAccount("lab", secret, LIMITS, folder=folder, now=now, sleep=now.sleep)


def line_of(run: "subprocess.Popen[str]") -> str:
    assert run.stdout is not None
    return run.stdout.readline().strip()


def submit(account: SharedAccount) -> None:
    async def once() -> None:
        async with account.submission():
            await account.heard(Asking.SUBMIT, 200)

    run_loop(once())


def fail_submits(account: SharedAccount, times: int = 3) -> None:
    for _ in range(times):
        run_loop(account.heard(Asking.SUBMIT, 503))


async def gets_a_slot(account: SharedAccount, within_s: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s), account.slot():
            return True
    return False


def test_it_is_an_account(tmp_path: Path) -> None:
    account: Account = account_at(tmp_path)
    assert account.closed() == ""


def test_slots_are_shared_by_processes_and_freed_by_death(start: Start, tmp_path: Path) -> None:
    first, second = start("slot"), start("slot")
    assert [line_of(first), line_of(second)] == ["holding", "holding"]
    account = account_at(tmp_path)
    assert not run_loop(gets_a_slot(account, 0.5)), "both slots are held by other processes"
    os.kill(first.pid, signal.SIGSTOP)
    assert not run_loop(gets_a_slot(account, 0.5)), "a holder that stands still is a holder"
    first.kill()
    assert run_loop(gets_a_slot(account, 30))


def test_another_key_has_slots_of_its_own(start: Start, tmp_path: Path) -> None:
    runs = [start("slot"), start("slot")]
    assert [line_of(run) for run in runs] == ["holding"] * 2
    assert run_loop(gets_a_slot(account_at(tmp_path, key="another-key"), 30))


def test_never_more_jobs_than_slots_however_many_runs_and_each_run_gets_its_turns(start: Start) -> None:
    runs = [start("busy", "15") for _ in range(3)]
    counts = [[int(line) for line in run.communicate(timeout=120)[0].split()] for run in runs]
    assert [len(count) for count in counts] == [15] * 3
    assert max(max(count) for count in counts) <= LIMITS.concurrency


def test_a_wait_that_is_called_off_keeps_no_slot(tmp_path: Path) -> None:
    async def hammer() -> None:
        account = account_at(tmp_path)
        for number in range(30):
            waiting = asyncio.create_task(gets_a_slot(account, 5))
            await asyncio.sleep(number / 10_000)
            waiting.cancel()
        async with asyncio.timeout(10), account.slot(), account.slot():
            pass

    run_loop(hammer())


def test_waiting_for_a_slot_leaves_the_event_loop_free(start: Start, tmp_path: Path) -> None:
    runs = [start("slot"), start("slot")]
    assert [line_of(run) for run in runs] == ["holding"] * 2

    async def others_go_on() -> int:
        waiting = asyncio.create_task(gets_a_slot(account_at(tmp_path), 60))
        turns = 0
        while not waiting.done():
            turns += 1
            await asyncio.sleep(0)
            if turns == 1000:
                runs[0].kill()
        assert waiting.result()
        return turns

    assert run_loop(others_go_on()) >= 1000


def test_the_rate_is_of_all_runs_together(tmp_path: Path) -> None:
    """Four at once, then ten a second, whichever of two runs sends; by a clock that goes on while they wait."""
    clock = At()
    runs = [account_at(tmp_path, clock) for _ in range(2)]
    moments: list[float] = []

    async def send(number: int) -> None:
        async with runs[number % 2].submission():
            moments.append(clock.now)

    async def one_after_another() -> None:
        for number in range(24):
            await send(number)

    run_loop(one_after_another())
    assert len(set(moments[:4])) == 1
    for first, last in zip(moments, moments[10:], strict=False):
        assert last - first >= (11 - LIMITS.burst) / (LIMITS.per_minute / 60) - 1e-3


def test_a_pause_that_one_run_was_asked_for_is_kept_by_all(tmp_path: Path) -> None:
    now = At()
    run_loop(account_at(tmp_path, now).heard(Asking.POLL, 429, retry_after_s=90))
    with pytest.raises(NotSentError) as caught:
        submit(account_at(tmp_path, now))
    assert caught.value.retry_after_s == 90
    now.now += 90
    submit(account_at(tmp_path, now))
    run_loop(account_at(tmp_path, now).heard(Asking.POLL, 503, retry_after_s=60))
    with pytest.raises(NotSentError, match="no request may be made"):
        submit(account_at(tmp_path, now))


def test_an_outage_closes_the_account_for_all_runs_and_polls_go_on(tmp_path: Path) -> None:
    now = At()
    mine, other = account_at(tmp_path, now), account_at(tmp_path, now)
    fail_submits(mine, 2)
    submit(other)
    fail_submits(mine, 3)
    assert "out of service since" in other.closed()
    with pytest.raises(NotSentError, match="out of service") as caught:
        submit(other)
    assert caught.value.retry_after_s == 0, "the dispatcher looks again at once, and blocks the cell"

    async def ask() -> None:
        async with other.request():
            pass

    run_loop(ask())


def test_one_submission_at_a_time_finds_out_whether_an_outage_is_over(tmp_path: Path) -> None:
    now = At()
    accounts = [account_at(tmp_path, now) for _ in range(4)]
    fail_submits(accounts[0])
    now.now += PROBE_AFTER_S
    sent: list[int] = []

    async def send(number: int, status: int) -> None:
        async with accounts[number].submission():
            sent.append(number)
            await asyncio.sleep(0.3)
            assert len(sent) == 1 or status == 200, "nobody else was let through meanwhile"
            await accounts[number].heard(Asking.SUBMIT, status)

    async def all_at_once(status: int) -> list[BaseException | None]:
        return await asyncio.gather(*(send(number, status) for number in range(4)), return_exceptions=True)

    ended = run_loop(all_at_once(503))
    assert len(sent) == 1
    assert [type(error) for error in ended if error] == [NotSentError] * 3
    now.now += PROBE_AFTER_S
    sent.clear()
    assert run_loop(all_at_once(200)) == [None] * 4
    assert accounts[0].closed() == ""


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refused_key_stops_all_runs_until_the_key_is_another_or_a_person_says_so(
    status: int, start: Start, tmp_path: Path
) -> None:
    run_loop(account_at(tmp_path).heard(Asking.POLL, status, said=f"{KEY} was revoked"))
    run = start("submit", "1")
    assert run.communicate(timeout=60)[0] == ""
    assert run.returncode != 0
    why = account_at(tmp_path).closed()
    assert f"{status} <secret> was revoked" in why
    assert ("credit is used up" in why) is (status == 402)
    submit(account_at(tmp_path, key="another-key"))
    account_at(tmp_path).reopen()
    submit(account_at(tmp_path))


def test_nothing_on_disk_is_the_key(tmp_path: Path) -> None:
    account = account_at(tmp_path)
    submit(account)
    run_loop(account.lost(Asking.SUBMIT, f"no connection with {KEY}"))
    run_loop(account.heard(Asking.SUBMIT, 500, said=f"what is {KEY}"))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert all(KEY not in str(path) + path.read_text() for path in files)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"tokens": 1}', '{"submit": 3, "poll": 4}'])
def test_a_damaged_state_reads_as_an_account_nothing_is_known_of(content: str, tmp_path: Path) -> None:
    account = account_at(tmp_path)
    fail_submits(account)
    (state,) = tmp_path.rglob("state.json")
    assert json.loads(state.read_text())["submit"]["count"] == 3
    state.write_text(content)
    assert account.closed() == ""
    submit(account)


def test_where_nothing_can_be_kept_an_answer_in_hand_is_not_lost_and_nothing_new_is_sent(
    tmp_path: Path,
) -> None:
    (tmp_path / "accounts").write_text("a file is in the way")
    account = account_at(tmp_path)
    run_loop(account.heard(Asking.SUBMIT, 503))
    with pytest.raises(NotSentError, match="can not be made") as caught:
        submit(account)
    assert "RECOIL_STATE_DIR" in caught.value.cure
    with pytest.raises(ProviderError, match="can not be made"):
        run_loop(gets_a_slot(account, 5))


def test_a_disk_without_room_for_what_was_learned_loses_no_answer_in_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    account = account_at(tmp_path)
    fail_submits(account)
    monkeypatch.setattr(AccountFiles, "change", refused)
    run_loop(account.heard(Asking.SUBMIT, 200))
    run_loop(account.lost(Asking.SUBMIT, "the connection broke"))


def test_limits_are_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Limits(concurrency=4, per_minute=120, burst=10)
    assert limits_of("lab", usual) == usual
    monkeypatch.setenv("RECOIL_LAB_CONCURRENCY", "9")
    monkeypatch.setenv("RECOIL_LAB_PER_MINUTE", "5")
    assert limits_of("lab", usual) == Limits(concurrency=9, per_minute=5, burst=5)
    monkeypatch.setenv("RECOIL_LAB_CONCURRENCY", "many")
    with pytest.raises(UsageError, match="RECOIL_LAB_CONCURRENCY"):
        limits_of("lab", usual)


def test_what_runs_share_lies_in_the_users_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECOIL_STATE_DIR", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "recoil"
    monkeypatch.setenv("RECOIL_STATE_DIR", str(tmp_path / "named"))
    assert state_folder() == tmp_path / "named"
