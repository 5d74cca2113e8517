"""``recoil run --only``: the assets that are named are materialised, and no other."""

from pathlib import Path

import pytest

from tests.cli.project_copies import Recoil
from tests.support.instant_provider import tiny_png

PAYLOADS = ("run", "ep_001", "--only", "dispatch_payloads", "--only", "references")


def repaint(root: Path) -> None:
    (root / "refs/characters/MARA.png").write_bytes(tiny_png(77) + b"\0" * 100)


def test_requests_are_built_anew_and_nothing_is_rendered_from_them(recoil: Recoil, made: Path) -> None:
    repaint(made)
    (first, *_) = recoil("run", "ep_001", "--only", "takes", "--json").document["awaited"]
    assert "upstream_changed" in first["what"]
    takes = recoil("take", "list", "--json").document["takes"]
    answer = recoil(*PAYLOADS, "--json")
    assert answer.exit_code == 0
    assert len(answer.document["runs"]) == 1
    assert set(answer.document["materialised"].values()) == {0}
    assert answer.document["rendered"]["ep_001"]["takes"] == 0
    assert recoil("take", "list", "--json").document["takes"] == takes


def test_takes_of_one_batch_are_made_from_the_requests_that_are_there(recoil: Recoil, made: Path) -> None:
    repaint(made)
    recoil(*PAYLOADS)
    document = recoil("run", "ep_001", "--batch", "BATCH_002", "--only", "takes", "--json").document
    assert document["rendered"]["ep_001"] == {
        "boards": 0,
        "takes": 1,
        "rendered_shot_ids": document["rendered"]["ep_001"]["rendered_shot_ids"],
    }
    assert document["materialised"] == {"scene_versions": 0, "boards": 0, "takes": 1, "dailies": 0}


@pytest.mark.usefixtures("made")
def test_dailies_are_cut_again_and_nothing_else(recoil: Recoil) -> None:
    document = recoil("run", "ep_001", "--only", "dailies", "--json").document
    assert document["materialised"] == {"scene_versions": 0, "boards": 0, "takes": 0, "dailies": 1}
    assert len(document["runs"]) == 1


@pytest.mark.usefixtures("drawn")
def test_a_stage_whose_upstream_is_missing_waits_and_says_which_assets_to_name(recoil: Recoil) -> None:
    answer = recoil("run", "ep_001", "--batch", "BATCH_001", "--only", "takes", "--json")
    assert answer.exit_code == 3
    (awaited,) = answer.document["awaited"]
    assert awaited["cure"] == (
        "'recoil run ep_001 --batch BATCH_001 --only dispatch_payloads --only takes' (may pay for takes)"
    )


@pytest.mark.usefixtures("project")
def test_an_episode_whose_plan_was_never_taken_in_has_nothing_to_be_made_from(recoil: Recoil) -> None:
    answer = recoil(*PAYLOADS)
    assert answer.exit_code == 2
    assert "ep_001 was not taken in yet" in answer.stderr


@pytest.mark.usefixtures("derived")
def test_the_plan_alone_is_taken_in_where_it_alone_is_named(recoil: Recoil) -> None:
    document = recoil("run", "ep_001", "--only", "plans", "--json").document
    assert len(document["runs"]) == 1
    assert set(document["materialised"].values()) == {0}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--until", "boards"), "--only says all that is made"),
        (("--derive-only",), "--only says all that is made"),
        (("--single-batch", "--pass-id", "PASS_9"), "--single-batch makes a batch as the plan is taken in"),
    ],
)
@pytest.mark.usefixtures("derived")
def test_what_can_not_go_together_is_refused(more: tuple[str, ...], said: str, recoil: Recoil) -> None:
    answer = recoil(*PAYLOADS, *more)
    assert answer.exit_code == 2
    assert said in answer.stderr
