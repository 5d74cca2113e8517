import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import stamina

from recoil_assets.domain.price import PriceBook
from recoil_assets.production.studio import Studio
from resources.providers.account import SharedAccount
from resources.providers.account_rules import Limits
from resources.providers.flora.models import flora_rates
from resources.providers.flora.provider import FloraProvider
from resources.providers.flora.submitting import Looks
from resources.providers.flora.wire import Place
from resources.providers.secret import Secret
from tests.flora.fake import KEY, PROJECT, WORKSPACE, FakeFlora, serving_flora
from tests.support.project import make_project, plan
from tests.support.show import PRICE_BOOK, Show, settings

QUICK = Limits(concurrency=4, per_minute=60_000, burst=1000)
MEMORY = Path("/dev/shm")  # noqa: S108  every test has a folder of its own there
Open = Callable[..., FloraProvider]
CHOICES = {"model": "flora-seedance-2.0", "board_model": "flora-nano-banana-2", "concurrency": 2}
BOOK = PriceBook(rates=(*PRICE_BOOK.rates, *flora_rates()))


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


def open_at(
    fake: FakeFlora,
    state: Path,
    key: str = KEY,
    looks: Looks = Looks(pause_s=0.01),  # noqa: B008  frozen
    now: Callable[[], float] = time.time,
) -> FloraProvider:
    secret = Secret(key, name="FLORA_API_KEY")
    place = Place(WORKSPACE, PROJECT, f"{fake.url}/api/v1")
    account = SharedAccount("flora", secret, QUICK, folder=state, now=now)
    return FloraProvider(secret, place, account, poll_every_s=0.02, looks=looks)


def at_flora(studio: Studio, provider: FloraProvider) -> Studio:
    """``studio`` with FLORA's prices, and ``provider`` beside its others."""
    return replace(studio, price_book=BOOK, providers={**studio.providers, "flora": provider})


@pytest.fixture
def show(request: pytest.FixtureRequest, tmp_path: Path, flora: FakeFlora) -> Iterator[Show]:
    """A show made at FLORA alone: three batches, or as many as the test says, of two shots each."""
    document = plan("ep_001", batches=getattr(request, "param", 3), shots_each=2)
    root = make_project(tmp_path / "project", document, settings=settings(choices=CHOICES))
    show = Show(root, refit=lambda studio: at_flora(studio, open_at(flora, tmp_path / "state")))
    show.take_in()
    yield show
    show.close()


@pytest.fixture
def open_provider(flora: FakeFlora, tmp_path: Path) -> Open:
    """Opens the provider anew at each call, as every run does."""
    return lambda **how: open_at(flora, tmp_path / "state", **how)


@pytest.fixture
def provider(open_provider: Open) -> FloraProvider:
    return open_provider()
