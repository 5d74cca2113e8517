"""What the ledger is asked of a price: once for all attempts that wait for the answer, whatever it is."""

import threading
from dataclasses import dataclass, field, replace
from typing import Any

from recoil_assets.domain.errors import LedgerBusyError
from recoil_assets.production.stages import TAKES
from recoil_assets.production.studio import Studio
from tests.support.project import plan
from tests.support.show import cell, settings

from .conftest import BEFORE_TAKES, MakeShow
from .test_places import wait_until

WAITING = 6


@dataclass
class SilentLedger:
    """A ledger that says nothing of a price, and that only when as many attempts wait for it as there are."""

    ledger: Any
    held: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def reserve(self, booking: Any, *rest: Any) -> None:
        self.ledger.reserve(booking, *rest)
        self.held.append(booking.attempt_id)

    def overruns(self, *, model: str) -> Any:
        self.asked.append(threading.current_thread().name)
        wait_until(lambda: len(self.held) == WAITING)
        raise LedgerBusyError(
            f"what {model} was billed could not be read: the ledger is held by process 1234"
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ledger, name)


def test_a_ledger_that_does_not_answer_is_waited_for_once_and_not_by_one_attempt_after_the_other(
    make_show: MakeShow,
) -> None:
    show = make_show(
        plan("ep_001", batches=WAITING, shots_each=1), text=settings(choices={"concurrency": 16})
    )
    show.make(stages=BEFORE_TAKES)
    silent: list[SilentLedger] = []

    def refit(studio: Studio) -> Studio:
        silent.append(SilentLedger(studio.ledger))
        return replace(studio, ledger=silent[-1])

    show.refit = refit
    ended = show.make(stages=[TAKES])
    for number in range(1, WAITING + 1):
        assert "held by process 1234" in ended.failed(cell(number)).message
    assert len(silent[-1].asked) == 1
    assert show.lab.submitted == []
    assert show.balance().reserved == 0
