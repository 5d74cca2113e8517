"""Imports point downward only. Every import of every module is read, also those inside functions."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MACHINERY = {"dagster", "duckdb", "httpx", "PIL", "av"}


@cache
def imports_of(source: str, *, package: str) -> set[str]:
    """Every module that ``source`` imports, by its full name; ``from a import b`` counts as ``a.b``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def modules(folder: str) -> Iterator[tuple[str, set[str]]]:
    """(path, imports) of every module in a folder of the project."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        package = ".".join(path.relative_to(ROOT).parent.parts)
        yield str(path.relative_to(ROOT)), imports_of(path.read_text(encoding="utf-8"), package=package)


def is_within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def breaches(folder: str, *, allowed: tuple[str, ...] = (), forbidden: tuple[str, ...] = ()) -> list[str]:
    """Imports inside ``folder`` of something forbidden that is not allowed by a narrower name."""
    return [
        f"{path} imports {name}"
        for path, names in modules(folder)
        for name in sorted(names)
        if is_within(name, *forbidden) and not is_within(name, *allowed)
    ]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import av", {"av"}),
        ("import dagster as dg, json", {"dagster", "json"}),
        ("from PIL import Image, ImageDraw", {"PIL.Image", "PIL.ImageDraw"}),
        ("def draw():\n    import duckdb.typing", {"duckdb.typing"}),
        ("if TYPE_CHECKING:\n    from resources.ledger import job", {"resources.ledger.job"}),
        ("from . import cell", {"recoil_assets.domain.cell"}),
        ("from .cell import Cell", {"recoil_assets.domain.cell.Cell"}),
        ("from ..production import ports", {"recoil_assets.production.ports"}),
        ("from recoil_assets import definitions", {"recoil_assets.definitions"}),
    ],
)
def test_an_import_is_found_however_it_is_written(source: str, found: set[str]) -> None:
    assert imports_of(source, package="recoil_assets.domain") == found


def test_there_are_modules_to_look_at_in_every_layer() -> None:
    for folder in (
        "recoil_assets/domain",
        "recoil_assets/production",
        "recoil_assets/assets",
        "resources",
        "sensors",
    ):
        assert any(names for _, names in modules(folder)), f"{folder} imports nothing: is it still there?"


def test_the_domain_imports_the_standard_library_pydantic_and_itself_only() -> None:
    assert [
        f"{path} imports {name}"
        for path, names in modules("recoil_assets/domain")
        for name in sorted(names)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not is_within(name, "pydantic", "recoil_assets.domain")
    ] == []


def test_production_knows_no_framework_database_network_or_codec() -> None:
    assert breaches("recoil_assets/production", forbidden=tuple(MACHINERY)) == []


def test_production_imports_of_the_project_are_the_domain_and_itself() -> None:
    assert (
        breaches(
            "recoil_assets/production",
            allowed=("recoil_assets.domain", "recoil_assets.production"),
            forbidden=("recoil_assets", "resources", "sensors", "tests"),
        )
        == []
    )


def test_resources_import_of_recoil_only_domain_and_production() -> None:
    assert (
        breaches(
            "resources",
            allowed=("recoil_assets.domain", "recoil_assets.production"),
            forbidden=("recoil_assets", "sensors", "tests"),
        )
        == []
    )


def test_nothing_of_the_product_imports_its_tests() -> None:
    for folder in ("recoil_assets", "resources", "sensors"):
        assert breaches(folder, forbidden=("tests",)) == []


def test_only_the_command_line_imports_the_definitions() -> None:
    found = [
        breach
        for folder in ("recoil_assets", "resources", "sensors")
        for breach in breaches(folder, forbidden=("recoil_assets.definitions",))
        if not breach.startswith(("recoil_assets/cli/", "recoil_assets/definitions.py "))
    ]
    assert found == []
