"""A Dagster run that is terminated: ``python -m tests.protocol.terminated FOLDER``.

Renders an episode through the real graph in this process's main thread, as a run worker does. Four POSTs are
held on the wire until Dagster's interrupt was raised here; prints how the run ended.
"""

import asyncio
import sys
import threading
from decimal import Decimal
from pathlib import Path

import dagster as dg

from recoil_assets.production.ports import PreparedJob, Submission
from tests.support.folder_lab import FolderLab
from tests.support.graph import GraphUnderTest
from tests.support.instant_provider import attempt_of

EPISODE = "ep_001"


class InterruptedLab(FolderLab):
    """Says ``posting`` for every POST, and answers none before a stop was asked for."""

    async def submit(self, job: PreparedJob) -> Submission:
        sys.stdout.write(f"posting {attempt_of(job)}\n")
        sys.stdout.flush()
        while not a_stop_was_asked():  # noqa: ASYNC110  it is another thread that gets there
            await asyncio.sleep(0.01)
        return await super().submit(job)


def a_stop_was_asked() -> bool:
    """Whether the interrupt has set the stop flag of the dispatch thread."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        if frame.f_code.co_name == "outcomes_of":
            return bool(frame.f_locals["stop"].is_set())
        frame = frame.f_back
    return False


def graph_in(folder: Path, instance: dg.DagsterInstance, lab: FolderLab) -> GraphUnderTest:
    """The graph of the project in ``folder``, whose takes ``lab`` makes, for nothing."""
    lab.name, lab.cost = "animatic", Decimal(0)
    return GraphUnderTest(root=folder / "project", instance=instance, provider=lab)


def main(folder: Path) -> None:
    with dg.DagsterInstance.local_temp(
        str(folder / "dagster"), overrides={"telemetry": {"enabled": False}}
    ) as instance:
        graph = graph_in(folder, instance, InterruptedLab(folder / "server"))
        graph.produce(EPISODE, stages=["takes"])
        (run, *_) = instance.get_runs(limit=1)
        sys.stdout.write(f"{run.status.value}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
