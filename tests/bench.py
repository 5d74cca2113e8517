"""``make bench``: what Recoil costs, as ratios within one run, so that machines compare.

A bare graph of the same shape (as many assets and partitions, one event each, nothing done) is measured beside
the production step, and bare DuckDB beside the ledger.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
from rich.console import Console
from rich.table import Table

from recoil_assets.production.stages import CELL_STAGES
from tests.ledger import bench_ledger
from tests.support.graph import STAGES, GraphUnderTest
from tests.support.project import SETTINGS, make_project, plan

CELLS = 15
REPEATS = 3

Row = tuple[str, float, str]
"""Name, ratio, and what was compared."""


def main() -> None:
    """Measure everything and print a table."""
    table = Table(title="bench: ratios within this run, lower is better")
    for name in ("name", "ratio", "measured"):
        table.add_column(name, overflow="fold")
    for name, ratio, measured in (*_production_step(), *_command_start(), *bench_ledger.measure()):
        table.add_row(name, f"{ratio:.2f}", measured)
    Console(width=120).print(table)


def _production_step() -> Iterator[Row]:
    """15 cells through all six stages with a provider that does nothing, then again with nothing to do."""
    first, second, bare = [], [], []
    for _ in range(REPEATS):
        with _instance() as folder, dg.DagsterInstance.local_temp(str(folder / "dagster")) as instance:
            root = make_project(
                folder / "project", plan("ep_001", batches=CELLS), settings=SETTINGS.replace('"all"', "[]")
            )
            graph = GraphUnderTest(root=root, instance=instance)
            _required(graph.plan("ep_001"))
            first.append(_seconds(lambda: _required(graph.produce("ep_001"))))  # noqa: B023  called at once
            second.append(_seconds(lambda: _required(graph.produce("ep_001"))))  # noqa: B023
            bare.append(_seconds(lambda: _bare_graph(instance)))  # noqa: B023
    base = statistics.median(bare)
    for name, seconds in (("production_step", first), ("production_step_again", second)):
        middle = statistics.median(seconds)
        yield (
            name,
            middle / base,
            f"{CELLS} cells, {len(STAGES)} stages: {middle:.2f} s; a bare graph of that size {base:.2f} s",
        )


def _bare_graph(instance: dg.DagsterInstance) -> None:
    keys = [f"{number:02d}" for number in range(CELLS)]
    partitions = dg.StaticPartitionsDefinition(keys)

    @dg.multi_asset(
        specs=[dg.AssetSpec(f"bare_{stage.name}") for stage in CELL_STAGES],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def bare(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        yield from ()
        for key in context.partition_keys:
            for stage in CELL_STAGES:
                context.log_event(dg.AssetMaterialization(f"bare_{stage.name}", partition=key))

    job = dg.Definitions(assets=[bare]).resolve_implicit_global_asset_job_def()
    ends = {"dagster/asset_partition_range_start": keys[0], "dagster/asset_partition_range_end": keys[-1]}
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    _required(job.execute_in_process(instance=instance, tags=ends, run_config=quiet))


def _command_start() -> Iterator[Row]:
    """How long a command takes that runs no graph, beside the start of Python with pydantic."""
    bare = min(_seconds(lambda: _python("-c", "import pydantic, typer, rich.table")) for _ in range(REPEATS))
    recoil = min(_seconds(lambda: _python("-m", "recoil_assets.cli.app", "--help")) for _ in range(REPEATS))
    yield "command_start", recoil / bare, f"recoil --help {recoil:.2f} s; Python with its libraries {bare:.2f} s"


def _python(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True, capture_output=True)  # noqa: S603  our own command


class _instance:  # noqa: N801  used as a function
    """A temporary folder as a path, with room for an instance."""

    def __enter__(self) -> Path:
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name)
        (path / "dagster").mkdir()
        return path

    def __exit__(self, *error: object) -> None:
        self._folder.cleanup()


def _required(result: dg.ExecuteInProcessResult) -> None:
    if not result.success:
        raise SystemExit("a run of the bench failed: make test says why")


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
