import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from recoil_assets.domain.settings import ProjectSettings
from resources.project_store.decoding import FORMATS, MOST_PIXELS, decoding_fault
from resources.project_store.layout import Layout
from resources.project_store.reference_files import ReferenceFiles


def picture(form: str, *, frames: int = 1) -> bytes:
    shown = [Image.effect_noise((48, 48), 40 + number) for number in range(frames)]
    data = io.BytesIO()
    if frames > 1:
        shown[0].save(data, form, save_all=True, append_images=shown[1:])
    else:
        shown[0].save(data, form)
    return data.getvalue()


WHOLE = {form: picture(form) for form in FORMATS}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_truncated_picture_of_any_format_is_a_fault_with_a_cure(form: str, part: float) -> None:
    fault, cure = decoding_fault(WHOLE[form][: int(len(WHOLE[form]) * part)])
    assert fault.startswith("can not be decoded (")
    assert "export" in cure


@pytest.mark.parametrize(
    "data",
    [
        b"BM" + b" is not always the beginning of a bitmap, it may be of a letter. " * 20,
        b"BM" + b"\0" * 200,
        b"BM"
        + struct.pack("<IHHIIiiHHIIiiII", 1000, 0, 0, 54, 40, 2**31 - 1, 2**31 - 1, 1, 24, 0, 0, 0, 0, 0, 0),
        b"\x89PNG\r\n\x1a\n" + b"another picture" * 20,
        b"\xff\xd8\xff" + b"\0" * 200,
        b"GIF89a" + b"\0" * 200,
        b"RIFF\xff\0\0\0WEBPVP8 " + b"\0" * 200,
        WHOLE["PNG"][:200] + bytes([WHOLE["PNG"][200] ^ 0xFF]) + WHOLE["PNG"][201:],
        b"",
    ],
    ids=["letter", "empty bmp", "endless bmp", "png", "jpeg", "gif", "webp", "one bit of a png", "nothing"],
)
def test_what_only_begins_like_a_picture_is_a_fault(data: bytes) -> None:
    assert decoding_fault(data)[0]


def test_a_real_picture_of_another_kind_is_a_fault() -> None:
    assert decoding_fault(picture("TIFF"))[0]


def test_every_frame_of_an_animation_is_decoded() -> None:
    film = picture("GIF", frames=4)
    assert decoding_fault(film) == ("", "")
    assert decoding_fault(film[: int(len(film) * 0.6)])[0]


def test_a_picture_with_more_pixels_than_anybody_draws_is_not_decoded() -> None:
    data = io.BytesIO()
    Image.new("1", (8192, MOST_PIXELS // 8192 + 1)).save(data, "PNG")
    fault, cure = decoding_fault(data.getvalue())
    assert "million pixels" in fault
    assert "8192 x 8192" in cure


@settings(max_examples=200, deadline=None)
@given(form=st.sampled_from(FORMATS), at=st.integers(0, 2**16), by=st.binary(min_size=1, max_size=8))
def test_a_spoilt_picture_is_fine_or_a_fault_and_never_an_exception(form: str, at: int, by: bytes) -> None:
    data = bytearray(WHOLE[form])
    start = at % len(data)
    data[start : start + len(by)] = by
    fault, cure = decoding_fault(bytes(data))
    assert bool(fault) == bool(cure)


@pytest.mark.parametrize("form", FORMATS)
def test_a_reference_is_decoded_before_it_is_resolved(layout: Layout, form: str) -> None:
    path = layout.references / "characters/MARA.png"
    references = ReferenceFiles(layout, ProjectSettings())
    path.write_bytes(WHOLE[form])
    assert references.resolve("character", "MARA", "refs/characters/MARA.png").fault == ""
    path.write_bytes(WHOLE[form][:-400])
    assert "can not be decoded" in references.resolve("character", "MARA", "refs/characters/MARA.png").fault
