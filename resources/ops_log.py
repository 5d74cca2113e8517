"""The operations log: ``ops.log.jsonl``, one JSON object a line, safe for many processes."""

import errno
import json
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from recoil_assets.production.ports import Clock

_LOOK_AGAIN_S = 1.0


class OpsLogFile:
    """Appends each event with one write, so that lines of several processes never mix.

    The file stays open: a run writes half a dozen lines a beat. Where the log was moved away or deleted, lines go to a
    new one within ``look_again_s`` seconds. A child of a fork opens it for itself.
    """

    def __init__(self, path: Path, clock: Clock, *, look_again_s: float = _LOOK_AGAIN_S) -> None:
        self._path = path
        self._clock = clock
        self._look_again_s = look_again_s
        self._process = os.getpid()
        self._alone = threading.Lock()
        self._handle: int | None = None
        self._looked_at = 0.0

    def write(self, event: str, **facts: object) -> None:
        """See ``ports.OpsLog``. What no UTF-8 can hold (half a character of a provider's) is written escaped."""
        line = json.dumps({"at": self._clock.now(), "event": event, **facts}, default=str, ensure_ascii=False)
        data = (line + "\n").encode(errors="backslashreplace")
        with self._here():
            if os.write(self._open_file(), data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))

    def close(self) -> None:
        """Close the file; a later event opens it again."""
        with self._here():
            self._let_go()

    def _here(self) -> threading.Lock:
        """The lock of this process: in a fork's child another thread of its parent may seem to have it."""
        if self._process != os.getpid():
            self._process, self._alone, self._handle = os.getpid(), threading.Lock(), None
        return self._alone

    def _open_file(self) -> int:
        now = time.monotonic()
        if self._handle is not None and now - self._looked_at >= self._look_again_s:
            if self._was_replaced(self._handle):
                self._let_go()
            self._looked_at = now
        if self._handle is None:
            self._handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            self._looked_at = now
        return self._handle

    def _was_replaced(self, handle: int) -> bool:
        with suppress(OSError):
            return not os.path.samestat(os.fstat(handle), self._path.stat())
        return True

    def _let_go(self) -> None:
        # Given up first: whatever closing says, its number may be another file's from then on.
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(OSError):
                os.close(handle)
