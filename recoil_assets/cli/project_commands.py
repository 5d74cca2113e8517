"""``recoil init`` and ``recoil ui``: a new project, and the Dagster UI on it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from recoil_assets.cli import server_log
from recoil_assets.cli.instance import dagster_home
from recoil_assets.cli.output import JsonOption, ProjectOption, answering, people, say_json
from recoil_assets.cli.runner import layout_of
from recoil_assets.domain.errors import RecoilError, UsageError
from resources.opening import load_settings
from resources.project_store.layout import Layout

SERVER_LOG = "ui.log"
SETTINGS_TEMPLATE = """\
# The settings of this Recoil project. What is left out has a default; see docs/engineers.md.

# allow_unpriced_up_to_usd = "1.50"   # the most one generation may cost whose rate nobody knows; else it is refused

[show]
name = "{name}"

[choices]
# grouping = "continuity"       # continuity, coverage, oner or solo
# model = "animatic"            # the video model; animatic draws previz at $0
# board_model = "animatic-board"
# aspect_ratio = "9:16"
# resolution = "720p"
# fps = 24
# style = "what every prompt begins with"
# max_takes = 3

[caps]                          # the most that may be spent or held, USD; 0 spends nothing
run_usd = "20"
episode_usd = "60"
project_usd = "1000"
day_usd = "100"

[gate]
board_gate_episodes = "all"     # or a list of episodes whose boards need approval

# A price you read yourself, USD a second, in place of the price book's; with its date.
# [prices."seedance-2.0"]
# usd = "0.3024"
# usd_with_audio = "0.3024"
# as_of = 2026-11-22
"""


def lay_out(layout: Layout, settings: str) -> None:
    """Make the folders of a project, its media marker and, last, its settings."""
    for folder in (layout.plans, layout.references / "characters", layout.references / "locations"):
        folder.mkdir(parents=True, exist_ok=True)
    layout.media_marker.parent.mkdir(parents=True, exist_ok=True)
    layout.media_marker.touch()
    if not layout.settings.exists():
        layout.settings.write_text(settings, encoding="utf-8")


def init(
    directory: Annotated[Path, typer.Argument(help="Where the project is to be.")],
    name: Annotated[str, typer.Option(help="The show's name; else the directory's.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make a new project."""
    with answering(as_json=as_json):
        layout = Layout(directory.resolve())
        if layout.settings.exists():
            raise UsageError(
                f"{directory} is a Recoil project already", cure="use it, or name another directory"
            )
        if layout.root.exists() and (not layout.root.is_dir() or any(layout.root.iterdir())):
            raise UsageError(f"{directory} exists and is not empty", cure="name a new or empty directory")
        shown = name or layout.root.name.replace("_", " ")
        if not all(letter.isalnum() or letter in " _.'-" for letter in shown) or not shown.isascii():
            raise UsageError(
                f"{shown!r} can not be a show's name",
                cure="name it with --name: letters, digits, spaces and . _ - '",
            )
        lay_out(layout, SETTINGS_TEMPLATE.format(name=shown[:64]))
        load_settings(layout)
        if as_json:
            say_json({"project": layout.root, "settings": layout.settings})
        else:
            people.print(f"made the project {layout.root}")
            people.print(f"next: put a plan at {layout.plans}/ep_001.json, then: recoil --help")


def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 3000,
    project: ProjectOption = None,
) -> None:
    """Open the project in Dagster, on 127.0.0.1 only, with its sensors running."""
    with answering(as_json=False):
        layout = layout_of(project)
        load_settings(layout)
        home = dagster_home(layout)
        _require_free(port)
        environment = {**os.environ, "DAGSTER_HOME": str(home), "RECOIL_PROJECT": str(layout.root)}
        log = home / SERVER_LOG
        people.print(f"{layout.root} at http://127.0.0.1:{port}  (Ctrl-C ends it; its log is {log})")
        _log_to(log, environment)
        # A shell script's background job ignores SIGINT, by which Dagster ends its own processes.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        command = [sys.executable, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", str(port)]
        os.execve(sys.executable, [*command, "-m", "recoil_assets.definitions"], environment)  # noqa: S606


def _log_to(log: Path, environment: Mapping[str, str]) -> None:
    """Let this process write to ``log`` from now on, whatever it becomes; another one shows what errors it writes."""
    sys.stdout.flush()
    with log.open("wb") as file:
        command = [sys.executable, "-m", server_log.__name__, str(log), str(os.getpid())]
        subprocess.Popen(command, env=environment)  # noqa: S603  it ends when this process does
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise RecoilError(
                f"port {port} on 127.0.0.1 can not be used: {error.strerror}",
                cure=f"end what is using it, or choose another: recoil ui --port {1024 + (port + 1) % 60000}",
            ) from error
