"""The disk is full from one durable step on. Nothing is lost, and with room again the next run ends it."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.crash.conftest import MakeScene
from tests.crash.points import TAKE_POINTS, KillPoint
from tests.crash.small_disk import NoDiskError, SmallDisk, mounted
from tests.crash.table import Note

pytestmark = pytest.mark.crash


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    try:
        with mounted(tmp_path / "disk") as small:
            yield small
    except NoDiskError as error:
        pytest.skip(f"a full disk needs one to be mounted, which only root may: {error}")


@pytest.mark.parametrize("point", TAKE_POINTS, ids=lambda point: point.name.replace(" ", "-"))
def test_nothing_is_lost_or_paid_twice_when_the_disk_is_full_from(
    make_scene: MakeScene, disk: SmallDisk, point: KillPoint, note: Note
) -> None:
    scene = make_scene(root=disk.folder / "project", script=point.script)
    run = scene.start(replace(point.before, signal=signal.SIGSTOP))
    run.wait_until_it_sleeps()
    disk.fill()
    run.wake()
    assert run.wait() == 0, run.answer()
    scene.run()
    disk.free()
    note(point.name, "disk full from then", scene.conclude, moment="before")
