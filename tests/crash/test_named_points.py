"""A run is killed before and after every durable step of a paid attempt; the next one carries it to its end."""

import pytest

from recoil_assets.production.stages import BOARDS, TAKES
from tests.crash.conftest import MakeScene, at_every_provider
from tests.crash.points import BOARD_POINTS, DETOURS, TAKE_POINTS, Detour, KillPoint
from tests.crash.scene import DONE, UNKNOWN, Scene
from tests.crash.table import MOMENTS, Note

pytestmark = [pytest.mark.crash, at_every_provider, pytest.mark.parametrize("moment", MOMENTS)]


def name_of(point: KillPoint | Detour) -> str:
    return (point.point if isinstance(point, Detour) else point).name.replace(" ", "-")


@pytest.mark.parametrize("point", TAKE_POINTS, ids=name_of)
def test_a_take_is_neither_lost_nor_paid_twice(
    make_scene: MakeScene, point: KillPoint, moment: str, note: Note
) -> None:
    killed_at(make_scene(script=point.script), point, moment, TAKES, note)


@pytest.mark.parametrize("point", BOARD_POINTS, ids=name_of)
def test_a_paid_board_is_neither_lost_nor_paid_twice(
    make_scene: MakeScene, point: KillPoint, moment: str, note: Note
) -> None:
    killed_at(make_scene(stage=BOARDS, script=point.script), point, moment, BOARDS, note)


@pytest.mark.parametrize("detour", DETOURS, ids=name_of)
def test_a_take_that_does_not_go_well_is_neither_lost_nor_paid_twice(
    make_scene: MakeScene, detour: Detour, moment: str, note: Note
) -> None:
    scene = make_scene(script=detour.script)
    if detour.first is not None:
        scene.killed(detour.first)
    killed_at(scene, detour.point, moment, TAKES, note)


def killed_at(scene: Scene, point: KillPoint, moment: str, what: str, note: Note) -> str:
    """How it came out."""
    after = moment == "after"
    scene.killed(point.after if after else point.before)
    outcome = note(point.name, what, scene.conclude, moment=moment)
    assert outcome == (UNKNOWN if point.unknown[after] else DONE), "unknown only where nobody can know"
    return outcome
