"""What is no plan is refused with all its problems, each at its place."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoil_assets.domain.errors import InvalidPlanError
from recoil_assets.domain.plan import refuse_plan

from .samples import read, shot_document, with_shot


def problem_paths(document: Any) -> list[str]:
    with pytest.raises(InvalidPlanError) as refused:
        read(document)
    return [problem.path for problem in refused.value.problems]


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
