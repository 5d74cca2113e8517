import io

import pytest
from PIL import Image

from recoil_assets.domain.reference import image_fault, refs_fingerprint

from .samples import reference, request


def picture(form: str) -> bytes:
    data = io.BytesIO()
    Image.effect_noise((24, 24), 80).save(data, form)
    return data.getvalue()


def fault(data: bytes) -> tuple[str, str]:
    return image_fault(data[:64], len(data))


@pytest.mark.parametrize(
    ("data", "told", "cure"),
    [
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
            "git-LFS pointer",
            "git lfs pull",
        ),
        (b"version https://git-lfs.github.com/spec/v1\n" + b"x" * 500, "git-LFS pointer", "git lfs pull"),
        (b"", "only 0 bytes", "export"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 91, "only 99 bytes", "export"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>" * 9, "not a PNG", "export it as PNG"),
        (b'{"error": "expired"}' * 20, "not a PNG", "export it as PNG"),
        (b"\0" * 500, "not a PNG", "export it as PNG"),
        (b"RIFF\0\0\0\0WAVE" + b"\0" * 500, "not a PNG", "export it as PNG"),
        (b"\x89PNG\n" + b"\0" * 500, "not a PNG", "export it as PNG"),
        (b"%PDF-1.7" + b"\0" * 500, "not a PNG", "export it as PNG"),
    ],
)
def test_bytes_that_are_no_picture_are_a_fault_with_a_cure(data: bytes, told: str, cure: str) -> None:
    assert told in fault(data)[0]
    assert cure in fault(data)[1]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_real_picture_has_no_fault_whatever_its_file_is_called(form: str) -> None:
    assert fault(picture(form)) == ("", "")


def test_a_picture_of_one_hundred_bytes_is_big_enough() -> None:
    assert image_fault(b"\xff\xd8\xff", 100) == ("", "")
    assert image_fault(b"\xff\xd8\xff", 99) != ("", "")


def test_no_references_have_an_empty_fingerprint_and_some_have_not() -> None:
    some = refs_fingerprint([reference()])
    assert refs_fingerprint([]) == ""
    assert len(some) == 64
    assert some != refs_fingerprint([reference(), reference("refs/locations/LOC_QUAY.png")])


def test_a_fingerprint_follows_path_and_bytes() -> None:
    prints = {
        refs_fingerprint([reference()]),
        refs_fingerprint([reference(sha256="b" * 64)]),
        refs_fingerprint([reference("refs/characters/IVO.png")]),
    }
    assert len(prints) == 3


def test_a_fingerprint_does_not_follow_order_or_role() -> None:
    one, two = (
        reference(),
        reference("refs/locations/LOC_QUAY.png", "c" * 64, role="location", name="LOC_QUAY"),
    )
    assert refs_fingerprint([one, two]) == refs_fingerprint([two, one])
    assert refs_fingerprint([reference(role="board")]) == refs_fingerprint([one])


@pytest.mark.parametrize(
    ("path", "is_url"),
    [
        ("https://example.com/maren.png", True),
        ("http://example.com/maren.png", True),
        ("data:image/png;base64,AAAA", True),
        ("refs/characters/MAREN.png", False),
        ("https/maren.png", False),
        ("/etc/https://maren.png", False),
    ],
)
def test_a_url_is_told_from_a_path(path: str, is_url: bool) -> None:
    assert reference(path).is_url is is_url


def test_a_requests_fingerprint_covers_references_and_both_frames() -> None:
    start = reference("refs/frames/a.png", "d" * 64, role="start_frame", name="SH0010")
    end = reference("refs/frames/b.png", "e" * 64, role="end_frame", name="SH0010")
    prints = [
        request().fingerprint,
        request(references=(reference(),)).fingerprint,
        request(references=(reference(),), start_frame=start).fingerprint,
        request(references=(reference(),), start_frame=start, end_frame=end).fingerprint,
    ]
    assert prints[0] == ""
    assert len(set(prints)) == 4


def test_a_request_lists_each_reference_once() -> None:
    one = reference()
    assert request(references=(one, one), start_frame=one).all_references == (one,)


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "Maren runs."},
        {"model": "other"},
        {"duration_s": 6.5},
        {"seed": 8},
        {"width": 704},
        {"audio": True},
        {"tier": "pro"},
        {"tag": "A_IVO"},
        {"references": (reference(),)},
        {"start_frame": reference(role="start_frame")},
        {"end_frame": reference(role="end_frame")},
        {"provider_hints": {"seed": 7}},
        {"generation_config": {"resolution": "1080p"}},
        {"element_config": {"camera_side": "B"}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_takes_basis_is_the_digest_of_the_whole_request(changes: dict[str, object]) -> None:
    assert request(**changes).digest != request().digest
    assert request().digest == request().digest


def test_a_repainted_reference_is_another_basis() -> None:
    assert (
        request(references=(reference(sha256="b" * 64),)).digest != request(references=(reference(),)).digest
    )
