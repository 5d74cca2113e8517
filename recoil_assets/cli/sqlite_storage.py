"""Dagster's own SQLite storage, with one SQLAlchemy engine for each file.

Dagster makes a new engine for every statement, and with it throws away what SQLAlchemy had compiled: three
seconds in ten of a run that writes many small events. Files and tables are the same; the Dagster UI reads
them with the class of its own. Only the commands run with this one, see docs/decisions/014.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import (
    DagsterSqliteStorage,
    SqliteStorageConfig,
    _event_logs_directory,
)
from dagster._serdes import ConfigurableClassData
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool


def open_instance(home: Path) -> dg.DagsterInstance:
    """The Dagster instance whose ``dagster.yaml`` lies in ``home``; with the storage that file names, if any."""
    ref = InstanceRef.from_dir(str(home))
    given = ref.storage_data
    if given is not None and given.class_name == DagsterSqliteStorage.__name__:
        ref = ref._replace(
            storage_data=ConfigurableClassData(__name__, SqliteStorage.__name__, given.config_yaml)
        )
    return dg.DagsterInstance.from_ref(ref)


class SqliteStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage with :class:`SqliteEventLog`."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage: SqliteEventLogStorage = SqliteEventLog(_event_logs_directory(base_dir))

    @classmethod
    def from_config_value(  # type: ignore[override]  # as Dagster's own class does: settings are a typed dict
        cls, inst_data: ConfigurableClassData | None, config_value: SqliteStorageConfig
    ) -> "SqliteStorage":
        """What Dagster makes of a ``storage`` setting."""
        return cls.from_local(inst_data=inst_data, **config_value)


class SqliteEventLog(SqliteEventLogStorage):
    """Dagster's SQLite event log; connections are still opened for each statement, and closed after it."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            self._engines[shard] = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=NullPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
        return self._engines[shard]
