"""Two runs over the same cells: one sleeps while the other comes by, both are killed, both stand under one cap.

Two orders to reroll one beat are two runs like any.
"""

import signal
from dataclasses import replace
from decimal import Decimal

import pytest

from recoil_assets.domain.cell import Cell
from tests.crash.conftest import MakeScene
from tests.crash.errand import NOTHING
from tests.crash.points import TAKE_POINTS, KillPoint
from tests.crash.scene import DONE, UNKNOWN
from tests.crash.table import Note
from tests.crash.works import RECOVERED_TAKE, REROLL, WORKS, Work, reroll_errand
from tests.support.show import BATCH, EPISODE

pytestmark = pytest.mark.crash
CELL = Cell(EPISODE, BATCH).key


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


@pytest.mark.parametrize("work", [*WORKS, RECOVERED_TAKE], ids=lambda work: work.what.replace(" ", "-"))
def test_an_owner_of_any_work_that_wakes_goes_on_alone(make_scene: MakeScene, work: Work, note: Note) -> None:
    point = work.point("POST sent")
    scene = work.begin(make_scene, point, "before")
    owner = scene.start(replace(point.before, signal=signal.SIGSTOP))
    owner.wait_until_it_sleeps()
    jobs = scene.account.jobs()
    assert set(scene.run().values()) == {"in_progress_elsewhere"}
    assert scene.account.jobs() == jobs, "the other run sent nothing"
    owner.wake()
    assert owner.wait() == 0, owner.answer()
    assert note(f"{work.what} of an owner that wakes", "at POST sent", scene.conclude) == DONE
    assert len(scene.account.jobs()) == work.jobs


@pytest.mark.parametrize("name", ["sending written", "POST sent", "submitted written", "charge committed"])
def test_another_order_to_reroll_waits_for_what_a_killed_one_left(
    make_scene: MakeScene, name: str, note: Note
) -> None:
    """The one that sleeps is killed; the other, which met it, carries its take on and makes its own, or waits."""
    point = REROLL.point(name)
    scene = REROLL.begin(make_scene, point, "before")
    owner = scene.start(replace(point.after, signal=signal.SIGSTOP))
    owner.wait_until_it_sleeps()
    scene.errand = reroll_errand("second")
    assert set(scene.run().values()) == {"in_progress_elsewhere"}
    owner.kill()
    outcome = note(f"reroll killed at {name}", "another is ordered", scene.conclude)
    assert outcome == (UNKNOWN if point.unknown[1] else DONE)
    assert outcome == UNKNOWN or len(scene.account.jobs()) == 3


def test_two_orders_to_reroll_one_beat_at_once_make_a_take_each_or_the_second_is_told(
    make_scene: MakeScene, note: Note
) -> None:
    scene = REROLL.begin(make_scene, REROLL.point("POST sent"), "after")
    runs = [scene.start(errand=reroll_errand(order, make_primary=True)) for order in ("one", "two")]
    assert [run.wait() for run in runs] == [0, 0]
    ends = [run.answer()["cells"][CELL] for run in runs]
    assert set(ends) <= {"Materialised", "in_progress_elsewhere"}
    scene.errand = NOTHING
    assert note("two orders to reroll at once", "nothing happens to them", scene.conclude) == DONE
    assert len(scene.account.jobs()) == 1 + ends.count("Materialised")


def test_one_order_to_reroll_that_two_processes_carry_out_makes_one_take(
    make_scene: MakeScene, note: Note
) -> None:
    scene = REROLL.begin(make_scene, REROLL.point("POST sent"), "after")
    runs = [scene.start() for _ in range(2)]
    assert [run.wait() for run in runs] == [0, 0]
    assert note("one order to reroll, carried out twice", "nothing happens to it", scene.conclude) == DONE
    assert len(scene.account.jobs()) == 2


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
