"""Settings are refused in plain words: what the value has to be, at its key, and what a misspelt key was meant for."""

import tomllib
from typing import Any

import pytest

from recoil_assets.domain.errors import InvalidSettingsError
from recoil_assets.domain.settings import Choices, ProjectSettings, read_settings

PARSERS_WORDS = ("Input should", "Extra inputs", "Field required", "valid ", "parse")


def refused(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidSettingsError) as error:
        read_settings(document, source="recoil.toml")
    return {problem.path: problem.message for problem in error.value.problems}


@pytest.mark.parametrize(
    ("toml", "path", "says"),
    [
        ("[choises]", "choises", "there is no such setting; did you mean 'choices'?"),
        ("[choices]\ngruoping = 'oner'", "[choices] gruoping", "did you mean 'grouping'?"),
        ("[choices]\ngrouping = 'onner'", "[choices] grouping", "did you mean 'oner'?"),
        ("[choices]\nmax_takes = 0", "[choices] max_takes", "0 has to be 1 or more"),
        ("[choices]\nmax_takes = 1.5", "[choices] max_takes", "1.5 has to be a whole number"),
        ("[choices]\nthreshold_s = 'x'", "[choices] threshold_s", "'x' has to be a number"),
        ("[choices]\naudio = 'x'", "[choices] audio", "'x' has to be true or false"),
        ("[choices]\ntier_map = {onner = 'hd'}", "[choices] tier_map.onner", "did you mean 'oner'?"),
        ("[choices]\ncoverage_passes = 'A'", "[choices] coverage_passes", "'A' has to be a list"),
        ("[caps]\nepisode_us = 3", "caps.episode_us", "did you mean 'episode_usd'?"),
        ("[caps]\nday_usd = 'much'", "caps.day_usd", "'much' has to be a plain number"),
        ("[caps]\nweekly = 3", "caps.weekly", "there are run_usd, episode_usd, project_usd, day_usd"),
        ("[references]\nMARA = 3", "references.MARA", "3 has to be a text or a list"),
        ("[prices.x]\nusd = 1", "prices.x.as_of", "this has to be set"),
        ("[prices.x]\nusd = 1\nas_of = 'now'", "prices.x.as_of", "'now' has to be a day"),
        ("[prices.x]\nusd = 0\nas_of = 2026-11-22", "prices.x.usd", "0 has to be more than 0"),
        ("[[episodes.ep_001.coverage]]\npass = 'A'", "episodes.ep_001.coverage.0.pass", "'pass_id'?"),
        ("episodes.ep_001 = 3", "episodes.ep_001", "3 has to be a table"),
        ("allow_unpriced_up_to_usd = nan", "allow_unpriced_up_to_usd", "has to be a plain number"),
    ],
)
def test_a_wrong_setting_says_what_it_has_to_be(toml: str, path: str, says: str) -> None:
    assert says in refused(tomllib.loads(toml))[path]


@pytest.mark.parametrize("value", [None, "x y/z", -1, 10**9, 1.5, True, [[]], {"a": {"b": 1}}])
def test_no_setting_is_refused_in_the_words_of_the_parser(value: Any) -> None:
    for model, table in ((ProjectSettings, None), (Choices, "choices")):
        for name in model.model_fields:
            document = {name: value} if table is None else {table: {name: value}}
            try:
                read_settings(document, source="recoil.toml")
            except InvalidSettingsError as error:
                for problem in error.problems:
                    assert not any(words in problem.message for words in PARSERS_WORDS), str(problem)


def test_a_runs_wrong_choice_is_not_laid_to_the_settings_file() -> None:
    with pytest.raises(InvalidSettingsError, match="the run has 1 problem") as error:
        ProjectSettings().episode_choices("ep_001", {"fps": 23})
    assert "recoil.toml" not in str(error.value)


def test_a_table_of_a_long_value_does_not_drown_the_message() -> None:
    message = refused({"choices": {"fps": "x" * 10_000}})["[choices] fps"]
    assert len(message) < 200
