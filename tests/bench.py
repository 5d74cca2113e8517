"""``make bench``: what Recoil costs, as ratios within one run, so that machines compare.

A bare graph of the same shape (as many assets and partitions, one event each, nothing done) is measured beside
the production step, bare DuckDB beside the ledger, and bare reading beside the questions about a season.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import dagster as dg
from rich.console import Console
from rich.table import Table

from recoil_assets.cli.instance import dagster_home
from recoil_assets.cli.sqlite_storage import open_instance
from recoil_assets.production.stages import CELL_STAGES
from resources.project_store.layout import Layout
from tests import bench_dispatch, bench_impact, bench_retry
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
    rows = (
        # First: ext4 looks at every inode deleted in the last minutes when it makes a file, and the others delete many.
        *bench_dispatch.measure(),
        *_production_step(),
        *_command_start(),
        *bench_ledger.measure(),
        *bench_impact.measure(),
        *bench_retry.measure(),
    )
    for name, ratio, measured in rows:
        table.add_row(name, f"{ratio:.2f}", measured)
    Console(width=120).print(table)


def _production_step() -> Iterator[Row]:
    """15 cells through all six stages with a provider that does nothing, then again with nothing to do."""
    first, second, bare = (statistics.median(seconds) for seconds in zip(*_rounds(), strict=True))
    for name, seconds in (("production_step", first), ("production_step_again", second)):
        measured = (
            f"{CELLS} cells, {len(STAGES)} stages: {seconds:.2f} s; a bare graph of that size {bare:.2f} s"
        )
        yield name, seconds / bare, measured


def _rounds() -> Iterator[tuple[float, float, float]]:
    """Seconds of the first and the second run of the production step, and of the bare graph."""
    for _ in range(REPEATS):
        with _folder() as folder, _dagster(folder) as instance, _dagster_as_it_comes(folder) as plain:
            settings = SETTINGS.replace('"all"', "[]")
            root = make_project(folder / "project", plan("ep_001", batches=CELLS), settings=settings)
            graph = GraphUnderTest(root=root, instance=instance)
            _required(graph.plan("ep_001"))
            production = partial(graph.produce, "ep_001")
            yield _seconds(production), _seconds(production), _seconds(partial(_bare_graph, plain))


def _bare_graph(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
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
    return job.execute_in_process(instance=instance, tags=ends, run_config=quiet)


def _command_start() -> Iterator[Row]:
    """How long a command takes that runs no graph, beside the start of Python with the libraries it needs."""
    bare = _fastest_start("-c", "import duckdb, pydantic, typer, rich.table")
    recoil = _fastest_start("-m", "recoil_assets.cli.app", "--help")
    yield (
        "command_start",
        recoil / bare,
        f"recoil --help {recoil:.2f} s; Python with its libraries {bare:.2f} s",
    )


def _fastest_start(*words: str) -> float:
    command = [sys.executable, *words]
    return min(
        _seconds(partial(subprocess.run, command, check=True, capture_output=True)) for _ in range(REPEATS)
    )


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@contextmanager
def _dagster(folder: Path) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of a project, as a command opens it."""
    with open_instance(dagster_home(Layout(folder / "project"))) as instance:
        yield instance


@contextmanager
def _dagster_as_it_comes(folder: Path) -> Iterator[dg.DagsterInstance]:
    home = folder / "bare"
    home.mkdir()
    with dg.DagsterInstance.local_temp(str(home), overrides={"telemetry": {"enabled": False}}) as instance:
        yield instance


def _required(result: dg.ExecuteInProcessResult) -> None:
    if not result.success:
        raise SystemExit("a run of the bench failed: make test says why")


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    done = work()
    seconds = time.perf_counter() - start
    if isinstance(done, dg.ExecuteInProcessResult):
        _required(done)
    return seconds


if __name__ == "__main__":
    main()
