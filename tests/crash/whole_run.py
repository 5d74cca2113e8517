"""One whole Dagster run, as a process of its own does it until it ends or is killed.

The real production step in a real instance on disk, whose event log is watched: storing the materialisation of
a stage is the step ``event <stage>``. Everything else is as in ``run``; ``Order.records`` is the instance's home.
"""

import json
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.sqlite_storage import _event_logs_directory
from dagster._serdes import ConfigurableClassData

from recoil_assets.assets.cell_stages import STEP
from recoil_assets.assets.partitions import register
from recoil_assets.cli.sqlite_storage import SqliteEventLog, SqliteStorage, open_instance
from recoil_assets.definitions import build_defs
from recoil_assets.production.stages import PLANS
from recoil_assets.production.studio import Studio
from resources.dagster_resources import LedgerResource, ProvidersResource, StudioResource
from tests.crash.run import Order, studio_of
from tests.crash.strike import Striker
from tests.support.show import EPISODE

_AT_WORK: list[tuple[Order, Striker]] = []
"""The order of this process, which does one run: Dagster makes storage and resources from plain data."""

_SETTINGS = """
telemetry: {{enabled: false}}
nux: {{enabled: false}}
storage:
  custom:
    module: tests.crash.whole_run
    class: WatchedStorage
    config: {{base_dir: {home}/storage}}
"""


class WatchedEventLog(SqliteEventLog):
    """Dagster's event log, every materialisation seen before and after it is stored."""

    def store_event(self, event: dg.EventLogEntry) -> None:
        made = event.dagster_event
        if made is None or not made.is_step_materialization or not _AT_WORK:
            super().store_event(event)
            return
        (_, striker), step = _AT_WORK[0], f"event {made.asset_key.to_user_string() if made.asset_key else ''}"
        striker.before(step)
        super().store_event(event)
        striker.after(step)


class WatchedStorage(SqliteStorage):
    """Dagster's SQLite storage with ``WatchedEventLog``."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = WatchedEventLog(_event_logs_directory(base_dir))


class WatchedStudio(StudioResource):
    """The project as the order has it."""

    @contextmanager
    def open(self) -> Iterator[Studio]:
        with studio_of(*_AT_WORK[0]) as studio:
            yield studio


@contextmanager
def instance_at(home: Path) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance at ``home``, made where there is none."""
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text(_SETTINGS.format(home=home))
    with open_instance(home) as instance:
        yield instance


@cache
def definitions() -> dg.Definitions:
    """The product's own graph, over the project of the order."""
    studio = WatchedStudio(ledger=LedgerResource(), providers=ProvidersResource())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return build_defs(resources={"studio": studio}, sensors=[])


@cache
def job() -> dg.JobDefinition:
    """All of it as one job. Takes as long to make as a run: it is made before any process is forked."""
    return definitions().resolve_implicit_global_asset_job_def()


def work(order: Order) -> None:
    """Carry an order out; whatever goes wrong is written where its end would be."""
    warnings.simplefilter("ignore")
    striker = Striker(order.strike)
    _AT_WORK.append((order, striker))
    try:
        with instance_at(order.records) as instance:
            striker.listen()
            result = _execute(order, instance)
    except BaseException:
        order.said.write_text(json.dumps({"fault": traceback.format_exc()}))
        raise
    said = {"cells": _ends(result, order.stages[-1]), "run": result.run_id, "heard": striker.heard}
    order.said.write_text(json.dumps(said))


def _execute(order: Order, instance: dg.DagsterInstance) -> Any:
    register(instance, EPISODE, ())
    keys = instance.get_dynamic_partitions("shot_batches")
    whose: dict[str, Any] = {"partition_key": EPISODE}
    config: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    if PLANS not in order.stages:
        whose = {
            "tags": {
                "dagster/asset_partition_range_start": f"{EPISODE}|{keys[0]}",
                "dagster/asset_partition_range_end": f"{EPISODE}|{keys[-1]}",
                **order.errand.tags(),
            }
        }
        config["ops"] = {STEP: {"config": order.errand.config()}}
    return job().execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey(stage) for stage in order.stages],
        raise_on_error=False,
        run_config=config,
        **whose,
    )


def _ends(result: Any, stage: str) -> dict[str, str]:
    """How every cell ended, by what the run put into the event log."""
    ends: dict[str, str] = {}
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data.user_failure_data
            if data is None:
                ends["run"] = str(event.step_failure_data.error)
                continue
            for row in data.metadata["cells"].records:
                ends[row.data["cell"]] = str(row.data["ended"]).capitalize()
        if event.is_step_materialization and event.asset_key.to_user_string() == stage:
            ends[str(event.partition)] = "Materialised"
    return ends
