"""The scene of a crash: a project on a real disk, a paid account, and processes that work on it and are killed."""

import json
import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, TypeVar

from recoil_assets.domain.cell import Cell
from recoil_assets.production.plan_intake import take_in_plan
from recoil_assets.production.stages import PLANS, TAKES
from recoil_assets.production.studio import Studio
from tests.crash.books import Accounts, faults
from tests.crash.doctor import consult
from tests.crash.errand import NOTHING, Errand
from tests.crash.laboratory import Account
from tests.crash.reconciled import differences, resolve_unknown
from tests.crash.run import Order, Refit, as_it_is, studio_of, work
from tests.crash.strike import Strike, StrikeAnywhere, Striker

KILLED = -signal.SIGKILL
UNKNOWN = "unknown"
"""Honestly so, until a person says; then done."""
DONE = "done"
_PATIENCE_S = 120.0
_MOST_RESOLVED = 4
"""A job that is sent anew may be dropped in its turn."""
T = TypeVar("T")

PROCESSES = multiprocessing.get_context("forkserver")
"""Every run is forked from a server that has all modules loaded and no thread, no ledger and no lock."""
PROCESSES.set_forkserver_preload(["tests.crash.zygote"])


@dataclass
class Process:
    """A run in a process of its own."""

    process: ForkServerProcess
    said: Path

    def wait(self) -> int:
        """Its exit status; minus nine where it was killed."""
        self.process.join(_PATIENCE_S)
        assert self.process.exitcode is not None, "a run did not end"
        return self.process.exitcode

    def kill(self) -> None:
        """Kill it, if it has not ended; sleeping or not."""
        self.process.kill()
        self.process.join()

    def wait_until_it_sleeps(self) -> None:
        """Wait until SIGSTOP has reached all of it."""
        until = time.monotonic() + _PATIENCE_S
        while _state_of(self.process.pid) != "T":
            assert self.process.is_alive(), f"it ended before it slept: {self.answer()}"
            assert time.monotonic() < until, "it never slept"
            time.sleep(0.005)

    def wake(self) -> None:
        """Let it go on."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGCONT)

    def answer(self) -> dict[str, Any]:
        """What it wrote at its end; empty where it never came to it."""
        return dict(json.loads(self.said.read_text())) if self.said.exists() else {}


def _state_of(pid: int | None) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@dataclass
class Scene:
    """See the module.

    Attributes:
        folder: for what is not the project's own: records, what the runs said.
        root: the project.
        stage: the stage whose paid attempts are killed; those before it are recorded already.
        errand: what every run is asked for from now on, on top of its stages.
        refit: alters the product in every run, for the tests that have to fail.
        lost: attempts whose files were removed for good.
    """

    folder: Path
    root: Path
    account: Account
    stage: str = TAKES
    errand: Errand = NOTHING
    refit: Refit = as_it_is
    lost: frozenset[str] = frozenset()
    _processes: list[Process] = field(default_factory=list)

    @classmethod
    def copied(
        cls, template: Path, folder: Path, account: Account, *, root: Path | None = None, **how: Any
    ) -> "Scene":
        """A scene that begins as another one left off: ``template`` holds ``project`` and ``records``."""
        scene = cls(folder, root or folder / "project", account, **how)
        shutil.copytree(template / "project", scene.root)
        shutil.copytree(template / "records", folder / "records")
        return scene

    @staticmethod
    def work(order: Order) -> None:
        """What a process does: here it drives the use cases alone."""
        work(order)

    def take_in(self, episode: str) -> None:
        """Take the plan of an episode in, and record that."""
        roster = self.look(lambda studio: take_in_plan(studio, episode)).roster
        records = self.folder / "records"
        records.mkdir()
        for batch in roster.keys:
            (records / f"{Cell(episode, batch).key}@{PLANS}").write_text(roster.digest)

    def order(self, **how: Any) -> Order:
        """What a run of this scene is to do."""
        said = self.folder / f"said-{len(self._processes)}.json"
        return Order(
            root=self.root,
            account=self.account,
            records=self.folder / "records",
            said=said,
            **{"stages": (self.stage,), "errand": self.errand, "refit": self.refit, **how},
        )

    def start(self, strike: Strike | StrikeAnywhere | None = None, **how: Any) -> Process:
        """A run in a process of its own, struck at a moment."""
        order = self.order(strike=strike, **how)
        process = PROCESSES.Process(target=self.work, args=(order,), daemon=True)
        started = Process(process, order.said)
        self._processes.append(started)
        process.start()
        return started

    def killed(self, strike: Strike | StrikeAnywhere) -> None:
        """A run that is killed at a moment it must come to."""
        run = self.start(strike)
        assert run.wait() == KILLED, f"the run never came to {strike}: {run.answer()}"

    def run(self, **how: Any) -> dict[str, str]:
        """A run to its end; how the cells ended."""
        run = self.start(**how)
        assert run.wait() == 0, run.answer().get("fault")
        return dict(run.answer()["cells"])

    def close(self) -> None:
        """Kill what still runs."""
        for process in self._processes:
            with suppress(ValueError):
                process.kill()

    def look(self, read: Callable[[Studio], T]) -> T:
        """See the project through a studio of this process."""
        with studio_of(self.order(refit=as_it_is), Striker(None)) as studio:
            return read(studio)

    def lose_media(self) -> frozenset[str]:
        """Remove every file that was paid for, as a broken disk does; the ids of the attempts that made them."""

        def remove(studio: Studio) -> frozenset[str]:
            paid = [item for item in self._read(studio).attempts.values() if item.succeeded]
            for attempt in paid:
                studio.media.path(attempt.intent.media_path).unlink()
            return frozenset(attempt.attempt_id for attempt in paid)

        return self.look(remove)

    def accounts(self) -> Accounts:
        """Attempts, ledger and bill as they are now."""
        return self.look(self._read)

    def _read(self, studio: Studio) -> Accounts:
        return Accounts.read(studio, self.account.jobs(), self.lost)

    def audit(self, ended: Mapping[str, str]) -> Accounts:
        """Hold the provider's bill against the project; both as they are.

        Raises:
            LossError: something was lost, paid twice, or is not accounted for.
        """

        def held_against_the_bill(studio: Studio) -> tuple[Accounts, list[str]]:
            accounts = self._read(studio)
            return accounts, [*faults(studio, accounts, ended), *differences(studio)]

        accounts, found = self.look(held_against_the_bill)
        uncertain = {f"attempt {attempt.attempt_id}" for attempt in accounts.unknown()}
        found += [said for said in consult(self.root) if said.partition(":")[0] not in uncertain]
        if found:
            raise LossError(found)
        return accounts

    def conclude(self) -> str:
        """Carry on to the end, as often as it takes: ``DONE``, or ``UNKNOWN`` where a person had to say.

        After every run the bill is held against the project. A further run changes nothing. What is unknown is
        resolved by the provider's own record, and then every cell is done and nothing is held. A reroll is not
        ordered again for that: whether it was made is known then, and its batch is carried on as any.

        Raises:
            LossError: something was lost, paid twice, or is not accounted for.
        """
        ended = self.run()
        accounts = self.audit(ended)
        if self.run() != ended or self.accounts() != accounts:
            raise LossError(["a further run changed something"])
        if not accounts.unknown():
            return DONE
        self.errand = replace(self.errand, reroll=None)
        for _ in range(_MOST_RESOLVED):
            self.look(resolve_unknown)
            if not self.audit(self.run()).unknown():
                return UNKNOWN
        raise LossError(["what was resolved is unknown still"])


class LossError(AssertionError):
    """Something was lost, paid twice, or is not accounted for: one sentence each."""

    def __init__(self, found: Sequence[str]) -> None:
        super().__init__("\n".join(found))
