from pathlib import Path

import pytest
from PIL import Image

from recoil_assets.domain.cut import Cut
from resources.editorial.clip_media import UnusableClipError
from resources.editorial.contact_sheet import _APPROVED, _NEWER, _PAPER, _STALE, _Grid, draw_contact_sheet
from tests.editorial.footage import BLACK, BLUE, GREEN, GREY, RED, Colour, Footage, cut_of, damage, nearest


@pytest.fixture
def destination(footage: Footage) -> Path:
    return footage.root / "dailies" / "contact_sheet.png"


def cell_colours(cut: Cut, sheet: Path) -> list[Colour]:
    """The colour in the middle of every cell."""
    grid = _Grid.of(cut)
    with Image.open(sheet) as picture:
        return [
            nearest(picture.getpixel((left + grid.picture_width // 2, top + grid.picture_height // 2)))
            for left, top in grid.corners()
        ]


def test_every_unusable_clip_is_listed_and_the_sheet_of_yesterday_stays(
    footage: Footage, destination: Path
) -> None:
    torn = footage.shoot(RED)
    damage(footage.root / torn.media_path, 0.2, torn=True)
    destination.parent.mkdir()
    destination.write_bytes(b"yesterday")

    with pytest.raises(UnusableClipError) as refusal:
        draw_contact_sheet(
            cut_of(torn, footage.shoot(BLUE), footage.clip("media/nowhere.mp4")), footage.root, destination
        )

    assert len(refusal.value.problems) == 2
    assert [path.name for path in destination.parent.iterdir()] == ["contact_sheet.png"]
    assert destination.read_bytes() == b"yesterday"


def test_every_shot_has_a_cell_with_a_frame_from_its_middle(footage: Footage, destination: Path) -> None:
    cut = cut_of(
        footage.shoot(RED),
        footage.shoot(GREEN, BLUE, GREY, frames=24, durations_s=(0.6, 0.7, 0.7)),
        footage.shoot(BLUE),
    )

    sheet = draw_contact_sheet(cut, footage.root, destination)

    assert sheet.cells == 5
    assert cell_colours(cut, destination) == [RED, GREEN, BLUE, GREY, BLUE]
    with Image.open(destination) as picture:
        assert picture.size == (sheet.width, sheet.height)


def test_media_shorter_than_the_cut_has_it_shows_its_last_frame(footage: Footage, destination: Path) -> None:
    clip = footage.shoot(RED, GREEN, durations_s=(5, 5)).model_copy(update={"duration_s": 10.0})
    cut = cut_of(clip)

    draw_contact_sheet(cut, footage.root, destination)

    assert cell_colours(cut, destination) == [GREEN, GREEN]


def test_a_stale_clip_is_flagged_on_each_of_its_shots_and_no_other_is(
    footage: Footage, destination: Path
) -> None:
    cut = cut_of(footage.shoot(RED), footage.shoot(GREEN, BLUE, stale=True), footage.shoot(GREY))

    draw_contact_sheet(cut, footage.root, destination)

    with Image.open(destination) as picture:
        edges = [picture.getpixel((left, top + 40)) for left, top in _Grid.of(cut).corners()]
    assert [edge == _STALE for edge in edges] == [False, True, True, False]


def test_the_sheet_tells_the_latest_and_the_latest_approved_apart(
    footage: Footage, destination: Path
) -> None:
    cut = cut_of(
        footage.shoot(RED),
        footage.shoot(RED, approved=True),
        footage.shoot(RED, newer=3),
        footage.shoot(RED, approved=True, newer=4, newer_approved=3),
    )

    draw_contact_sheet(cut, footage.root, destination)

    grid = _Grid.of(cut)
    with Image.open(destination) as picture:
        badges = [
            [picture.getpixel((left + 3, top + grid.picture_height - 4 - 25 * row)) for row in range(3)]
            for left, top in grid.corners()
        ]
    marks = {_APPROVED: "approved", _NEWER: "newer"}
    assert [[marks[colour] for colour in column if colour in marks] for column in badges] == [  # type: ignore[index]
        [],
        ["approved"],
        ["newer"],
        ["newer", "newer", "approved"],
    ]


def test_texts_that_are_too_long_are_cut_off_at_their_cell(footage: Footage, destination: Path) -> None:
    clips = [footage.shoot(RED, model="a-model-with-a-name-" * 20, beat_id="X" * 200) for _ in range(3)]
    cut = cut_of(*clips, title="a title that does not end " * 20)

    draw_contact_sheet(cut, footage.root, destination)

    grid = _Grid.of(cut)
    with Image.open(destination) as picture:
        for left, top in grid.corners():
            under = (left + grid.picture_width, top + grid.picture_height)
            assert _colours(picture.crop((*under, under[0] + 14, under[1] + 66))) == {_PAPER}
        assert _colours(picture.crop((picture.width - 24, 0, picture.width, 100))) == {_PAPER}


def _colours(picture: Image.Image) -> set[object]:
    return {colour for _, colour in picture.getcolors(100_000) or []}


@pytest.mark.parametrize(("size", "other"), [((90, 160), (160, 90)), ((160, 90), (90, 160))])
def test_a_clip_of_another_shape_is_shown_whole_in_its_cell(
    footage: Footage, destination: Path, size: tuple[int, int], other: tuple[int, int]
) -> None:
    cut = cut_of(footage.shoot(RED, size=other), width=size[0], height=size[1])

    draw_contact_sheet(cut, footage.root, destination)

    grid = _Grid.of(cut)
    left, top = next(grid.corners())
    with Image.open(destination) as picture:
        near_the_edge = nearest(picture.getpixel((left + 6, top + 6)))
    assert cell_colours(cut, destination) == [RED]
    assert near_the_edge == BLACK


@pytest.mark.parametrize("frame", [(1080, 1920), (1920, 1080), (720, 720), (2520, 1080)])
@pytest.mark.parametrize("shots", [1, 2, 7, 24, 60, 150])
def test_the_grid_has_room_for_every_shot_and_no_empty_row_or_column(
    footage: Footage, frame: tuple[int, int], shots: int
) -> None:
    cut = cut_of(*[footage.clip("media/one.mp4")] * shots, width=frame[0], height=frame[1])

    grid = _Grid.of(cut)
    corners = list(grid.corners())

    assert len(corners) == shots
    assert len({left for left, _ in corners}) == grid.columns
    assert max(left for left, _ in corners) + grid.picture_width <= grid.sheet_width
    assert max(top for _, top in corners) + grid.picture_height <= grid.sheet_height
    assert grid.picture_width / grid.picture_height == pytest.approx(frame[0] / frame[1], rel=0.02)


def test_the_same_cut_gives_the_same_bytes(footage: Footage, destination: Path) -> None:
    cut = cut_of(footage.shoot(RED), footage.shoot(GREEN, BLUE, stale=True))

    draw_contact_sheet(cut, footage.root, destination)
    before = destination.read_bytes()
    draw_contact_sheet(cut, footage.root, destination)

    assert destination.read_bytes() == before
