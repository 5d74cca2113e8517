"""The first page a producer sees: what there is, and what is made from what."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dagster_pages import open_asset, see_lineage

pytestmark = pytest.mark.browser


def test_the_lineage_shows_every_asset_in_its_group_and_what_it_is_made_from(page: Page) -> None:
    drawn = see_lineage(page)
    assert drawn.group_of == {
        "plans": "development",
        "scene_versions": "development",
        "boards": "storyboard",
        "board_reviews": "storyboard",
        "references": "art_department",
        "dispatch_payloads": "generation",
        "takes": "generation",
        "dailies": "editorial",
        "spend_report": "accounting",
    }
    assert drawn.arrows == {
        ("plans", "scene_versions"),
        ("scene_versions", "boards"),
        ("boards", "board_reviews"),
        ("scene_versions", "references"),
        ("scene_versions", "dispatch_payloads"),
        ("board_reviews", "dispatch_payloads"),
        ("references", "dispatch_payloads"),
        ("dispatch_payloads", "takes"),
        ("takes", "dailies"),
        ("takes", "spend_report"),
    }


@pytest.mark.parametrize(
    ("asset", "owner", "kind", "spends", "says"),
    [
        ("boards", "producers", "image", "boards", "then approve or reject it."),
        ("takes", "pipeline", "mp4", "video", "The one asset that spends on video"),
    ],
)
def test_an_asset_says_what_it_is_whose_it_is_and_what_it_spends(
    page: Page, asset: str, owner: str, kind: str, spends: str, says: str
) -> None:
    open_asset(page, asset)
    for shown in (owner, kind, f"recoil/spends: {spends}"):
        expect(page.get_by_text(shown, exact=True).first).to_be_visible()
    expect(page.get_by_text(says)).to_be_visible()
