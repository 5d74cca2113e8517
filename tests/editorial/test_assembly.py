from collections.abc import Callable
from pathlib import Path

import av
import pytest

from recoil_assets.domain.cut import CutClip
from resources.editorial.assembly import assemble
from resources.editorial.clip_media import UnusableClipError
from resources.editorial.whole_file import DailiesNotWrittenError
from tests.editorial.footage import (
    BLUE,
    GREEN,
    GREY,
    RED,
    Footage,
    Tone,
    cut_of,
    damage,
    frames_of,
    loudness,
    sine,
    watch,
)


def missing(footage: Footage) -> CutClip:
    return footage.clip("media/nowhere.mp4")


def empty(footage: Footage) -> CutClip:
    clip = footage.shoot(RED)
    (footage.root / clip.media_path).write_bytes(b"")
    return clip


def torn(footage: Footage) -> CutClip:
    clip = footage.shoot(RED)
    damage(footage.root / clip.media_path, 0.7, torn=True)
    return clip


def damaged(footage: Footage) -> CutClip:
    clip = footage.shoot(RED, size=(180, 320))
    damage(footage.root / clip.media_path, 0.6)
    return clip


def text(footage: Footage) -> CutClip:
    clip = footage.shoot(RED)
    (footage.root / clip.media_path).write_text("503 Service Unavailable\n" * 50)
    return clip


def playlist(footage: Footage) -> CutClip:
    clip, other = footage.shoot(RED), footage.shoot(GREEN)
    name = Path(other.media_path).name
    (footage.root / clip.media_path).write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{name}\n#EXT-X-ENDLIST\n"
    )
    return clip


def sound_only(footage: Footage) -> CutClip:
    clip = footage.shoot(RED)
    with av.open(str(footage.root / clip.media_path), "w") as output:
        sound = output.add_stream("aac", rate=48_000)
        output.mux(sound.encode(sine(Tone())))
        output.mux(sound.encode(None))
    return clip


def no_frames(footage: Footage) -> CutClip:
    clip = footage.shoot(RED)
    with av.open(str(footage.root / clip.media_path), "w", format="matroska") as output:
        video = output.add_stream("libx264", rate=12)
        video.width, video.height = 90, 160
        sound = output.add_stream("aac", rate=48_000)
        output.mux(sound.encode(sine(Tone())))
    return clip


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (missing, "there is no such file"),
        (empty, "the file is empty"),
        (torn, "it is torn"),
        (damaged, "is damaged"),
        (text, "does not decode"),
        (playlist, "does not decode"),
        (sound_only, "no video track"),
        (no_frames, "has no frames"),
    ],
)
def test_a_clip_that_can_not_be_used_is_named_with_its_path_and_a_cure_and_nothing_is_written(
    footage: Footage, spoil: Callable[[Footage], CutClip], said: str
) -> None:
    clip = spoil(footage)
    destination = footage.root / "dailies" / "ep_001.mp4"

    with pytest.raises(UnusableClipError) as refusal:
        assemble(cut_of(footage.shoot(BLUE), clip), footage.root, destination)

    assert said in str(refusal.value)
    assert clip.slate in str(refusal.value)
    assert clip.media_path in str(refusal.value)
    assert "recoil take reroll" in str(refusal.value)
    assert not destination.exists()


def test_every_unusable_clip_is_listed_not_the_first(footage: Footage) -> None:
    clips = [missing(footage), footage.shoot(RED), empty(footage)]

    with pytest.raises(UnusableClipError) as refusal:
        assemble(cut_of(*clips), footage.root, footage.root / "ep_001.mp4")

    assert len(refusal.value.problems) == 2


def test_sound_that_does_not_decode_leaves_the_dailies_of_yesterday_in_place(footage: Footage) -> None:
    clip = footage.shoot(RED, tone=Tone())
    _spoil_sound(footage.root / clip.media_path)
    destination = footage.root / "ep_001.mp4"
    destination.write_bytes(b"yesterday")

    with pytest.raises(UnusableClipError, match="does not decode"):
        assemble(cut_of(clip), footage.root, destination)

    assert destination.read_bytes() == b"yesterday"
    assert not list(footage.root.glob(".*.part"))


def _spoil_sound(path: Path) -> None:
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        for packet in container.demux(audio=0):
            data[packet.pos or 0 : (packet.pos or 0) + packet.size] = b"\xff" * packet.size
    path.write_bytes(data)


def test_a_folder_that_can_not_be_written_to_is_said_with_a_cure(footage: Footage) -> None:
    (footage.root / "dailies").write_text("a file where the folder should be")

    with pytest.raises(DailiesNotWrittenError, match="cure: free disk space or correct"):
        assemble(cut_of(footage.shoot(RED)), footage.root, footage.root / "dailies" / "ep_001.mp4")


def test_clips_that_are_stored_alike_are_copied_packet_by_packet_in_order(footage: Footage) -> None:
    clips = [
        footage.shoot(RED),
        footage.shoot(GREEN, frames=7),
        footage.shoot(BLUE, frames=1),
        footage.shoot(GREY),
    ]
    destination = footage.root / "dailies" / "ep_001.mp4"

    video = assemble(cut_of(*clips), footage.root, destination)

    seen = watch(destination)
    assert (video.frames, video.reencoded) == (32, False)
    assert video.duration_s == pytest.approx(32 / 12)
    assert seen.colours == [RED] * 12 + [GREEN] * 7 + [BLUE] + [GREY] * 12
    assert seen.times == pytest.approx([number / 12 for number in range(32)])
    assert _stored(destination) == [
        packet for clip in clips for packet in _stored(footage.root / clip.media_path)
    ]


def _stored(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_a_copy_has_the_clips_own_size_and_rate_whatever_the_cut_says(footage: Footage) -> None:
    clips = [footage.shoot(RED), footage.shoot(GREEN)]
    destination = footage.root / "ep_001.mp4"

    video = assemble(cut_of(*clips, width=180, height=320, fps=24), footage.root, destination)

    assert (video.frames, video.reencoded) == (24, False)
    assert watch(destination).sizes == {(90, 160)}


def test_clips_of_other_sizes_and_rates_are_brought_to_the_cuts(footage: Footage) -> None:
    clips = [
        footage.shoot(RED),
        footage.shoot(GREEN, fps=24, frames=36),
        footage.shoot(BLUE, size=(180, 320), frames=5),
    ]
    destination = footage.root / "ep_001.mp4"

    video = assemble(cut_of(*clips), footage.root, destination)

    seen = watch(destination)
    assert (video.frames, video.reencoded) == (12 + 18 + 5, True)
    assert seen.colours == [RED] * 12 + [GREEN] * 18 + [BLUE] * 5
    assert seen.times == pytest.approx([number / 12 for number in range(35)])
    assert seen.sizes == {(90, 160)}


def test_a_slower_clip_shows_each_of_its_frames_for_as_long_as_before(footage: Footage) -> None:
    slow, fast = footage.shoot(RED, GREEN, BLUE, frames=3, fps=6), footage.shoot(GREY, fps=24)
    destination = footage.root / "ep_001.mp4"

    assemble(cut_of(slow, fast, fps=24), footage.root, destination)

    assert watch(destination).colours == [RED] * 4 + [GREEN] * 4 + [BLUE] * 4 + [GREY] * 12


def test_a_clip_of_another_shape_is_shown_whole_on_black(footage: Footage) -> None:
    wide = footage.shoot(RED, size=(160, 90))
    destination = footage.root / "ep_001.mp4"

    assemble(cut_of(footage.shoot(GREEN), wide), footage.root, destination)

    picture = list(frames_of(destination))[-1].to_image().convert("RGB")
    assert picture.size == (90, 160)
    above, inside, below = (picture.getpixel((45, row)) for row in (20, 90, 140))
    assert max(above) < 24
    assert max(below) < 24
    assert inside[0] > 150


def test_every_cut_of_an_encoded_episode_is_a_key_frame_to_jump_to(footage: Footage) -> None:
    clips = [footage.shoot(RED, frames=7), footage.shoot(GREEN, fps=24, frames=24), footage.shoot(BLUE)]
    destination = footage.root / "ep_001.mp4"

    assemble(cut_of(*clips), footage.root, destination)

    keys = {number for number, frame in enumerate(frames_of(destination)) if frame.key_frame}
    assert {0, 7, 19} <= keys


@pytest.mark.parametrize(
    "stored",
    ["libx264/yuv444p/mp4", "mpeg4/yuv420p/mp4", "libx264/yuv420p/matroska"],
)
def test_what_not_every_player_plays_or_can_not_be_continued_exactly_is_encoded(
    footage: Footage, stored: str
) -> None:
    clips = [footage.shoot(RED, stored=stored), footage.shoot(GREEN, stored=stored)]
    destination = footage.root / "ep_001.mp4"

    video = assemble(cut_of(*clips), footage.root, destination)

    assert video.reencoded
    assert watch(destination).colours == [RED] * 12 + [GREEN] * 12
    with av.open(str(destination)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"


def test_a_clip_with_an_uneven_rate_is_encoded_to_an_even_one(footage: Footage) -> None:
    uneven = footage.shoot(RED, frames=6, ticks=[0, 40, 200, 240, 400, 460])
    destination = footage.root / "ep_001.mp4"

    video = assemble(cut_of(uneven, footage.shoot(GREEN)), footage.root, destination)

    seen = watch(destination)
    assert video.reencoded
    assert seen.times == pytest.approx([number / 12 for number in range(video.frames)])
    assert seen.order == [RED, GREEN]


def test_where_no_clip_has_sound_there_is_no_sound_track(footage: Footage) -> None:
    destination = footage.root / "ep_001.mp4"

    assemble(cut_of(footage.shoot(RED)), footage.root, destination)

    with av.open(str(destination)) as container:
        assert not container.streams.audio


def test_clips_without_sound_are_silent_between_those_that_have_some_and_pictures_are_still_copied(
    footage: Footage,
) -> None:
    clips = [
        footage.shoot(RED),
        footage.shoot(GREEN, tone=Tone()),
        footage.shoot(BLUE),
        footage.shoot(GREY, tone=Tone(rate=44_100, layout="mono")),
    ]
    destination = footage.root / "ep_001.mp4"

    video = assemble(cut_of(*clips), footage.root, destination)

    assert not video.reencoded
    assert watch(destination).order == [RED, GREEN, BLUE, GREY]
    assert loudness(destination, [(0, 0.95), (1.05, 1.95), (2.05, 2.95), (3.05, 3.95)]) == [
        "silent",
        "loud",
        "silent",
        "loud",
    ]
    with av.open(str(destination)) as container:
        sound = container.streams.audio[0]
        assert (sound.codec_context.name, sound.rate, sound.layout.name) == ("aac", 48_000, "stereo")


def test_a_sound_track_without_any_sound_in_it_is_silence(footage: Footage) -> None:
    clips = [
        footage.shoot(RED, tone=Tone(length_s=0), stored="libx264/yuv420p/matroska"),
        footage.shoot(GREEN, tone=Tone()),
    ]
    destination = footage.root / "ep_001.mp4"

    assemble(cut_of(*clips), footage.root, destination)

    assert loudness(destination, [(0, 0.95), (1.05, 1.95)]) == ["silent", "loud"]


def test_sound_keeps_in_step_where_it_starts_late_or_is_longer_than_the_pictures(footage: Footage) -> None:
    clips = [
        footage.shoot(RED, tone=Tone(length_s=1.6)),
        footage.shoot(GREEN),
        footage.shoot(BLUE, tone=Tone(start_s=0.5, length_s=0.5)),
        footage.shoot(GREY, tone=Tone(length_s=0.3)),
    ]
    destination = footage.root / "ep_001.mp4"

    assemble(cut_of(*clips), footage.root, destination)

    assert loudness(
        destination, [(0.1, 0.95), (1.05, 1.95), (2.05, 2.45), (2.55, 2.95), (3.05, 3.25), (3.4, 3.9)]
    ) == [
        "loud",
        "silent",
        "silent",
        "loud",
        "loud",
        "silent",
    ]


def test_sound_is_as_long_as_the_pictures_after_many_cuts(footage: Footage) -> None:
    clips = [footage.shoot(RED, frames=5, fps=24, tone=Tone(length_s=0.25, rate=44_100))] * 24
    destination = footage.root / "ep_001.mp4"

    video = assemble(cut_of(*clips, fps=24), footage.root, destination)

    with av.open(str(destination)) as container:
        sound = container.streams.audio[0]
        assert sound.duration is not None
        assert sound.time_base is not None
        assert float(sound.duration * sound.time_base) == pytest.approx(video.duration_s, abs=0.001)


def test_the_file_starts_to_play_before_it_is_loaded(footage: Footage) -> None:
    destination = footage.root / "ep_001.mp4"

    assemble(cut_of(footage.shoot(RED)), footage.root, destination)

    data = destination.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_who_is_watching_the_old_dailies_goes_on_watching_them(footage: Footage) -> None:
    destination = footage.root / "ep_001.mp4"
    assemble(cut_of(footage.shoot(RED)), footage.root, destination)
    before = destination.read_bytes()

    with destination.open("rb") as watching:
        assemble(cut_of(footage.shoot(GREEN)), footage.root, destination)
        assert watching.read() == before

    assert watch(destination).order == [GREEN]
    assert [path.name for path in footage.root.iterdir() if path.is_file()] == ["ep_001.mp4"]


@pytest.mark.parametrize("size", [(90, 160), (180, 320)])
def test_the_same_cut_gives_the_same_bytes(footage: Footage, size: tuple[int, int]) -> None:
    cut = cut_of(footage.shoot(RED, tone=Tone()), footage.shoot(GREEN, size=size))

    assemble(cut, footage.root, footage.root / "one.mp4")
    assemble(cut, footage.root, footage.root / "two.mp4")

    assert (footage.root / "one.mp4").read_bytes() == (footage.root / "two.mp4").read_bytes()
