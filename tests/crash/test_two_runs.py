"""Two runs over the same cells: one sleeps while the other comes by, both are killed, both stand under one cap."""

import signal
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.crash.conftest import MakeScene
from tests.crash.points import TAKE_POINTS, KillPoint
from tests.crash.scene import DONE
from tests.crash.table import Note

pytestmark = pytest.mark.crash


@pytest.mark.parametrize("point", TAKE_POINTS, ids=lambda point: point.name.replace(" ", "-"))
def test_an_owner_that_wakes_after_another_run_came_by_goes_on_alone(
    make_scene: MakeScene, point: KillPoint, note: Note
) -> None:
    scene = make_scene(script=point.script)
    owner = scene.start(replace(point.before, signal=signal.SIGSTOP))
    owner.wait_until_it_sleeps()
    jobs = scene.account.jobs()
    others = set(scene.run().values())
    assert others == ({"Materialised"} if point.name == "event logged" else {"in_progress_elsewhere"})
    assert scene.account.jobs() == jobs, "the other run sent nothing"
    owner.wake()
    assert owner.wait() == 0, owner.answer()
    outcome = note(point.name, "slept, woke", scene.conclude, moment="before")
    assert outcome == DONE


@pytest.mark.parametrize("point", TAKE_POINTS, ids=lambda point: point.name.replace(" ", "-"))
def test_a_run_that_came_by_takes_over_when_the_sleeping_owner_is_killed(
    make_scene: MakeScene, point: KillPoint, note: Note
) -> None:
    scene = make_scene(script=point.script)
    owner = scene.start(replace(point.after, signal=signal.SIGSTOP))
    owner.wait_until_it_sleeps()
    scene.run()
    owner.kill()
    note(point.name, "slept, killed", scene.conclude, moment="after")


def test_two_runs_that_start_together_post_every_beat_once(make_scene: MakeScene, note: Note) -> None:
    scene = make_scene(batches=6)
    runs = [scene.start() for _ in range(2)]
    assert [run.wait() for run in runs] == [0, 0]
    ends = {word for run in runs for word in run.answer()["cells"].values()}
    assert ends <= {"Materialised", "in_progress_elsewhere"}
    outcome = note("two runs at once", "nothing happens to them", scene.conclude)
    assert outcome == DONE
    assert len(scene.account.jobs()) == 6


def test_a_cap_binds_two_runs_together(make_scene: MakeScene) -> None:
    """$0.70 has room for two beats of $0.30, billed at $0.25, whoever sends them."""
    scene = make_scene(batches=6)
    settings = scene.root / "recoil.toml"
    settings.write_text(settings.read_text().replace("[caps]", '[caps]\nproject_usd = "0.70"'))
    runs = [scene.start() for _ in range(2)]
    assert [run.wait() for run in runs] == [0, 0]
    assert len(scene.account.jobs()) == 2
    assert scene.look(lambda studio: studio.ledger.balance()).committed == Decimal("0.50")
