"""The storage the commands run with is Dagster's own, quicker: others read and write the same files."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

from recoil_assets.cli.sqlite_storage import SqliteEventLog, open_instance


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    return tmp_path


def said_of(instance: dg.DagsterInstance) -> list[str]:
    records = instance.fetch_materializations(dg.AssetKey("boards"), limit=100).records
    return sorted(str(record.partition_key) for record in records)


def write(instance: dg.DagsterInstance, *partitions: str) -> None:
    for partition in partitions:
        instance.report_runless_asset_event(dg.AssetMaterialization("boards", partition=partition))


@dg.job
def nothing() -> None:
    pass


class StorageOfTheirOwn(DagsterSqliteStorage):
    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "StorageOfTheirOwn":
        return cls.from_local(inst_data=inst_data, **config_value)


@pytest.mark.parametrize(
    ("storage", "event_log"),
    [
        (
            f"{{custom: {{module: {__name__}, class: StorageOfTheirOwn, config: {{base_dir: ELSEWHERE}}}}}}",
            SqliteEventLogStorage,
        ),
        ("{sqlite: {base_dir: ELSEWHERE}}", SqliteEventLog),
    ],
    ids=["a class of their own", "SQLite in another folder"],
)
def test_the_storage_that_the_settings_name_is_used(home: Path, storage: str, event_log: type) -> None:
    elsewhere = str(home / "elsewhere")
    settings = f"telemetry: {{enabled: false}}\nstorage: {storage.replace('ELSEWHERE', elsewhere)}\n"
    (home / "dagster.yaml").write_text(settings, encoding="utf-8")

    with open_instance(home) as instance:
        assert type(instance.event_log_storage) is event_log
        write(instance, "ep_001|BATCH_001")

    assert (home / "elsewhere").is_dir()
    assert not (home / "history").exists()


def test_what_a_command_wrote_dagster_reads_and_the_other_way_round(home: Path) -> None:
    with open_instance(home) as ours:
        assert isinstance(ours.event_log_storage, SqliteEventLog)
        write(ours, "ep_001|BATCH_001")
        with dg.DagsterInstance.from_config(str(home)) as dagsters:
            assert said_of(dagsters) == ["ep_001|BATCH_001"]
            write(dagsters, "ep_001|BATCH_002")
        assert said_of(ours) == ["ep_001|BATCH_001", "ep_001|BATCH_002"]


def test_nothing_is_lost_where_threads_and_another_writer_write_at_once(home: Path) -> None:
    with (
        open_instance(home) as ours,
        dg.DagsterInstance.from_config(str(home)) as dagsters,
        ThreadPoolExecutor(4) as threads,
    ):
        for number in range(20):
            threads.submit(write, ours if number % 2 else dagsters, f"ep_001|BATCH_{number:03d}")
        threads.shutdown()
        assert said_of(ours) == [f"ep_001|BATCH_{number:03d}" for number in range(20)]


def as_made(path: Path) -> tuple[list[str], list[str], str]:
    """The tables and indexes of a file, its revision, and how it keeps its journal."""
    with closing(sqlite3.connect(path)) as connection:
        made, revision, journal = (
            [str(row[0]) for row in connection.execute(question)]
            for question in (
                "SELECT sql FROM sqlite_master ORDER BY type, name",
                "SELECT version_num FROM alembic_version",
                "PRAGMA journal_mode",
            )
        )
    return made, revision, journal[0]


def test_the_file_of_a_run_is_what_dagster_would_have_made(home: Path) -> None:
    with open_instance(home) as ours, dg.DagsterInstance.from_config(str(home)) as dagsters:
        for instance, run_id in ((dagsters, "theirs"), (ours, "first"), (ours, "second")):
            assert instance.all_logs(run_id) == []
    theirs, first, second = (
        as_made(home / f"history/runs/{run_id}.db") for run_id in ("theirs", "first", "second")
    )
    assert theirs[0]
    assert theirs[1]
    assert theirs[2] == "wal"
    assert first == second == theirs


def test_the_file_of_a_run_that_is_there_keeps_what_is_in_it(home: Path) -> None:
    with open_instance(home) as ours:
        run = ours.create_run_for_job(nothing)
        ours.report_engine_event("here", run)
    with open_instance(home) as again:
        assert [entry.message for entry in again.all_logs(run.run_id)] == ["here"]
