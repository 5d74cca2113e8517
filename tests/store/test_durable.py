import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoil_assets.domain.errors import RecoilError
from resources.project_store import durable
from resources.project_store.durable import (
    create_announced_file,
    create_file,
    make_folder,
    read_sealed,
    replace_file,
    sealed_json,
    unseal_json,
)
from resources.project_store.series import append_to_series, last_of_series, read_series

from .samples import NOW, intent

TORN = sealed_json({"take": 1})


class DiskFullError(OSError):
    pass


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fsync fails, as it does when the last blocks can not be written."""

    def fail(handle: int) -> None:
        raise DiskFullError(handle)

    monkeypatch.setattr(os, "fsync", fail)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is made durable and named, in order."""
    seen: list[str] = []
    fsync, link, replace = os.fsync, os.link, Path.replace

    def synced(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        seen.append("sync folder" if path.is_dir() else f"sync {path.suffix}")
        fsync(handle)

    def linked(source: Path, target: Path) -> None:
        link(source, target)
        seen.append(f"name {Path(target).name}")

    def replaced(source: Path, target: Path) -> Path:
        seen.append(f"name {Path(target).name}")
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "link", linked)
    monkeypatch.setattr(Path, "replace", replaced)
    return seen


@pytest.mark.parametrize("write", [create_file, replace_file])
def test_a_file_is_durable_before_it_has_its_name_and_so_is_the_name(
    tmp_path: Path, calls: list[str], write: object
) -> None:
    write(tmp_path / "a.json", b"content")
    assert calls == ["sync .part", "name a.json", "sync folder"]
    assert (tmp_path / "a.json").read_bytes() == b"content"


def test_an_announced_file_is_durable_under_its_first_name_before_it_has_its_own(
    tmp_path: Path, calls: list[str]
) -> None:
    (tmp_path / "open").mkdir()
    create_announced_file(f"{tmp_path}/new/1.jsonl", b"content", f"{tmp_path}/open/1.jsonl")
    assert calls == ["sync .jsonl", "sync folder", "name 1.jsonl", "sync folder", "sync folder"]
    assert (tmp_path / "new" / "1.jsonl").samefile(tmp_path / "open" / "1.jsonl")


def test_what_a_crash_left_of_an_announcement_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "1.open").write_bytes(b"cont")
    create_announced_file(f"{tmp_path}/1.jsonl", b"content", f"{tmp_path}/1.open")
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"content"}


def test_an_announced_file_is_refused_where_its_name_is_taken_and_nothing_is_announced(
    tmp_path: Path,
) -> None:
    (tmp_path / "1.jsonl").write_bytes(b"first")
    with pytest.raises(FileExistsError):
        create_announced_file(f"{tmp_path}/1.jsonl", b"second", f"{tmp_path}/1.open")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"first"]


def test_an_announced_file_that_somebody_replaced_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that do not know of each other: whoever is told that it is written finds its own bytes there."""
    link = os.link

    def replaced_before(source: str, target: str) -> None:
        Path(source).unlink()
        Path(source).write_bytes(b"somebody else's")
        link(source, target)

    monkeypatch.setattr(os, "link", replaced_before)
    with pytest.raises(FileExistsError):
        create_announced_file(f"{tmp_path}/1.jsonl", b"mine", f"{tmp_path}/1.open")


def test_an_announced_file_that_can_not_be_written_whole_is_not_announced(
    tmp_path: Path,
    full_disk: None,  # noqa: ARG001
) -> None:
    with pytest.raises(DiskFullError):
        create_announced_file(f"{tmp_path}/1.jsonl", b"content", f"{tmp_path}/1.open")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_made_for_a_file_is_durable_with_it(tmp_path: Path, calls: list[str]) -> None:
    create_file(tmp_path / "a" / "b" / "c.json", b"content")
    assert calls == ["sync .part", "name c.json", *["sync folder"] * 3]


def test_a_folder_that_is_made_for_a_file_is_durable_without_it_too(
    tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise DiskFullError

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(DiskFullError):
        create_file(tmp_path / "a" / "b" / "c.json", b"content")
    assert calls == ["sync folder"] * 2
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_new_folder_is_durable_in_every_parent_it_made(tmp_path: Path, calls: list[str]) -> None:
    make_folder(tmp_path / "a" / "b" / "c")
    assert calls == ["sync folder"] * 3
    make_folder(tmp_path / "a" / "b" / "c")
    assert calls == ["sync folder"] * 3


def test_a_name_that_is_taken_is_refused_and_keeps_its_content(tmp_path: Path) -> None:
    create_file(tmp_path / "a.json", b"first")
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "a.json", b"second")
    assert (tmp_path / "a.json").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_file_that_can_not_be_replaced_whole_stays_as_it_was(tmp_path: Path, full_disk: None) -> None:  # noqa: ARG001
    (tmp_path / "a.json").write_bytes(b"before")
    with pytest.raises(DiskFullError):
        replace_file(tmp_path / "a.json", b"after")
    assert (tmp_path / "a.json").read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_file_that_can_not_be_written_whole_is_not_there(tmp_path: Path, full_disk: None) -> None:  # noqa: ARG001
    with pytest.raises(DiskFullError):
        create_file(tmp_path / "a.json", b"content")
    assert list(tmp_path.iterdir()) == []


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_what_is_sealed_is_read_back(content: object) -> None:
    sealed = sealed_json(content)
    assert unseal_json(sealed) == content
    assert unseal_json(sealed + b"\0" * 100) == content, "space that was set aside follows"


@pytest.mark.parametrize("length", range(len(TORN) - 1))
def test_no_torn_beginning_of_a_sealed_file_is_believed(length: int) -> None:
    assert unseal_json(TORN[:length]) is None
    assert unseal_json(TORN[:length] + b"\0" * 64) is None


def test_an_altered_content_is_not_believed() -> None:
    assert unseal_json(TORN.replace(b"1", b"2", 1)) is None


@pytest.mark.parametrize(
    "data", [b"null", b"[]", b"7", b'{"content": 1}', b"\xff\xfe", b'{"content":NaN,"sha256":""}']
)
def test_what_was_never_sealed_is_not_believed(data: bytes) -> None:
    assert unseal_json(data) is None


def test_a_damaged_file_is_reported_and_a_missing_one_is_none(tmp_path: Path) -> None:
    assert read_sealed(tmp_path / "a.json") is None
    (tmp_path / "a.json").write_bytes(TORN[:-9])
    with pytest.raises(RecoilError, match="is damaged"):
        read_sealed(tmp_path / "a.json")


def test_a_number_of_a_series_is_given_once(tmp_path: Path) -> None:
    append_to_series(tmp_path / "series", 1, intent(1))
    with pytest.raises(RecoilError, match="wrote entry 1 of series in the meantime; nothing was written"):
        append_to_series(tmp_path / "series", 1, intent(2))
    assert [content["number"] for content in read_series(tmp_path / "series")] == [1]


def test_the_last_of_a_series_is_the_one_with_the_highest_number(tmp_path: Path) -> None:
    assert last_of_series(tmp_path / "series") is None
    assert read_series(tmp_path / "series") == []
    for number in (1, 2, 10, 9):
        append_to_series(tmp_path / "series", number, intent(number))
    last = last_of_series(tmp_path / "series")
    assert last is not None
    assert last["number"] == 10
    assert last["created_at"] == NOW
    assert [content["number"] for content in read_series(tmp_path / "series")] == [1, 2, 9, 10]


def test_a_damaged_entry_of_a_series_is_reported_and_not_left_out(tmp_path: Path) -> None:
    append_to_series(tmp_path / "series", 1, intent(1))
    (tmp_path / "series" / "000001.json").write_bytes(b"{}")
    for read in (read_series, last_of_series):
        with pytest.raises(RecoilError, match="is damaged"):
            read(tmp_path / "series")


def test_files_that_are_being_written_are_not_part_of_a_series(tmp_path: Path) -> None:
    append_to_series(tmp_path / "series", 1, intent(1))
    durable._partial_file(tmp_path / "series" / "000002.json", b"{")
    assert len(read_series(tmp_path / "series")) == 1
