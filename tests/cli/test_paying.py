"""What a chosen model could not be paid with is said by doctor and quote, each with its cure, before money moves."""

from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.production.event_loop import run_loop
from resources.providers.account_rules import Asking
from resources.providers.fal.provider import open_fal
from tests.cli.conftest import Recoil
from tests.support.project import make_project, plan

PAID = '[choices]\nmodel = "seedance-2.0"\nboard_model = "nano-banana-2"\n'


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FAL_KEY", "FAL_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose models cost money."""
    root = make_project(tmp_path / "project", plan("ep_001", batches=2, shots_each=2), settings=PAID)
    monkeypatch.setenv("RECOIL_PROJECT", str(root))
    return root


def set_up(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("FAL_KEY", "id:a-key-for-this-test")
    monkeypatch.setenv("RECOIL_STATE_DIR", str(folder / "state"))


def doctors(recoil: Recoil) -> list[dict[str, str]]:
    findings: list[dict[str, str]] = recoil("doctor", "--json").document["findings"]
    return [item for item in findings if item["what"] == "paying"]


def quotes(recoil: Recoil, *how: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = recoil("quote", "ep_001", "--json", *how).document["obstacles"]
    return found


@pytest.mark.usefixtures("root")
def test_a_paid_model_without_its_key_is_bad_and_the_cure_names_the_variable(recoil: Recoil) -> None:
    (found,) = doctors(recoil)
    assert (found["health"], recoil("doctor").exit_code) == ("bad", 1)
    assert "seedance-2.0 and nano-banana-2: served by fal, which is not set up here" in found["finding"]
    assert "set FAL_KEY" in found["cure"]
    (said,) = quotes(recoil)
    assert said["finding"].startswith("seedance-2.0: served by fal")
    assert said["cure"] == found["cure"]
    lines = recoil("quote", "ep_001").stdout.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("warning: seedance-2.0"))
    assert "set FAL_KEY" in lines[place + 1]


def test_with_its_key_or_with_a_model_that_costs_nothing_nobody_is_warned(
    recoil: Recoil, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as while_set_up:
        set_up(while_set_up, root.parent)
        assert (doctors(recoil), quotes(recoil)) == ([], [])
        assert "served by flora" in quotes(recoil, "--model", "flora-seedance-2.0")[0]["finding"]
    assert quotes(recoil, "--model", "animatic") == []
    (root / "recoil.toml").write_text("[caps]\nday_usd = 0\n")
    assert doctors(recoil) == []


def test_a_model_that_a_shot_alone_names_is_looked_at_too(recoil: Recoil, root: Path) -> None:
    (root / "recoil.toml").write_text("")
    path = root / "plans" / "ep_001.json"
    path.write_text(path.read_text().replace('"shot_type"', '"video_model": "veo-3.1", "shot_type"', 1))
    assert [item["finding"].partition(":")[0] for item in doctors(recoil)] == ["veo-3.1"]


@pytest.mark.parametrize("cap", ["run", "episode", "day", "project"])
def test_a_cap_of_nothing_is_said_with_what_it_stops(
    cap: str, recoil: Recoil, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(monkeypatch, root.parent)
    (root / "recoil.toml").write_text(f"{PAID}[caps]\n{cap}_usd = 0\n")
    (found,) = doctors(recoil)
    assert (found["health"], recoil("doctor").exit_code) == ("warning", 0)
    assert f"the {cap} cap is $0" in found["finding"]
    assert f"raise {cap}_usd in [caps]" in found["cure"]
    assert [item["finding"] for item in quotes(recoil)] == [
        found["finding"].replace(" and nano-banana-2", "")
    ]


@pytest.mark.parametrize("cap", ["run", "episode"])
def test_a_cap_below_what_an_episode_may_cost_is_said_by_the_quote(
    cap: str, recoil: Recoil, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(monkeypatch, root.parent)
    cost = Decimal(recoil("quote", "ep_001", "--json").document["episodes"][0]["usd"])
    settings = root / "recoil.toml"
    settings.write_text(f"{PAID}[caps]\n{cap}_usd = {cost}\n")
    assert quotes(recoil) == []
    settings.write_text(f"{PAID}[caps]\n{cap}_usd = {cost - Decimal('0.01')}\n")
    (said,) = quotes(recoil)
    assert f"the {cap} cap is" in said["finding"]
    assert doctors(recoil) == []


@pytest.mark.usefixtures("root")
def test_a_closed_account_is_said_by_the_quote(
    recoil: Recoil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(monkeypatch, tmp_path)
    provider = open_fal()
    assert provider is not None
    run_loop(provider.account.heard(Asking.SUBMIT, 403, said="403 User is locked."))
    (said,) = quotes(recoil)
    assert "nothing is sent to fal: it refuses the account since" in said["finding"]
    assert "recoil provider reopen fal" in said["finding"]


def test_a_price_that_was_read_long_ago_is_warned_of_by_name(recoil: Recoil, root: Path) -> None:
    """One that costs nothing never grows old."""
    settings = root / "recoil.toml"
    settings.write_text(f'{PAID}[prices."veo-3.1"]\nusd = 0.2\nas_of = 2026-01-01\n')
    (found,) = (
        item for item in recoil("doctor", "--json").document["findings"] if item["what"] == "price book"
    )
    assert found["health"] == "warning"
    assert "rates older than 60 days: " in found["finding"]
    assert "veo-3.1" in found["finding"]
    assert "animatic" not in found["finding"]
    assert "compare them with the provider's pages" in found["cure"]
