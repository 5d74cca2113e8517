import json

import pytest

from recoil_assets.domain.plan_text import PlanText
from recoil_assets.domain.spelling import did_you_mean, nearest

PLAN = """\
{"episode": "ep_001",
 "titel": "A [bracket], a {brace} and a \\"quote\\"",
 "sequences": {
   "SC.01": {"shots": [
     {"id": "A", "duration": 3, "dialogue": [{"txt": "no", "char_id": "X"}]},
     {"id": "B",
      "duration_s": 3,
      "charakters": []}]},
   "SC": {"shots": [{"id": "C", "duration_s": 3}]}}}
"""


def written(text: str) -> PlanText:
    return PlanText(text, json.loads(text))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("$", 1),
        ("$.titel", 2),
        ("$.sequences.SC.01.shots[0].id", 5),
        ("$.sequences.SC.01.shots[1]", 6),
        ("$.sequences.SC.01.shots[1].charakters", 8),
        ("$.sequences.SC.shots[0].duration_s", 9),
    ],
)
def test_a_json_path_is_found_on_its_line_also_where_a_name_has_a_dot(path: str, line: int) -> None:
    assert written(PLAN).line_of(path) == line


def test_what_is_not_there_is_on_the_line_of_what_would_hold_it() -> None:
    assert written(PLAN).line_of("$.sequences.SC.01.shots[1].shot_type") == 6
    assert written(PLAN).line_of("$.shots[4].id") == 1
    assert written("[]").line_of("$.shots") == 1


def test_a_field_that_looks_misspelt_is_named_with_what_was_meant_and_its_line() -> None:
    found = {problem.path: (problem.message, problem.line) for problem in written(PLAN).misspelt()}
    assert {path: line for path, (_, line) in found.items()} == {
        "$.titel": 2,
        "$.sequences.SC.01.shots[0].duration": 5,
        "$.sequences.SC.01.shots[0].dialogue[0].txt": 5,
        "$.sequences.SC.01.shots[1].charakters": 8,
    }
    assert "did you mean 'duration_s'?" in found["$.sequences.SC.01.shots[0].duration"][0]


def test_a_field_of_the_shows_own_is_no_misspelling() -> None:
    shot = {
        "shot_id": "A",
        "duration_s": 3,
        "first_frame": "dusk",
        "sound": "rain",
        "camera": "A",
        "notes": "",
    }
    assert not list(written(json.dumps({"shots": [shot], "source": "a book"})).misspelt())


def test_a_field_that_is_there_is_not_what_another_was_meant_for() -> None:
    shot = {"shot_id": "A", "duration_s": 3, "duration": "three seconds"}
    assert not list(written(json.dumps({"shots": [shot]})).misspelt())


def test_capitals_and_underscores_do_not_hide_what_was_meant() -> None:
    assert nearest("shotType", ("shot_id", "shot_type")) == "shot_type"
    assert did_you_mean("seedence-2.0", ("animatic", "seedance-2.0")) == "; did you mean 'seedance-2.0'?"
    assert did_you_mean("sora", ("animatic", "seedance-2.0")) == ""
