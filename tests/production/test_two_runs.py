"""Two runs over the same cell meet at the beat's lock: one POST, and the other says who is at it."""

import threading

from recoil_assets.production.stages import TAKES
from tests.support.project import plan
from tests.support.show import Ended, Show, cell

from .conftest import MakeShow
from .labs import HeldLab


def beside(show: Show, lab: HeldLab, second: Show) -> tuple[Ended, Ended]:
    """``second`` runs while the first run's POST is on the wire."""
    first: list[Ended] = []
    thread = threading.Thread(target=lambda: first.append(show.make()))
    thread.start()
    assert lab.entered.wait(60)
    try:
        other = second.make(stages=[TAKES])
    finally:
        lab.go.set()
        thread.join()
    return first[0], other


def same_project(show: Show) -> Show:
    """Another run's own view of the project: its own studio, the same provider, the same records."""
    return Show(
        show.root, lab=show.lab, records={item: dict(kept) for item, kept in show.records.items()}, runs=50
    )


def test_the_second_run_reports_that_the_beat_is_in_progress_elsewhere(quoted: Show) -> None:
    quoted.lab = lab = HeldLab()
    first, second = beside(quoted, lab, same_project(quoted))
    assert first.finished(cell(1))
    assert second.blocked(cell(1)).reason == "in_progress_elsewhere"
    assert "wait for that run to end" in second.blocked(cell(1)).cure
    assert len(lab.submitted) == 1
    assert str(quoted.balance().spent) == "0.250000"


def test_the_second_run_finds_the_take_done_when_the_first_has_ended(quoted: Show) -> None:
    other = same_project(quoted)
    first = quoted.make(stages=[TAKES])
    assert other.make(stages=[TAKES]).versions(cell(1)) == first.versions(cell(1))
    assert len(quoted.lab.submitted) == 1


def test_runs_that_start_together_send_every_beat_once(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=3, shots_each=1))
    show.make(stages=["scene_versions", "boards", "board_reviews", "references", "dispatch_payloads"])
    runs = [same_project(show) for _ in range(3)]
    ended: list[Ended] = []
    threads = [
        threading.Thread(target=lambda run=run: ended.append(run.make(stages=[TAKES]))) for run in runs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 3
    posts = [attempt_id for attempt_id, _ in show.lab.submitted]
    assert sorted(posts) == sorted(show.attempts(item)[0].attempt_id for item in show.records)
    for item in show.records:
        ends = [run.of(item)[-1] for run in ended]
        assert {getattr(end, "reason", end.stage) for end in ends} <= {TAKES, "in_progress_elsewhere"}
        assert any(run.finished(item) for run in ended)
    assert str(show.balance().spent) == "0.750000"
