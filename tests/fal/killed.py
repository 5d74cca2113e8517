"""A run at fal that is killed: ``python -m tests.fal.killed ROOT URL RECORDS STEP NUMBER``.

The process kills itself, with the signal nothing can catch, before the ``NUMBER``-th ``STEP`` is taken. Without such
a step it ends by itself. Prints how every cell ended.
"""

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from recoil_assets.domain.cell import Cell
from recoil_assets.production.stages import TAKES
from recoil_assets.production.studio import Studio
from resources.price_book import shipped_price_book
from resources.providers.fal.wire import FalHosts
from tests.fal.samples import at_fal as opened_at
from tests.support.show import Show
from tests.support.watched import Watch


def at_fal(root: Path, hosts: FalHosts, watch: Watch, records: dict[Cell, dict[str, str]]) -> Show:
    """A show whose paid provider is fal, every step of it watched."""
    provider = opened_at(hosts, root.parent / "state")

    def refit(studio: Studio) -> Studio:
        providers = {**studio.providers, "fal": provider}
        return watch.refit(replace(studio, price_book=shipped_price_book(), providers=providers))

    return Show(root, records=records, refit=refit)


def main(root: str, url: str, records: str, step: str, number: str) -> None:
    left = [int(number)]

    def look(taken: str) -> None:
        if taken == step or (step == "any" and taken):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    known = {Cell.parse(key): record for key, record in json.loads(Path(records).read_text()).items()}
    hosts = FalHosts.behind(url)
    show = at_fal(Path(root), hosts, Watch(look=look), known)
    ended = show.make(stages=[TAKES], run="root")
    for cell in known:
        last = ended.of(cell)[-1]
        sys.stdout.write(f"{cell} {getattr(last, 'reason', type(last).__name__)}\n")
    show.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
