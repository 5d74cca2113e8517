"""Addresses of uploads are kept for every run, for a time, and nothing depends on it."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from recoil_assets.production.event_loop import run_loop
from resources.ledger.kernel_lock import held
from resources.providers.account import SharedAccount
from resources.providers.account_rules import Limits
from resources.providers.kept_uploads import KeptUploads
from resources.providers.secret import Secret

PICTURE, OTHER = "a" * 64, "b" * 64


class Cdn:
    """Gives every upload an address of its own."""

    def __init__(self) -> None:
        self.uploads = 0

    async def __call__(self) -> str:
        self.uploads += 1
        await asyncio.sleep(0)
        return f"https://cdn.example.com/{self.uploads}"


class At:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def opened(
    folder: Path, clock: At | None = None, place: str = "here", key: str = "key-of-the-lab"
) -> KeptUploads:
    account = SharedAccount("lab", Secret(key, name="LAB_KEY"), Limits(1), folder=folder, now=clock or At())
    return KeptUploads(account, place, 3600.0)


def address(kept: KeptUploads, upload: Callable[[], Awaitable[str]], sha256: str = PICTURE) -> str:
    return run_loop(kept.address_of(sha256, upload))


def test_another_run_uses_what_one_uploaded_and_another_place_or_key_does_not(tmp_path: Path) -> None:
    cdn = Cdn()
    first = address(opened(tmp_path), cdn)
    assert address(opened(tmp_path), cdn) == first
    others = [
        address(opened(tmp_path, place="elsewhere"), cdn),
        address(opened(tmp_path, key="another-key"), cdn),
        address(opened(tmp_path), cdn, OTHER),
    ]
    assert len({first, *others}) == cdn.uploads == 4


@pytest.mark.parametrize("step_s", [3600.0, -1.0], ids=["it is over", "the clock was set back"])
def test_an_address_is_used_for_its_time_and_no_longer(step_s: float, tmp_path: Path) -> None:
    clock, cdn = At(), Cdn()
    address(opened(tmp_path, clock), cdn)
    clock.now += step_s
    address(opened(tmp_path, clock), cdn)
    assert cdn.uploads == 2


def test_what_the_provider_could_not_read_is_forgotten_by_every_run_that_begins_then(tmp_path: Path) -> None:
    cdn, mine = Cdn(), opened(tmp_path)
    address(mine, cdn)
    address(mine, cdn, OTHER)
    mine.forget([PICTURE])
    assert address(opened(tmp_path), cdn) == "https://cdn.example.com/3"
    assert address(opened(tmp_path), cdn, OTHER) == "https://cdn.example.com/2"


def test_a_refused_address_is_used_no_more_while_the_file_is_held_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cdn, mine = Cdn(), opened(tmp_path)
    address(mine, cdn)
    (kept,) = tmp_path.rglob("uploads.json")
    with held(kept.with_suffix(".lock")) as locked:
        assert locked
        mine.forget([PICTURE])
    assert "cdn.example.com/1" in kept.read_text(), "nobody but its holder may write it"
    assert f"held by process {os.getpid()}" in caplog.text
    assert "cdn.example.com" not in caplog.text, "an address may open what it names"
    assert not mine.are_good([PICTURE])
    assert not opened(tmp_path).are_good([PICTURE]), "the next run of this process"
    address(mine, cdn, OTHER)
    assert "cdn.example.com/1" not in kept.read_text(), "put right with the next upload"
    assert address(opened(tmp_path), cdn) == "https://cdn.example.com/3"


def test_a_refused_address_is_used_no_more_where_nothing_can_be_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cdn, mine = Cdn(), opened(tmp_path)
    address(mine, cdn)
    (kept,) = tmp_path.rglob("uploads.json")
    kept.with_suffix(".part").mkdir()
    mine.forget([PICTURE])
    assert "uploads.part" in caplog.text
    assert address(mine, cdn) == "https://cdn.example.com/2"


def test_an_address_that_is_given_again_after_it_was_refused_is_used_again(tmp_path: Path) -> None:
    class Same(Cdn):
        async def __call__(self) -> str:
            await super().__call__()
            return "https://cdn.example.com/by-its-digest"

    cdn, mine = Same(), opened(tmp_path)
    address(mine, cdn)
    mine.forget([PICTURE])
    address(mine, cdn)
    address(mine, cdn)
    assert cdn.uploads == 2


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"a": 1}', b'{"a": ["x"]}', b"\xff\xfe"])
def test_what_is_damaged_is_uploaded_again(damage: bytes, tmp_path: Path) -> None:
    cdn = Cdn()
    address(opened(tmp_path), cdn)
    (kept,) = tmp_path.rglob("uploads.json")
    kept.write_bytes(damage)
    assert address(opened(tmp_path), cdn) == "https://cdn.example.com/2"
    assert address(opened(tmp_path), cdn) == "https://cdn.example.com/2"


def test_where_nothing_can_be_written_a_run_keeps_its_own(tmp_path: Path) -> None:
    (tmp_path / "accounts").write_text("no folder")
    cdn, mine = Cdn(), opened(tmp_path)
    assert address(mine, cdn) == address(mine, cdn) == "https://cdn.example.com/1"


def test_runs_that_write_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    cdn = Cdn()
    runs = [
        threading.Thread(target=address, args=(opened(tmp_path), cdn, f"{number:064d}"))
        for number in range(12)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    again = opened(tmp_path)
    for number in range(12):
        address(again, cdn, f"{number:064d}")
    assert cdn.uploads == 12


def test_what_is_kept_is_for_this_user_alone(tmp_path: Path) -> None:
    address(opened(tmp_path), Cdn())
    (kept,) = tmp_path.rglob("uploads.json")
    assert kept.stat().st_mode & 0o077 == 0
