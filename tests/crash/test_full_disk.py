"""The disk is full from one durable step on. Nothing is lost, and with room again the next run ends it."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.crash.conftest import MakeScene
from tests.crash.points import TAKE_POINTS, KillPoint
from tests.crash.scene import Scene
from tests.crash.small_disk import NoDiskError, SmallDisk, mounted
from tests.crash.table import Note
from tests.crash.works import WORKS, Work

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
    outcome_of_a_full_disk(scene, disk, point, "disk full from then", note)


@pytest.mark.parametrize("name", ["reserve committed", "submitted written", "charge committed"])
@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.what)
def test_no_finish_retry_or_reroll_is_lost_or_paid_twice_when_the_disk_is_full_from(
    make_scene: MakeScene, disk: SmallDisk, work: Work, name: str, note: Note
) -> None:
    point = work.point(name)
    scene = work.begin(make_scene, point, "before", root=disk.folder / "project")
    outcome_of_a_full_disk(scene, disk, point, f"{work.what}, disk full from then", note)


def outcome_of_a_full_disk(scene: Scene, disk: SmallDisk, point: KillPoint, what: str, note: Note) -> None:
    run = scene.start(replace(point.before, signal=signal.SIGSTOP))
    run.wait_until_it_sleeps()
    disk.fill()
    run.wake()
    assert run.wait() == 0, run.answer()
    scene.run()
    disk.free()
    note(point.name, what, scene.conclude, moment="before")
