"""Real files through the check as it is used: measured with PyAV, judged by the rules."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recoil_assets.domain.diagnosis.classify import classify
from recoil_assets.domain.diagnosis.mode import FailureMode
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.domain.take_quality import MediaFault, faults_of, quality_failure
from recoil_assets.production.quality_ports import TakeInspector
from resources.media_check import MediaInspector
from tests.animatic import samples as animatic
from tests.domain.samples import request
from tests.quality.films import (
    SECONDS,
    Picture,
    black,
    damaged,
    film,
    moving,
    night,
    silence,
    sound_only,
    still,
    talking,
    tone,
    torn,
)


def asked(**changes: object) -> GenerationRequest:
    return request(**{"width": 90, "height": 160, "duration_s": SECONDS, "fps": 24, **changes})


def faults(path: Path, of: GenerationRequest | None = None, **more: Any) -> list[MediaFault]:
    inspector: TakeInspector = MediaInspector()
    return [found.fault for found in faults_of(inspector.measure(path), of or asked(), **more)]


@pytest.mark.parametrize("draw", [moving, night, talking])
def test_a_take_of_what_was_asked_has_no_fault_by_day_by_night_and_where_only_a_mouth_moves(
    tmp_path: Path, draw: Callable[..., Picture]
) -> None:
    assert faults(film(tmp_path / "take.mp4", draw)) == []


def test_what_a_take_is_is_measured(tmp_path: Path) -> None:
    facts = MediaInspector().measure(film(tmp_path / "take.mp4", sound=tone))

    assert (facts.frames, facts.promised_frames, facts.width, facts.height) == (48, 48, 90, 160)
    assert (facts.duration_s, facts.fps) == (pytest.approx(2.0), pytest.approx(24.0))
    assert (facts.black_share, facts.still_share, facts.unreadable) == (0, 0, "")
    assert facts.has_audio
    assert facts.loudest == pytest.approx(9_000 / 32_768, abs=0.05)


def test_the_animatic_s_own_takes_pass(tmp_path: Path) -> None:
    made = animatic.request(animatic.shot(duration_s=1.5), fps=24)
    animatic.render(tmp_path / "take.mp4", made)

    assert faults(tmp_path / "take.mp4", made) == []


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_torn_file_is_torn_wherever_its_index_is(tmp_path: Path, share: float) -> None:
    in_front = torn(film(tmp_path / "front.mp4"), share)
    at_the_end = torn(film(tmp_path / "end.mp4", faststart=False), share)

    assert faults(in_front) == [MediaFault.TORN]
    assert faults(at_the_end) == [MediaFault.NOT_A_VIDEO]


def test_damage_in_the_middle_is_found(tmp_path: Path) -> None:
    assert faults(damaged(film(tmp_path / "take.mp4"), 0.5)) == [MediaFault.TORN]


def test_a_black_take_is_found(tmp_path: Path) -> None:
    assert faults(film(tmp_path / "take.mp4", black)) == [MediaFault.BLACK]


def test_a_frozen_take_is_found(tmp_path: Path) -> None:
    assert faults(film(tmp_path / "take.mp4", still, seconds=4), asked(duration_s=4)) == [MediaFault.FROZEN]


def test_a_take_that_freezes_after_a_while_or_fades_to_black_passes(tmp_path: Path) -> None:
    def holds(number: int, *size: int) -> Picture:
        return moving(min(number, 12), *size)

    def fades(number: int, *size: int) -> Picture:
        return moving(number, *size) if number < 12 else black(number, *size)

    assert faults(film(tmp_path / "holds.mp4", holds)) == []
    assert faults(film(tmp_path / "fades.mp4", fades)) == []


def test_sound_that_was_asked_for_has_to_be_there_and_to_be_heard(tmp_path: Path) -> None:
    wanted = asked(audio=True)

    assert faults(film(tmp_path / "none.mp4"), wanted) == [MediaFault.SILENT]
    assert faults(film(tmp_path / "silent.mp4", sound=silence), wanted) == [MediaFault.SILENT]
    assert faults(film(tmp_path / "heard.mp4", sound=tone), wanted) == []
    assert faults(film(tmp_path / "unasked.mp4", sound=silence)) == []


def test_what_a_model_was_known_not_to_act_on_is_no_fault_of_what_came(tmp_path: Path) -> None:
    wide = film(tmp_path / "wide.mp4", size=(160, 90))
    assert faults(wide, asked(audio=True)) == [MediaFault.WRONG_SHAPE, MediaFault.SILENT]
    assert faults(wide, asked(audio=True), unhonoured=("audio",)) == [MediaFault.WRONG_SHAPE]
    assert faults(wide, asked(audio=True), unhonoured=("audio", "aspect_ratio")) == []


def test_a_model_that_makes_some_lengths_alone_makes_the_next_one_and_not_a_longer(tmp_path: Path) -> None:
    made = film(tmp_path / "take.mp4", seconds=6)
    assert faults(made, asked(duration_s=4.2), made_s=6) == []
    assert faults(made, asked(duration_s=3.2), made_s=4) == [MediaFault.TOO_LONG]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((160, 90), [MediaFault.WRONG_SHAPE]),
        ((90, 120), [MediaFault.WRONG_SHAPE]),
        ((48, 86), [MediaFault.TOO_SMALL]),
        ((88, 160), []),
        ((180, 320), []),
    ],
)
def test_another_shape_or_far_too_small_is_found_and_near_or_larger_passes(
    tmp_path: Path, size: tuple[int, int], expected: list[MediaFault]
) -> None:
    assert faults(film(tmp_path / "take.mp4", size=size)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.5, [MediaFault.TOO_SHORT]), (1.75, []), (2.9, []), (3.25, [MediaFault.TOO_LONG])],
)
def test_another_length_is_found_and_a_model_s_whole_seconds_pass(
    tmp_path: Path, seconds: float, expected: list[MediaFault]
) -> None:
    assert faults(film(tmp_path / "take.mp4", seconds=seconds)) == expected


def test_what_is_asked_shorter_than_the_model_makes_may_come_as_long_as_that(tmp_path: Path) -> None:
    made = film(tmp_path / "take.mp4", seconds=4)

    assert faults(made) == [MediaFault.TOO_LONG]
    assert faults(made, made_s=4) == []


@pytest.mark.parametrize(("fps", "expected"), [(8, [MediaFault.FRAME_RATE]), (16, []), (30, [])])
def test_a_stutter_is_found_and_a_model_s_own_rate_passes(
    tmp_path: Path, fps: int, expected: list[MediaFault]
) -> None:
    assert faults(film(tmp_path / "take.mp4", fps=fps)) == expected


def test_a_single_picture_is_no_take(tmp_path: Path) -> None:
    one = film(tmp_path / "take.mp4", seconds=1 / 24)

    assert faults(one) == [MediaFault.STILL_PICTURE]
    assert faults(one, asked(duration_s=0.04)) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a video",
        b"<html><body>404</body></html>",
        b"#EXTM3U\n/etc/passwd\n",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 99,
    ],
)
def test_what_is_no_video_is_a_fact_and_not_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "take.mp4").write_bytes(content)

    assert faults(tmp_path / "take.mp4") == [MediaFault.NOT_A_VIDEO]
    assert faults(tmp_path / "missing.mp4") == [MediaFault.NOT_A_VIDEO]
    assert faults(tmp_path) == [MediaFault.NOT_A_VIDEO]


def test_sound_without_pictures_is_no_video(tmp_path: Path) -> None:
    assert faults(sound_only(tmp_path / "take.mp4")) == [MediaFault.NOT_A_VIDEO]


def test_pictures_of_an_absurd_size_are_not_even_decoded(tmp_path: Path) -> None:
    facts = MediaInspector(largest_pixels=90 * 159).measure(film(tmp_path / "take.mp4"))

    assert facts.unreadable == "its pictures are 90 x 160"
    assert facts.frames == 0


def test_a_file_without_end_is_not_looked_at_to_its_end(tmp_path: Path) -> None:
    facts = MediaInspector(most_frames=10).measure(film(tmp_path / "take.mp4"))

    assert facts.frames == 11
    assert [found.fault for found in faults_of(facts, asked())] == [MediaFault.ENDLESS]


def test_all_faults_are_told_each_as_a_sentence_and_are_a_failure_of_the_media(tmp_path: Path) -> None:
    facts = MediaInspector().measure(film(tmp_path / "take.mp4", black, seconds=1, size=(160, 90)))
    found = faults_of(facts, asked(audio=True))
    failure = quality_failure(found)

    assert [item.fault for item in found] == [
        MediaFault.TOO_SHORT,
        MediaFault.WRONG_SHAPE,
        MediaFault.BLACK,
        MediaFault.SILENT,
    ]
    assert "it is 1.00 s long; 2 s were asked for" in failure.message
    assert "it is 160 x 90; 90 x 160 were asked for" in failure.message
    assert failure.reason == "too_short,wrong_shape,black,silent"
    assert classify(failure).mode is FailureMode.BAD_MEDIA
