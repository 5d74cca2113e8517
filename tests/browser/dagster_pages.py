"""The pages of the Dagster UI these tests walk, found by role, text and address."""

from dataclasses import dataclass
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

LOCATION = "recoil_assets.definitions"
GROUPS = ("development", "storyboard", "art_department", "generation", "editorial", "accounting")
_BOXES = """boxes => boxes.filter(box => box.textContent.trim()).map(box => ({
    name: box.textContent.trim(),
    is_group: box.classList.contains('group'),
    x: +box.getAttribute('x'), y: +box.getAttribute('y'),
    width: +box.getAttribute('width'), height: +box.getAttribute('height')}))"""
_CURVES = "curves => curves.map(curve => curve.getAttribute('d').match(/-?[0-9.]+/g).map(Number))"


@dataclass(frozen=True)
class DrawnLineage:
    """The lineage as its picture shows it: which asset lies in which group, and where every arrow leads."""

    group_of: dict[str, str]
    arrows: set[tuple[str, str]]


def see_lineage(page: Page) -> DrawnLineage:
    """Open the global lineage with every group unfolded, and read the drawing."""
    unfolded = ",".join(f"global@global:{group}" for group in GROUPS)
    page.goto(f"/asset-groups?expanded={quote(unfolded)}")
    drawing = page.locator("svg:has(foreignObject)")
    expect(drawing.get_by_text("spend_report", exact=True)).to_be_visible()
    expect(drawing.locator("path[marker-end]").first).to_be_attached()
    boxes = drawing.locator("foreignObject").evaluate_all(_BOXES)
    groups = [box for box in boxes if box["is_group"]]
    assets = [box for box in boxes if not box["is_group"]]
    return DrawnLineage(
        group_of={
            asset["name"]: group["name"]
            for asset in assets
            for group in groups
            if _holds(group, asset["x"], asset["y"])
        },
        arrows={
            (_asset_at(assets, curve[0], curve[1]), _asset_at(assets, curve[-2], curve[-1]))
            for curve in drawing.locator("path[marker-end]").evaluate_all(_CURVES)
        },
    )


def _holds(box: dict[str, float], x: float, y: float, *, margin: float = 0) -> bool:
    across = box["x"] - margin <= x <= box["x"] + box["width"] + margin
    return across and box["y"] - margin <= y <= box["y"] + box["height"] + margin


def _asset_at(assets: list[dict[str, float]], x: float, y: float) -> str:
    """The asset whose box an arrow touches; its head stops a few units before the box."""
    (name,) = (str(asset["name"]) for asset in assets if _holds(asset, x, y, margin=10))
    return name


def open_asset(page: Page, asset: str) -> None:
    """An asset's overview."""
    page.goto(f"/assets/{asset}")
    expect(page.get_by_text("Description", exact=True)).to_be_visible()


def open_partition(page: Page, asset: str, partition: str) -> None:
    """One partition of an asset."""
    page.goto(f"/assets/{asset}?view=partitions&partition={quote(partition)}")
    expect(page.get_by_text("Latest materialization", exact=True)).to_be_visible()
    expect(partition_title(page, partition)).to_be_visible()


def partition_title(page: Page, partition: str) -> Locator:
    """The heading of the partition that is open."""
    return page.get_by_title(partition, exact=True).last


def badge(page: Page, status: str) -> Locator:
    """The badge beside the partition's title."""
    return page.get_by_text(status, exact=True)


def metadata(page: Page, name: str) -> Locator:
    """The row of a metadata entry."""
    return page.get_by_role("row").filter(has=page.get_by_role("cell", name=name, exact=True))


def launch(page: Page, *, button: str, says: str, **partitions: str) -> None:
    """Press a Materialize button, choose partitions by dimension (``all`` takes all), and launch.

    Args:
        button: the words on the button that opens the dialog.
        says: what Dagster says when it was launched.
    """
    page.get_by_role("button", name=button).first.click()
    dialog = page.get_by_role("dialog")
    for place, partition in enumerate(partitions.values()):
        if partition == "all":
            dialog.get_by_role("button", name="All", exact=True).nth(place).click()
        else:
            dialog.get_by_text("Select a partition or create one").first.click()
            page.get_by_role("menuitem").filter(has_text=partition).locator("label").click()
            page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Launch").click()
    expect(page.get_by_text(says)).to_be_visible()


def open_check(page: Page, asset: str, check: str, cell: str) -> None:
    """What a check says of one cell."""
    page.goto(f"/assets/{asset}?view=checks&checkDetail={check}")
    expect(page.get_by_role("tab", name="Execution history")).to_be_visible()
    page.get_by_role("tab", name="Partitions").nth(1).click()
    for key in cell.split("|"):
        page.get_by_title(key, exact=True).first.click()
    expect(partition_title(page, cell)).to_be_visible()
