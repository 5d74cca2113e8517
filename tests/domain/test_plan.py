"""What a plan says, in both of its forms, and what its digest stands for."""

import copy
from typing import Any

import pytest

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.plan import Plan, read_plan

from .samples import read, shot_document, with_shot


def as_legacy(flat: dict[str, Any]) -> dict[str, Any]:
    """The legacy form of a flat document whose shots name their sequences."""
    sequences: dict[str, Any] = {}
    for listed in flat["shots"]:
        legacy = {key: value for key, value in listed.items() if key not in {"sequence_id", "shot_id"}}
        legacy["id"] = listed["shot_id"]
        sequences.setdefault(listed["sequence_id"], {"shots": []})["shots"].append(legacy)
    return {**{key: value for key, value in flat.items() if key != "shots"}, "sequences": sequences}


FLAT: dict[str, Any] = {
    "episode": "ep_007",
    "title": "Eleven Names",
    "logline": "The lamp burns.",
    "shots": [
        {
            "shot_id": "SH0010",
            "sequence_id": "SC001",
            "shot_type": "CU",
            "duration_s": 3,
            "characters": [{"char_id": "MAREN", "mood": "afraid"}],
            "location_id": "LOC_LAMP_ROOM",
            "description": "Push in.",
            "dialogue": [{"char_id": "MAREN", "text": "Ivo?"}, "A voice: no."],
            "source_text": "MAREN: Ivo?",
            "sound": "static",
        },
        {"shot_id": "SH0020", "sequence_id": "SC001", "duration_s": 2.5, "characters": ["IVO"]},
        {"shot_id": "SH0030", "sequence_id": "SC002", "duration_s": 4.0, "start_frame": "refs/frame.png"},
    ],
}


def test_a_shot_may_be_shorter_than_a_second_and_as_long_as_a_minute() -> None:
    lengths = [read(with_shot(duration_s=duration)).shots[0].duration_s for duration in (0.04, 60)]
    assert lengths == [0.04, 60.0]


def test_a_plan_that_names_no_episode_is_of_the_episode_its_file_is_called_after() -> None:
    document = {"shots": [shot_document()]}
    assert read_plan(document, source="x", default_episode="ep_009").episode == "ep_009"
    assert (
        read_plan({"episode": "ep_002", **document}, source="x", default_episode="ep_009").episode == "ep_002"
    )


def test_the_smallest_shot_is_a_medium_shot_of_nobody_nowhere() -> None:
    (shot,) = read({"shots": [{"id": "SH0010", "duration_s": 60}]}).shots
    assert (shot.shot_id, shot.duration_s, shot.shot_type) == ("SH0010", 60.0, "MS")
    assert (shot.cast, shot.location_id, shot.dialogue, shot.raw) == ((), "", (), {})


def test_a_shot_id_goes_before_an_id() -> None:
    assert read({"shots": [{"shot_id": "SH1", "id": "other", "duration_s": 3}]}).shots[0].shot_id == "SH1"
    assert read({"shots": [{"shot_id": None, "id": "SH2", "duration_s": 3}]}).shots[0].shot_id == "SH2"


def test_dialogue_is_read_from_a_text_a_list_and_objects() -> None:
    def lines(dialogue: Any) -> list[tuple[str, str]]:
        return [(line.char_id, line.text) for line in read(with_shot(dialogue=dialogue)).shots[0].dialogue]

    assert lines("Ivo?") == [("", "Ivo?")]
    assert lines(["Ivo?", {"text": "No.", "char_id": "IVO"}]) == [("", "Ivo?"), ("IVO", "No.")]
    assert lines([{"line": "Ivo?"}]) == [("", "Ivo?")]
    assert lines("") == lines(None) == []


def test_each_character_is_in_a_shots_cast_once_in_the_plans_order() -> None:
    (shot,) = read(with_shot(characters=["IVO", {"char_id": "MAREN"}, "IVO"])).shots
    assert shot.cast == ("IVO", "MAREN")


def test_shots_stay_in_story_order_in_both_forms() -> None:
    flat = {"shots": [shot_document(name) for name in ("SH3", "SH1", "SH2")]}
    legacy = {"sequences": {"Z": {"shots": [shot_document("SH3")]}, "A": {"shots": [shot_document("SH1")]}}}
    assert [shot.shot_id for shot in read(flat).shots] == ["SH3", "SH1", "SH2"]
    assert [shot.shot_id for shot in read(legacy).shots] == ["SH3", "SH1"]


def test_both_forms_of_the_same_content_are_the_same_plan() -> None:
    flat, legacy = read(FLAT), read(as_legacy(FLAT))
    assert flat.shots == legacy.shots
    assert flat == legacy
    assert flat.digest == legacy.digest


def test_the_sequence_a_shot_is_in_is_content() -> None:
    nameless = copy.deepcopy(FLAT)
    for listed in nameless["shots"]:
        del listed["sequence_id"]
    flat, legacy = read(nameless), read(as_legacy(FLAT))
    assert [shot.model_copy(update={"sequence_id": ""}) for shot in legacy.shots] == list(flat.shots)
    assert flat.digest != legacy.digest


def test_a_sequences_own_fields_are_content() -> None:
    headed = as_legacy(FLAT)
    headed["sequences"]["SC001"]["heading"] = "INT. LAMP ROOM - NIGHT"
    assert read(headed).raw == {"sequences": {"SC001": {"heading": "INT. LAMP ROOM - NIGHT"}}}
    assert read(headed).digest != read(as_legacy(FLAT)).digest


def test_unknown_fields_are_kept_as_they_are() -> None:
    document = {**with_shot(lens={"mm": 35}, characters=[{"char_id": "IVO", "wet": True}]), "mood": ["dark"]}
    plan = read(document)
    assert plan.raw == {"mood": ["dark"]}
    assert plan.shots[0].raw == {"lens": {"mm": 35}}
    assert plan.shots[0].characters[0].raw == {"wet": True}


@pytest.mark.parametrize(
    "changed",
    [
        {**with_shot(), "mood": "dark"},
        with_shot(lens=50),
        with_shot(lens=[35]),
        with_shot(lens=35, stock=None),
        with_shot(lens=35, characters=["MAREN"]),
    ],
)
def test_a_change_of_an_unknown_field_changes_the_digest(changed: dict[str, Any]) -> None:
    assert read(changed).digest != read(with_shot(lens=35)).digest


def test_a_change_of_an_unknown_field_of_a_character_changes_the_digest() -> None:
    dry, wet = ([{"char_id": "IVO", "wet": wet}] for wet in (False, True))
    assert read(with_shot(characters=dry)).digest != read(with_shot(characters=wet)).digest


def test_a_change_of_an_unknown_field_of_a_line_changes_the_digest() -> None:
    loud, low = ([{"char_id": "IVO", "text": "Maren.", "tone": tone}] for tone in ("shouted", "whispered"))
    assert read(with_shot(dialogue=loud)).digest != read(with_shot(dialogue=low)).digest


def test_an_unknown_field_of_a_line_survives_being_written_and_read_back() -> None:
    plan = read(with_shot(dialogue=[{"char_id": "IVO", "line": "Maren.", "tone": "low", "beat_ms": None}]))
    (line,) = plan.shots[0].dialogue
    assert (line.text, line.raw) == ("Maren.", {"tone": "low", "beat_ms": None})
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_a_line_that_says_text_and_line_speaks_the_text_and_keeps_the_line() -> None:
    (line,) = read(with_shot(dialogue=[{"text": "Maren.", "line": "take 2"}])).shots[0].dialogue
    assert (line.text, line.raw) == ("Maren.", {"line": "take 2"})


def test_a_line_without_unknown_fields_has_the_digest_it_always_had() -> None:
    (line,) = read(with_shot(dialogue=[{"char_id": "IVO", "text": "Maren."}])).shots[0].dialogue
    assert digest_of(line) == digest_of({"char_id": "IVO", "text": "Maren."})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shot_type", "CU"),
        ("duration_s", 3.5),
        ("characters", ["IVO"]),
        ("location_id", "LOC_QUAY"),
        ("video_model", "paid"),
        ("start_frame", "refs/a.png"),
        ("end_frame", "refs/b.png"),
        ("description", "Pull out."),
        ("dialogue", "Ivo?"),
        ("source_text", "MAREN: Ivo?"),
        ("source_text_hash", "abc"),
        ("sequence_id", "SC009"),
    ],
)
def test_a_change_of_any_field_of_a_shot_changes_the_digest(field: str, value: Any) -> None:
    assert read(with_shot(**{field: value})).digest != read(with_shot()).digest


def test_a_plans_length_is_the_exact_sum_of_its_shots() -> None:
    lengths = (3.2, 5.9, 5.9, 0.1, 0.2)
    listed = [shot_document(f"SH{number}", duration_s=length) for number, length in enumerate(lengths)]
    assert read({"shots": listed}).duration_s == 15.3


@pytest.mark.parametrize(
    ("one", "other"),
    [(35, 35.0), ([35], [35.0]), ({"mm": -1}, {"mm": -1.0}), (0, -0.0), (2**53, float(2**53))],
)
def test_an_unknown_number_written_two_ways_is_one_content(one: Any, other: Any) -> None:
    assert read(with_shot(lens=one)).digest == read(with_shot(lens=other)).digest
    assert read({**FLAT, "x": one}).digest == read({**FLAT, "x": other}).digest
    ways = [
        read(with_shot(dialogue=[{"text": "Go.", "pause": way}], characters=[{"char_id": "IVO", "age": way}]))
        for way in (one, other)
    ]
    assert ways[0].digest == ways[1].digest


@pytest.mark.parametrize(
    ("one", "other"), [(35, 35.5), (1, True), (0, False), (35, "35"), (2**60, 2**60 + 1)]
)
def test_unknown_values_that_differ_are_not_taken_for_one(one: Any, other: Any) -> None:
    assert read(with_shot(lens=one)).digest != read(with_shot(lens=other)).digest


def test_how_the_json_is_written_does_not_change_the_digest() -> None:
    backwards = {key: FLAT[key] for key in reversed(FLAT)}
    backwards["shots"] = [dict(reversed(listed.items())) for listed in FLAT["shots"]]
    backwards["shots"][0] = {**backwards["shots"][0], "duration_s": 3.0, "end_frame": None}
    assert read(backwards).digest == read(FLAT).digest


def test_a_plan_finds_its_shots_and_knows_its_length() -> None:
    plan = read(FLAT)
    assert plan.shot("SH0020").cast == ("IVO",)
    assert plan.duration_s == 9.5
    with pytest.raises(KeyError):
        plan.shot("SH0040")
