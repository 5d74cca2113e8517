"""A split by the commands, from end to end: told where a beat has no take, adopted, and only its two beats are paid."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.project_copies import Recoil
from tests.cli.test_fal_commands import fal
from tests.fal.fake.script import Ending, Script
from tests.fal.fake.server import FakeFal
from tests.fal.samples import png
from tests.support.project import make_project, plan
from tests.support.show import settings

__all__ = ["fal"]

WHOLE = ["SH0001", "SH0002", "SH0003", "SH0004"]


@pytest.fixture
def refused(recoil: Recoil, fal: FakeFal, tmp_path: Path) -> str:
    """Two batches of four shots were asked for; the first one's beat was refused for good. What was said of that."""
    text = settings(choices={"model": "seedance-2.0", "max_takes": 1})
    root = make_project(tmp_path / "project", plan("ep_001", batches=2, shots_each=4), settings=text)
    (root / "refs" / "characters" / "MARA.png").write_bytes(png())
    fal.script(Script(ending=Ending.INPUT_BLOCKED_FREE))
    ended = recoil("run", "ep_001", "--batch", "BATCH_001", "--until", "takes", "--json")
    assert ended.exit_code == 1
    assert recoil("run", "ep_001", "--batch", "BATCH_002", "--until", "takes").exit_code == 0
    assert len(fal.jobs) == 2
    (said,) = ended.document["failures"]
    return " ".join(said.split())


def told(said: str, command: str) -> list[str]:
    """The words after ``recoil`` of a command that is told."""
    found = re.search(rf"recoil ({command} [^,;]*?)(?=[,;.)]|$)", said)
    assert found, said
    return found[1].split()


def rendered(recoil: Recoil) -> dict[str, str]:
    """Of every beat that something was sent for, whether its take is its primary."""
    rows = recoil("take", "list", "ep_001", "--json").document["takes"]
    return {row["beat"]: row["primary"] for row in rows}


def test_a_split_is_told_looked_at_adopted_and_rendered_by_the_commands_that_are_told(
    recoil: Recoil, fal: FakeFal, refused: str
) -> None:
    assert "v2 makes BATCH_001 as 2 beats, SH0001, SH0002 and SH0003, SH0004" in refused
    looked = recoil(*told(refused, "scene diff"))
    assert "the batch is made in 2 parts: SH0001, SH0002 / SH0003, SH0004 (was: one piece)" in " ".join(
        looked.stdout.split()
    )
    assert len(fal.jobs) == 2, "nothing is paid for a proposal"
    assert recoil("run", "ep_001", "--until", "takes").exit_code == 1
    assert len(fal.jobs) == 2

    adopted = recoil(*told(refused, "scene conform"), "--json")
    assert (adopted.exit_code, adopted.document["active"]) == (0, 2)
    made = recoil(*told(refused, "run"), "--until", "takes", "--json")
    assert (made.exit_code, made.document["failures"]) == (0, [])
    assert sorted(made.document["rendered"]["ep_001"]["rendered_shot_ids"]) == WHOLE
    assert len(fal.jobs) == 4, "a job for each of the two new beats"
    spent = Decimal(recoil("budget", "--json").document["spent_usd"])
    assert spent == fal.books.bill.total().quantize(Decimal("0.000001"))
    assert rendered(recoil) == {
        "BATCH_001": "",
        "BATCH_001__SH0001": "primary",
        "BATCH_001__SH0003": "primary",
        "BATCH_002": "primary",
    }
    assert recoil("run", "ep_001", "--until", "takes").exit_code == 0
    assert len(fal.jobs) == 4
