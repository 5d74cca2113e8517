import io
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image

from resources.providers.animatic.pictures import Pictures
from resources.providers.animatic.sheet.board import draw_panel, panel_pictures
from resources.providers.animatic.sheet.board_layout import layout_of
from resources.providers.animatic.story.staging import stage_shots
from tests.animatic.samples import board_request, difference, pixels, png, reference, render, shot

SIZES = ("ECU", "CU", "MCU", "MS", "MWS", "WS", "EWS", "OTS", "POV", "INSERT", "2S", "AERIAL")


def test_a_board_is_a_png_of_the_layouts_size(tmp_path: Path) -> None:
    data = render(tmp_path / "board.png", board_request(shot("SH1"), shot("SH2"), shot("SH3")))

    with Image.open(io.BytesIO(data)) as picture:
        layout = layout_of(180, 320, 3)
        assert (picture.format, picture.size) == ("PNG", (layout.width, layout.height))
    assert len(data) < 400_000


@pytest.mark.parametrize("shots", range(1, 7))
@pytest.mark.parametrize(
    ("width", "height"), [(720, 1280), (1280, 720), (1024, 1024), (720, 900), (1680, 720)]
)
def test_a_sheet_has_one_panel_a_shot_and_none_meets_another_or_the_edge(
    shots: int, width: int, height: int
) -> None:
    layout = layout_of(width, height, shots)

    assert len(layout.panels) == shots
    for index, panel in enumerate(layout.panels):
        assert 0 < panel.left < panel.right < layout.width
        assert 0 < panel.top < panel.bottom < layout.height - 100
        assert panel.width / panel.height == pytest.approx(width / height, rel=0.02)
        for other in layout.panels[index + 1 :]:
            assert panel.right < other.left or panel.bottom + 100 < other.top or other.right < panel.left


def test_every_shot_size_frames_the_same_scene_differently() -> None:
    shots = [shot(f"SH{size}", shot_type=size, cast=("MARA", "JONAS"), description="") for size in SIZES]
    drawn = [
        pixels(png(draw_panel(stage, 90, 160, Pictures())))
        for stage in stage_shots(shots, seed=7, aspect=9 / 16)
    ]

    alike = [
        (one, other)
        for (one, first), (other, second) in combinations(zip(SIZES, drawn, strict=True), 2)
        if difference(first, second) < 8
    ]
    assert alike == []


def test_the_same_request_draws_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    wanted = board_request(shot("SH1", shot_type="CU"), shot("SH2"))

    one = render(tmp_path / "one.png", wanted)

    assert render(tmp_path / "other.png", wanted) == one
    assert render(tmp_path / "third.png", wanted.model_copy(update={"seed": 8})) != one


def test_captions_stay_inside_the_sheet_and_off_the_panels(tmp_path: Path) -> None:
    long = "A sentence that goes on and on, " * 40
    plain = [shot(f"SH{number}", description="", cast=(), location="") for number in range(2)]
    wordy = [
        one.model_copy(
            update={
                "description": long,
                "dialogue": (f"MARA: {long}", long),
                "cast": tuple(f"A_CHARACTER_WITH_A_LONG_NAME_{number}" for number in range(9)),
                "location": "THE_PLACE_WITH_THE_VERY_LONGEST_NAME_IN_THE_WHOLE_EPISODE",
            }
        )
        for one in plain
    ]
    bare, full = (
        pixels(render(tmp_path / f"{name}.png", board_request(*shots)))
        for name, shots in (("plain", plain), ("wordy", wordy))
    )

    layout = layout_of(180, 320, 2)
    changed = abs(bare - full).max(axis=2) > 0
    for panel in layout.panels:
        changed[panel.top - 2 : panel.bottom + 2, panel.left - 2 : panel.right + 2] = False
        changed[panel.bottom : panel.bottom + 152, panel.left - 3 : panel.right + 3] = False
    changed[:92] = False
    assert not changed.any()


@pytest.mark.parametrize(
    "words", ["Кухня", "المطبخ — she waits", "厨房。早晨。", "😂🎬", "a\u0000b", "W" * 400]
)
def test_no_words_break_a_board(words: str, tmp_path: Path) -> None:
    odd = shot(description=words, dialogue=(words,), cast=(words,), location=words, shot_type=words)

    assert render(tmp_path / "board.png", board_request(odd)).startswith(b"\x89PNG")


def test_a_character_reference_is_pinned_to_the_panels_of_its_character_only(tmp_path: Path) -> None:
    wanted = board_request(shot("SH1", cast=("MARA",)), shot("SH2", cast=("JONAS",)))
    without = pixels(render(tmp_path / "without.png", wanted))
    with_card = pixels(render(tmp_path / "with.png", wanted, [reference("character", "MARA", (250, 0, 250))]))

    first, second = (slice(panel.left, panel.right) for panel in layout_of(180, 320, 2).panels)
    assert difference(without[:, first], with_card[:, first]) > 1
    assert difference(without[:, second], with_card[:, second]) == 0


def test_a_location_reference_becomes_the_backdrop(tmp_path: Path) -> None:
    wanted = board_request(shot(shot_type="WS"))
    drawn = render(tmp_path / "drawn.png", wanted)
    photographed = render(tmp_path / "photo.png", wanted, [reference("location", "KITCHEN", (20, 200, 40))])

    panel = layout_of(180, 320, 1).panels[0]
    corner = (slice(panel.top + 8, panel.top + 90), slice(panel.left + 8, panel.left + 60))
    green, red = (pixels(photographed)[corner].mean(axis=(0, 1))[band] for band in (1, 0))
    assert green > red + 100
    assert difference(pixels(drawn)[corner], pixels(photographed)[corner]) > 40


def test_a_finish_of_another_size_is_cut_where_its_panels_are() -> None:
    layout = layout_of(720, 1280, 4)
    sheet = Image.new("RGB", (layout.width, layout.height))
    for number, panel in enumerate(layout.panels):
        sheet.paste((40 * number + 60, 0, 0), (panel.left, panel.top, panel.right, panel.bottom))

    cut = panel_pictures(sheet.resize((layout.width * 2, layout.height * 2)), 720, 1280, 4)

    assert [panel.getpixel((panel.width // 2, panel.height // 2)) for panel in cut] == [
        (60, 0, 0),
        (100, 0, 0),
        (140, 0, 0),
        (180, 0, 0),
    ]


def test_a_bare_grid_is_cut_into_equal_parts_and_any_other_picture_is_shown_whole() -> None:
    grid = Image.new("RGB", (360, 320))
    grid.paste((200, 0, 0), (180, 0, 360, 320))
    other = Image.new("RGB", (333, 100))

    assert [panel.getpixel((90, 160)) for panel in panel_pictures(grid, 180, 320, 2)] == [
        (0, 0, 0),
        (200, 0, 0),
    ]
    assert panel_pictures(other, 180, 320, 2) == [other, other]


def test_a_board_names_everybody_in_it_and_no_tag_that_only_files_go_by(tmp_path: Path) -> None:
    shots = (shot("SH1", cast=("MARA",)), shot("SH2", cast=("MARA", "IVO")))
    drawn = render(tmp_path / "one.png", board_request(*shots))
    assert render(tmp_path / "other.png", board_request(*shots, tag="SOLO_MARA")) == drawn
