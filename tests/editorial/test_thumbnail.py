"""The small picture that Dagster shows: light enough for the event log, and its words can be read."""

import io
from pathlib import Path

import pytest
from PIL import Image

from recoil_assets.domain.errors import RecoilError
from recoil_assets.production.storyboard import THUMBNAIL_BYTES
from resources.editorial.desk import EditorialDesk

EXAMPLE_PICTURES = Path(__file__).parents[2] / "examples" / "saltlight" / "refs"


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """A board's worth of pictures: the example show's references, side by side."""
    pictures = [
        Image.open(path).convert("RGB").resize((400, 711)) for path in EXAMPLE_PICTURES.rglob("*.png")
    ]
    sheet = Image.new("RGB", (400 * len(pictures), 711))
    for place, picture in enumerate(pictures):
        sheet.paste(picture, (400 * place, 0))
    sheet.save(tmp_path / "board.png")
    return tmp_path / "board.png"


def test_a_board_is_shown_wide_enough_to_be_read_and_small_enough_to_be_kept(board: Path) -> None:
    thumbnail = EditorialDesk(board.parent).thumbnail(board, max_bytes=THUMBNAIL_BYTES)
    assert len(thumbnail) <= THUMBNAIL_BYTES
    with Image.open(io.BytesIO(thumbnail)) as shown, Image.open(board) as whole:
        assert shown.format == "WEBP"
        assert shown.width >= 500
        assert shown.width / shown.height == pytest.approx(whole.width / whole.height, rel=0.01)


def test_a_picture_is_shown_as_it_is_now_however_often_it_was_shown_before(board: Path) -> None:
    desk = EditorialDesk(board.parent)
    before, again = (desk.thumbnail(board, max_bytes=THUMBNAIL_BYTES) for _ in range(2))
    assert before == again
    smaller = desk.thumbnail(board, max_bytes=THUMBNAIL_BYTES // 2)
    assert len(smaller) <= THUMBNAIL_BYTES // 2
    with Image.open(board) as whole:
        whole.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(board)
    flipped = desk.thumbnail(board, max_bytes=THUMBNAIL_BYTES)
    with Image.open(io.BytesIO(before)) as first, Image.open(io.BytesIO(flipped)) as second:
        assert first.convert("RGB").tobytes() != second.convert("RGB").tobytes()


def test_a_picture_that_does_not_fit_or_is_none_is_refused_with_its_cure(board: Path) -> None:
    desk = EditorialDesk(board.parent)
    with pytest.raises(RecoilError, match="can not be shown in 100 bytes"):
        desk.thumbnail(board, max_bytes=100)
    board.write_bytes(b"half a picture")
    with pytest.raises(RecoilError, match="is not a picture") as refused:
        desk.thumbnail(board, max_bytes=THUMBNAIL_BYTES)
    assert refused.value.cure == "materialise this cell again"
