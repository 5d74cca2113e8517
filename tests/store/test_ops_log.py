"""The operations log stays open while a run writes, and is still the file that has its name."""

import errno
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from resources.clock import SystemClock
from resources.ops_log import OpsLogFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ops.log.jsonl"


@pytest.fixture
def log(path: Path) -> Iterator[OpsLogFile]:
    with closing(OpsLogFile(path, SystemClock(), look_again_s=0)) as log:
        yield log


def events(path: Path) -> list[str]:
    return [json.loads(line)["event"] for line in path.read_text().splitlines()]


def open_files() -> Iterator[Path]:
    for item in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            yield item.readlink()


def test_a_log_that_was_deleted_is_begun_again(path: Path, log: OpsLogFile) -> None:
    log.write("before")
    path.unlink()
    log.write("after")
    assert events(path) == ["after"]


def test_a_log_that_was_moved_away_goes_on_under_its_own_name(path: Path, log: OpsLogFile) -> None:
    log.write("before")
    moved = path.rename(path.with_name("old.jsonl"))
    log.write("after")
    assert (events(moved), events(path)) == (["before"], ["after"])


def test_a_log_in_whose_place_is_a_folder_is_refused_and_goes_on_once_it_is_away(
    path: Path, log: OpsLogFile
) -> None:
    log.write("before")
    path.unlink()
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        log.write("lost")
    path.rmdir()
    log.write("after")
    assert events(path) == ["after"]


def test_what_another_process_writes_between_is_kept(path: Path, log: OpsLogFile) -> None:
    log.write("ours")
    with closing(OpsLogFile(path, SystemClock())) as other:
        other.write("theirs")
    log.write("ours again")
    assert events(path) == ["ours", "theirs", "ours again"]


def test_a_closed_log_keeps_no_file_open_and_opens_it_again_for_the_next_event(path: Path) -> None:
    log = OpsLogFile(path, SystemClock())
    log.write("before")
    log.close()
    assert path not in open_files()
    log.write("after")
    log.close()
    assert events(path) == ["before", "after"]


def test_a_log_that_can_not_be_closed_writes_into_no_other_file(
    path: Path, log: OpsLogFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network's file system says only at closing that a disk is full, and the number is free all the same."""
    log.write("before")
    really_close = os.close

    def full(handle: int) -> None:
        really_close(handle)
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    with monkeypatch.context() as patched:
        patched.setattr(os, "close", full)
        log.close()
    with path.with_name("another").open("wb") as other:
        log.write("after")
        assert os.fstat(other.fileno()).st_size == 0
    assert events(path) == ["before", "after"]


def test_a_child_of_a_fork_waits_for_no_thread_of_its_parent(
    path: Path, log: OpsLogFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, write = os.getpid(), os.write
    writing, goes_on = threading.Event(), threading.Event()

    def slow(handle: int, data: bytes) -> int:
        if os.getpid() == parent:
            writing.set()
            assert goes_on.wait(10)
        return write(handle, data)

    monkeypatch.setattr(os, "write", slow)
    thread = threading.Thread(target=log.write, args=("parent",))
    thread.start()
    assert writing.wait(10)
    child = os.fork()
    if not child:
        try:
            log.write("child")
        finally:
            os._exit(0)
    ended = ends_within_10_s(child)
    goes_on.set()
    thread.join()
    assert ended
    assert events(path) == ["child", "parent"]


def ends_within_10_s(child: int) -> bool:
    for _ in range(1000):
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False
