"""Dagster's Terminate (the run is marked as canceling, its worker gets SIGINT), with POSTs in flight."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from recoil_assets.domain.attempt import AttemptState
from tests.support.folder_lab import FolderLab
from tests.support.graph import STAGES
from tests.support.project import SETTINGS, make_project, plan

from .terminated import EPISODE, graph_in

pytestmark = pytest.mark.crash

AT_ONCE, BATCHES = 4, 9
NO_GATE = SETTINGS.replace('"all"', "[]") + f"\n[choices]\nconcurrency = {AT_ONCE}\n"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(
        str(tmp_path / "dagster"), overrides={"telemetry": {"enabled": False}}
    ) as opened:
        yield opened


@pytest.mark.parametrize("signals", [1, 3])
def test_a_terminated_run_loses_no_request_id_and_posts_no_more(
    tmp_path: Path, instance: dg.DagsterInstance, signals: int
) -> None:
    make_project(tmp_path / "project", plan(EPISODE, batches=BATCHES, shots_each=1), settings=NO_GATE)
    lab = FolderLab(tmp_path / "server")
    graph = graph_in(tmp_path, instance, lab)
    graph.plan(EPISODE)
    assert graph.produce(EPISODE, stages=STAGES[:-1]).success

    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.protocol.terminated", str(tmp_path)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stdout is not None
        posting = [worker.stdout.readline().split()[-1] for _ in range(AT_ONCE)]
        (run,) = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        instance.report_run_canceling(run)
        for _ in range(signals):
            worker.send_signal(signal.SIGINT)
        said, _ = worker.communicate(timeout=120)
    finally:
        worker.kill()
        worker.communicate()

    assert said.split()[-1] == "CANCELED", said
    assert "posting" not in said, "nothing is sent after the stop"
    assert sorted(lab.taken()) == sorted(posting)
    with graph.studio() as studio:
        attempts = [studio.journal.attempt(attempt_id) for attempt_id in studio.journal.ids()]
    sent = [attempt for attempt in attempts if attempt.was_sent]
    assert sorted(attempt.attempt_id for attempt in sent) == sorted(posting)
    assert all(attempt.record(AttemptState.SUBMITTED) for attempt in sent), "no request id is lost"

    assert graph.produce(EPISODE, stages=["takes"]).success
    assert len(lab.taken()) == len(set(lab.taken())) == BATCHES
