from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from resources.providers.fal.provider import FalProvider
from tests.fal.fake.server import FakeFal, open_fake
from tests.fal.samples import at_fal


@pytest.fixture(autouse=True)
def _no_pauses_between_questions() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4):
        yield


@pytest.fixture
def fal(tmp_path: Path) -> Iterator[FakeFal]:
    with open_fake(tmp_path) as fake:
        yield fake


@pytest.fixture
def provider(fal: FakeFal, tmp_path: Path) -> FalProvider:
    return at_fal(fal.hosts, tmp_path / "state")
