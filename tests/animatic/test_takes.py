from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resources.providers.animatic.film.motion import MARGIN, CameraMove, View
from resources.providers.animatic.film.multiplane import Multiplane, plane_of
from resources.providers.animatic.film.rig import plate
from resources.providers.animatic.film.timeline import frame_count
from resources.providers.animatic.sheet.panels import Canvas
from resources.providers.animatic.story.script_words import Move
from tests.animatic.samples import difference, render, request, shot, watch

HEAD = slice(40, 200)
"""Rows of a 320 pixel high frame above the slate."""


def test_a_take_is_an_mp4_that_decodes_to_its_last_frame(tmp_path: Path) -> None:
    render(tmp_path / "take.mp4", request(shot(duration_s=1.0), fps=24))

    seen = watch(tmp_path / "take.mp4")

    assert len(seen.frames) == 24
    assert (seen.size, seen.fps, seen.duration_s) == ((180, 320), 24.0, 1.0)
    assert (seen.codec, seen.pixel_format, seen.streams) == ("h264", "yuv420p", 1)


def test_a_take_can_be_played_before_it_is_wholly_loaded(tmp_path: Path) -> None:
    data = render(tmp_path / "take.mp4", request())

    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("fps", [24, 25, 30])
@pytest.mark.parametrize(("duration_s", "frames_at_24"), [(0.04, 1), (0.5, 12), (3.5, 84), (1.27, 30)])
def test_a_take_has_the_nearest_whole_number_of_frames(
    duration_s: float, frames_at_24: int, fps: int
) -> None:
    counted = frame_count(request(shot(duration_s=duration_s), fps=fps))

    assert counted == max(1, round(duration_s * fps))
    assert fps != 24 or counted == frames_at_24


@pytest.mark.parametrize(("duration_s", "fps"), [(0.04, 24), (0.04, 30), (0.5, 25), (1.1, 30)])
def test_short_and_fractional_takes_have_exactly_their_frames(
    duration_s: float, fps: int, tmp_path: Path
) -> None:
    render(tmp_path / "take.mp4", request(shot(duration_s=duration_s), fps=fps, width=90, height=160))

    seen = watch(tmp_path / "take.mp4")

    assert len(seen.frames) == max(1, round(duration_s * fps))
    assert seen.fps == fps


def test_shots_follow_each_other_with_cuts_at_their_planned_lengths(tmp_path: Path) -> None:
    shots = (
        shot("SH1", duration_s=0.5, location="BEACH", cast=(), description="Day. Waves. Static."),
        shot("SH2", duration_s=0.25, location="CELLAR", cast=(), description="Night. Barrels. Static."),
        shot("SH3", duration_s=0.75, location="SNOW_PEAK", cast=(), description="Day. Locked off."),
    )
    render(tmp_path / "take.mp4", request(*shots))

    frames = watch(tmp_path / "take.mp4").frames

    jumps = [difference(a[HEAD], b[HEAD]) for a, b in pairwise(frames)]
    assert len(frames) == 18
    assert [number for number, jump in enumerate(jumps, start=1) if jump > 8] == [6, 9]


def test_the_same_request_makes_the_same_bytes(tmp_path: Path) -> None:
    wanted = request(
        shot(description="Handheld.", dialogue=("MARA: Who is there?",)), shot("SH2", shot_type="CU")
    )

    assert render(tmp_path / "one.mp4", wanted) == render(tmp_path / "other.mp4", wanted)


def test_another_seed_makes_another_take(tmp_path: Path) -> None:
    one = render(tmp_path / "one.mp4", request(seed=1))

    assert render(tmp_path / "other.mp4", request(seed=2)) != one


def test_a_camera_that_pans_moves_the_picture_and_a_locked_one_does_not(tmp_path: Path) -> None:
    still = shot(description="Locked off.", cast=(), duration_s=1.0)
    moving = shot(description="The camera pans right.", cast=(), duration_s=1.0)
    render(tmp_path / "still.mp4", request(still))
    render(tmp_path / "moving.mp4", request(moving))

    travel = [
        difference(frames[0][HEAD], frames[-1][HEAD])
        for frames in (watch(tmp_path / name).frames for name in ("still.mp4", "moving.mp4"))
    ]

    assert travel[0] < 1.5
    assert travel[1] > 4 * travel[0]


def test_near_things_pass_the_camera_faster_than_far_ones() -> None:
    back, front = Image.new("RGB", (120, 120), (0, 0, 0)), Image.new("RGBA", (120, 120), (0, 0, 0, 0))
    back.paste((255, 255, 255), (58, 10, 62, 50))
    front.paste((255, 255, 255, 255), (58, 70, 62, 110))
    planes = (plane_of(back, -10, -10, 0.5), plane_of(front, -10, -10, 1.0))
    scene = Multiplane(100, 100, tuple(plane for plane in planes if plane is not None))

    picture = np.asarray(scene.frame(View(x=0.08)).luma, dtype=np.float64)

    far, near = (
        float((rows.mean(axis=0) * np.arange(100)).sum() / rows.mean(axis=0).sum())
        for rows in (picture[10:35] - 16, picture[65:95] - 16)
    )
    assert far == pytest.approx(49.5 - 4, abs=0.6)
    assert near == pytest.approx(49.5 - 8, abs=0.6)


@pytest.mark.parametrize("move", list(Move))
@pytest.mark.parametrize("size", [(180, 320), (320, 180)])
def test_no_camera_move_shows_what_lies_beyond_the_picture(move: Move, size: tuple[int, int]) -> None:
    camera = CameraMove(move, strength=1.0, aim=-0.2, phase=1.0)
    given = plate(Image.new("RGB", (500, 700), (255, 255, 255)), size)
    window = Canvas(*size, margin=MARGIN).window
    sheet = Image.new("RGB", (window.width, window.height), (255, 255, 255))
    layers = [plane_of(sheet, int(window.left), int(window.top), depth) for depth in (0.5, 1.0)]

    for layer in layers:
        assert layer is not None
        drawn = Multiplane(*size, (layer,))
        for step in range(21):
            for scene in (given, drawn):
                assert np.asarray(scene.frame(camera.view(step / 20, step * 0.37)).luma).min() > 230


def test_dialogue_is_on_screen_only_while_it_lasts(tmp_path: Path) -> None:
    said = shot(duration_s=1.0, dialogue=("MARA: You lied.",), description="Locked off.", cast=())
    silent = said.model_copy(update={"dialogue": ()})
    render(tmp_path / "said.mp4", request(said, width=360, height=640, fps=24))
    render(tmp_path / "silent.mp4", request(silent, width=360, height=640, fps=24))

    both = zip(watch(tmp_path / "said.mp4").frames, watch(tmp_path / "silent.mp4").frames, strict=True)
    differs = [difference(a[480:560], b[480:560]) > 3 for a, b in both]

    assert differs[0] is False
    assert differs[-1] is False
    assert all(differs[2:22])


def test_the_bar_at_the_foot_fills_as_the_shot_goes_on(tmp_path: Path) -> None:
    render(tmp_path / "take.mp4", request(shot(duration_s=1.0)))

    frames = watch(tmp_path / "take.mp4").frames
    filled = [int((frame[-2, :, 0] > 170).sum()) for frame in frames]

    assert filled == sorted(filled)
    assert filled[0] < 30
    assert filled[-1] > 170


@pytest.mark.parametrize(("width", "height"), [(320, 180), (240, 240), (180, 224), (420, 180), (91, 161)])
def test_every_frame_shape_is_rendered_at_its_even_size(width: int, height: int, tmp_path: Path) -> None:
    render(tmp_path / "take.mp4", request(shot(cast=("MARA", "JONAS")), width=width, height=height))

    assert watch(tmp_path / "take.mp4").size == (width // 2 * 2, height // 2 * 2)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "x" * 900,
        "Кухня. Утро. Она ждёт.",
        "المطبخ في الصباح، وهي تنتظر عند النافذة",
        "厨房。早晨。她在窗边等待。" * 9,
        "She laughs 😂🎬\u200d👩\u200d🍳 — then\nstops\t…\u202e",
        "\x00 control \x07 signs",
    ],
)
def test_no_words_break_a_take(words: str, tmp_path: Path) -> None:
    odd = shot(description=words, dialogue=(words, f"MARA: {words}"), duration_s=0.2)
    render(tmp_path / "take.mp4", request(odd, width=120, height=214))

    assert len(watch(tmp_path / "take.mp4").frames) == 2
