"""The suite can fail: a product that breaks a rule is found out by the very check that passes ours."""

import pytest

from tests.crash.conftest import MakeScene
from tests.crash.laboratory import Script
from tests.crash.misordered import (
    charge_nothing,
    download_in_place,
    forget_orders,
    post_before_sending,
    release_nothing,
    send_again_on_resume,
)
from tests.crash.run import Refit
from tests.crash.scene import LossError
from tests.crash.strike import Strike
from tests.crash.works import REROLL

pytestmark = pytest.mark.crash


@pytest.mark.parametrize(
    ("refit", "strike", "said"),
    [
        (post_before_sending, Strike("submit answered", after=True), "was paid for 2 times"),
        (send_again_on_resume, Strike("submit answered", after=True), "was paid for 2 times"),
        (release_nothing, Strike("journal.record sending"), "is reserved, and 0 of it for unknown attempts"),
        (charge_nothing, Strike("journal.record settled"), r"the ledger charged \[\]"),
        (download_in_place, Strike("half a download", after=True), "does not hold the bytes"),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_a_product_that_breaks_a_rule_is_found_out(
    make_scene: MakeScene, refit: Refit, strike: Strike, said: str
) -> None:
    scene = make_scene(refit=refit, script=Script(half_s=0.5))
    scene.killed(strike)
    with pytest.raises(LossError, match=said):
        scene.conclude()


def test_a_product_that_forgets_which_order_a_take_answers_is_found_out(make_scene: MakeScene) -> None:
    point = REROLL.point("settled written")
    scene = REROLL.begin(make_scene, point, "before", refit=forget_orders)
    scene.killed(point.before)
    with pytest.raises(LossError, match="was paid for 3 times"):
        scene.conclude()
