"""A run at the fake FLORA that is killed: ``python -m tests.flora.child ROOT URL STATE RECORDS STEP``.

The process kills itself, with the signal nothing can catch, before ``STEP`` is taken for the first time.
Without such a step it ends by itself. Prints how every cell ended.
"""

import json
import os
import signal
import sys
from pathlib import Path

from recoil_assets.domain.cell import Cell
from recoil_assets.production.stages import TAKES
from recoil_assets.production.studio import Studio
from tests.flora.conftest import at_flora, open_at
from tests.flora.fake import FakeFlora
from tests.support.show import Show
from tests.support.watched import Watch


def main(root: str, url: str, state: str, records: str, step: str) -> None:
    def look(taken: str) -> None:
        if taken == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def refit(studio: Studio) -> Studio:
        provider = open_at(FakeFlora(Path(state) / "no-bill-of-ours", url=url), Path(state))
        return Watch(look=look).refit(at_flora(studio, provider))

    known = {Cell.parse(key): record for key, record in json.loads(Path(records).read_text()).items()}
    show = Show(Path(root), records=known, refit=refit)
    ended = show.make(stages=[TAKES], run="root")
    for cell in known:
        last = ended.of(cell)[-1]
        sys.stdout.write(f"{cell} {getattr(last, 'reason', type(last).__name__)}\n")
    show.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
