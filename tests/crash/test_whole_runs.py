"""A whole Dagster run is killed before and after every durable step; a second one carries it to its end.

Then the event log has every cell once for every run that ended with it, under one data version, and Dagster's
own resolver says that all is fresh.
"""

import pytest

from recoil_assets.production.stages import BOARDS, TAKES
from tests.crash.conftest import MakeScene
from tests.crash.points import BOARD_POINTS, TAKE_POINTS, KillPoint
from tests.crash.table import MOMENTS, Note
from tests.crash.test_named_points import killed_at, name_of
from tests.crash.whole_scene import WholeScene
from tests.crash.works import REROLL

pytestmark = pytest.mark.crash

AROUND_THE_MONEY = tuple(
    point
    for point in BOARD_POINTS
    if point.name
    in ("reserve committed", "POST sent", "submitted written", "charge committed", "event logged")
)


@pytest.mark.parametrize("point", TAKE_POINTS, ids=name_of)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_take_is_neither_lost_nor_paid_twice_and_logged_once(
    make_scene: MakeScene, point: KillPoint, moment: str, note: Note
) -> None:
    scene = make_scene(WholeScene, script=point.script)
    killed_at(scene, point, moment, f"Dagster {TAKES}", note)


@pytest.mark.parametrize("point", [REROLL.point(point.name) for point in AROUND_THE_MONEY], ids=name_of)
@pytest.mark.parametrize("moment", ["before"])
def test_a_reroll_is_made_once_and_its_cell_logged_once(
    make_scene: MakeScene, point: KillPoint, moment: str, note: Note
) -> None:
    scene = REROLL.begin(make_scene, point, moment, kind=WholeScene)
    killed_at(scene, point, moment, "Dagster reroll", note)


@pytest.mark.parametrize("point", AROUND_THE_MONEY, ids=name_of)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_paid_board_is_neither_lost_nor_paid_twice_and_logged_once(
    make_scene: MakeScene, point: KillPoint, moment: str, note: Note
) -> None:
    scene = make_scene(WholeScene, stage=BOARDS, script=point.script)
    killed_at(scene, point, moment, f"Dagster {BOARDS}", note)
