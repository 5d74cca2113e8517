"""A board is approved by looking at it, so its picture has to be there to be looked at."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Page, expect

from tests.browser.dagster_pages import badge, metadata, open_partition
from tests.browser.served_show import ServedShow

pytestmark = pytest.mark.browser


def seen_picture(page: Page, caption: str) -> Image.Image:
    """The picture of that caption in the open dialog, from the pixels the browser decoded."""
    picture = page.get_by_role("dialog").get_by_role("img", name=caption)
    expect(picture).to_be_visible()
    page.wait_for_function("picture => picture.complete", arg=picture.element_handle())
    assert picture.evaluate("picture => picture.naturalWidth") > 0, "the browser could not decode it"
    png = picture.evaluate(
        "picture => { const canvas = document.createElement('canvas');"
        " canvas.width = picture.naturalWidth; canvas.height = picture.naturalHeight;"
        " canvas.getContext('2d').drawImage(picture, 0, 0); return canvas.toDataURL('image/png'); }"
    )
    return Image.open(io.BytesIO(base64.b64decode(png.partition(",")[2]))).convert("RGB")


def difference(seen: Image.Image, drawn: Path) -> float:
    """Mean difference a channel, 0 to 255, between what is seen and a picture on disk."""
    with Image.open(drawn) as opened:
        kept = opened.convert("RGB").resize(seen.size, Image.Resampling.LANCZOS)
    means = ImageStat.Stat(ImageChops.difference(seen, kept)).mean
    return sum(means) / len(means)


def test_a_boards_picture_is_seen_in_its_partition(page: Page, show: ServedShow) -> None:
    open_partition(page, "boards", "ep_001|BATCH_002")
    expect(badge(page, "Materialized")).to_be_visible()
    expect(metadata(page, "shots")).to_contain_text("EP001_SH0020, EP001_SH0030")
    metadata(page, "board").get_by_text("Show Markdown").click()

    seen = seen_picture(page, "ep_001 BATCH_002: EP001_SH0020")
    boards = {path.name[:9]: path for path in (show.root / "media/boards/ep_001").glob("*.png")}
    assert len(boards) == 3
    off = {batch: difference(seen, path) for batch, path in boards.items()}
    assert min(off, key=off.__getitem__) == "BATCH_002", off
    assert off["BATCH_002"] < 8, f"that is not the board that was drawn: {off}"


def test_a_batch_without_a_board_says_why(page: Page) -> None:
    open_partition(page, "boards", "ep_001|BATCH_001")
    expect(metadata(page, "state")).to_contain_text("not_required")
    expect(metadata(page, "why")).to_contain_text("below threshold")


def test_a_cell_that_no_plan_names_says_that_there_is_nothing_to_make(page: Page) -> None:
    open_partition(page, "takes", "ep_002|BATCH_006")
    expect(badge(page, "Materialized")).to_be_visible()
    expect(metadata(page, "state")).to_contain_text("void")
