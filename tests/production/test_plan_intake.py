"""Taking in plans: two at once take turns, and no batch key is lost or given twice."""

import threading
from dataclasses import replace

import pytest

from recoil_assets.domain.errors import UsageError
from recoil_assets.domain.roster import Roster
from recoil_assets.production.plan_intake import PlanIntake, take_in_plan
from tests.support.project import plan, write_plan
from tests.support.show import Show, settings

from .conftest import MakeShow


class SlowRosters:
    """Keeps a roster only after somebody else had the time to look."""

    def __init__(self, rosters: object, entered: threading.Event, go: threading.Event) -> None:
        self._rosters, self._entered, self._go = rosters, entered, go

    def put(self, roster: Roster) -> None:
        self._entered.set()
        self._go.wait(1.0)
        self._rosters.put(roster)

    def __getattr__(self, name: str) -> object:
        return getattr(self._rosters, name)


def test_two_plans_taken_in_at_once_take_turns_and_lose_no_key(make_show: MakeShow) -> None:
    """The first puts in two batches more; the second, which began meanwhile, takes them all out again."""
    show = make_show(plan("ep_001", batches=1, shots_each=1))
    entered, go = threading.Event(), threading.Event()
    first: list[PlanIntake] = []

    def take_in_slowly() -> None:
        with show.studio() as studio:
            slow = replace(studio, rosters=SlowRosters(studio.rosters, entered, go))
            first.append(take_in_plan(slow, "ep_001"))

    write_plan(show.root, plan("ep_001", batches=3, shots_each=1))
    thread = threading.Thread(target=take_in_slowly)
    thread.start()
    assert entered.wait(60)
    write_plan(show.root, plan("ep_001", batches=1, shots_each=1))
    other = Show(show.root)
    with other.studio() as studio:
        second = take_in_plan(studio, "ep_001")
    other.close()
    go.set()
    thread.join()
    assert first[0].roster.keys == ("BATCH_001", "BATCH_002", "BATCH_003")
    assert second.roster.keys == ("BATCH_001",)
    assert set(second.roster.retired) == {"BATCH_002", "BATCH_003"}, "keys are retired, never forgotten"
    with show.studio() as studio:
        assert studio.rosters.get("ep_001") == second.roster


def test_an_episode_that_would_give_the_show_too_many_keys_is_refused_and_nothing_is_kept(
    make_show: MakeShow,
) -> None:
    """Each episode has few enough, but the graph has a cell for every key of the show in each of them."""
    passes = [f"PASS_{number}" for number in range(1, 21)]
    selected = f"\n[episodes.ep_002.choices]\ncoverage_passes = {passes}\n" + "".join(
        f"[[episodes.ep_002.coverage]]\npass_id = '{name}'\nsegments = [{{shot_id = 'SH0001'}}]\n"
        for name in passes
    )
    show = make_show(plan("ep_001", batches=80, shots_each=1), text=settings() + selected)
    write_plan(show.root, plan("ep_002", batches=10, shots_each=1))
    with show.studio() as studio:
        with pytest.raises(UsageError, match=r"ep_002 needs 20 batch keys .* share at most 99"):
            take_in_plan(studio, "ep_002")
        assert studio.rosters.episodes() == ("ep_001",)
