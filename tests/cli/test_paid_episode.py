"""The example show's episode made wholly at each paid provider by the commands a person uses, paid to the cent."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.cli.demo import example_show
from recoil_assets.cli.project_commands import lay_out
from resources.project_store.layout import SETTINGS_FILE, Layout
from tests.cli.conftest import Recoil
from tests.fal.fake.server import KEY as FAL_KEY
from tests.fal.fake.server import open_fake
from tests.flora.fake import KEY as FLORA_KEY
from tests.flora.fake import PROJECT, WORKSPACE, media_as_asked, serving_flora

EPISODE = "ep_001"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Service:
    """A fake service as the commands reach it.

    Attributes:
        environment: sets it up.
        billed: what it charged, USD, by its own bill.
        jobs: how many it took.
    """

    model: str
    board_model: str
    environment: dict[str, str]
    billed: Callable[[], Decimal]
    jobs: Callable[[], int]


@contextmanager
def at_fal(folder: Path) -> Iterator[Service]:
    with open_fake(folder) as fal:
        environment = {"FAL_KEY": FAL_KEY, "FAL_BASE_URL": fal.url, "RECOIL_FAL_PER_MINUTE": "60000"}
        yield Service(
            "seedance-2.0-fast", "nano-banana-2", environment, fal.books.bill.total, lambda: len(fal.jobs)
        )


@contextmanager
def at_flora(folder: Path) -> Iterator[Service]:
    with serving_flora(folder / "flora-bill.jsonl") as flora:
        flora.polls, flora.media_of = 0, media_as_asked
        environment = {
            "FLORA_API_KEY": FLORA_KEY,
            "FLORA_WORKSPACE_ID": WORKSPACE,
            "FLORA_PROJECT_ID": PROJECT,
            "FLORA_BASE_URL": f"{flora.url}/api/v1",
            "RECOIL_FLORA_PER_MINUTE": "60000",
        }
        yield Service(
            "flora-seedance-2.0", "flora-nano-banana-2", environment, flora.bill, lambda: len(flora.runs)
        )


def saltlight(root: Path, service: Service) -> None:
    """The example show as ``recoil demo`` lays it out, but for the models that its settings choose."""
    example = example_show()
    for folder in ("plans", "refs"):
        shutil.copytree(example / folder, root / folder)
    chosen = (
        f'[choices]\nmodel = "{service.model}"\nboard_model = "{service.board_model}"\nresolution = "480p"'
    )
    text = (example / SETTINGS_FILE).read_text(encoding="utf-8")
    assert text.count("[choices]\n") == 1
    lay_out(Layout(root), text.replace("[choices]", chosen, 1))


@pytest.mark.proof
@pytest.mark.parametrize("serving", [at_fal, at_flora])
def test_the_demos_episode_is_made_wholly_at_a_paid_provider_and_the_ledger_is_its_bill(
    serving: Callable[[Path], AbstractContextManager[Service]],
    recoil: Recoil,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(tmp_path) as service:
        for name, value in {**service.environment, "RECOIL_STATE_DIR": str(tmp_path / "state")}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("RECOIL_PROJECT", str(tmp_path / "project"))
        saltlight(tmp_path / "project", service)
        (quoted,) = recoil("quote", EPISODE, "--json").document["episodes"]
        assert service.jobs() == 0, "a quote costs nothing"

        assert recoil("run", EPISODE, "--until", "boards").exit_code == 0
        boards = service.jobs()
        assert boards > 1
        assert recoil("board", "approve", EPISODE, "--all", "--reviewer", "Ada").exit_code == 0
        made = recoil("run", EPISODE, "--json")
        assert made.exit_code == 0, made.document["failures"]
        assert Path(made.document["dailies"][EPISODE]).stat().st_size > 100_000

        beats = sum(len(batch["beats"]) for batch in quoted["batches"])
        assert service.jobs() == boards + beats, "one job a board and one a beat"
        budget = recoil("budget", "--json").document
        assert Decimal(budget["spent_usd"]).quantize(CENT) == service.billed().quantize(CENT)
        assert abs(Decimal(budget["spent_usd"]) - service.billed()) < Decimal("0.0001")
        assert Decimal(budget["held_usd"]) == 0
        takes = sum(Decimal(item["charged_usd"]) for item in budget["attempts"] if item["kind"] == "take")
        assert 0 < takes <= Decimal(str(quoted["usd"])), "a quote is an upper bound"

        agreed = recoil("budget", "reconcile", "--json")
        assert (agreed.exit_code, agreed.document["discrepancies"]) == (0, [])
        assert agreed.document["agreed"] == service.jobs()
        again = recoil("run", EPISODE, "--json")
        assert (again.exit_code, service.jobs()) == (0, boards + beats)
        assert recoil("budget", "--json").document["spent_usd"] == budget["spent_usd"]
