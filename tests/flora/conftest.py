from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import stamina

from resources.providers.account import SharedAccount
from resources.providers.account_rules import Limits
from resources.providers.flora.provider import FloraProvider
from resources.providers.flora.wire import Place
from resources.providers.secret import Secret
from tests.flora.fake import KEY, PROJECT, WORKSPACE, FakeFlora, serving_flora

QUICK = Limits(concurrency=4, per_minute=60_000, burst=1000)
MEMORY = Path("/dev/shm")  # noqa: S108  every test has a folder of its own there
Open = Callable[..., FloraProvider]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder in memory where there is one: what is synced is tested elsewhere, not waited for here."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    """Questions are asked again at once, as often as in earnest."""
    with stamina.set_testing(True, attempts=6, cap=True):
        yield


@pytest.fixture
def flora(tmp_path: Path) -> Iterator[FakeFlora]:
    with serving_flora(tmp_path / "bill.jsonl") as fake:
        yield fake


def open_at(fake: FakeFlora, state: Path, key: str = KEY) -> FloraProvider:
    secret = Secret(key, name="FLORA_API_KEY")
    place = Place(WORKSPACE, PROJECT, f"{fake.url}/api/v1")
    account = SharedAccount("flora", secret, QUICK, folder=state)
    return FloraProvider(secret, place, account, poll_every_s=0.02, look_pause_s=0.01)


@pytest.fixture
def open_provider(flora: FakeFlora, tmp_path: Path) -> Open:
    """Opens the provider anew at each call, as every run does."""
    return lambda **how: open_at(flora, tmp_path / "state", **how)


@pytest.fixture
def provider(open_provider: Open) -> FloraProvider:
    return open_provider()
