import os
import time
from pathlib import Path

import pytest

from recoil_assets.domain.digest import digest_of_bytes
from recoil_assets.domain.errors import BlockedError
from recoil_assets.domain.settings import ProjectSettings
from resources.project_store.layout import Layout
from resources.project_store.reference_files import LARGEST_BYTES, ReferenceFiles
from resources.project_store.seen_files import YOUNG_NS
from tests.support.instant_provider import tiny_png

PICTURE = tiny_png(10) + b"\0" * 100
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
MARA = "refs/characters/MARA.png"


@pytest.fixture
def references(layout: Layout) -> ReferenceFiles:
    return ReferenceFiles(layout, ProjectSettings())


@pytest.mark.parametrize(
    ("content", "fault", "cure"),
    [
        (LFS, "git-LFS pointer", "git lfs pull"),
        (PICTURE[:60], "only 60 bytes", "export the picture again"),
        (b"", "only 0 bytes", "export the picture again"),
        (b"<html>" + b" " * 200, "not a PNG, JPEG", "export it as PNG or JPEG"),
    ],
)
def test_bytes_that_are_no_picture_are_named_with_their_cure(
    references: ReferenceFiles, layout: Layout, content: bytes, fault: str, cure: str
) -> None:
    (layout.root / MARA).write_bytes(content)
    (found,) = references.find("character", "MARA")
    assert fault in found.fault
    assert cure in found.cure
    assert found.sha256 == ""
    with pytest.raises(BlockedError) as blocked:
        references.read(found)
    assert blocked.value.reason == "ref_integrity_blocked"


def test_a_huge_file_is_a_fault_and_is_not_read(references: ReferenceFiles, layout: Layout) -> None:
    with (layout.root / MARA).open("wb") as file:
        file.write(PICTURE)
        file.truncate(LARGEST_BYTES + 1)
    (found,) = references.find("character", "MARA")
    assert found.fault == f"has {LARGEST_BYTES + 1} bytes"
    assert "below 50 MB" in found.cure


@pytest.mark.parametrize("how", ["in place", "another file"])
def test_a_picture_that_was_remembered_is_read_again_once_it_is_another_of_the_same_size_and_time(
    references: ReferenceFiles, layout: Layout, how: str
) -> None:
    path, other = layout.root / MARA, PICTURE[:-1] + b"\1"
    path.write_bytes(PICTURE)
    time.sleep(YOUNG_NS / 10**9 + 0.1)
    (before,) = references.find("character", "MARA")
    (remembered,) = references.find("character", "MARA")
    assert remembered == before
    times = path.stat()
    if how == "another file":
        path.unlink()
    path.write_bytes(other)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (times.st_size, times.st_mtime_ns)
    (after,) = references.find("character", "MARA")
    assert after.sha256 == digest_of_bytes(other) != before.sha256


def test_a_link_out_of_the_project_is_not_followed(
    references: ReferenceFiles, layout: Layout, tmp_path: Path
) -> None:
    (tmp_path / "secret.png").write_bytes(PICTURE)
    (layout.root / MARA).unlink()
    (layout.root / MARA).symlink_to(tmp_path / "secret.png")
    (found,) = references.find("character", "MARA")
    assert (found.fault, found.sha256) == ("leads outside the project", "")


def test_a_link_inside_the_project_is_a_picture_like_any_other(
    references: ReferenceFiles, layout: Layout
) -> None:
    (layout.references / "characters" / "TWIN.png").symlink_to(layout.root / MARA)
    (twin,) = references.find("character", "TWIN")
    assert twin.fault == ""


def test_a_dangling_link_is_a_fault_and_not_a_missing_reference(
    references: ReferenceFiles, layout: Layout
) -> None:
    (layout.root / MARA).unlink()
    (layout.root / MARA).symlink_to("GONE.png")
    (found,) = references.find("character", "MARA")
    assert found.fault == "does not exist"


def test_a_link_to_itself_is_a_fault_like_any_other(references: ReferenceFiles, layout: Layout) -> None:
    (layout.root / MARA).unlink()
    (layout.root / MARA).symlink_to("MARA.png")
    (found,) = references.find("character", "MARA")
    assert "can not be read" in found.fault


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("refs/missing.png", "does not exist"),
        ("refs/characters", "is not a regular file"),
        ("/etc/passwd", "leads outside the project"),
        ("../other/refs/a.png", "leads outside the project"),
        ("refs/a\0b.png", "can not be read"),
        ("refs/" + "long" * 200 + ".png", "can not be read"),
        ("refs/pipe.png", "is not a regular file"),
        ("refs/characters/MARA.png/x.png", "does not exist"),
    ],
)
def test_a_named_path_that_is_no_file_of_the_project_is_a_fault(
    references: ReferenceFiles, layout: Layout, path: str, fault: str
) -> None:
    os.mkfifo(layout.root / "refs/pipe.png")
    found = references.resolve("start_frame", "SH0001", path)
    assert fault in found.fault
    assert found.cure
    with pytest.raises(BlockedError):
        references.read(found)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_fault(references: ReferenceFiles, layout: Layout) -> None:
    (layout.root / MARA).chmod(0)
    (found,) = references.find("character", "MARA")
    assert "can not be read" in found.fault


def test_a_name_too_long_for_any_file_has_no_reference(references: ReferenceFiles) -> None:
    assert references.find("character", "M" * 300) == ()


def test_what_is_hashed_is_what_is_sent(references: ReferenceFiles, layout: Layout) -> None:
    (quoted,) = references.find("character", "MARA")
    (layout.root / MARA).write_bytes(tiny_png(99) + b"\0" * 100)
    with pytest.raises(BlockedError, match="changed while the take was prepared") as blocked:
        references.read(quoted)
    assert blocked.value.reason == "ref_integrity_blocked"
    (again,) = references.find("character", "MARA")
    assert references.read(again).sha256 == again.sha256 != quoted.sha256


def test_a_url_is_passed_on_unchecked(references: ReferenceFiles) -> None:
    found = references.resolve("start_frame", "SH0001", "https://example.org/a.png")
    assert (found.is_url, found.fault, found.sha256) == (True, "", "")


def test_settings_name_references_before_files_do(layout: Layout) -> None:
    (layout.references / "mara_2.png").write_bytes(PICTURE)
    named = ProjectSettings(references={"MARA": ("refs/mara_2.png", "refs/gone.png")})
    found = ReferenceFiles(layout, named).find("character", "MARA")
    assert [(item.path, item.fault) for item in found] == [
        *(("refs/mara_2.png", ""), ("refs/gone.png", "does not exist")),
    ]
    assert ReferenceFiles(layout, named).find("character", "NOBODY") == ()


def test_what_would_be_repainted_is_another_picture_and_all_else_is_as_it_is(
    references: ReferenceFiles, layout: Layout
) -> None:
    (layout.root / MARA).write_bytes(PICTURE)
    (layout.references / "characters" / "IVO.png").write_bytes(b"broken")
    supposed = references.as_if_repainted([layout.root / MARA])
    (now,), (then,) = references.find("character", "MARA"), supposed.find("character", "MARA")
    assert (then.path, then.fault) == (now.path, "")
    assert then.sha256 not in ("", now.sha256)
    assert supposed.find("character", "IVO") == references.find("character", "IVO")
    assert supposed.resolve("end_frame", "S", MARA).sha256 == then.sha256
    with pytest.raises(BlockedError):
        supposed.read(then)


@pytest.mark.parametrize(("painted", "found"), [("png", "png"), ("webp", "jpg")])
def test_a_picture_that_would_be_painted_first_counts_where_it_goes_before_what_is_there(
    references: ReferenceFiles, layout: Layout, painted: str, found: str
) -> None:
    (layout.references / "locations").mkdir(exist_ok=True)
    (layout.references / "locations" / "QUAY.jpg").write_bytes(PICTURE)
    path = layout.references / "locations" / f"QUAY.{painted}"
    (then,) = references.as_if_repainted([path]).find("location", "QUAY")
    assert then.path == f"refs/locations/QUAY.{found}"


def test_every_file_is_looked_at_once_by_whoever_supposes(references: ReferenceFiles, layout: Layout) -> None:
    (layout.root / MARA).write_bytes(PICTURE)
    present = references.as_if_repainted(())
    (first,) = present.find("character", "MARA")
    (layout.root / MARA).write_bytes(tiny_png(99) + b"\0" * 100)
    assert present.find("character", "MARA") == (first,)
    assert present.as_if_repainted([layout.root / "refs" / "x.png"]).find("character", "MARA") == (first,)


def test_what_leads_outside_the_project_stays_a_fault_whatever_is_painted(
    references: ReferenceFiles, layout: Layout
) -> None:
    outside = layout.root.parent / "elsewhere.png"
    outside.write_bytes(PICTURE)
    supposed = references.as_if_repainted([outside.resolve()])
    assert "outside the project" in supposed.resolve("end_frame", "S", "../elsewhere.png").fault
    assert supposed.find("location", "a\0b") == ()
