"""Takes are listed whichever version of their scene is active, and say which version their beat is of."""

from collections.abc import Callable

import pytest

from recoil_assets.production.scenes import conform, revert
from recoil_assets.production.take_listing import TakeListing, list_takes
from tests.support.project import plan
from tests.support.show import EPISODE, Show, cell, settings

from .labs import AnsweringLab
from .test_retries import BLOCKED_PROMPT

MakeShow = Callable[..., Show]
FIRST, SECOND = cell(1), cell(2)


@pytest.fixture
def split(make_show: MakeShow) -> Show:
    """Two batches of three shots; the first one's beat was refused twice, and is made as two since."""
    show = make_show(plan("ep_001", batches=2, shots_each=3), text=settings(choices={"max_takes": 9}))
    show.lab = AnsweringLab(*[BLOCKED_PROMPT] * 2)
    show.make(cells=[FIRST]).failed(FIRST)
    assert show.make(cells=[SECOND]).finished(SECOND)
    with show.studio() as studio:
        conform(studio, FIRST, 2)
    assert show.make(cells=[FIRST]).finished(FIRST)
    return show


def listed(show: Show) -> TakeListing:
    with show.studio() as studio:
        return list_takes(studio, EPISODE)


def rows(listing: TakeListing) -> list[tuple[str, str, str, int]]:
    return [
        (take.cell.batch, take.beat_id, take.current, take.attempt.intent.number) for take in listing.takes
    ]


def test_takes_of_a_whole_beat_are_listed_in_their_batch_while_its_split_is_active(split: Show) -> None:
    listing = listed(split)
    assert listing.faults == ()
    assert rows(listing) == [
        ("BATCH_001", "BATCH_001__SH0001", "current", 1),
        ("BATCH_001", "BATCH_001__SH0003", "current", 1),
        ("BATCH_001", "BATCH_001", "v1, not active", 1),
        ("BATCH_001", "BATCH_001", "v1, not active", 2),
        ("BATCH_002", "BATCH_002", "current", 1),
    ]
    assert all((take.payload is None) == (take.current != "current") for take in listing.takes)


def test_takes_of_the_parts_are_listed_while_the_whole_beat_is_active_again(split: Show) -> None:
    with split.studio() as studio:
        revert(studio, FIRST)
    found = [row[1:3] for row in rows(listed(split)) if row[0] == "BATCH_001"]
    assert found[:2] == [("BATCH_001", "current")] * 2
    assert sorted(found[2:]) == [
        ("BATCH_001__SH0001", "v2, not active"),
        ("BATCH_001__SH0003", "v2, not active"),
    ]
