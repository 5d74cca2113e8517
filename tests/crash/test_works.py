"""A finish, a retry, a reroll and lost media made again are killed at every durable step, like any paid attempt.

Before a step it is a retry after a failure for free and a reroll that leaves the primary alone, after it one after a
billed failure and one that replaces the primary: between two steps nothing is durable, so each is killed around all.
Media that is made again was paid for, and is gone here and at the provider; a person agreed to pay once more.
"""

from collections.abc import Container

import pytest
from _pytest.mark.structures import ParameterSet

from recoil_assets.domain.cell import Cell
from recoil_assets.production.beat_takes import one_beat
from recoil_assets.production.studio import Studio
from tests.crash.conftest import MakeScene
from tests.crash.points import AROUND_THE_MONEY, KillPoint
from tests.crash.scene import DONE, Scene
from tests.crash.table import MOMENTS, Note
from tests.crash.test_named_points import killed_at, name_of
from tests.crash.thoroughness import IS_WHOLE, SIDES
from tests.crash.works import (
    FETCHED_AGAIN,
    FINISH,
    RECOVERED_BOARD,
    RECOVERED_FINISH,
    RECOVERED_TAKE,
    RECOVERIES,
    REROLL,
    RETRY,
    RETRY_AT_FAL,
    Work,
    reroll_errand,
)
from tests.support.show import BATCH, EPISODE

pytestmark = pytest.mark.crash
CELL = Cell(EPISODE, BATCH).key
FIRST_TAKE = ""
SENT = ("POST sent", "submitted written", "file renamed", "charge committed")
EVERY_STEP = {point.name for work in RECOVERIES for point in work.points}


@pytest.mark.parametrize("point", FINISH.points, ids=name_of)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_finish_is_neither_lost_nor_paid_twice(
    make_scene: MakeScene, point: KillPoint, moment: str, note: Note
) -> None:
    killed_in(FINISH, make_scene, point, moment, note)


@pytest.mark.parametrize("point", RETRY.points, ids=name_of)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_retry_is_neither_lost_nor_paid_twice(
    make_scene: MakeScene, point: KillPoint, moment: str, note: Note
) -> None:
    killed_in(RETRY, make_scene, point, moment, note)


@pytest.mark.parametrize("point", REROLL.points, ids=name_of)
@pytest.mark.parametrize("moment", MOMENTS)
def test_an_order_to_reroll_makes_one_take_and_the_primary_is_as_it_was_ordered(
    make_scene: MakeScene, point: KillPoint, moment: str, note: Note
) -> None:
    killed_in(REROLL, make_scene, point, moment, note)


@pytest.mark.parametrize(
    "name", ["reserve committed", "submitted written", "settled written", "event logged"]
)
def test_a_reroll_is_made_twice_where_it_is_ordered_twice_and_only_there(
    make_scene: MakeScene, name: str, note: Note
) -> None:
    point = REROLL.point(name)
    scene = REROLL.begin(make_scene, point, "before")
    killed_at(scene, point, "before", "reroll, and another", note)
    scene.errand = reroll_errand("second", make_primary=True)
    ended = scene.run()
    assert ended == {CELL: "Materialised"}
    scene.audit(ended)
    assert len(scene.account.jobs()) == 3
    assert order_of_primary(scene) == "second"


def each(*works: Work, names: Container[str] = EVERY_STEP) -> list[ParameterSet]:
    """The points of these names of every work."""
    return [
        pytest.param(work, point, id=f"{work.what.replace(' ', '-')}-{name_of(point)}")
        for work in works
        for point in work.points
        if point.name in names
    ]


@pytest.mark.parametrize(
    ("work", "point"),
    [
        *each(FETCHED_AGAIN, RECOVERED_TAKE),
        *each(RECOVERED_BOARD, RECOVERED_FINISH, names=EVERY_STEP if IS_WHOLE else SENT),
    ],
)
@pytest.mark.parametrize("moment", SIDES)
def test_lost_media_is_paid_for_once_more_where_that_must_be_and_never_twice(
    make_scene: MakeScene, work: Work, point: KillPoint, moment: str, note: Note
) -> None:
    killed_in(work, make_scene, point, moment, note)


@pytest.mark.parametrize("server", ["fal"], indirect=True)
@pytest.mark.parametrize(
    ("work", "point"),
    [
        *each(FINISH, RETRY_AT_FAL, REROLL, names=AROUND_THE_MONEY),
        *each(*(RECOVERIES if IS_WHOLE else RECOVERIES[:1]), names=SENT),
    ],
)
@pytest.mark.parametrize("moment", SIDES)
def test_all_of_it_holds_through_the_adapter_of_a_real_provider(
    make_scene: MakeScene, work: Work, point: KillPoint, moment: str, note: Note
) -> None:
    killed_in(work, make_scene, point, moment, note, at="fal")


def killed_in(
    work: Work, make_scene: MakeScene, point: KillPoint, moment: str, note: Note, *, at: str = ""
) -> None:
    """Kill a kind of work at a point, and hold what the next runs make of it to what was asked for.

    Args:
        at: the provider, where the table is to tell it.
    """
    scene = work.begin(make_scene, point, moment)
    ordered = scene.errand.reroll
    outcome = killed_at(scene, point, moment, f"{work.what} at {at}" if at else work.what, note)
    jobs = len(scene.account.jobs())
    assert outcome != DONE or jobs == work.jobs
    if ordered is not None:
        replaced = ordered.make_primary and jobs == work.jobs
        assert order_of_primary(scene) == (scene.errand.order if replaced else FIRST_TAKE)


def order_of_primary(scene: Scene) -> str:
    """The order that the primary of the first batch answers; empty where it is its first take."""

    def order(studio: Studio) -> str:
        cell, beat = one_beat(studio, EPISODE, BATCH)
        choice = studio.primaries.current(cell.episode, beat.shot_set)
        assert choice is not None
        return studio.journal.attempt(choice.attempt_id).intent.reroll

    return scene.look(order)
