"""A new episode under the real daemon: dropped in, drawn, approved and watched, each step seen in the UI.

Every stage of its life is a fixture that rests on the one before, so each test may run alone.
"""

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import fresh_page
from tests.browser.dagster_pages import LOCATION, badge, launch, metadata, open_check, open_partition
from tests.browser.served_show import ServedShow

pytestmark = pytest.mark.browser

EPISODE = "ep_003"
TOGETHER = f"{EPISODE}|BATCH_001"  # two shots of one place: made in one piece, so they need a board
ALONE = f"{EPISODE}|BATCH_002"  # one shot of another place: below threshold, it needs none
SECONDS = 120
"""Longer than the daemon ever takes: a sensor looks every 10 s, a backfill is looked at every 30 s."""


def shot(number: int, place: str) -> dict[str, object]:
    return {
        "shot_id": f"EP003_SH{number:04d}",
        "shot_type": "MS",
        "duration_s": 2.0,
        "characters": [{"char_id": "MAREN"}],
        "location_id": place,
        "description": f"Maren waits for the {number}th wave.",
    }


@pytest.fixture(scope="module")
def dropped(show: ServedShow) -> ServedShow:
    """The plan's file was put into plans/ while the server runs, and the sensors did what is theirs."""
    document = {
        "episode": EPISODE,
        "title": "The Ninth Wave",
        "shots": [shot(10, "LOC_QUAY"), shot(20, "LOC_QUAY"), shot(30, "LOC_LAMP_ROOM")],
    }
    (show.root / "plans" / f"{EPISODE}.json").write_text(json.dumps(document), encoding="utf-8")
    show.wait_for("the plan to be taken in", lambda: show.recorded("plans", EPISODE), within=SECONDS)
    show.wait_for("boards", lambda: show.recorded("boards", TOGETHER, ALONE), within=SECONDS)
    return show


@pytest.fixture(scope="module")
def asked_for(dropped: ServedShow, browser: Browser) -> ServedShow:
    """A person asked in the UI to generate the whole episode, before its board was approved."""
    with fresh_page(browser, dropped) as page:
        page.goto(f"/locations/{LOCATION}/jobs/generate")
        launch(page, button="Materialize all", says="Created backfill", episode=EPISODE, shot_batch="all")
    dropped.wait_for("the takes that await nobody", lambda: dropped.recorded("takes", ALONE), within=SECONDS)
    return dropped


@pytest.fixture(scope="module")
def approved(asked_for: ServedShow) -> ServedShow:
    """The board was approved on the command line, and the sensor had its cell generated."""
    asked_for.recoil("board", "approve", *TOGETHER.split("|"), "--project", str(asked_for.root))
    asked_for.wait_for("the approved takes", lambda: asked_for.recorded("takes", TOGETHER), within=SECONDS)
    return asked_for


def test_a_dropped_plan_gets_its_boards_and_nothing_that_could_cost(dropped: ServedShow, page: Page) -> None:
    open_partition(page, "boards", TOGETHER)
    expect(badge(page, "Materialized")).to_be_visible()
    expect(metadata(page, "shots")).to_contain_text("EP003_SH0010, EP003_SH0020")
    for asset in ("references", "dispatch_payloads", "takes"):
        assert not dropped.recorded(asset, TOGETHER)
        assert not dropped.recorded(asset, ALONE)


def test_a_batch_that_awaits_approval_is_shown_as_waiting_and_says_for_what(
    asked_for: ServedShow, page: Page
) -> None:
    open_partition(page, "takes", ALONE)
    expect(badge(page, "Materialized")).to_be_visible()
    open_partition(page, "takes", TOGETHER)
    expect(page.get_by_text("Missing (1)")).to_be_visible()
    expect(page.get_by_text("Failed (0)")).to_be_visible()

    open_check(page, "board_reviews", "awaits_nobody", TOGETHER)
    expect(page.get_by_text(f"the board of {TOGETHER} awaits a decision")).to_be_visible()
    expect(page.get_by_text(f"recoil board approve {TOGETHER.replace('|', ' ')}")).to_be_visible()
    assert {run["status"] for run in asked_for.runs()} == {"SUCCESS"}


def test_approving_a_board_generates_its_batch(approved: ServedShow, page: Page) -> None:
    open_partition(page, "takes", TOGETHER)
    expect(badge(page, "Materialized")).to_be_visible()
    expect(page.get_by_text("Missing (0)")).to_be_visible()
    started = [run["tags"] for run in approved.runs() if run["jobName"] == "generate"]
    by_sensor = [tags for tags in started if tags.get("dagster/sensor_name") == "approved_board_sensor"]
    assert [tags["dagster/partition"] for tags in by_sensor] == [TOGETHER]


def test_an_episode_is_materialised_from_the_ui_and_seen_to_turn_materialised(
    approved: ServedShow, page: Page
) -> None:
    open_partition(page, "dailies", EPISODE)
    expect(page.get_by_text("Materialized (2)")).to_be_visible()
    expect(badge(page, "Materialized")).to_have_count(0)

    launch(page, button="Materialize", says="Launched run")
    expect(page.get_by_text("Materialized (3)")).to_be_visible(timeout=SECONDS * 1000)
    open_partition(page, "dailies", EPISODE)
    expect(badge(page, "Materialized")).to_be_visible()
    expect(metadata(page, "video")).to_contain_text(f"{EPISODE}.mp4")
    assert (approved.root / "dailies" / EPISODE / f"{EPISODE}.mp4").stat().st_size > 10_000
