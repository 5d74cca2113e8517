"""The example show, made and served by the product's own commands, and what its GraphQL answers."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from recoil_assets.cli.demo import example_show
from recoil_assets.cli.project_commands import lay_out
from resources.project_store.layout import Layout

RECOIL = Path(sys.executable).with_name("recoil")
SECONDS_TO_START = 180
SECONDS_TO_END = 15
_SMALL_PICTURES = '\n[choices]\nresolution = "360p"\nfps = 12\n'


class ServedShow:
    """A project and the Dagster server that ``recoil ui`` runs on it, with its daemon."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.address = ""
        self._log = root.with_suffix(".server.log")
        self._server: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """The example show from plan to dailies, with small pictures so that it takes half the time."""
        example = example_show()
        for folder in ("plans", "refs"):
            shutil.copytree(example / folder, self.root / folder)
        settings = (example / "recoil.toml").read_text(encoding="utf-8")
        lay_out(Layout(self.root), settings.replace("\n[choices]\n", _SMALL_PICTURES))
        episodes, project = [path.stem for path in sorted(Path(example, "plans").iterdir())], str(self.root)
        self.recoil("run", *episodes, "--until", "boards", "--project", project)
        for episode in episodes:
            self.recoil("board", "approve", episode, "--all", "--project", project)
        self.recoil("run", *episodes, "--project", project)

    def recoil(self, *words: str) -> str:
        """What a ``recoil`` command prints; it must end well."""
        done = subprocess.run(
            [RECOIL, *words], env=_environment(), capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, f"recoil {' '.join(words)}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self) -> None:
        """Start the server in a process group of its own, and wait until it answers."""
        port = _free_port()
        self.address = f"http://127.0.0.1:{port}"
        with self._log.open("wb") as log:
            self._server = subprocess.Popen(
                [RECOIL, "ui", "--project", str(self.root), "--port", str(port)],
                cwd=self.root,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_for("the server to answer", self._answers, within=SECONDS_TO_START)

    def stop(self) -> None:
        """End the whole process group: asked first, then killed with everything it started."""
        if self._server is None:
            return
        self._server.terminate()
        try:
            with suppress(subprocess.TimeoutExpired):
                self._server.wait(SECONDS_TO_END)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait(SECONDS_TO_END)

    def wait_for(self, what: str, happened: Callable[[], object], *, within: float) -> None:
        """Wait until something happened; a server that ended meanwhile, or took too long, shows its log."""
        deadline = time.monotonic() + within
        while not happened():
            ended = self._server is None or self._server.poll() is not None
            if ended or time.monotonic() > deadline:
                why = "the server ended" if ended else f"{within:.0f} s went by"
                raise AssertionError(f"waiting for {what}: {why}\n{self._end_of_log()}")
            time.sleep(0.5)

    def recorded(self, asset: str, *partitions: str) -> bool:
        """Whether an asset is materialised in all these partitions."""
        records = self.query(
            "query($asset: AssetKeyInput!, $keys: [String!]) { assetNodeOrError(assetKey: $asset) {"
            " ... on AssetNode { latestMaterializationByPartition(partitions: $keys) { runId } } } }",
            asset={"path": [asset]},
            keys=list(partitions),
        )["assetNodeOrError"]["latestMaterializationByPartition"]
        return None not in records

    def runs(self) -> list[dict[str, Any]]:
        """Every run: its job, its status, and its tags by name."""
        found = self.query(
            "{ runsOrError { ... on Runs { results { jobName status tags { key value } } } } }"
        )["runsOrError"]["results"]
        return [{**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found]

    def query(self, text: str, **variables: object) -> Any:
        """The data of a GraphQL answer."""
        answer = httpx.post(
            f"{self.address}/graphql", json={"query": text, "variables": variables}, timeout=60
        ).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/server_info", timeout=5).is_success
        except httpx.TransportError:
            return False

    def _end_of_log(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(line[:400] for line in lines[-40:])


def _environment() -> dict[str, str]:
    """The environment without what would lead a command to another project, or another gate."""
    ours = ("RECOIL_PROJECT", "RECOIL_BOARD_GATE", "DAGSTER_HOME")
    return {name: value for name, value in os.environ.items() if name not in ours}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
