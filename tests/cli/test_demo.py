"""``recoil demo`` approves on somebody's behalf, so it touches no project but its own."""

from pathlib import Path

import pytest

from recoil_assets.cli.demo import _copy_example
from recoil_assets.domain.errors import UsageError
from resources.project_store.layout import Layout


@pytest.fixture
def demo(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "demo")
    _copy_example(layout)
    return layout


@pytest.mark.parametrize("edited", ["recoil.toml", "plans/ep_001.json"])
def test_a_demo_that_somebody_edited_is_a_project_of_their_own(demo: Layout, edited: str) -> None:
    path = demo.root / edited
    path.write_text(path.read_text() + "\n")
    with pytest.raises(UsageError, match="is a project of its own") as caught:
        _copy_example(demo)
    assert "recoil run EPISODE" in caught.value.cure


def test_a_project_with_a_plan_beside_the_demos_is_not_the_demo(demo: Layout) -> None:
    (demo.plans / "ep_009.json").write_text("{}")
    with pytest.raises(UsageError, match="nothing was done"):
        _copy_example(demo)


def test_a_demo_is_carried_on_as_it_is(demo: Layout) -> None:
    (demo.root / "state" / "kept").parent.mkdir(exist_ok=True)
    (demo.root / "state" / "kept").write_text("by an earlier demo")
    _copy_example(demo)
    assert (demo.root / "state" / "kept").read_text() == "by an earlier demo"
