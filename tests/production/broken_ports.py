"""Ports that fail at one kind of call and work at every other."""

import errno
from typing import Any

from recoil_assets.domain.attempt import StateRecord
from recoil_assets.domain.errors import LedgerBusyError


class LedgerIsBusy:
    """Refuses the given calls, as when another process holds the file."""

    def __init__(self, ledger: Any, *calls: str) -> None:
        self._ledger, self._calls = ledger, calls

    def __getattr__(self, name: str) -> Any:
        if name in self._calls:
            raise LedgerBusyError("the ledger is held by process 1234 (duckdb)")
        return getattr(self._ledger, name)


class FullDisk:
    """The disk is full at one kind of write."""

    def __init__(self, port: Any, *fails: str) -> None:
        self._port, self._fails = port, fails

    def record(self, attempt_id: str, record: StateRecord) -> Any:
        if record.state in self._fails:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._port.record(attempt_id, record)

    def write(self, event: str, **facts: object) -> None:
        if event in self._fails:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._port.write(event, **facts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


class BrokenJournal:
    """Fails to record anything of one attempt."""

    def __init__(self, journal: Any, attempt_id: str, fault: Exception) -> None:
        self._journal, self._attempt_id, self._fault = journal, attempt_id, fault

    def record(self, attempt_id: str, record: StateRecord) -> Any:
        if attempt_id == self._attempt_id:
            raise self._fault
        return self._journal.record(attempt_id, record)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)
