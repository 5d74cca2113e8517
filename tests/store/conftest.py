from pathlib import Path

import pytest

from resources.project_store.layout import Layout
from tests.support.project import make_project


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(make_project(tmp_path / "project"))
