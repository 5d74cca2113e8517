from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from resources.providers.account import OpenAccount
from resources.providers.fal.key import FalKey
from resources.providers.fal.provider import FalProvider
from tests.fal.fake.server import FakeFal, open_fake


@pytest.fixture(autouse=True)
def _no_pauses_between_questions() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4):
        yield


@pytest.fixture
def fal(tmp_path: Path) -> Iterator[FakeFal]:
    with open_fake(tmp_path) as fake:
        yield fake


@pytest.fixture
def provider(fal: FakeFal) -> FalProvider:
    return FalProvider(FalKey(fal.key), OpenAccount(), fal.hosts, poll_every_s=0.01)
