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
from tests.crash.works import FETCHED_AGAIN, FINISH, RECOVERED_TAKE, REROLL, RETRY_AT_FAL, Work

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


@pytest.mark.parametrize(
    ("work", "name", "refit", "said", "server"),
    [
        (RECOVERED_TAKE, "reply received", send_again_on_resume, "was paid for 2 times", "queue"),
        (RECOVERED_TAKE, "reply received", post_before_sending, "was paid for 2 times", "queue"),
        (FETCHED_AGAIN, "download half done", download_in_place, "does not hold the bytes", "queue"),
        (FINISH, "reply received", send_again_on_resume, "jobs were billed for no attempt", "fal"),
        (RETRY_AT_FAL, "reply received", post_before_sending, "was paid for 2 times", "fal"),
        (REROLL, "settled written", forget_orders, "was paid for 2 times", "fal"),
    ],
    indirect=["server"],
    ids=lambda given: getattr(given, "what", getattr(given, "__name__", "")),
)
def test_a_product_that_breaks_a_rule_of_other_work_is_found_out(
    make_scene: MakeScene, work: Work, name: str, refit: Refit, said: str
) -> None:
    point = work.point(name)
    scene = work.begin(make_scene, point, "after", refit=refit)
    scene.killed(point.after)
    with pytest.raises(LossError, match=said):
        scene.conclude()
