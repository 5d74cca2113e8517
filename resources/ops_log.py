"""The operations log: ``ops.log.jsonl``, one JSON object a line, safe for many processes."""

import errno
import json
import os
from pathlib import Path

from recoil_assets.production.ports import Clock


class OpsLogFile:
    """Appends each event with one write, so that lines of several processes never mix."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def write(self, event: str, **facts: object) -> None:
        """See ``ports.OpsLog``. What no UTF-8 can hold (half a character of a provider's) is written escaped."""
        line = json.dumps({"at": self._clock.now(), "event": event, **facts}, default=str, ensure_ascii=False)
        data = (line + "\n").encode(errors="backslashreplace")
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            if os.write(handle, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
        finally:
            os.close(handle)
