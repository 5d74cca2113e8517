"""``recoil doctor``, asked about the scene of a crash."""

import json
from pathlib import Path

from typer.testing import CliRunner

from recoil_assets.cli.app import app

_NOT_OF_THE_CRASH = ("price book", "disk", "plan ep_001", "paying")
"""Findings about the day, the machine, and a plan whose model only the test's price book and providers have."""


def consult(root: Path) -> list[str]:
    """What the doctor says is not well, a line a finding."""
    said = CliRunner().invoke(app, ["doctor", "--project", str(root), "--json"])
    findings = json.loads(said.stdout)["findings"]
    return [
        f"{finding['what']}: {finding['finding']}"
        for finding in findings
        if finding["health"] != "good" and finding["what"] not in _NOT_OF_THE_CRASH
    ]
