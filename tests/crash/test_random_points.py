"""Runs of several beats are killed anywhere: once, again and again, two at once, from outside.

``RECOIL_CRASH_RANDOM`` says how many, at one provider after another, ``RECOIL_CRASH_SEED`` which ones: the same
seed draws the same scenes, although what several beats do at once is never quite the same. The provider misbehaves
in some.
"""

import os
import random
import time

import pytest

from tests.crash.conftest import LABORATORIES, MakeScene
from tests.crash.errand import NOTHING
from tests.crash.laboratory import Script, Server
from tests.crash.scene import KILLED, Scene
from tests.crash.strike import StrikeAnywhere
from tests.crash.table import Note
from tests.crash.thoroughness import RANDOM_KILLS
from tests.crash.works import reroll_errand

pytestmark = pytest.mark.crash

SEED = os.environ.get("RECOIL_CRASH_SEED", "0")
BEATS = 4
MOST_POSTS = 6
ENDS = {KILLED, 0}
HALF = 0.5


@pytest.fixture(scope="session")
def whole(server: Server) -> dict[str, float]:  # noqa: ARG001  one at each
    """What a run that nothing happens to has: ``moments``, and ``seconds`` it takes. Found out once."""
    return {}


def measured(make_scene: MakeScene, whole: dict[str, float]) -> dict[str, float]:
    if not whole:
        scene = make_scene(batches=BEATS)
        run = scene.start()
        begun = time.monotonic()
        assert run.wait() == 0, run.answer()
        whole.update(moments=run.answer()["heard"], seconds=time.monotonic() - begun)
    return whole


def unruly(chance: random.Random) -> Script:
    """A provider that mostly does as it should: each fault befalls one POST in some of the scenes.

    One job fails at most: two that befall the same beat may hand it over to a person, and it is rightly not made.
    """

    def one(likely: float) -> frozenset[int]:
        return frozenset({chance.randint(1, MOST_POSTS)} if chance.random() < likely else ())

    failed, billed = one(0.4), chance.random() < HALF
    return Script(
        polls=chance.randint(1, 4),
        refused=one(0.3),
        dropped=one(0.15),
        failed_free=frozenset() if billed else failed,
        failed_billed=failed if billed else frozenset(),
        cut=one(0.3),
        reply_after_s=chance.choice([0.0, 0.0, 0.05]),
        half_s=chance.choice([0.0, 0.05]),
    )


def once(scene: Scene, chance: random.Random, whole: dict[str, float]) -> None:
    assert scene.start(anywhere(chance, whole)).wait() in ENDS


def again_and_again(scene: Scene, chance: random.Random, whole: dict[str, float]) -> None:
    for _ in range(chance.randint(2, 4)):
        once(scene, chance, whole)


def two_at_once(scene: Scene, chance: random.Random, whole: dict[str, float]) -> None:
    runs = [scene.start(anywhere(chance, whole)) for _ in range(2)]
    assert {run.wait() for run in runs} <= ENDS


def from_outside(scene: Scene, chance: random.Random, whole: dict[str, float]) -> None:
    run = scene.start()
    time.sleep(chance.uniform(0, whole["seconds"]))
    run.kill()


def anywhere(chance: random.Random, whole: dict[str, float]) -> StrikeAnywhere:
    return StrikeAnywhere(chance.randint(1, int(whole["moments"])))


def while_one_is_rerolled(scene: Scene, chance: random.Random, whole: dict[str, float]) -> None:
    """Where every beat has its take; afterwards the reroll is carried on like anything that is in flight."""
    if set(scene.run().values()) == {"Materialised"}:
        scene.errand = reroll_errand("reroll", make_primary=chance.random() < HALF)
        once(scene, chance, {**whole, "moments": whole["moments"] / BEATS})
        scene.errand = NOTHING


WAYS = {
    "rerolled": while_one_is_rerolled,
    "once": once,
    "again and again": again_and_again,
    "two at once": two_at_once,
    "outside": from_outside,
}


@pytest.mark.parametrize(
    ("server", "number"),
    [(sorted(LABORATORIES)[number % len(LABORATORIES)], number) for number in range(RANDOM_KILLS)],
    indirect=["server"],
)
def test_nothing_is_lost_or_paid_twice_wherever_it_is_killed(
    make_scene: MakeScene, whole: dict[str, float], number: int, note: Note
) -> None:
    chance = random.Random(f"{SEED}-{number}")  # noqa: S311  drawn again by the same seed
    way = chance.choice(sorted(WAYS))
    measured(make_scene, whole)
    scene = make_scene(batches=BEATS, script=unruly(chance))
    WAYS[way](scene, chance, whole)
    note(f"four beats killed anywhere (seed {SEED})", way, scene.conclude)
