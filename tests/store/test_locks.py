import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from recoil_assets.domain.cell import Cell
from recoil_assets.domain.errors import BlockedError, RecoilError
from recoil_assets.production.studio import InProgressElsewhereError
from resources.project_store.layout import Layout
from resources.project_store.locks import FileLocks, moving_version
from resources.project_store.structure import SceneFiles

from .samples import CELL, NOW, body

BEAT = ("ep_001", "5e7" * 20)
HOLD = """
import sys
from pathlib import Path
from recoil_assets.domain.cell import Cell
from resources.project_store.layout import Layout
from resources.project_store.locks import FileLocks
from resources.project_store.structure import SceneFiles
layout = Layout(Path(sys.argv[1]))
locks, cell = FileLocks(layout), Cell("ep_001", "BATCH_001")
with locks.beat("ep_001", "5e7" * 20), locks.version(cell):
    print("held", flush=True)
    sys.stdin.readline()
    print(SceneFiles(layout).manifest(cell).active, flush=True)
"""


@pytest.fixture
def locks(layout: Layout) -> FileLocks:
    return FileLocks(layout)


def test_a_beat_has_one_owner_even_within_one_process(locks: FileLocks, layout: Layout) -> None:
    with locks.beat(*BEAT):
        for other in (locks, FileLocks(layout)):
            with pytest.raises(InProgressElsewhereError) as refused, other.beat(*BEAT):
                pass
            assert refused.value.reason == "in_progress_elsewhere"
        with locks.beat("ep_001", "another beat"), locks.beat("ep_002", BEAT[1]):
            pass
    with locks.beat(*BEAT):
        pass


def test_a_lock_is_free_again_when_its_owner_fails(locks: FileLocks) -> None:
    with pytest.raises(ZeroDivisionError), locks.beat(*BEAT):
        raise ZeroDivisionError
    with locks.beat(*BEAT):
        pass


def test_a_lock_file_is_never_deleted(locks: FileLocks, layout: Layout) -> None:
    """Whoever waits has the old file open: with a new one, two would own the beat."""
    with locks.beat(*BEAT):
        (held,) = layout.locks.iterdir()
        inode = held.stat().st_ino
    assert held.stat().st_ino == inode
    with pytest.raises(InProgressElsewhereError), locks.beat(*BEAT), locks.beat(*BEAT):
        pass
    assert held.stat().st_ino == inode


@pytest.fixture
def owner(layout: Layout) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the beat, and has something in flight for the cell's version."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(layout.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.communicate()


def test_a_holder_that_is_paused_however_long_finds_everything_as_it_left_it(
    owner: subprocess.Popen[str], locks: FileLocks, layout: Layout
) -> None:
    scenes = SceneFiles(layout)
    for version in (body("SH0001"), body("SH0002")):
        scenes.derive(CELL, version, NOW)
    owner.send_signal(signal.SIGSTOP)
    for _ in range(3):
        with pytest.raises(BlockedError, match="something is being sent"):
            scenes.conform(CELL, 2, expected=1)
        with pytest.raises(InProgressElsewhereError), locks.beat(*BEAT):
            pass
    owner.send_signal(signal.SIGCONT)
    told, _ = owner.communicate("go on\n", timeout=60)
    assert told == "1\n", "the version it was sending for is still the active one"
    assert scenes.conform(CELL, 2, expected=1).active == 2


def test_only_death_takes_a_lock_from_its_owner(owner: subprocess.Popen[str], locks: FileLocks) -> None:
    with pytest.raises(InProgressElsewhereError), locks.beat(*BEAT):
        pass
    owner.kill()
    owner.communicate()
    with locks.beat(*BEAT):
        pass


def test_a_version_is_kept_by_many_and_moved_by_one_alone(locks: FileLocks, layout: Layout) -> None:
    with locks.version(CELL), FileLocks(layout).version(CELL):
        with moving_version(layout, CELL) as mine:
            assert not mine
        with moving_version(layout, Cell("ep_001", "BATCH_002")) as mine:
            assert mine, "another cell's version is free"
    with moving_version(layout, CELL) as mine, moving_version(layout, CELL) as other:
        assert (mine, other) == (True, False)


def test_a_version_that_is_being_moved_is_waited_for_a_little_and_then_refused(
    locks: FileLocks, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.project_store.locks._VERSION_WAIT_S", 0.05)
    with moving_version(layout, CELL), pytest.raises(BlockedError) as refused, locks.version(CELL):
        pass
    assert refused.value.reason == "version_changing"
    with locks.version(CELL):
        pass


def test_a_version_is_kept_as_soon_as_it_was_moved(locks: FileLocks, layout: Layout) -> None:
    kept = threading.Event()

    def keep() -> None:
        with locks.version(CELL):
            kept.set()

    thread = threading.Thread(target=keep)
    with moving_version(layout, CELL):
        thread.start()
        assert not kept.wait(0.1)
    assert kept.wait(60)
    thread.join()


def test_rosters_that_stay_taken_are_refused(
    locks: FileLocks, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.project_store.locks._ROSTER_WAIT_S", 0.05)
    refused = pytest.raises(RecoilError, match="rosters of the show are held")
    with locks.rosters(), refused, FileLocks(layout).rosters():
        pass
    with locks.rosters():
        pass
