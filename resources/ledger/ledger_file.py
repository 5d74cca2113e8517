"""The ledger's DuckDB file: making it, opening it, and one transaction for a group of jobs.

Nothing else in the product opens this file. That is not taste: reading it with ``open()`` in the process
that holds it drops DuckDB's own lock (measured), and another process may then write beside us.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from recoil_assets.domain.errors import LedgerError
from resources.ledger.book import Book
from resources.ledger.job import Answer, Job
from resources.ledger.kernel_lock import UNKNOWN_HOLDER
from resources.ledger.schema import BLOCK_BYTES, SCHEMA_VERSION, copy_entries, create_tables, version_of

_HOLDER = re.compile(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")


_MOST_SPARE = 2
_SPARE: list[duckdb.DuckDBPyConnection] = []
"""Connections with nothing attached, for the next ledgers of this process: making one takes 25 ms (measured)."""


def drop_spare_connections() -> None:
    """Close what is kept for later ledgers: at exit and before a fork, for no child can close it."""
    while _SPARE:
        _SPARE.pop().close()


class HeldElsewhereError(Exception):
    """Someone has the DuckDB file open without the ledger's lock: a DuckDB shell, for example."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


@dataclass(slots=True)
class _Open:
    """The file while it is attached.

    Attributes:
        book: what is known of it; nobody else can write it meanwhile.
        identity: which file it is.
        log: which file its write-ahead log is; None before anything was written to one.
        log_is_named: whether the log's name is on disk.
    """

    book: Book
    identity: tuple[int, int] | None
    writable: bool
    log: tuple[int, int] | None = None
    log_is_named: bool = False


class LedgerFile:
    """One ledger on disk.

    The connection is to an empty database in memory and is kept; the file is attached to it for a few transactions
    and detached again. That opens and closes the file as ``duckdb.connect`` does, in 6 ms and not 35 (measured):
    most of a connect is building DuckDB's catalogue, not opening the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wal = _wal(path)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._open: _Open | None = None
        self._known: Book | None = None
        self._held: set[str] = set()

    @property
    def held(self) -> int:
        """How many attempts this process holds money for."""
        return len(self._held)

    def is_absent(self) -> bool:
        """Whether the ledger was never made.

        Raises:
            LedgerError: only its write-ahead log is left. DuckDB would start an empty ledger beside it.
        """
        orphan = self._wal.exists()  # looked at first: someone may make the ledger at this moment
        if self._path.exists():
            return False
        if orphan:
            raise LedgerError(
                f"the ledger {self._path} is gone, its write-ahead log {self._wal.name} is not",
                cure="restore both from the same backup; a new ledger would forget what was spent",
            )
        return True

    def answer(self, jobs: Sequence[Job[object]]) -> list[Answer]:
        """Do all ``jobs`` in one transaction and return their answers once it is committed.

        Called by the holder of the ledger's lock only, who lets go of the file before the lock: it stays attached.
        Where a statement fails nothing of the group is kept, and its jobs are done again, each in a
        transaction of its own: DuckDB's COMMIT of an aborted transaction reports success and writes nothing.

        Raises:
            HeldElsewhereError: nothing was done; try again later.
            LedgerError: the file can not be opened or is no ledger; nothing was booked.
        """
        try:
            return self._transaction(jobs)
        except (HeldElsewhereError, LedgerError):
            self.close()
            raise
        except Exception:  # noqa: BLE001  whatever one job failed with, the others are innocent
            self.close()
            try:
                book = self._open_for(jobs).book
                return [self._alone(book.anew(), job) for job in jobs]
            finally:
                self.let_go()  # what its book remembers is not what is there before it is caught up

    def _transaction(self, jobs: Sequence[Job[object]]) -> list[Answer]:
        opened = self._open_for(jobs)
        answers = _commit(opened.book, jobs)
        opened.log = opened.log or _identity(self._wal)
        return answers

    def is_safe_open(self) -> bool:
        """Whether callers may rely on what was committed while the file stays attached.

        It is in the write-ahead log then, durably; that there is one is made durable here. Where that fails the file
        has to be let go of first.
        """
        if self._open is not None and self._open.log is not None and not self._open.log_is_named:
            try:
                _sync(self._path.parent)
            except OSError:
                return False
            self._open.log_is_named = True
        return True

    def let_go(self) -> None:
        """Close the file, with everything moved into it from its write-ahead log.

        Where another took its place, with a log of its own, that one is left alone.
        """
        if self._open is None:
            return
        opened, self._open = self._open, None
        log_is_another = self._was_replaced(opened) and _identity(self._wal) not in (None, opened.log)
        if log_is_another and self._connection is not None:
            with suppress(duckdb.Error):
                self._connection.execute("PRAGMA disable_checkpoint_on_shutdown")
            self.close()
        else:
            self._known = opened.book
            self._detach()

    def rest(self) -> None:
        """Leave the connection, which has nothing attached between transactions, to the next ledger."""
        if self._connection is not None and len(_SPARE) < _MOST_SPARE:
            _SPARE.append(self._connection)
            self._connection = None  # and what is known of the ledger with it
        self.close()

    def close(self) -> None:
        """Drop the connection, and with it the file where it is attached."""
        self._known = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._open = None

    def _alone(self, book: Book, job: Job[object]) -> Answer:
        try:
            (answer,) = _commit(book, [job])
        except Exception as error:  # noqa: BLE001  its caller gets it, the group goes on
            with suppress(duckdb.Error):
                book.roll_back()
            refusal = LedgerError(
                f"could not {job.what}: the ledger {self._path} refused it ({type(error).__name__}: {error})",
                cure="see that the disk has room and can be written, then try again; "
                "if the file is damaged, restore it from a backup",
            )
            refusal.__cause__ = error
            return job.refusal(refusal)
        return answer

    def _open_for(self, jobs: Sequence[Job[object]]) -> _Open:
        """The attached ledger; it is attached anew where it was replaced or only read so far."""
        books = _book_anything(jobs)
        if self._open is not None and (books > self._open.writable or self._was_replaced(self._open)):
            self.let_go()
        if self._open is None:
            if books and self.is_absent():
                self._create()
            self._open = self._attached_for(jobs, writable=books)
        return self._open

    def _attached_for(self, jobs: Sequence[Job[object]], *, writable: bool) -> _Open:
        """Attach the file; to book, it is first made one of the present schema version."""
        # Asked before it is attached: one that takes its place later is noticed.
        identity = _identity(self._path)
        connection = self._attach(self._path, read_only=not writable)
        book = self._caught_up() or Book.at_first_look(connection, _attempts(jobs), self._held)
        if book is None:
            version = self._known_version(connection)
            if writable and version != SCHEMA_VERSION:
                self._detach()
                self._bring_up_to_date(version)
                return self._attached_for(jobs, writable=True)
            book = Book(connection, self._held, version)
        return _Open(book, identity, writable)

    def _caught_up(self) -> Book | None:
        """The book of the time before, if it is one of the file that is attached now."""
        book, self._known = self._known, None
        return book if book is not None and book.is_caught_up() else None

    def _was_replaced(self, opened: _Open) -> bool:
        return opened.identity != _identity(self._path)

    @contextmanager
    def _attached(self, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """The connection with the file at ``path`` attached as ``ledger``; the file is closed again afterwards."""
        connection = self._attach(path, read_only=False, options=f", BLOCK_SIZE {BLOCK_BYTES}")
        try:
            yield connection
        except BaseException:
            self.close()
            raise
        self._detach()

    def _detach(self) -> None:
        if self._connection is None:
            return
        try:
            self._connection.execute("DETACH ledger")
        except duckdb.Error:
            # All is committed, only not yet moved from the write-ahead log (a full disk): the next one moves it.
            self.close()
            with suppress(OSError):
                _sync(self._path.parent)

    def _attach(self, path: Path, *, read_only: bool, options: str = "") -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = _spare_connection() or _new_connection()
        quoted = str(path).replace("'", "''")
        mode = "READ_ONLY" if read_only else "READ_WRITE"
        try:
            self._connection.execute(f"ATTACH '{quoted}' AS ledger (TYPE duckdb, {mode}{options})")
        except duckdb.Error as error:
            if "Unique file handle conflict" in str(error):
                raise HeldElsewhereError("another part of this process") from error
            if "Could not set lock" in str(error):
                raise HeldElsewhereError(_holder_named_in(str(error))) from error
            raise LedgerError(
                f"the ledger {path} can not be opened: {error}",
                cure="see that it can be read and written; if it is damaged, restore it from a backup",
            ) from error
        return self._connection

    def _create(self) -> None:
        """Make an empty ledger under another name first: a crash half-way must not leave a broken one."""
        partial = self._cleared_partial()
        with self._attached(partial) as connection:
            create_tables(connection)
        self._put_in_place(partial)

    def _bring_up_to_date(self, version: int) -> None:
        """Copy a ledger of an earlier ``version`` into a file of the present one, which then takes its place.

        A crash before the last step leaves the old ledger whole; after it the new one is.
        """
        if self._wal.exists():
            # Whatever stands in the log must be in the file: beside the new file the log would be read as its own.
            raise LedgerError(
                f"the ledger {self._path} can not be brought up to date: {self._wal.name} could not be moved into it",
                cure="see that the disk has room and can be written, then try again; nothing was changed",
            )
        partial = self._cleared_partial()
        try:
            with self._attached(partial) as connection:
                create_tables(connection)
                copy_entries(connection, self._path, version)
            self._put_in_place(partial)
        except duckdb.Error as error:
            raise LedgerError(
                f"the ledger {self._path} can not be brought up to date "
                f"(version {version} to {SCHEMA_VERSION}): {error}",
                cure="see that the disk has room and can be written, then try again; nothing was changed",
            ) from error

    def _cleared_partial(self) -> Path:
        """Where a ledger is made before it takes its place, with nothing left there by a crash."""
        partial = self._path.with_name(f"{self._path.name}.new")
        for leftover in (partial, _wal(partial)):
            leftover.unlink(missing_ok=True)
        return partial

    def _put_in_place(self, partial: Path) -> None:
        if _wal(partial).exists():
            raise LedgerError(
                f"the ledger {self._path} can not be written whole: {partial.name} has a write-ahead log left",
                cure="see that the disk has room and can be written, then try again; nothing was changed",
            )
        _sync(partial)
        partial.rename(self._path)
        _sync(self._path.parent)

    def _known_version(self, connection: duckdb.DuckDBPyConnection) -> int:
        try:
            version = version_of(connection)
        except duckdb.Error as error:
            raise LedgerError(
                f"the ledger {self._path} can not be read: {error}",
                cure="if it is damaged, move it away and restore it from a backup; nothing is spent until then",
            ) from error
        if version is None:
            raise LedgerError(
                f"{self._path} is a DuckDB file and not a ledger: it names no schema version",
                cure="move it away, or restore the ledger from a backup",
            )
        if not 1 <= version <= SCHEMA_VERSION:
            raise LedgerError(
                f"the ledger {self._path} has schema version {version}, "
                f"this Recoil knows version {SCHEMA_VERSION}",
                cure="use the Recoil version that wrote it, or a newer one",
            )
        return version


def _book_anything(jobs: Sequence[Job[object]]) -> bool:
    return any(job.books for job in jobs)


def _attempts(jobs: Sequence[Job[object]]) -> list[str]:
    return list(dict.fromkeys(job.attempt_id for job in jobs if job.attempt_id))


def _commit(book: Book, jobs: Sequence[Job[object]]) -> list[Answer]:
    book.look_up(_attempts(jobs))
    answers = [job.attempt(book) for job in jobs]
    book.commit()
    return answers


def _new_connection() -> duckdb.DuckDBPyConnection:
    """A connection that runs a statement as it is written: choosing a better way takes longer than the few rows do.

    Measured: half of a small SELECT was its optimizer's, and with 100,000 entries sums and look-ups gain nothing by it.
    """
    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.execute("SET enable_optimizer = false")
    return connection


def _spare_connection() -> duckdb.DuckDBPyConnection | None:
    with suppress(IndexError):  # several writers may take one at once
        return _SPARE.pop()
    return None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file is at ``path``; None for none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _holder_named_in(message: str) -> str:
    found = _HOLDER.search(message)
    return f"process {found['pid']} ({Path(found['program']).name})" if found else UNKNOWN_HOLDER
