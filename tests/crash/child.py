"""A run that is killed: ``python -m tests.crash.child ROOT SERVER RECORDS STEP NUMBER``.

The process kills itself, with the signal nothing can catch, before the ``NUMBER``-th ``STEP`` is taken.
Without such a step it ends by itself. Prints how every cell ended.
"""

import json
import os
import signal
import sys
from pathlib import Path

from recoil_assets.domain.cell import Cell
from recoil_assets.production.stages import TAKES
from tests.support.folder_lab import FolderLab
from tests.support.show import Show
from tests.support.watched import Watch


def main(root: str, server: str, records: str, step: str, number: str) -> None:
    left = [int(number)]

    def look(taken: str) -> None:
        if taken == step or (step == "any" and taken):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    known = {Cell.parse(key): record for key, record in json.loads(Path(records).read_text()).items()}
    show = Show(Path(root), lab=FolderLab(Path(server)), records=known, refit=Watch(look=look).refit)
    ended = show.make(stages=[TAKES], run="root")
    for cell in known:
        last = ended.of(cell)[-1]
        sys.stdout.write(f"{cell} {getattr(last, 'reason', type(last).__name__)}\n")
    show.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
