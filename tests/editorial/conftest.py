from pathlib import Path

import pytest

from tests.editorial.footage import Footage


@pytest.fixture
def footage(tmp_path: Path) -> Footage:
    root = tmp_path / "project"
    root.mkdir()
    return Footage(root)
