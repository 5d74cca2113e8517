import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recoil_assets.domain.errors import BlockedError, RecoilError
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
