"""The show that ships with Recoil: what its README promises holds for its files."""

import json
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from recoil_assets.domain.plan import Plan, read_plan
from recoil_assets.domain.reference import image_fault
from recoil_assets.domain.roster import Roster, call_roster
from recoil_assets.domain.settings import ProjectSettings, read_settings

from .samples import scenes

SHOW = Path(__file__).parents[2] / "examples" / "saltlight"


@pytest.fixture(scope="module")
def settings() -> ProjectSettings:
    return read_settings(tomllib.loads((SHOW / "recoil.toml").read_text()), source="recoil.toml")


def episode(key: str) -> Plan:
    path = SHOW / "plans" / f"{key}.json"
    return read_plan(json.loads(path.read_text()), source=path.name, default_episode="unnamed")


def called(settings: ProjectSettings, key: str, **run: object) -> Roster:
    choices = settings.episode_choices(key, run)
    return call_roster(episode(key), settings.grouping_choice(key, choices, longest_s=15), None)


def test_the_first_episode_has_six_batches_three_of_them_a_single_shot(settings: ProjectSettings) -> None:
    bodies = scenes(called(settings, "ep_001"))
    assert {key: len(body.shots) for key, body in bodies.items()} == {
        "BATCH_001": 1,
        "BATCH_002": 4,
        "BATCH_003": 4,
        "BATCH_004": 3,
        "BATCH_005": 1,
        "BATCH_006": 1,
    }
    assert [key for key, body in bodies.items() if body.board_beat] == ["BATCH_002", "BATCH_003", "BATCH_004"]
    assert bodies["BATCH_003"].beats[0].duration_s == 15.0
    assert (len(episode("ep_001").shots), episode("ep_001").duration_s) == (14, 49.5)


def test_the_second_episode_has_fewer_batches_so_that_cells_are_void(settings: ProjectSettings) -> None:
    assert called(settings, "ep_002").keys == ("BATCH_001", "BATCH_002", "BATCH_003")


def test_the_coverage_pass_waits_to_be_selected(settings: ProjectSettings) -> None:
    assert called(settings, "ep_001").main_keys == called(settings, "ep_001").keys
    selected = called(settings, "ep_001", coverage_passes=["EP001_COV_01"])
    assert scenes(selected)["COV_01"].beats[0].beat_id == "EP001_COV_01__cov"


@pytest.mark.parametrize("key", ["ep_001", "ep_002"])
def test_the_show_is_free_to_try_and_capped_and_gated(settings: ProjectSettings, key: str) -> None:
    choices = settings.episode_choices(key)
    assert (choices.model, choices.board_model) == ("animatic", "animatic-board")
    assert len(settings.caps.caps().limits()) == 4
    assert settings.board_gate_on(key)


def test_every_person_and_place_has_a_small_usable_reference_picture() -> None:
    listed = [shot for key in ("ep_001", "ep_002") for shot in episode(key).shots]
    people = {f"characters/{name}.png" for shot in listed for name in shot.cast}
    places = {f"locations/{shot.location_id}.png" for shot in listed}
    assert (len(people), len(places)) == (2, 2)
    for name in people | places:
        data = (SHOW / "refs" / name).read_bytes()
        assert image_fault(data[:64], len(data)) == ("", "")
        assert len(data) < 250_000
        with Image.open(SHOW / "refs" / name) as opened:
            opened.load()
            assert opened.size == (768, 1024)


def test_every_shot_says_what_happens_and_lines_can_be_said_in_their_time() -> None:
    for shot in (shot for key in ("ep_001", "ep_002") for shot in episode(key).shots):
        words = sum(len(line.text.split()) for line in shot.dialogue)
        assert shot.description
        assert shot.source_text
        assert 2.5 <= shot.duration_s <= 6
        assert words / shot.duration_s < 3.2, f"{shot.shot_id} is too fast to say"
