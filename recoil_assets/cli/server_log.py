"""The log of the servers that ``recoil ui`` becomes: kept in a file, of which only errors are shown.

Run as a process of its own beside the servers, which stay the process that was started, with its signals.
"""

import os
import re
import signal
import sys
import time
from pathlib import Path

_LOOK_EVERY_S = 0.3
_ERROR = re.compile(r" - (?:ERROR|CRITICAL) - |^(?:Error|Usage)\b|^(?:\w+\.)*\w+(?:Error|Exception)\b")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def is_error(line: str) -> bool:
    """Whether a line of the servers' log is one a person has to see; a traceback's own lines are not."""
    return _ERROR.search(line) is not None


def follow(log: Path, servers: int) -> None:
    """Show the errors in ``log`` as they come, until the process ``servers``, which started this one, has ended."""
    with log.open(encoding="utf-8", errors="replace") as lines:
        while True:
            ended = os.getppid() != servers
            for line in (_COLOUR.sub("", line) for line in lines):
                if is_error(line):
                    sys.stderr.write(line)
                    sys.stderr.flush()
            if ended:
                return
            time.sleep(_LOOK_EVERY_S)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the servers; what they say then is shown too
    follow(Path(sys.argv[1]), int(sys.argv[2]))
