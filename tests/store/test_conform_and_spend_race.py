"""Two processes, one that spends on a version and one that moves it, 200 times: they never interleave.

The spender does with the lock what the dispatcher does: look at the version, wait as for a provider's answer,
write down what was sent, look again. ``tests/production/test_conform_race.py`` proves that the dispatcher does.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from resources.project_store.layout import Layout
from resources.project_store.structure import SceneFiles

from .samples import CELL, NOW, body

TIMES = 200
HEAD = """
import sys, time
from pathlib import Path
from recoil_assets.domain.errors import BlockedError, SceneVersionConflictError
from resources.project_store.layout import Layout
from resources.project_store.locks import FileLocks
from resources.project_store.structure import SceneFiles
from tests.store.samples import CELL
layout = Layout(Path(sys.argv[1]))
scenes, locks = SceneFiles(layout), FileLocks(layout)
print("ready", flush=True)
sys.stdin.readline()
"""
SPEND = f"""
for _ in range({TIMES}):
    try:
        with locks.version(CELL):
            checked = scenes.manifest(CELL).active
            time.sleep(0.001)
            print("sent for", checked, "recorded at", scenes.manifest(CELL).active)
    except BlockedError as blocked:
        print(blocked.reason)
    time.sleep(0.0005)
"""
MOVE = f"""
moved = 0
while moved < {TIMES}:
    active = scenes.manifest(CELL).active
    try:
        scenes.conform(CELL, 3 - active, expected=active)
    except BlockedError as blocked:
        print(blocked.reason)
        continue
    moved += 1
    print("moved")
    time.sleep(0.0005)
"""


@pytest.fixture
def scenes(layout: Layout) -> SceneFiles:
    store = SceneFiles(layout)
    for version in (body("SH0001", "SH0002"), body("SH0002", "SH0001")):
        store.derive(CELL, version, NOW)
    return store


def start(layout: Layout, script: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HEAD + script, str(layout.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def test_a_version_never_moves_between_the_last_look_and_the_record_of_what_was_sent(
    scenes: SceneFiles, layout: Layout
) -> None:
    spender, mover = start(layout, SPEND), start(layout, MOVE)
    for child in (spender, mover):
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    moves, sends = (child.communicate(timeout=100)[0].splitlines() for child in (mover, spender))
    assert (spender.returncode, mover.returncode) == (0, 0)

    sent = [line.split() for line in sends if line.startswith("sent")]
    assert all(checked == recorded for _, _, checked, _, _, recorded in sent)
    assert {checked for _, _, checked, *_ in sent} == {"1", "2"}, "the race was none: one was done before"
    assert len(sends) == TIMES
    assert moves.count("moved") == TIMES
    assert "version_in_use" in moves, "nobody was ever in the other's way"
    assert scenes.verify() == ()
