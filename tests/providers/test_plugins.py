"""Providers of other packages: found where they are installed, left out with a reason where they are broken."""

import json
import logging
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recoil_assets.production.ports import Provider
from resources.opening import open_providers, open_studio
from resources.providers.installed import installed
from tests.support.project import make_project, plan

GOOD = """
from datetime import date
from recoil_assets.domain.price import ModelRate
from resources.providers.animatic.provider import AnimaticProvider
from resources.providers.plugin import ProviderPlugin

class Paper(AnimaticProvider):
    name = "{name}"

RATE = ModelRate(model="{model}", provider="{prices}", modalities=("video_i2v",), unit="second", usd="0.5",
                 source="its makers", as_of=date(2026, 11, 1))
PLUGIN = ProviderPlugin(name="{name}", open={opens}, rates=(RATE,), setting_up="{setting_up}")
"""
Install = Callable[..., None]
PACKAGES = ("recoil_", "other_")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a package on the path as an installer does: its module, and its ``.dist-info`` with an entry point."""

    def put(
        name: str = "paper",
        code: str = GOOD,
        *,
        package: str = "",
        calls_itself: str = "",
        model: str = "paper-1",
        prices: str = "",
        opens: str = "Paper",
        value: str = "PLUGIN",
    ) -> None:
        package = package or f"recoil_{name}"
        site = tmp_path / package
        info = site / f"{package}-1.0.dist-info"
        info.mkdir(parents=True)
        own = calls_itself or name
        (site / f"{package}_plugin.py").write_text(
            code.format(name=own, model=model, prices=prices or own, opens=opens, setting_up="buy paper")
            if code == GOOD
            else code
        )
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[recoil.providers]\n{name} = {package}_plugin:{value}\n")
        monkeypatch.syspath_prepend(str(site))

    yield put
    for name in [name for name in sys.modules if name.endswith("_plugin") and name.startswith(PACKAGES)]:
        del sys.modules[name]


def left_out(name: str) -> str:
    """Why a provider is not used; the others are."""
    assert "animatic" in open_providers()
    (fault,) = [fault for fault in installed().open().faults if fault.name == name]
    assert fault.cure
    assert fault.package
    return str(fault)


def test_a_package_brings_a_provider_and_its_prices(install: Install, tmp_path: Path) -> None:
    install()
    provider: Provider = open_providers()["paper"]
    assert provider.name == "paper"
    root = make_project(tmp_path / "project", plan("ep_001"))
    with open_studio(root) as studio:
        rate = studio.price_book.known("paper-1")
        assert studio.provider_of(rate).name == "paper"


def test_a_project_corrects_the_price_of_a_package(install: Install, tmp_path: Path) -> None:
    install()
    settings = '[show]\nname = "t"\n[prices."paper-1"]\nusd = "0.7"\nas_of = 2026-11-02\n'
    with open_studio(make_project(tmp_path / "project", plan("ep_001"), settings=settings)) as studio:
        assert str(studio.price_book.known("paper-1").usd) == "0.7"


def test_a_provider_that_is_not_set_up_is_no_fault_and_its_prices_are_known(install: Install) -> None:
    install(opens="lambda: None")
    opened = installed().open()
    assert "paper" not in opened.providers
    assert opened.faults == ()
    assert installed().price_book().rate("paper-1") is not None


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"code": "import no_such_module_at_all"}, "can not be loaded (ModuleNotFoundError"),
        ({"code": "import sys; sys.exit(3)"}, "can not be loaded (SystemExit"),
        ({"code": "PLUGIN = 'paper'"}, "is a str and no ProviderPlugin"),
        ({"value": "NOTHING"}, "can not be loaded (AttributeError"),
        ({"calls_itself": "pulp"}, "it calls itself 'pulp'"),
        ({"prices": "fal"}, "a model of 'fal'"),
        ({"model": "animatic"}, "'animatic', which has a price already"),
        ({"opens": "lambda: 1 / 0"}, "could not be opened (ZeroDivisionError"),
        ({"opens": "lambda: object()"}, "it has no account, cancel, capabilities"),
        ({"opens": "AnimaticProvider"}, "what it opens calls itself 'animatic'"),
    ],
)
def test_a_broken_package_is_left_out_with_its_name_and_a_cure(
    facts: dict[str, str], said: str, install: Install
) -> None:
    install(**facts)
    why = left_out("paper")
    assert said in why
    assert "recoil_paper" in why


def test_a_broken_package_stops_no_other_one(install: Install) -> None:
    install("broken", "raise RuntimeError('no')")
    install("paper")
    assert {"animatic", "paper"} <= set(open_providers())
    assert "RuntimeError: no" in left_out("broken")


def test_two_packages_with_one_name_are_both_left_out(install: Install) -> None:
    install("paper", package="recoil_paper")
    install("paper", package="other_paper", model="paper-2")
    faults = installed().faults
    assert [fault.package for fault in faults] == ["the package other_paper", "the package recoil_paper"]
    assert all("another package brings" in fault.what for fault in faults)
    assert "paper" not in open_providers()


def test_two_packages_that_price_one_model_are_not_both_used(install: Install) -> None:
    install("paper")
    install("parchment")
    assert "has a price already" in left_out("parchment")
    assert "paper" in open_providers()


@pytest.mark.parametrize("name", ["animatic", "flora"])
def test_a_name_that_ships_with_recoil_can_not_be_taken(name: str, install: Install) -> None:
    install(name, "raise SystemExit('it must not be loaded at all')")
    assert "Recoil has a provider of that name" in str(installed().faults[0])
    assert type(open_providers()["animatic"]).__module__.startswith("resources.")


def test_what_is_left_out_is_logged(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    install(code="raise RuntimeError('no')")
    with caplog.at_level(logging.WARNING, logger="recoil"):
        open_providers()
    assert "the provider 'paper' of the package recoil_paper is not used" in caplog.text
    assert "cure:" in caplog.text


def test_a_key_without_its_workspace_leaves_flora_out_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLORA_API_KEY", "sk_test_nothing-but-a-key")
    why = left_out("flora")
    assert "FLORA_WORKSPACE_ID is not set" in why
    assert "sk_test" not in why


PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "recoil-paper"
version = "1.0"
[project.entry-points."recoil.providers"]
paper = "recoil_paper:PLUGIN"
"""


@pytest.mark.proof
def test_a_package_that_is_built_and_installed_is_found(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "recoil_paper").mkdir(parents=True)
    (source / "pyproject.toml").write_text(PYPROJECT)
    code = GOOD.format(name="paper", model="paper-1", prices="paper", opens="Paper", setting_up="")
    (source / "recoil_paper" / "__init__.py").write_text(code)
    home = tmp_path / "venv"
    venv.create(home, system_site_packages=False, symlinks=True, with_pip=False)
    python = home / "bin" / "python"
    (site,) = (home / "lib").glob("python*/site-packages")
    here = [path for path in sys.path if path.endswith("site-packages")]
    (site / "here.pth").write_text("\n".join([str(Path(__file__).parents[2]), *here]) + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", str(source)], check=True, capture_output=True)
    look = "import json; from resources.opening import open_providers; print(json.dumps(sorted(open_providers())))"
    found = subprocess.run([str(python), "-c", look], check=True, capture_output=True, text=True)
    assert json.loads(found.stdout) == ["animatic", "paper"]
