"""The Dagster instance a project runs in, and its graph; Dagster itself is loaded by the commands that run it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from recoil_assets.cli.progress import Progress
from recoil_assets.domain.errors import RecoilError
from resources.project_store.layout import Layout

if TYPE_CHECKING:
    from recoil_assets.cli.graph import Graph


@contextmanager
def open_graph(layout: Layout, progress: Progress) -> Iterator["Graph"]:
    """The project's graph: in ``DAGSTER_HOME`` where that is set, else in the project's own instance."""
    from recoil_assets.cli.graph import graph_of  # noqa: PLC0415  Dagster takes seconds to load

    with graph_of(layout, dagster_home(layout), progress) as graph:
        yield graph


def dagster_home(layout: Layout) -> Path:
    """The Dagster instance's folder, made ready where it is the project's own.

    Raises:
        RecoilError: ``DAGSTER_HOME`` names a folder that is not there.
    """
    if named := os.environ.get("DAGSTER_HOME"):
        home = Path(named)
        if not home.is_dir() or not home.is_absolute():
            raise RecoilError(
                f"DAGSTER_HOME is {named!r}, which is not an absolute path of a folder",
                cure="create that folder, or unset DAGSTER_HOME to use the project's own instance",
            )
        return home
    home = layout.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        shutil.copyfile(_instance_settings(), home / "dagster.yaml")
    return home


def _instance_settings() -> Path:
    """The instance settings that ship with Recoil: in the package, or at the root of the repository."""
    package = Path(str(files("recoil_assets")))
    shipped = package / "dagster.yaml"
    return shipped if shipped.is_file() else package.parent / "dagster.yaml"
