"""What may be in flight beside a first take and a drawing: a finish, an automatic retry, a reroll."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from recoil_assets.domain.cell import Cell
from recoil_assets.production.cell_work import Reroll
from recoil_assets.production.stages import BOARDS
from tests.crash.conftest import MakeScene
from tests.crash.errand import Errand
from tests.crash.points import (
    FINISH_POINTS,
    PRIMARY_CHOSEN,
    REROLL_POINTS,
    RETRY_POINTS,
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
    """

    what: str
    points: tuple[KillPoint, ...]
    begin: Callable[..., Scene]

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


def reroll_errand(order: str, *, make_primary: bool = False) -> Errand:
    """A person's order for a new take of the first batch."""
    return Errand(order=order, reroll=Reroll(beat=BATCH, make_primary=make_primary))


FINISH = Work("finish", FINISH_POINTS, _finish)
RETRY = Work("retry", RETRY_POINTS, _retry)
REROLL = Work("reroll", REROLL_POINTS, _reroll)
WORKS = (FINISH, RETRY, REROLL)
