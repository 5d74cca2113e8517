"""``recoil take reroll`` from end to end: every grouping, and every refusal by its code in the order of the table."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recoil_assets.cli.app import app
from recoil_assets.domain.naming import build_file_name, build_legacy_file_name, parse_file_name
from recoil_assets.domain.take import PrimaryChoice
from resources.opening import open_studio
from tests.cli.conftest import Answer, Recoil
from tests.support.attempt_lines import change_intent, intent_in
from tests.support.instant_provider import tiny_png
from tests.support.project import make_project, plan, write_plan

SETTINGS = """
[show]
name = "test show"

[gate]
board_gate_episodes = []

[choices]
resolution = "360p"
fps = 12
threshold_s = 1.0
"""
COVERAGE = """
[[episodes.ep_001.coverage]]
pass_id = "PASS_7"
camera_side = "B"
"""
BEAT, OTHER = "SH0001", "SH0002"
FRAME = "refs/characters/first.png"


def story() -> dict[str, object]:
    """Two shots in one place, the first of them from a frame."""
    document = plan("ep_001", batches=1, shots_each=2, seconds=0.5)
    document["shots"][0]["start_frame"] = FRAME  # type: ignore[index]
    return document


def made_project(root: Path, text: str) -> Path:
    """A project whose one episode of two short shots has its takes."""
    make_project(root, story(), settings=SETTINGS + text)
    (root / FRAME).write_bytes(tiny_png(5) + b"\0" * 100)
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("DAGSTER_HOME", raising=False)
        done = CliRunner().invoke(app, ["run", "ep_001", "--until", "takes", "--project", str(root)])
    assert done.exit_code == 0, done.output
    return root


@pytest.mark.parametrize(
    ("grouping", "beat", "stem"),
    [
        ('grouping = "continuity"', "BATCH_001", "ep_001.continuity_001.SH0001-SH0002"),
        ('grouping = "oner"', "BATCH_001", "ep_001.oner_001.SH0001-SH0002"),
        ('grouping = "solo"', "SH0002", "ep_001.solo_002.SH0002"),
        (
            f'grouping = "coverage"\ncoverage_passes = ["PASS_7"]\n{COVERAGE}',
            "PASS_7__cov",
            "ep_001.coverage_007.SH0001-SH0002",
        ),
    ],
    ids=["continuity", "oner", "solo", "coverage"],
)
def test_a_take_of_every_grouping_is_rerolled_by_the_command(
    recoil: Recoil, tmp_path: Path, grouping: str, beat: str, stem: str
) -> None:
    root = made_project(tmp_path / "project", grouping)
    made = recoil("take", "reroll", "ep_001", beat, "--make-primary", "--project", root, "--json")
    assert made.exit_code == 0, made.stdout
    assert made.document["file"] == f"media/takes/ep_001/{stem}.t002.mp4"
    assert (root / made.document["file"]).stat().st_size > 0
    rows = recoil("take", "list", "ep_001", "--project", root, "--json").document["takes"]
    assert [(row["take"], row["primary"]) for row in rows if row["beat"] == beat] == [(1, ""), (2, "primary")]
    assert {row["take"] for row in rows if row["beat"] != beat} <= {1}


@pytest.fixture(scope="module")
def scene_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_project(tmp_path_factory.mktemp("scene") / "project", "threshold_shots = 3")


@pytest.fixture
def scene(scene_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One scene of two beats of a shot each, both with a take."""
    root = tmp_path / "scene"
    shutil.copytree(scene_once, root)
    monkeypatch.setenv("RECOIL_PROJECT", str(root))
    return root


def take_of(root: Path, beat: str, number: int = 1) -> Path:
    (path,) = (root / "media" / "takes" / "ep_001").glob(f"*.{beat}.t{number:03d}.mp4")
    return path


def code(answer: Answer) -> str:
    assert answer.exit_code == 3
    return str(answer.document["error"]["reason"])


def first_take_of(root: Path, beat: str) -> Path:
    """The file of the beat's first take."""
    found = (root / "state" / "attempts" / "ep_001").glob("take-*/*.jsonl")
    (path,) = (item for item in found if intent_in(item)["beat_id"] == beat)
    return path


def test_the_codes_come_in_the_order_of_the_table_each_until_it_is_mended(
    recoil: Recoil, scene: Path
) -> None:
    """Everything is wrong at once: what is mended first is what is said first."""
    good, frame = take_of(scene, BEAT), scene / FRAME
    name = parse_file_name(good.name)
    assert name is not None
    intent, painted = first_take_of(scene, BEAT).read_bytes(), frame.read_bytes()
    merged = good.with_name(build_file_name(name.model_copy(update={"shot_ids": (BEAT, OTHER)})))
    change_intent(first_take_of(scene, BEAT), media_path=f"media/takes/ep_001/{merged.name}")
    frame.write_bytes(tiny_png(200) + b"\0" * 100)
    there = good.with_name(build_legacy_file_name(name.model_copy(update={"take": 2})))
    there.write_bytes(b"somebody's own")

    def refused(*named: str) -> str:
        return code(recoil("take", "reroll", "ep_001", *named, "--json"))

    assert refused() == "reroll_preflight_required"
    assert refused("BATCH_001") == "reroll_requires_succeeded_primary"
    merged.write_bytes(good.read_bytes())
    assert refused("BATCH_001") == "new_take_requires_single_r2v_multi_beat"
    assert refused(BEAT) == "reroll_segment_drift"
    first_take_of(scene, BEAT).write_bytes(intent)
    assert refused(BEAT) == "reroll_refs_drifted"
    frame.write_bytes(painted)
    assert refused(BEAT) == "reroll_collision"
    there.unlink()
    assert len(list((scene / "state" / "attempts" / "ep_001").glob("take-*/*"))) == 2, "nothing was attempted"
    assert recoil("take", "reroll", "ep_001", BEAT, "--json").document["take"] == 2


def test_a_released_primary_of_which_no_identity_is_kept_is_refused_last(recoil: Recoil, scene: Path) -> None:
    """A marker as a state directory has it that was put together by hand."""
    shot_set = intent_in(first_take_of(scene, BEAT))["shot_set"]
    marker = PrimaryChoice(number=2, shot_set=shot_set, attempt_id="", chosen_at="now", chosen_by="pat")
    with open_studio(scene) as studio:
        studio.primaries.choose("ep_001", marker)
    frame = scene / FRAME
    painted = frame.read_bytes()
    frame.write_bytes(b"no picture" * 20)
    assert code(recoil("take", "reroll", "ep_001", BEAT, "--json")) == "reroll_refs_drifted"
    frame.write_bytes(painted)
    assert code(recoil("take", "reroll", "ep_001", BEAT, "--json")) == "reroll_identity_unresolvable"


@pytest.mark.parametrize(
    ("words", "reason"),
    [((), "reroll_preflight_required"), (("SH9999",), "reroll_requires_succeeded_primary")],
)
def test_a_person_reads_the_code_too(
    recoil: Recoil, scene: Path, words: tuple[str, ...], reason: str
) -> None:
    answer = recoil("take", "reroll", "ep_001", *words, "--project", scene)
    assert (answer.exit_code, answer.stdout) == (3, "")
    assert f"({reason})" in " ".join(answer.stderr.split())


def test_after_the_codes_come_the_gates(recoil: Recoil, scene: Path) -> None:
    """A changed shot is another version, that nobody conformed to."""
    document = story()
    document["shots"][0]["description"] = "another action"  # type: ignore[index]
    write_plan(scene, document)
    assert recoil("run", "ep_001", "--until", "scenes").exit_code == 3
    dry = recoil("take", "reroll", "ep_001", BEAT, "--dry-run", "--json")
    assert (dry.exit_code, dry.document["take"]) == (3, 2)
    assert "scene_drifted" in dry.document["in_the_way"][0]
    made = recoil("take", "reroll", "ep_001", BEAT, "--json")
    assert (made.exit_code, made.document["take"]) == (3, None)
    assert "scene_drifted" in made.document["awaited"][0]["what"]
