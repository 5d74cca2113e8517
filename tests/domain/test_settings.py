import math
import tomllib
from decimal import Decimal
from typing import Any, get_args

import pytest

from recoil_assets.domain.errors import InvalidSettingsError, UsageError
from recoil_assets.domain.ledger import Caps
from recoil_assets.domain.settings import Choices, ProjectSettings, read_settings


def read(toml: str) -> ProjectSettings:
    return read_settings(tomllib.loads(toml), source="recoil.toml")


def problem_paths(toml: str) -> list[str]:
    with pytest.raises(InvalidSettingsError) as refused:
        read(toml)
    return [problem.path for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("toml", "path"),
    [
        ("colour = 1", "colour"),
        ("[show]\nname = ''", "show.name"),
        ("[show]\nname = 'a/b'", "show.name"),
        ("[show]\ntitle = 'x'", "show.title"),
        ("[caps]\nrun_usd = -1", "caps.run_usd"),
        ("[caps]\nrun_usd = nan", "caps.run_usd"),
        ("[caps]\nrun_usd = inf", "caps.run_usd"),
        ("[caps]\nday_usd = 1000001", "caps.day_usd"),
        ("[caps]\nday_usd = true", "caps.day_usd"),
        ("[caps]\nweek_usd = 1", "caps.week_usd"),
        ("[retry]\nwarn_usd = -1", "retry.warn_usd"),
        ("[retry]\nperson_usd = 0", "retry.person_usd"),
        ("[retry]\nbeat_usd = nan", "retry.beat_usd"),
        ("[retry]\nenabled = 7", "retry.enabled"),
        ("[retry]\nmost_usd = 1", "retry.most_usd"),
        ("[choices]\nfps = 0", "[choices] fps"),
        ("[choices]\nthreshold_s = nan", "[choices] threshold_s"),
        ("[choices]\nmodell = 'x'", "[choices] modell"),
        ("[choices]\nresolution = '4k'", "[choices] resolution"),
        ("[episodes.ep_001.choices]\nmax_takes = 0", "[episodes.ep_001.choices] max_takes"),
        ("[[episodes.ep_001.coverage]]\npass_id = '../x'", "episodes.ep_001.coverage.0.pass_id"),
    ],
)
def test_each_wrong_setting_is_named_at_its_place(toml: str, path: str) -> None:
    assert problem_paths(toml) == [path]


@pytest.mark.parametrize(
    ("choice", "possible", "impossible"),
    [
        ("fps", [12, 15, 16, 20, 24, 25, 30, 48, 50, 60], [0, 11, 23, 29, 61]),
        ("seed", [0, 2**31 - 1], [-1, 2**31]),
        ("max_takes", [1, 99], [0, 100]),
        ("concurrency", [1, 64], [0, 65]),
        ("threshold_shots", [2, 6], [1, 7]),
        ("threshold_s", [0, 0.5, 60], [-0.1, 60.1]),
    ],
)
def test_a_number_is_chosen_within_its_bounds(
    choice: str, possible: list[float], impossible: list[float]
) -> None:
    settings = read("")
    for value in possible:
        assert getattr(settings.episode_choices("ep_001", {choice: value}), choice) == value
    for value in impossible:
        with pytest.raises(InvalidSettingsError, match=choice):
            settings.episode_choices("ep_001", {choice: value})


@pytest.mark.parametrize("listed", ['"none"', "true", "3", '[["ep_001"]]'])
def test_a_gate_is_on_for_all_or_for_listed_episodes_and_nothing_else(listed: str) -> None:
    assert all(
        path.startswith("gate.board_gate_episodes")
        for path in problem_paths(f"[gate]\nboard_gate_episodes = {listed}")
    )


@pytest.mark.parametrize(
    "listed",
    ['["ep 1"]', '[""]', '["../ep_001"]', "[-1]", "[true]", "[1.5]", '["all"]', '["ep_001", "all"]'],
)
def test_a_gate_that_names_what_can_not_be_an_episode_is_refused_with_what_can(listed: str) -> None:
    with pytest.raises(InvalidSettingsError) as refused:
        read(f"[gate]\nboard_gate_episodes = {listed}")
    (problem,) = refused.value.problems
    assert problem.path == "gate.board_gate_episodes"
    assert "can not be an episode" in problem.message
    assert '["ep_001", 2]' in problem.message


def test_a_table_of_what_can_not_be_an_episode_is_refused() -> None:
    with pytest.raises(InvalidSettingsError, match=r"episodes: 'ep 1' can not be an episode"):
        read('[episodes."ep 1".choices]\nfps = 24')


def test_two_passes_of_one_episode_can_not_share_an_id_and_of_two_episodes_can() -> None:
    pass_of = "[[episodes.{}.coverage]]\npass_id = 'PASS_1'\n".format
    with pytest.raises(InvalidSettingsError, match=r"episodes\.ep_001\.coverage: pass ids .*: PASS_1; give"):
        read(pass_of("ep_001") * 2 + pass_of("ep_002"))
    assert len(read(pass_of("ep_001") + pass_of("ep_002")).episodes) == 2


def test_the_settings_know_every_episode_they_name() -> None:
    toml = "[gate]\nboard_gate_episodes = {}\n[episodes.ep_002.choices]\nfps = 24".format
    assert read(toml('["ep_001", 2]')).named_episodes == ("ep_002", "ep_001")
    assert read(toml('"all"')).named_episodes == ("ep_002",)


def test_every_wrong_choice_is_reported_at_once() -> None:
    assert sorted(problem_paths("[choices]\nfps = 0\nmax_takes = 0\nmodell = 'x'")) == [
        "[choices] fps",
        "[choices] max_takes",
        "[choices] modell",
    ]


def test_wrong_settings_of_every_table_are_reported_at_once() -> None:
    toml = "[caps]\nrun_usd = -1\n[choices]\nfps = 0\n[episodes.ep_001.choices]\nmax_takes = 0"
    assert sorted(problem_paths(toml)) == [
        "[choices] fps",
        "[episodes.ep_001.choices] max_takes",
        "caps.run_usd",
    ]


def test_a_wrong_choice_is_reported_once_and_also_where_every_episode_overrides_it() -> None:
    toml = "[choices]\nfps = 0\n[episodes.ep_001.choices]\nfps = 24\n[episodes.ep_002.choices]\nfps = 25"
    assert problem_paths(toml) == ["[choices] fps"]


@pytest.mark.parametrize(
    ("toml", "path"),
    [
        ("choices = 3", "choices"),
        ("episodes = 3", "episodes"),
        ("[episodes]\nep_001 = 3", "episodes.ep_001"),
        ("[episodes.ep_001]\nchoices = 3", "episodes.ep_001.choices"),
    ],
)
def test_what_is_no_table_is_a_problem_like_any_other(toml: str, path: str) -> None:
    assert problem_paths(toml) == [path]


def test_an_episodes_choices_go_before_the_shows_and_a_runs_before_both() -> None:
    settings = read(
        "[choices]\nfps = 25\nseed = 1\nstyle = 'noir'\n[episodes.ep_001.choices]\nseed = 2\nmax_takes = 5"
    )
    show = settings.episode_choices("ep_002")
    episode = settings.episode_choices("ep_001")
    run = settings.episode_choices("ep_001", {"seed": 3, "audio": True})
    assert (show.fps, show.seed, show.style, show.max_takes) == (25, 1, "noir", 3)
    assert (episode.fps, episode.seed, episode.style, episode.max_takes) == (25, 2, "noir", 5)
    assert (run.fps, run.seed, run.audio, run.max_takes) == (25, 3, True, 5)


def test_a_wrong_choice_names_the_layer_it_came_from() -> None:
    settings = read("[choices]\nfps = 25\nseed = 1\n[episodes.ep_001.choices]\nmax_takes = 5")
    with pytest.raises(InvalidSettingsError) as refused:
        settings.episode_choices("ep_001", {"fps": 0, "seedd": 3})
    assert sorted(problem.path for problem in refused.value.problems) == [
        "run configuration fps",
        "run configuration seedd",
    ]


def test_an_empty_project_has_the_defaults_no_caps_and_the_gate_on() -> None:
    settings = read("")
    assert settings.episode_choices("ep_001") == Choices()
    assert settings.caps.caps() == Caps()
    assert settings.board_gate_on("ep_001")
    defaults = Choices()
    assert (defaults.grouping, defaults.model, defaults.board_model) == (
        "continuity",
        "animatic",
        "animatic-board",
    )
    assert (defaults.fps, defaults.seed, defaults.max_takes, defaults.concurrency) == (24, 0, 3, 4)
    assert (defaults.threshold_shots, defaults.threshold_s, defaults.audio) == (2, 4.0, False)


def test_caps_are_exact_dollars_and_zero_is_a_cap() -> None:
    caps = read("[caps]\nrun_usd = 0.1\nepisode_usd = '2.50'\nday_usd = 0").caps.caps()
    assert (caps.run_usd, caps.episode_usd, caps.project_usd) == (
        Decimal("0.100000"),
        Decimal("2.500000"),
        None,
    )
    assert caps.limits() == (("run", Decimal("0.1")), ("episode", Decimal("2.5")), ("day", Decimal(0)))


@pytest.mark.parametrize(
    ("listed", "on"),
    [
        ('"all"', True),
        ("[]", False),
        ('["ep_001"]', True),
        ('["ep_002"]', False),
        ("[1, 2]", True),
        ("[2]", False),
    ],
)
def test_the_gate_is_on_for_the_episodes_that_are_listed(listed: str, on: bool) -> None:
    settings = read(f"[gate]\nboard_gate_episodes = {listed}")
    assert settings.board_gate_on("ep_001") is on


@pytest.mark.parametrize("override", [True, False])
def test_the_environments_word_on_the_gate_goes_before_the_settings(override: bool) -> None:
    for listed in ('"all"', "[]"):
        settings = read(f"[gate]\nboard_gate_episodes = {listed}")
        assert settings.board_gate_on("ep_001", override) is override


COVERAGE = """
[choices]
threshold_shots = 3
threshold_s = 5.5
wildcard = "Rain."
[choices.tier_map]
continuity = "pro"
[[episodes.ep_001.coverage]]
pass_id = "PASS_1"
camera_side = "A"
[[episodes.ep_001.coverage]]
pass_id = "PASS_2"
focus_character = "MAREN"
[[episodes.ep_001.coverage.segments]]
shot_id = "SH0010"
duration_s = 4
"""


def test_a_coverage_pass_that_the_episode_does_not_define_is_refused_with_those_it_does() -> None:
    settings = read(COVERAGE)
    choices = settings.episode_choices("ep_001", {"coverage_passes": ["PASS_2", "PASS_3"]})
    with pytest.raises(UsageError, match="ep_001 does not define: PASS_3") as refused:
        settings.grouping_choice("ep_001", choices, longest_s=15)
    assert "PASS_1, PASS_2" in refused.value.cure
    with pytest.raises(UsageError, match="ep_002 does not define: PASS_2, PASS_3"):
        settings.grouping_choice("ep_002", choices, longest_s=15)


def test_an_episode_is_grouped_by_what_its_settings_chose() -> None:
    settings = read(COVERAGE)
    choices = settings.episode_choices("ep_001", {"grouping": "oner", "coverage_passes": ["PASS_2"]})
    chosen = settings.grouping_choice("ep_001", choices, longest_s=12)
    assert chosen.main == "oner"
    assert (chosen.rules.max_duration_s, chosen.rules.threshold_shots, chosen.rules.threshold_s) == (
        12,
        3,
        5.5,
    )
    assert (chosen.rules.tier_map, chosen.rules.wildcard) == ({"continuity": "pro"}, "Rain.")
    (selected,) = chosen.rules.coverage_passes
    assert (selected.pass_id, selected.focus_character) == ("PASS_2", "MAREN")
    assert [(segment.shot_id, segment.duration_s) for segment in selected.segments] == [("SH0010", 4.0)]


def test_no_wildcard_is_no_directive() -> None:
    settings = read("")
    assert settings.grouping_choice("ep_001", Choices(), longest_s=15).rules.wildcard is None


RATIOS = get_args(Choices.model_fields["aspect_ratio"].annotation)
RESOLUTIONS = get_args(Choices.model_fields["resolution"].annotation)


@pytest.mark.parametrize("aspect_ratio", RATIOS)
@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_a_frame_has_even_sides_the_chosen_short_one_and_the_chosen_shape(
    aspect_ratio: Any, resolution: Any
) -> None:
    width, height = Choices(aspect_ratio=aspect_ratio, resolution=resolution).frame_size
    across, down = map(int, aspect_ratio.split(":"))
    assert width % 2 == height % 2 == 0
    assert min(width, height) == int(resolution.removesuffix("p"))
    assert math.isclose(width / height, across / down, rel_tol=0.01)


def test_a_vertical_micro_drama_is_720_by_1280() -> None:
    assert Choices().frame_size == (720, 1280)
