"""``recoil impact``: what people and programs are told before an edit, and what is refused."""

import json
from pathlib import Path

import pytest

from recoil_assets.cli.output import people
from tests.cli.project_copies import Recoil, short_plan
from tests.production.test_quotes import everything
from tests.support.instant_provider import tiny_png
from tests.support.project import shot, write_plan

MARA = "refs/characters/MARA.png"


@pytest.fixture
def made(made: Path) -> Path:
    """The project with its episode made, and another file beside its references."""
    (made / "refs" / "notes.txt").write_text("who is who")
    return made


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "nothing says what is to change"),
        (("refs/characters/MARRA.png",), "nothing is made from refs/characters/MARRA.png"),
        (("state/rosters/ep_001.json",), "nothing is made from state/rosters/ep_001.json"),
        (("media",), "media holds neither plans nor references"),
        (("/etc/hostname",), "/etc/hostname is outside the project"),
        (("plans/ep_009.json",), "there is no plan for episode 'ep_009'"),
        (("--plan", "nowhere.json"), "there is no plan file nowhere.json"),
        (("plans", "plans/ep_001.json"), "plans/ep_001.json is a second plan of ep_001"),
    ],
)
@pytest.mark.usefixtures("project")
def test_what_can_not_be_an_edit_is_refused_in_one_message(
    recoil: Recoil, words: tuple[str, ...], why: str
) -> None:
    answer = recoil("impact", *words)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert why in answer.stderr
    assert "cure: " in answer.stderr


def test_a_plan_that_is_refused_says_what_is_wrong_with_it(recoil: Recoil, project: Path) -> None:
    proposal = project.parent / "proposal.json"
    proposal.write_text(json.dumps({"episode": "ep_001", "shots": []}))
    answer = recoil("impact", "--plan", proposal)
    assert answer.exit_code == 1
    assert "the plan has no shots" in answer.stderr


@pytest.mark.usefixtures("project")
def test_outside_a_project_there_is_nothing_to_ask_about(
    recoil: Recoil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOIL_PROJECT", str(tmp_path / "elsewhere"))
    assert recoil("impact", "refs").exit_code == 2


@pytest.mark.usefixtures("made")
def test_a_repaint_is_told_as_a_table_of_80_columns_with_its_sums(
    recoil: Recoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "width", 80)
    told = recoil("impact", MARA).stdout
    lines = told.splitlines()
    assert max(map(len, lines[:7])) <= 80
    assert "ep_001: 2 touched, 2 batches in all, at most $0.00" in told
    assert [line.split()[0] for line in lines if line.startswith("BATCH_")] == ["BATCH_001", "BATCH_002"]
    words = " ".join(told.split())
    assert words.count("take no. 1 (in the cut) goes stale;") == 2
    assert words.count("rendered again; because reference images change") == 2
    assert (
        "0 approvals die, 0 boards to draw, 2 takes go stale, 0 takes dropped; 2 of them in the cut" in told
    )
    assert "ep_001.mp4" in told


def test_paths_count_from_here_or_from_the_project_and_folders_are_all_that_is_in_them(
    recoil: Recoil, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_elsewhere = recoil("impact", MARA, "--json").document
    monkeypatch.chdir(made / "refs" / "characters")
    assert recoil("impact", "MARA.png", "--json").document == from_elsewhere
    assert recoil("impact", made / MARA, "--json").document == from_elsewhere
    assert recoil("impact", "refs", "--json").document == from_elsewhere
    (made / "refs" / "characters" / "MARA_AGAIN.png").symlink_to("MARA.png")
    assert recoil("impact", "MARA_AGAIN.png", "--json").document == from_elsewhere


@pytest.mark.usefixtures("made")
def test_a_reference_that_nobody_uses_and_a_plan_that_says_the_same_are_told_so(recoil: Recoil) -> None:
    for words in (("refs/notes.txt",), ("plans",), ("plans/ep_001.json",), ("recoil.toml",)):
        answer = recoil("impact", *words)
        assert (answer.exit_code, answer.stderr) == (0, "")
        assert answer.stdout == "Impact: nothing would go stale, and no approval would die\n"
        assert recoil("impact", *words, "--json").document == {"usd": "0.000000", "episodes": []}


def test_a_proposal_and_the_same_plan_edited_in_place_are_answered_alike(recoil: Recoil, made: Path) -> None:
    document = short_plan()
    document["shots"] = [document["shots"][0] | {"description": "new"}, *document["shots"][1:3]]  # type: ignore[index]
    proposal = made.parent / "proposal.json"
    proposal.write_text(json.dumps(document))
    answer = recoil("impact", "--plan", proposal, "--json").document
    write_plan(made, document)
    assert recoil("impact", "plans/ep_001.json", "--json").document == answer
    first, second = answer["episodes"][0]["touched"]
    assert (first["scene"], first["version"], first["board"], first["approval"]) == (
        "candidate",
        2,
        "redraw",
        "dies",
    )
    assert (second["board"], second["approval"]) == ("dropped", "dies")
    assert answer["episodes"][0]["dropped_from_cut"] == 1
    assert [beat["takes"][0]["fate"] for beat in second["beats"] if beat["takes"]] == ["dropped"]
    assert "recoil scene conform" in recoil("impact", "plans").stdout


def test_a_price_that_is_not_known_is_said_with_the_reason(recoil: Recoil, made: Path) -> None:
    proposal = made.parent / "proposal.json"
    shots = [shot(1, cast=[], place="P", video_model="unheard-of"), shot(2, cast=[], place="Q", seconds=40.0)]
    proposal.write_text(json.dumps({"episode": "ep_001", "shots": shots}))
    told = recoil("impact", "--plan", proposal).stdout
    assert "at most unknown" in told
    assert "'unheard-of' is not in the price book" in told
    assert "is longer than" in told


def test_changed_choices_are_told_and_nothing_at_all_is_written(recoil: Recoil, made: Path) -> None:
    settings = made / "recoil.toml"
    settings.write_text(settings.read_text().replace("fps = 12", "fps = 24"))
    before = everything(made)
    answer = recoil("impact", "recoil.toml", "--json").document["episodes"][0]
    assert answer["takes_made_stale"] == 2
    for words in (("recoil.toml",), ("refs", "plans"), (MARA, "--json")):
        assert recoil("impact", *words).exit_code == 0
    assert everything(made) == before


def test_a_frame_outside_the_references_is_found_by_its_use(recoil: Recoil, project: Path) -> None:
    frame = project / "first.png"
    frame.write_bytes(tiny_png(5) + b"\0" * 100)
    write_plan(
        project, {"episode": "ep_001", "shots": [shot(1, cast=[], place="P", start_frame="first.png")]}
    )
    recoil("run", "ep_001", "--until", "scenes")
    (touched,) = recoil("impact", "first.png", "--json").document["episodes"][0]["touched"]
    assert touched["changes"] == ["references", "request"]


@pytest.mark.usefixtures("made")
def test_an_approved_take_is_told_as_kept_and_is_in_no_price(
    recoil: Recoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "width", 80)
    assert recoil("take", "approve", "ep_001", "BATCH_001", "--reviewer", "pat").exit_code == 0
    told = recoil("impact", MARA).stdout
    assert "1 beat approved, kept: rendered again only by name" in told
    first, second = recoil("impact", MARA, "--json").document["episodes"][0]["touched"]
    assert [cell["beats"][0]["render"] for cell in (first, second)] == ["approved, kept", "again"]
    assert "BATCH_001: approved, kept" in " ".join(recoil("quote", "ep_001").stdout.split())
    quoted = recoil("quote", "ep_001", "--json").document["episodes"][0]["batches"]
    assert [batch["beats"][0]["kept"] for batch in quoted] == [True, False]
