"""The operations log stays open while a run writes, and is still the file that has its name."""

import json
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
