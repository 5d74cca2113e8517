"""A provider's server as a process of its own, which says in a file where it listens."""

import json
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Generic, TypeVar
from urllib.request import urlopen

from tests.crash.laboratory import Account, Job, Script

_STARTED_S = 60.0
_PATIENCE_S = 30.0
A = TypeVar("A", bound=Account)


class StartedServer(ABC, Generic[A]):
    """``laboratory.Server``: ``module`` run with a folder, where every account is a folder with its script."""

    module: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen([sys.executable, "-m", self.module, str(folder)])
        until = time.monotonic() + _STARTED_S
        while not (folder / "port").exists():
            assert self._process.poll() is None, f"{self.module} did not start"
            assert time.monotonic() < until, f"{self.module} does not listen"
            time.sleep(0.02)
        self._url = f"http://127.0.0.1:{(folder / 'port').read_text()}"

    @abstractmethod
    def at(self, url: str, folder: Path) -> A:
        """The account that is served at ``url`` and has ``folder`` to itself."""

    def account(self, name: str, script: Script) -> A:
        (self._folder / name).mkdir()
        (self._folder / name / "script.json").write_text(json.dumps(asdict(script), default=sorted))
        return self.at(f"{self._url}/{name}", self._folder / name)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def jobs_at(address: str) -> list[Job]:
    """Every job that a server lists at ``address``, in its order."""
    with urlopen(address, timeout=_PATIENCE_S) as reply:  # noqa: S310  the server we started
        jobs = json.load(reply)["jobs"]
    return [
        Job(
            request_id=job["id"],
            reference=job["reference"],
            cost_usd=Decimal(job["cost_usd"]),
            failed=job["failed"],
            sha256=job["sha256"],
        )
        for job in jobs
    ]
