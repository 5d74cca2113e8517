"""``recoil ui`` keeps its servers' talk in a file and shows a person the errors."""

import subprocess
import sys
from pathlib import Path

import pytest

from recoil_assets.cli.server_log import is_error

SERVERS = """
import os, subprocess, sys
log = sys.argv[1]
open(log, "w").close()
subprocess.Popen([sys.executable, "-m", "recoil_assets.cli.server_log", log, str(os.getpid())])
with open(log, "a") as file:
    print("2026-11-26 02:00:00 +0000 - dagster - INFO - Serving on http://127.0.0.1:3000", file=file)
    colour, plain = chr(27) + "[31m", chr(27) + "[0m"
    print(f"2026-11-26 02:00:01 +0000 - dagster.daemon - {colour}ERROR{plain} - the disk is full", file=file)
"""


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("2026-11-26 02:00:00 +0000 - dagster.daemon.SensorDaemon - INFO - checking ERROR sensors", False),
        ("2026-11-26 02:00:00 +0000 - dagster.code_server - CRITICAL - gone", True),
        ("Error: Invalid value for '--port'", True),
        ("dagster._core.errors.DagsterImportError: no module", True),
        ('  File "x.py", line 3, in raise_error', False),
    ],
)
def test_an_error_of_the_servers_is_told_from_their_talk(line: str, shown: bool) -> None:
    assert is_error(line) is shown


def test_the_errors_of_servers_are_shown_up_to_their_last_word(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVERS, str(tmp_path / "ui.log")]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stderr
    assert told == "2026-11-26 02:00:01 +0000 - dagster.daemon - ERROR - the disk is full\n"
