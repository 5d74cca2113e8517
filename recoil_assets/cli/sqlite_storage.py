"""Dagster's own SQLite storage, with one SQLAlchemy engine for each file.

Dagster makes a new engine for every statement, and with it throws away what SQLAlchemy had compiled: three
seconds in ten of a run that writes many small events. And it makes the file of every run by looking through all
its migrations, a tenth of a second each; here one is made so, and the others are its copies. Files and tables are
the same; the Dagster UI reads them with the class of its own. Only the commands run with this one, see
docs/decisions/014.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

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

from resources.project_store.durable import create_file


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

    _empty: ClassVar[bytes] = b""
    """A file as Dagster makes it, with its tables and nothing in them; made once in a process."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table. Dagster asks for every key of a partition; a table that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._begin(shard, engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _begin(self, shard: str, engine: Engine) -> None:
        """Have the file of ``shard``, at Dagster's present revision; one that is there is left to Dagster."""
        path = Path(self.path_for_shard(shard))
        if not path.exists():
            with suppress(FileExistsError):  # another process made it at this moment
                create_file(path, self._empty_file())
                return
        self._initdb(engine)

    def _empty_file(self) -> bytes:
        if not SqliteEventLog._empty:
            with TemporaryDirectory(prefix="recoil-") as folder:
                path = Path(folder) / "empty.db"
                self._initdb(_engine_of(f"sqlite:///{path}"))
                SqliteEventLog._empty = path.read_bytes()
        return SqliteEventLog._empty

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            self._engines[shard] = _engine_of(self.conn_string_for_shard(shard))
        return self._engines[shard]


def _engine_of(address: str) -> Engine:
    return create_engine(address, poolclass=NullPool, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
