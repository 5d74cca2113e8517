from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from recoil_assets.domain.errors import ProviderError
from resources.providers.animatic.film.slate import Strip, slate_of
from resources.providers.animatic.film.timeline import spans_of
from resources.providers.animatic.pictures import Pictures
from resources.providers.animatic.sheet.board_layout import layout_of
from resources.providers.animatic.sheet.pinned import pin_cards
from tests.animatic.samples import (
    board_request,
    difference,
    pixels,
    plain_picture,
    png,
    reference,
    render,
    request,
    shot,
    watch,
)

SHOTS = (shot("SH1", description="Locked off."), shot("SH2", shot_type="CU", description="Locked off."))
HEAD = slice(60, 200)


@pytest.fixture
def board(tmp_path: Path) -> bytes:
    """A board drawn with another seed than the take's."""
    return render(tmp_path / "board.png", board_request(*SHOTS, seed=31))


def test_a_take_shows_the_approved_board_and_not_a_drawing_of_its_own(board: bytes, tmp_path: Path) -> None:
    render(tmp_path / "own.mp4", request(*SHOTS))
    render(tmp_path / "board.mp4", request(*SHOTS), [reference("board", "BATCH_001", board)])
    render(tmp_path / "same.mp4", request(*SHOTS, seed=31))

    own, approved, same = (watch(tmp_path / name).frames for name in ("own.mp4", "board.mp4", "same.mp4"))

    assert difference(own[0][HEAD], approved[0][HEAD]) > 2
    assert difference(same[0][HEAD], approved[0][HEAD]) < 1
    assert difference(same[-1][HEAD], approved[-1][HEAD]) < 1


def test_a_board_that_was_painted_over_is_shown_as_painted(board: bytes, tmp_path: Path) -> None:
    panel = layout_of(180, 320, 2).panels[1]
    painted = Image.fromarray(pixels(board).astype("uint8"))
    painted.paste((10, 220, 30), (panel.left, panel.top, panel.right, panel.bottom))
    render(tmp_path / "take.mp4", request(*SHOTS), [reference("board", "BATCH_001", painted)])

    frames = watch(tmp_path / "take.mp4").frames

    assert frames[-1][HEAD].mean(axis=(0, 1))[1] > 180
    assert frames[0][HEAD].mean(axis=(0, 1))[1] < 180


def test_takes_differ_where_their_boards_do(tmp_path: Path) -> None:
    for name, colour in (("red", (200, 30, 30)), ("blue", (30, 30, 200))):
        sheet = plain_picture(colour, (360, 320))
        render(tmp_path / f"{name}.mp4", request(*SHOTS), [reference("board", "BATCH_001", sheet)])

    red, blue = (
        watch(tmp_path / f"{name}.mp4").frames[3][HEAD].mean(axis=(0, 1)) for name in ("red", "blue")
    )

    assert red[0] > red[2] + 80
    assert blue[2] > blue[0] + 80


def test_a_take_starts_on_its_start_frame_and_ends_on_its_end_frame(tmp_path: Path) -> None:
    frames_sent = [
        reference("start_frame", "SH1", (200, 40, 40)),
        reference("end_frame", "SH1", (40, 60, 210)),
    ]
    render(tmp_path / "take.mp4", request(shot(duration_s=1.0)), frames_sent)

    first, *_, last = watch(tmp_path / "take.mp4").frames

    assert first[HEAD].mean(axis=(0, 1))[0] > 150
    assert first[HEAD].mean(axis=(0, 1))[2] < 90
    assert last[HEAD].mean(axis=(0, 1))[2] > 130
    assert last[HEAD].mean(axis=(0, 1))[0] < 100


def test_a_start_frame_is_the_first_shots_picture_only(tmp_path: Path) -> None:
    sent = [reference("start_frame", "SH1", (200, 40, 40))]
    render(tmp_path / "with.mp4", request(*SHOTS), sent)
    render(tmp_path / "without.mp4", request(*SHOTS))

    with_frame, without = (watch(tmp_path / name).frames for name in ("with.mp4", "without.mp4"))

    assert difference(with_frame[0][HEAD], without[0][HEAD]) > 20
    assert difference(with_frame[-1][HEAD], without[-1][HEAD]) < 3


def test_a_cast_reference_is_seen_in_the_take(tmp_path: Path) -> None:
    render(tmp_path / "without.mp4", request())
    render(tmp_path / "with.mp4", request(), [reference("character", "MARA", (250, 0, 250))])

    without, with_card = (watch(tmp_path / name).frames[2] for name in ("without.mp4", "with.mp4"))

    upper_right = (slice(5, 40), slice(130, 178))
    assert difference(without[upper_right], with_card[upper_right]) > 15
    assert difference(without[HEAD], with_card[HEAD]) < 2


def test_a_location_reference_is_the_backdrop_unless_a_board_was_approved(
    board: bytes, tmp_path: Path
) -> None:
    place = reference("location", "KITCHEN", (20, 210, 40))
    render(tmp_path / "place.mp4", request(*SHOTS), [place])
    render(tmp_path / "board.mp4", request(*SHOTS), [place, reference("board", "BATCH_001", board)])

    backdrop, approved = (
        watch(tmp_path / name).frames[0][60:120, :30] for name in ("place.mp4", "board.mp4")
    )

    assert backdrop.mean(axis=(0, 1))[1] > backdrop.mean(axis=(0, 1))[0] + 80
    assert approved.mean(axis=(0, 1))[1] < approved.mean(axis=(0, 1))[0] + 40


def test_a_picture_with_clear_parts_is_laid_on_paper(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (200, 200), (255, 0, 0, 0))
    render(tmp_path / "take.mp4", request(), [reference("start_frame", "SH1", clear)])

    assert watch(tmp_path / "take.mp4").frames[0][HEAD].mean() > 225


@pytest.mark.parametrize(
    "damage",
    [lambda _: b"", lambda _: b"<html>not a picture</html>" * 9, lambda data: data[: len(data) // 2]],
    ids=["empty", "html", "cut short"],
)
def test_broken_references_are_all_named_with_the_cure_and_nothing_is_written(
    damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    whole = png(plain_picture((90, 90, 90)))
    sent = [
        reference("character", "MARA", damage(whole)),
        reference("character", "JONAS", whole),
        reference("location", "KITCHEN", damage(whole)),
    ]

    with pytest.raises(ProviderError) as caught:
        render(tmp_path / "take.mp4", request(), sent)

    assert "character MARA" in caught.value.message
    assert "location KITCHEN" in caught.value.message
    assert "JONAS" not in caught.value.message
    assert "export" in caught.value.cure
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cards", [0, 1, 3])
@pytest.mark.parametrize("size", [(180, 320), (360, 640), (640, 360), (1080, 1080)])
def test_what_says_animatic_never_lies_on_a_pinned_card(cards: int, size: tuple[int, int]) -> None:
    cast = tuple(f"PERSON_{number}" for number in range(cards))
    wanted = request(shot(cast=cast), width=size[0], height=size[1], seed=2**31 - 1)
    pictures = Pictures(cast={name: plain_picture((20, 200, 40)) for name in cast})

    slate = slate_of(wanted, spans_of(wanted)[0], size, pictures, pin_place=False)

    tags = [box for box in map(strip_box, slate.strips[1:]) if box[2] - box[0] < size[0]]
    sheet = Image.new("RGBA", size, (0, 0, 0, 0))
    pin_cards(sheet, wanted.shots[0], pictures, frame_height=size[1])
    assert len(tags) == 1
    assert sheet.crop(tags[0]).getchannel("A").getextrema() == (0, 0)
    assert tags[0][2] <= size[0]
    assert tags[0][3] <= size[1] // 2


def strip_box(strip: Strip) -> tuple[int, int, int, int]:
    """Where a strip lies on the frame: left, top, right, bottom."""
    (left, top), (width, height) = strip.at, strip.picture.size
    return left, top, left + width, top + height
