from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoil_assets.domain.request import RequestShot
from resources.providers.animatic.drawing.type_setting import Lettering
from resources.providers.animatic.film.acting import parts_of, talker_at
from resources.providers.animatic.film.motion import move_of
from resources.providers.animatic.film.timeline import frame_count, lines_of, spans_of
from resources.providers.animatic.people.casting import look_of
from resources.providers.animatic.sets.place import kind_of
from resources.providers.animatic.story.framing import framing_of
from resources.providers.animatic.story.script_words import Angle, Hour, Mood, Move, Weather, read_shot
from resources.providers.animatic.story.staging import Stage, stage_shots
from tests.animatic.samples import request, shot


def staged(*shots: RequestShot, seed: int = 7) -> tuple[Stage, ...]:
    return stage_shots(shots, seed=seed, aspect=9 / 16)


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("ECU", "ECU"),
        ("extreme close-up", "ECU"),
        ("CU", "CU"),
        ("MCU", "MCU"),
        ("medium close up", "MCU"),
        ("MS", "MS"),
        ("MWS", "MWS"),
        ("cowboy", "MWS"),
        ("LS", "WS"),
        ("Establishing", "EWS"),
        ("CU_OTS", "OTS"),
        ("insert", "INSERT"),
        ("two-shot", "2S"),
        ("LOW WS", "WS"),
        ("drone", "AERIAL"),
        ("SOMETHING_ELSE", "MS"),
        ("", "MS"),
    ],
)
def test_shot_sizes_are_read_as_plans_write_them(written: str, label: str) -> None:
    assert framing_of(written).label == label


def test_tighter_sizes_show_larger_heads() -> None:
    heads = [framing_of(size).head for size in ("EWS", "WS", "MWS", "MS", "MCU", "CU", "ECU")]

    assert heads == sorted(heads)
    assert len(set(heads)) == len(heads)


@pytest.mark.parametrize(
    ("description", "move"),
    [
        ("A slow push-in on her face.", Move.PUSH),
        ("The camera makes a subtle 5% pull-back.", Move.PULL),
        ("The camera pans left across the bar.", Move.PAN_LEFT),
        ("A frying pan on the stove.", None),
        ("Slowly tilts up to the tower.", Move.TILT_UP),
        ("Slow crane down from the clouds.", Move.TILT_DOWN),
        ("A lateral truck, left-to-right.", Move.TRACK_RIGHT),
        ("Handheld, with a slow push-in.", Move.HANDHELD),
        ("Locked-off; his pen follows the line.", Move.LOCKED),
        ("She sits.", None),
    ],
)
def test_camera_moves_are_read_from_the_words(description: str, move: Move | None) -> None:
    assert read_shot(shot(description=description)).move is move


def test_light_weather_and_mood_are_read_from_the_words() -> None:
    reading = read_shot(shot(description="Night. Rain. He shouts, furious.", location="STREET"))

    assert (reading.hour, reading.weather, reading.mood) == (Hour.NIGHT, Weather.RAIN, Mood.ANGRY)


def test_a_yellow_coat_is_no_yell_and_a_dark_stroke_no_night() -> None:
    reading = read_shot(shot(description="In a yellow coat she adds a dark stroke."))

    assert (reading.mood, reading.hour) == (Mood.CALM, None)


def test_the_location_s_id_decides_its_set_before_what_is_said_of_it() -> None:
    assert kind_of("OLD_QUAY", ("She opens the kitchen stove.",)) == "quay"
    assert (
        kind_of("LOC_01", ("Waves on the beach.", "The beach at dawn.", "He thinks of the kitchen."))
        == "shore"
    )
    assert kind_of("LOC_77", ()) == kind_of("LOC_77", ())


def test_a_character_looks_the_same_in_every_shot_and_seed() -> None:
    looks = {
        one.figure.look
        for seed in (1, 2)
        for stage in staged(
            shot("A", shot_type="CU"), shot("B", shot_type="WS", location="STREET"), seed=seed
        )
        for one in stage.near
        if one.character == "MARA"
    }

    assert looks == {look_of("MARA")}


def test_words_in_an_id_are_taken_at_their_word() -> None:
    assert look_of("OLD_WOMAN").feminine
    assert not look_of("THE_KING").feminine
    assert look_of("MAREN").feminine
    assert not look_of("IVO").feminine
    assert look_of("LITTLE_BOY").height < 0.8
    assert look_of("NURSE_ADA").outfit == "scrubs"


def test_two_people_look_at_each_other_and_keep_their_sides_across_cuts() -> None:
    both, one, other = staged(
        shot("A", shot_type="2S", cast=("MARA", "JONAS")),
        shot("B", shot_type="CU", cast=("MARA",)),
        shot("C", shot_type="CU", cast=("JONAS",)),
    )

    turns = {placed.character: placed.figure.face.turn for placed in both.near}
    sides = {placed.character: placed.x for placed in both.near}
    assert turns["MARA"] * turns["JONAS"] < 0
    assert all(turns[name] * sides[name] < 0 for name in turns)
    assert one.near[0].figure.face.turn * turns["MARA"] > 0
    assert other.near[0].figure.face.turn * turns["JONAS"] > 0


def test_an_over_the_shoulder_shot_has_the_other_one_s_shoulder_before_the_camera() -> None:
    (stage,) = staged(shot(shot_type="OTS", cast=("MARA", "JONAS"), description="Past his right shoulder."))

    assert [one.character for one in stage.near] == ["MARA"]
    assert stage.shoulder is not None
    assert stage.shoulder.look == look_of("JONAS")
    assert stage.shoulder.side == -1


def test_people_whom_the_plan_does_not_name_are_drawn_as_nobody() -> None:
    (crowd,) = staged(shot(shot_type="WS", cast=(), description="Guests step aside."))
    (empty,) = staged(shot(shot_type="WS", cast=(), description="An empty room."))

    assert len(crowd.near) == 3
    assert all(one.figure.look.extra and not one.character for one in crowd.near)
    assert empty.near == ()


def test_a_detail_shot_shows_the_object_its_words_name() -> None:
    stages = staged(
        shot("A", shot_type="INSERT", description="Her hand turns the key."),
        shot("B", shot_type="CU", cast=(), description="Top-down. Hands unfold a letter."),
        shot("C", shot_type="CU", description="Her eyes; a hand print on the glass."),
    )

    assert [stage.insert for stage in stages] == ["key", "paper", ""]


def test_people_known_by_name_alone_are_in_the_picture() -> None:
    two, one, cast, none = staged(
        shot("A", shot_type="WS", cast=(), description="Mira nods to Jordan; Jordan exhales."),
        shot("B", shot_type="MS", cast=(), description="Mira waits."),
        shot("C", shot_type="MS", cast=("IVO",), description="Ivo listens to Mira on the radio."),
        shot("D", shot_type="WS", cast=(), description="Will it rain in May? Hope Street, empty."),
    )

    assert [person.figure.look.feminine for person in one.near] == [True]
    assert sorted(person.figure.look.feminine for person in two.near) == [False, True]
    assert [person.character for person in cast.near] == ["IVO"]
    assert none.near == ()


def test_the_eyes_of_those_who_sit_stay_in_the_upper_half_of_a_medium_shot() -> None:
    for size in ("2S", "MS", "MCU", "OTS"):
        (stage,) = staged(
            shot(shot_type=size, cast=("MARA", "JONAS"), description="They sit, seated at a table.")
        )
        assert all(person.eyes < 0.5 for person in stage.near), size
    (wide,) = staged(shot(shot_type="WS", cast=("MARA",), description="She sits."))
    (standing,) = staged(shot(shot_type="WS", cast=("MARA",), description="She is here."))
    assert wide.near[0].eyes > standing.near[0].eyes


def test_a_close_shot_of_somebody_unnamed_is_of_the_face_where_the_words_are() -> None:
    face, thing = staged(
        shot("A", shot_type="CU", cast=(), description="Jordan points at the map; his expression shifts."),
        shot("B", shot_type="CU", cast=(), description="Jordan points at the map."),
    )

    assert (face.insert, len(face.near)) == ("", 1)
    assert (thing.insert, thing.near) == ("paper", ())


@pytest.mark.parametrize(
    ("description", "angle"),
    [
        ("Eye-level wide shot under soft overhead lighting.", Angle.EYE),
        ("Eye-level shot; a drone hums outside.", Angle.EYE),
        ("A wide shot. Soft overhead fluorescent light, nothing else.", Angle.EYE),
        ("Overhead close-up of the table.", Angle.TOP),
        ("Low angle, an overhead lamp behind her.", Angle.LOW),
    ],
)
def test_a_lamp_overhead_is_no_camera_overhead(description: str, angle: Angle) -> None:
    assert read_shot(shot(description=description)).angle is angle


def test_a_colour_palette_is_not_held_in_the_hand() -> None:
    assert read_shot(shot(description="He waits. Neutral color palette.")).object == ""
    assert read_shot(shot(description="He mixes blue on the palette.")).object == "palette"


def test_a_key_question_opens_no_door() -> None:
    assert read_shot(shot(description="A key question: he passes the receipt.")).object == "paper"
    assert read_shot(shot(description="He passes the key.")).object == "key"


def test_only_the_one_whose_line_it_is_talks() -> None:
    (stage,) = staged(
        shot(shot_type="2S", cast=("MARA", "JONAS"), dialogue=("JONAS: Come in.", "IVO: Never!"))
    )

    parts = parts_of(stage)
    talkers = {talker_at(parts, step / 100, step / 20) for step in range(100)}

    names = {-1: "", **{index: one.character for index, one in enumerate(stage.near)}}
    assert {names[talker] for talker in talkers} == {"", "JONAS"}
    assert all(part.line.end <= 0.6 for part in parts)


def test_a_camera_lent_a_move_goes_less_far_than_one_told_to() -> None:
    told, lent = staged(shot("A", description="Push in."), shot("B", description="She waits."))

    assert move_of(told, seed=7).strength > 1.5 * move_of(lent, seed=7).strength


@given(
    durations=st.lists(st.floats(0.01, 9.0), min_size=1, max_size=6),
    fps=st.sampled_from([12, 24, 25, 30, 60]),
    stretch=st.sampled_from([1.0, 0.5, 1.3]),
)
def test_shots_share_a_take_s_frames_without_gap_or_overlap(
    durations: list[float], fps: int, stretch: float
) -> None:
    shots = [shot(f"SH{number}", duration_s=length) for number, length in enumerate(durations)]
    wanted = request(*shots, fps=fps, duration_s=sum(durations) * stretch)

    spans = spans_of(wanted)

    assert spans[0].start == 0
    assert spans[-1].end == frame_count(wanted)
    assert all(one.end == other.start for one, other in pairwise(spans))
    assert all(span.frames > 0 for span in spans)
    if stretch == 1.0:
        ends = {span.index: span.end for span in spans}
        assert all(abs(end - sum(durations[: index + 1]) * fps) <= 1 for index, end in ends.items())


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_dialogue_lines_follow_each_other_within_their_shot(dialogue: list[str]) -> None:
    lines = lines_of(dialogue)

    assert [line.text for line in lines] == dialogue
    assert lines[0].start > 0
    assert lines[-1].end < 1
    assert all(one.end == pytest.approx(other.start) for one, other in pairwise(lines))


@given(st.text(st.characters(), max_size=200), st.integers(20, 300), st.integers(1, 4))
def test_set_words_never_leave_their_box(text: str, width: int, lines: int) -> None:
    lettering = Lettering(17)

    found = lettering.wrapped(text, width, lines)

    assert len(found) <= lines
    assert all(lettering.width(line) <= width for line in found)


def test_an_ellipsis_stands_for_what_does_not_fit() -> None:
    lettering = Lettering(17)

    assert lettering.wrapped("short words", 400, 2) == ["short words"]
    assert lettering.wrapped("many words " * 30, 120, 2)[-1].endswith("…")
