"""What may be in flight beside a first take and a drawing: a finish, a retry, a reroll, lost media made again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from recoil_assets.domain.cell import Cell
from recoil_assets.production.cell_work import Reroll
from recoil_assets.production.stages import BOARDS, TAKES
from tests.crash.conftest import MakeScene
from tests.crash.errand import Errand
from tests.crash.points import (
    FETCHED_AGAIN_POINTS,
    FINISH_POINTS,
    PRIMARY_CHOSEN,
    RECOVERED_BOARD_POINTS,
    RECOVERED_FINISH_POINTS,
    RECOVERED_TAKE_POINTS,
    REROLL_POINTS,
    RETRY_POINTS,
    RETRY_POINTS_AT_FAL,
    KillPoint,
)
from tests.crash.scene import Scene
from tests.support.show import BATCH, EPISODE

ONE = frozenset({1})


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work that is killed.

    Attributes:
        what: as the table shows it.
        points: its durable steps.
        begin: a scene whose next run does it, to be struck before or after (the ``moment``) a point.
        jobs: how many jobs there are when it is done, those that came before it counted.
    """

    what: str
    points: tuple[KillPoint, ...]
    begin: Callable[..., Scene]
    jobs: int

    def point(self, name: str) -> KillPoint:
        """The point of that name."""
        return next(point for point in self.points if point.name == name)


def _finish(make_scene: MakeScene, point: KillPoint, moment: str, **how: Any) -> Scene:  # noqa: ARG001
    errand = Errand(finish=(Cell(EPISODE, BATCH),))
    return make_scene(stage=BOARDS, finishing=True, errand=errand, script=point.script, **how)


def _retry(make_scene: MakeScene, point: KillPoint, moment: str, **how: Any) -> Scene:
    """The first job fails: for free where the second is killed before a step, billed where after it."""
    fails = {"failed_free": ONE} if moment == "before" else {"failed_billed": ONE}
    return make_scene(script=replace(point.script, **fails), **how)


def _reroll(make_scene: MakeScene, point: KillPoint, moment: str, **how: Any) -> Scene:
    """The beat has its take. The new one is to replace it where it is killed after a step, else to stand beside it."""
    scene = make_scene(script=point.script, **how)
    assert set(scene.run().values()) == {"Materialised"}
    scene.errand = reroll_errand("first", make_primary=moment == "after" or point == PRIMARY_CHOSEN)
    return scene


def _recover(stage: str, *, finishing: bool = False) -> Callable[..., Scene]:
    """It was made and paid for, and its file is gone here and at the provider; a person agrees to pay again."""

    def begin(make_scene: MakeScene, point: KillPoint, moment: str, **how: Any) -> Scene:  # noqa: ARG001
        cells = (Cell(EPISODE, BATCH),)
        errand = Errand(finish=cells if finishing else ())
        script = replace(point.script, kept_once=ONE)
        scene = make_scene(stage=stage, finishing=finishing, errand=errand, script=script, **how)
        assert set(scene.run().values()) == {"Materialised"}
        scene.lost = scene.lose_media()
        scene.errand = replace(errand, order="recovery", recover=cells)
        return scene

    return begin


def _fetch_again(make_scene: MakeScene, point: KillPoint, moment: str, **how: Any) -> Scene:  # noqa: ARG001
    """The file of a take is gone here alone."""
    scene = make_scene(script=point.script, **how)
    assert set(scene.run().values()) == {"Materialised"}
    scene.lose_media()
    return scene


def reroll_errand(order: str, *, make_primary: bool = False) -> Errand:
    """A person's order for a new take of the first batch."""
    return Errand(order=order, reroll=Reroll(beat=BATCH, make_primary=make_primary))


FINISH = Work("finish", FINISH_POINTS, _finish, jobs=1)
RETRY = Work("retry", RETRY_POINTS, _retry, jobs=2)
RETRY_AT_FAL = replace(RETRY, points=RETRY_POINTS_AT_FAL)
REROLL = Work("reroll", REROLL_POINTS, _reroll, jobs=2)
RECOVERED_TAKE = Work("lost take", RECOVERED_TAKE_POINTS, _recover(TAKES), jobs=2)
RECOVERED_BOARD = Work("lost board", RECOVERED_BOARD_POINTS, _recover(BOARDS), jobs=2)
RECOVERED_FINISH = Work("lost finish", RECOVERED_FINISH_POINTS, _recover(BOARDS, finishing=True), jobs=2)
FETCHED_AGAIN = Work("fetched again", FETCHED_AGAIN_POINTS, _fetch_again, jobs=1)

WORKS = (FINISH, RETRY, REROLL)
RECOVERIES = (RECOVERED_TAKE, RECOVERED_BOARD, RECOVERED_FINISH)
