"""While something is sent for a version, nobody moves it; while it is moved, nothing is sent."""

import threading
from collections.abc import Callable

import pytest

from recoil_assets.domain.errors import BlockedError
from recoil_assets.production.stages import SCENE_VERSIONS, TAKES
from resources.project_store.layout import find_project
from resources.project_store.locks import moving_version
from tests.support.project import plan
from tests.support.show import STAGES, Show, cell
from tests.support.watched import Watch

from .conftest import MakeShow


@pytest.fixture
def two_versions(make_show: MakeShow) -> Show:
    """A cell with all but its take, whose plan once asked for another order: v1 is active, v2 waits."""
    show = make_show(plan("ep_001", batches=1))
    show.make(stages=STAGES[:-1])
    document = plan("ep_001", batches=1)
    document["shots"].reverse()
    show.rewrite_plan(document)
    show.make(stages=[SCENE_VERSIONS])
    show.rewrite_plan(plan("ep_001", batches=1))
    return show


def conform(show: Show) -> str:
    """Move to v2 as another process would; the reason it was refused for."""
    with Show(show.root).studio() as studio:
        try:
            studio.scenes.conform(cell(1), 2, expected=1)
        except BlockedError as blocked:
            return blocked.reason
    return ""


def at(step: str, do: Callable[[], object]) -> Watch:
    return Watch(look=lambda taken: do() and None if taken == step else None)


@pytest.mark.parametrize("step", ["journal.record sending", "provider.submit", "journal.record submitted"])
def test_a_version_can_not_be_moved_between_the_last_look_and_the_answer(
    two_versions: Show, step: str
) -> None:
    reasons: list[str] = []
    two_versions.refit = at(step, lambda: reasons.append(conform(two_versions))).refit
    assert two_versions.make(stages=[TAKES]).finished(cell(1))
    assert reasons == ["version_in_use"]


def test_after_the_answer_a_version_moves_freely_and_the_take_belongs_to_the_old_one(
    two_versions: Show,
) -> None:
    reasons: list[str] = []
    two_versions.refit = at("provider.poll", lambda: reasons.append(conform(two_versions))).refit
    two_versions.make(stages=[TAKES])
    assert reasons == [""]
    with two_versions.studio() as studio:
        (attempt,) = studio.journal.attempts("ep_001", "take", two_versions.lab.submitted[0][0].split(".")[2])
    assert (attempt.succeeded, attempt.intent.scene_version) == (True, 1)


def test_nothing_is_sent_for_a_version_that_is_being_moved(two_versions: Show) -> None:
    moving, moved = threading.Event(), threading.Event()

    def move() -> None:
        with moving_version(find_project(two_versions.root), cell(1)) as mine:
            assert mine
            moving.set()
            assert moved.wait(60)

    mover = threading.Thread(target=move)
    mover.start()
    assert moving.wait(60)
    try:
        blocked = two_versions.make(stages=[TAKES]).blocked(cell(1))
    finally:
        moved.set()
        mover.join()
    assert blocked.reason == "version_changing"
    assert two_versions.lab.submitted == []
    assert two_versions.balance().committed == 0
    assert two_versions.make(stages=[TAKES]).finished(cell(1))
