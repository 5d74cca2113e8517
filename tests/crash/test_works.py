"""A finish, an automatic retry and a reroll are killed before and after every durable step, like any paid attempt.

Before a step it is a retry after a failure for free and a reroll that leaves the primary alone, after it one after a
billed failure and one that replaces the primary: between two steps nothing is durable, so each is killed around all.
"""

import pytest

from recoil_assets.domain.cell import Cell
from recoil_assets.production.beat_takes import one_beat
from recoil_assets.production.studio import Studio
from tests.crash.conftest import MakeScene
from tests.crash.points import KillPoint
from tests.crash.scene import DONE, Scene
from tests.crash.table import MOMENTS, Note
from tests.crash.test_named_points import killed_at, name_of
from tests.crash.works import FINISH, REROLL, RETRY, reroll_errand
from tests.support.show import BATCH, EPISODE

pytestmark = pytest.mark.crash
CELL = Cell(EPISODE, BATCH).key
FIRST_TAKE = ""


@pytest.mark.parametrize("point", FINISH.points, ids=name_of)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_finish_is_neither_lost_nor_paid_twice(
    make_scene: MakeScene, point: KillPoint, moment: str, note: Note
) -> None:
    scene = FINISH.begin(make_scene, point, moment)
    outcome = killed_at(scene, point, moment, FINISH.what, note)
    assert outcome != DONE or len(scene.account.jobs()) == 1


@pytest.mark.parametrize("point", RETRY.points, ids=name_of)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_retry_is_neither_lost_nor_paid_twice(
    make_scene: MakeScene, point: KillPoint, moment: str, note: Note
) -> None:
    scene = RETRY.begin(make_scene, point, moment)
    outcome = killed_at(scene, point, moment, RETRY.what, note)
    assert outcome != DONE or len(scene.account.jobs()) == 2


@pytest.mark.parametrize("point", REROLL.points, ids=name_of)
@pytest.mark.parametrize("moment", MOMENTS)
def test_an_order_to_reroll_makes_one_take_and_the_primary_is_as_it_was_ordered(
    make_scene: MakeScene, point: KillPoint, moment: str, note: Note
) -> None:
    scene = REROLL.begin(make_scene, point, moment)
    reroll = scene.errand.reroll
    assert reroll is not None
    outcome = killed_at(scene, point, moment, REROLL.what, note)
    if outcome == DONE:
        assert len(scene.account.jobs()) == 2
    replaced = reroll.make_primary and len(scene.account.jobs()) == 2
    assert order_of_primary(scene) == (scene.errand.order if replaced else FIRST_TAKE)


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


def order_of_primary(scene: Scene) -> str:
    """The order that the primary of the first batch answers; empty where it is its first take."""

    def order(studio: Studio) -> str:
        cell, beat = one_beat(studio, EPISODE, BATCH)
        choice = studio.primaries.current(cell.episode, beat.shot_set)
        assert choice is not None
        return studio.journal.attempt(choice.attempt_id).intent.reroll

    return scene.look(order)
