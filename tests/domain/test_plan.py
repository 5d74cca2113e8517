import copy
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import InvalidPlanError
from recoil_assets.domain.plan import Plan, read_plan, refuse_plan

from .samples import read, shot_document


def problem_paths(document: Any) -> list[str]:
    with pytest.raises(InvalidPlanError) as refused:
        read(document)
    return [problem.path for problem in refused.value.problems]


def with_shot(**fields: Any) -> dict[str, Any]:
    return {"shots": [shot_document(**fields)]}


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


@pytest.mark.parametrize("document", [None, [], "a plan", 3, True])
def test_a_plan_that_is_not_an_object_is_refused_at_the_root(document: Any) -> None:
    assert problem_paths(document) == ["$"]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({}, "$"),
        ({"shots": [shot_document()], "sequences": {}}, "$"),
        ({"shots": []}, "$.shots"),
        ({"shots": {}}, "$.shots"),
        ({"sequences": []}, "$.sequences"),
        ({"sequences": {"SC001": {}}}, "$.sequences.SC001.shots"),
        ({"sequences": {"SC001": []}}, "$.sequences.SC001.shots"),
        ({"shots": ["SH0010"]}, "$.shots[0]"),
        ({"shots": [{"duration_s": 3}]}, "$.shots[0]"),
        ({"shots": [shot_document()], "total_shots": 2}, "$.total_shots"),
        ({"shots": [shot_document()], "title": 5}, "$.title"),
        (
            {"sequences": {"SC001": {"shots": [{"id": "a b", "duration_s": 3}]}}},
            "$.sequences.SC001.shots[0].id",
        ),
    ],
)
def test_each_fault_of_a_plans_shape_is_named_at_its_place(document: Any, path: str) -> None:
    assert problem_paths(document) == [path]


@pytest.mark.parametrize("episode", ["", "ep 1", "ep|1", "../ep", "ep\n", "e" * 33, 1, None])
def test_an_episode_key_that_could_not_name_a_partition_is_refused(episode: Any) -> None:
    assert problem_paths({"episode": episode, "shots": [shot_document()]}) == ["$.episode"]


@pytest.mark.parametrize(
    "duration",
    [math.nan, math.inf, -math.inf, -1, 0, 0.0, 60.001, 10**400, True, False, "3", None, [3], {}],
)
def test_a_duration_that_is_no_length_of_a_shot_is_refused(duration: Any) -> None:
    assert problem_paths(with_shot(duration_s=duration)) == ["$.shots[0].duration_s"]


def test_a_shot_may_be_shorter_than_a_second_and_as_long_as_a_minute() -> None:
    lengths = [read(with_shot(duration_s=duration)).shots[0].duration_s for duration in (0.04, 60)]
    assert lengths == [0.04, 60.0]


def test_a_shot_without_a_duration_is_refused() -> None:
    assert problem_paths({"shots": [{"shot_id": "SH0010"}]}) == ["$.shots[0].duration_s"]


@pytest.mark.parametrize(
    "shot_id", ["", "SH 1", "SH-1", "SH.1", "../SH1", "_SH1", "SH1_", "SH__1", "S" * 29, "SH1\n", 10, True]
)
def test_a_shot_id_that_could_not_be_part_of_a_file_name_is_refused(shot_id: Any) -> None:
    assert problem_paths(with_shot(shot_id=shot_id)) == ["$.shots[0].shot_id"]


def test_a_repeated_shot_id_is_refused_and_the_first_place_is_named() -> None:
    with pytest.raises(InvalidPlanError) as refused:
        read(
            {
                "sequences": {
                    "A": {"shots": [shot_document("SH1")]},
                    "B": {"shots": [{"id": "SH1", "duration_s": 3}]},
                }
            }
        )
    (problem,) = refused.value.problems
    assert problem.path == "$.sequences.B.shots[0].id"
    assert "$.sequences.A.shots[0]" in problem.message


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("characters", "MAREN", "characters"),
        ("characters", [{"name": "MAREN"}], "characters[0].char_id"),
        ("characters", ["MAREN", "I|VO"], "characters[1].char_id"),
        ("characters", [None], "characters[0].char_id"),
        ("dialogue", {"text": "Ivo?"}, "dialogue"),
        ("dialogue", ["Ivo?", 4], "dialogue[1]"),
        ("dialogue", [{"char_id": "MAREN"}], "dialogue[0]"),
        ("dialogue", [{"text": "Ivo?", "char_id": 4}], "dialogue[0]"),
        ("location_id", ["LOC_QUAY"], "location_id"),
        ("description", 4, "description"),
        ("start_frame", {"path": "x"}, "start_frame"),
        ("source_text_hash", 12, "source_text_hash"),
    ],
)
def test_each_fault_of_a_shot_is_named_at_its_place(field: str, value: Any, path: str) -> None:
    assert problem_paths(with_shot(**{field: value})) == [f"$.shots[0].{path}"]


def test_every_problem_of_a_plan_is_reported_at_once() -> None:
    document = {
        "episode": "ep 1",
        "title": ["no"],
        "total_shots": 9,
        "notes": {"take": [1, math.nan]},
        "shots": [
            {"shot_id": "SH 10", "duration_s": -3, "characters": [{"char_id": ""}, {}], "dialogue": 7},
            "SH0020",
            {"duration_s": True, "location_id": 4},
            {"shot_id": "SH0030", "duration_s": math.inf, "lens": "\ud800"},
            {"shot_id": "SH0030", "duration_s": "long"},
        ],
    }

    with pytest.raises(InvalidPlanError) as refused:
        read(document)

    assert {problem.path for problem in refused.value.problems} == {
        "$.episode",
        "$.title",
        "$.total_shots",
        "$.notes.take[1]",
        "$.shots[0].shot_id",
        "$.shots[0].duration_s",
        "$.shots[0].characters[0].char_id",
        "$.shots[0].characters[1].char_id",
        "$.shots[0].dialogue",
        "$.shots[1]",
        "$.shots[2]",
        "$.shots[2].duration_s",
        "$.shots[2].location_id",
        "$.shots[3].duration_s",
        "$.shots[3].lens",
        "$.shots[4].shot_id",
        "$.shots[4].duration_s",
    }
    assert len(refused.value.problems) == 17
    assert all(str(problem) in str(refused.value) for problem in refused.value.problems)
    assert refused.value.cure


def test_a_refusal_says_which_plan_and_that_nothing_was_written() -> None:
    with pytest.raises(InvalidPlanError, match=r"plan plans/ep_001\.json has 1 problem:") as refused:
        refuse_plan("plans/ep_001.json", "$", "line 3 is not JSON")
    assert "nothing was written" in refused.value.cure
    assert [problem.path for problem in refused.value.problems] == ["$"]


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, "\ud800", {"deep": "\udfff"}, [[-math.inf]], {"\ud800": 1}]
)
def test_an_unknown_field_that_no_digest_could_be_made_of_is_refused(value: Any) -> None:
    (path,) = problem_paths(with_shot(lens=value))
    assert path.startswith("$.shots[0].lens")


def test_broken_unicode_in_a_known_text_is_refused() -> None:
    assert problem_paths(with_shot(description="half a pair: \ud83d")) == ["$.shots[0].description"]


def test_nesting_beyond_64_levels_is_refused() -> None:
    def lens(levels: int) -> dict[str, Any]:
        nested: list[Any] = []
        for _ in range(levels - 1):
            nested = [nested]
        return with_shot(lens=nested)

    below_the_shot = 64 - len(["plan", "shots", "shot"])
    assert len(read(lens(below_the_shot)).digest) == 64
    (path,) = problem_paths(lens(below_the_shot + 1))
    assert path == "$.shots[0].lens" + "[0]" * below_the_shot
    assert len(problem_paths(lens(400))) == 1


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


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
shot_documents = st.fixed_dictionaries(
    {"shot_id": st.sampled_from(["SH1", "SH2", "SH3"]) | json_values, "duration_s": st.just(3) | json_values},
    optional={
        name: json_values | st.just("")
        for name in ("characters", "dialogue", "description", "location_id", "id", "sequence_id", "lens")
    },
)
documents = st.fixed_dictionaries(
    {"shots": st.lists(shot_documents | json_values, max_size=3) | json_values},
    optional={"sequences": json_values, "title": json_values, "episode": json_values, "notes": json_values},
)


@given(documents | json_values)
def test_whatever_json_holds_is_a_plan_with_a_digest_or_is_refused_with_its_problems(document: Any) -> None:
    plan = None
    try:
        plan = read(document)
    except InvalidPlanError as error:
        told = error.problems
    else:
        told = ()
        assert len(plan.digest) == 64
        assert plan.shots
    assert bool(told) == (plan is None)
    assert all(problem.path.startswith("$") and problem.message for problem in told)
