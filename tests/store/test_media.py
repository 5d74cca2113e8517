import hashlib
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recoil_assets.domain.errors import BlockedError, RecoilError
from resources.project_store.durable import read_sealed, sealed_json
from resources.project_store.layout import Layout
from resources.project_store.media import MediaFiles

TAKE = "media/takes/ep_001/take.t001.mp4"


@pytest.fixture
def media(layout: Layout) -> MediaFiles:
    return MediaFiles(layout)


def written(media: MediaFiles, data: bytes) -> Path:
    partial = media.partial(TAKE)
    partial.write_bytes(data)
    return partial


def test_a_file_has_its_name_only_when_it_is_whole(media: MediaFiles) -> None:
    partial = written(media, b"frames")
    assert partial.suffix == ".mp4", "writers choose a container by the suffix"
    assert not media.present(TAKE)
    digest = media.publish(TAKE)
    assert digest == hashlib.sha256(b"frames").hexdigest() == media.digest(TAKE)
    assert [path.name for path in media.path(TAKE).parent.iterdir()] == ["take.t001.mp4"]


def test_a_published_file_is_never_overwritten(media: MediaFiles) -> None:
    written(media, b"paid for")
    media.publish(TAKE)
    partial = written(media, b"other frames")
    with pytest.raises(RecoilError, match="exists with other content; it was not overwritten"):
        media.publish(TAKE)
    assert media.path(TAKE).read_bytes() == b"paid for"
    assert partial.read_bytes() == b"other frames", "neither result is lost"


def test_publishing_the_same_bytes_again_changes_nothing(media: MediaFiles) -> None:
    written(media, b"frames")
    first = media.publish(TAKE)
    written(media, b"frames")
    assert media.publish(TAKE) == first


def test_an_empty_file_holds_nothing_and_gives_way(media: MediaFiles) -> None:
    media.partial(TAKE)
    media.path(TAKE).touch()
    assert not media.present(TAKE)
    written(media, b"frames")
    media.publish(TAKE)
    assert media.path(TAKE).read_bytes() == b"frames"
    assert media.present(TAKE)


@pytest.mark.parametrize("path", ["../outside.mp4", "/etc/passwd", "media/../../outside.mp4"])
def test_no_path_leads_out_of_the_project(media: MediaFiles, path: str) -> None:
    for call in (media.path, media.present, media.partial, media.publish, media.digest):
        with pytest.raises(RecoilError, match="outside the project"):
            call(path)


def test_a_media_folder_without_the_marker_is_not_written_to(media: MediaFiles, layout: Layout) -> None:
    media.require_root()
    layout.media_marker.unlink()
    with pytest.raises(BlockedError) as blocked:
        media.require_root()
    assert blocked.value.reason == "media_root_missing"
    assert "mount the disk" in blocked.value.cure


def test_a_name_is_given_once_and_to_its_owner_again(media: MediaFiles, layout: Layout) -> None:
    assert media.claim(TAKE, "ep_001.take.5e7.0001")
    assert not media.claim(TAKE, "ep_001.take.0dd.0001")
    assert MediaFiles(layout).claim(TAKE, "ep_001.take.5e7.0001")
    assert media.claim(TAKE.replace("t001", "t002"), "ep_001.take.0dd.0001")
    assert not media.present(TAKE), "a claim is no file"


def test_a_name_that_many_want_at_once_is_given_to_one(layout: Layout) -> None:
    start = threading.Barrier(8)

    def claim(number: int) -> bool:
        start.wait()
        return MediaFiles(layout).claim(TAKE, f"owner {number}")

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(claim, range(8))) == 1


def test_a_name_as_long_as_a_file_name_may_be_can_be_claimed(media: MediaFiles) -> None:
    assert media.claim(f"media/takes/ep_001/{'S' * 251}.mp4", "owner")


def test_room_is_refused_where_there_is_too_little(
    media: MediaFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    media.require_room()
    monkeypatch.setattr("resources.project_store.media.LEAST_FREE_BYTES", 2**60)
    with pytest.raises(BlockedError) as refused:
        media.require_room()
    assert refused.value.reason == "disk_full"


def published(media: MediaFiles, data: bytes = b"a film") -> tuple[Path, str]:
    written(media, data)
    return media.path(TAKE), media.publish(TAKE)


def test_a_file_that_was_altered_to_the_same_length_is_found_out_in_any_process(
    media: MediaFiles, layout: Layout
) -> None:
    path, digest = published(media)
    assert media.holds(TAKE, digest)
    before = path.stat()
    path.write_bytes(b"a FILM")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not media.holds(TAKE, digest)
    assert not MediaFiles(layout).holds(TAKE, digest)


def test_what_is_not_there_or_empty_holds_nothing(media: MediaFiles) -> None:
    empty = hashlib.sha256(b"").hexdigest()
    assert not media.holds(TAKE, empty)
    written(media, b"").rename(media.path(TAKE))
    assert not media.holds(TAKE, empty)


def test_a_file_is_not_read_again_by_another_process_where_nothing_touched_it(
    media: MediaFiles, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, digest = published(media)
    later = time.time_ns() + 3 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: later)
    assert MediaFiles(layout).holds(TAKE, digest)
    seen = layout.seen(TAKE)
    assert seen.exists()
    other = hashlib.sha256(b"another film").hexdigest()
    kept = read_sealed(seen)
    assert kept is not None
    seen.write_bytes(sealed_json({**kept, "sha256": other}))
    assert MediaFiles(layout).holds(TAKE, other), "it believes what was kept, for it reads nothing else"
    seen.write_bytes(b"torn")
    assert MediaFiles(layout).holds(TAKE, digest)
