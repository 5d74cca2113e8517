"""Journal, ledger and dispatcher together, on real files, against a model of jobs and money that is a list.

Runs of one shot follow one another, each cut off, stopped, refused or failed at random, on a provider that
remembers every job; in between another style is asked for, the ledger is lost, or a cap is put on.
"""

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from recoil_assets.domain.attempt import Attempt, AttemptState
from recoil_assets.domain.ledger import EntryKind, LedgerEntry
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.ports import (
    Billed,
    JobState,
    JobStatus,
    NotSentError,
    PreparedJob,
    Submission,
)
from recoil_assets.production.stages import TAKES
from tests.production.labs import Lab
from tests.support.instant_provider import attempt_of
from tests.support.project import plan
from tests.support.show import STAGES, Show, cell, settings
from tests.support.watched import PowerCutError, Watch

PRICE, ESTIMATE = Decimal("0.25"), Decimal("0.30")
MEMORY = Path("/dev/shm")  # noqa: S108  each example has a folder of its own there
GOES_ON = ["made"] * 5 + ["not billed", "billed", "refused", "wait"] * 2
CLOSES_THE_BEAT = ["doubtful", "lost", "never came"]
FATES = st.sampled_from(GOES_ON + CLOSES_THE_BEAT)
STYLES = st.sampled_from(["plain", "noir", "chalk"])


class Job:
    """A job the provider took: whose and of what, what becomes of it, and what it was billed."""

    def __init__(self, attempt_id: str, basis: str, fate: str) -> None:
        self.attempt_id, self.basis, self.fate = attempt_id, basis, fate
        self.billed = PRICE if fate in ("made", "lost", "billed", "doubtful") else Decimal(0)

    @property
    def makes_a_take(self) -> bool:
        return self.fate in ("made", "lost")


class RememberingLab(Lab):
    """Does with the next POSTs what ``fates`` says, and keeps every job it took."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[Job] = []
        self.posted: list[str] = []
        self.refused: list[str] = []
        self.fates: list[str] = []

    async def submit(self, job: PreparedJob) -> Submission:
        fate, name = self.fates.pop(0) if self.fates else "made", attempt_of(job)
        self.posted.append(name)
        if fate in ("refused", "wait"):
            self.refused.append(name)
            raise NotSentError(fate, retry_after_s=0 if fate == "wait" else None)
        if fate == "never came":
            raise TimeoutError(fate)
        self.jobs.append(Job(name, job.request.digest, fate))
        if fate == "lost":
            raise TimeoutError(fate)
        await super().submit(job)
        return Submission(request_id=f"job-{len(self.jobs) - 1}")

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:  # noqa: ARG002
        job = self.jobs[int(submission.request_id.removeprefix("job-"))]
        if job.makes_a_take:
            return JobStatus(state=JobState.COMPLETED, cost_usd=PRICE, cost_is_billed=True)
        billed = {"billed": Billed.YES, "not billed": Billed.NO, "doubtful": Billed.UNKNOWN}[job.fate]
        cost = PRICE if billed is Billed.YES else None
        return JobStatus(
            state=JobState.FAILED, error=job.fate, billed=billed, cost_usd=cost, cost_is_billed=True
        )


class MoneyMachine(RuleBasedStateMachine):
    """See the module."""

    def __init__(self, begun: Show) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.show = begun.copied(Path(self.folder.name) / "show")
        self.show.lab = self.lab = RememberingLab()
        self.cap: Decimal | None = None
        self.style = "plain"

    def teardown(self) -> None:
        try:
            self._check_that_a_quiet_run_leaves_everything_booked()
        finally:
            self.show.close()
            self.folder.cleanup()

    @rule(style=STYLES, fates=st.tuples(FATES, FATES, FATES))
    def run(self, style: str, fates: tuple[str, ...]) -> None:
        """A run whose POSTs go as ``fates`` say, of takes in this style: an older one is not bought again."""
        self._ask_for(style)
        self.lab.fates = list(fates)
        self.show.make(stages=[TAKES])

    @rule(style=STYLES, fates=st.tuples(FATES, FATES), cut_at=st.integers(0, 16), resume_only=st.booleans())
    def run_until_the_power_is_cut(
        self, style: str, fates: tuple[str, ...], cut_at: int, *, resume_only: bool
    ) -> None:
        """A run that is gone before its ``cut_at``-th step, where it has as many."""
        self._ask_for(style)
        self.lab.fates = list(fates)
        posted = len(self.lab.posted)
        watch = Watch()

        def look(_: str) -> None:
            if len(watch.steps) > cut_at:
                watch.dead = True
                raise PowerCutError

        watch.look = look
        self.show.refit = watch.refit
        try:
            self.show.make(stages=[TAKES], resume_only=resume_only)
        except PowerCutError:
            assert watch.dead
        finally:
            self.show.refit = lambda studio: studio
        assert not resume_only or len(self.lab.posted) == posted, "a run nobody asked for sent something"

    @rule(posts=st.integers(0, 2), fates=st.tuples(FATES, FATES))
    def run_that_is_stopped(self, posts: int, fates: tuple[str, ...]) -> None:
        """A run that is told to stop once it has made so many POSTs."""
        self.lab.fates = list(fates)
        before = len(self.lab.posted)
        self.show.make(stages=[TAKES], stopped=lambda: len(self.lab.posted) - before >= posts)
        assert len(self.lab.posted) - before <= posts

    @precondition(lambda self: self.cap is None)
    @rule(room=st.integers(0, 2))
    def put_a_cap_on(self, room: int) -> None:
        """From now on there is room for so many attempts and no more."""
        balance = self.show.balance()
        self.cap = balance.spent + balance.reserved + room * ESTIMATE
        self._write_settings()

    @rule()
    def lose_the_ledger(self) -> None:
        """The file is gone; the next run books again what the journal knows."""
        self.show.close()
        for path in self.show.root.glob("ledger.duckdb*"):
            path.unlink()
        self.show.make(stages=[TAKES], resume_only=True)

    @rule()
    def a_quiet_run_that_only_resumes(self) -> None:
        self._check_that_a_quiet_run_leaves_everything_booked()

    @invariant()
    def no_attempt_is_sent_twice_and_no_beat_is_paid_for_twice(self) -> None:
        for attempt_id in set(self.lab.posted):
            again = self.lab.posted.count(attempt_id) - self.lab.refused.count(attempt_id)
            assert again <= 1, f"{attempt_id} was posted again although nobody refused it"
        takers = [job.attempt_id for job in self.lab.jobs]
        assert len(takers) == len(set(takers))
        paid_takes = [job.basis for job in self.lab.jobs if job.makes_a_take]
        assert len(paid_takes) == len(set(paid_takes)), "a take of the same request was paid for twice"

    @invariant()
    def every_bill_is_charged_once_or_held(self) -> None:
        entries = self._entries()
        for job in self.lab.jobs:
            booked = entries[job.attempt_id]
            if EntryKind.CHARGE in booked:
                assert booked[EntryKind.CHARGE].amount_usd == job.billed
            elif job.billed:
                assert booked.keys() == {EntryKind.RESERVE}, "what is billed stays held until it is charged"
        billed = {job.attempt_id for job in self.lab.jobs if job.billed}
        assert {key for key, booked in entries.items() if EntryKind.CHARGE in booked} <= billed
        if self.cap is not None:
            balance = self.show.balance()
            assert balance.spent + balance.reserved <= self.cap

    def _ask_for(self, style: str) -> None:
        if style != self.style:
            self.style = style
            self._write_settings()
            self.show.make(stages=STAGES[:-1])

    def _write_settings(self) -> None:
        caps = {} if self.cap is None else {"project_usd": str(self.cap)}
        self.show.change_settings(settings(caps=caps, choices={"style": self.style}))

    def _check_that_a_quiet_run_leaves_everything_booked(self) -> None:
        """Afterwards the ledger holds the provider's bill, and money is held for honest unknowns alone."""
        self.show.make(stages=[TAKES], resume_only=True)
        attempts = {attempt.attempt_id: attempt for attempt in self.show.attempts(cell(1))}
        jobs = {job.attempt_id: job for job in self.lab.jobs}
        unknown = [item for item in attempts.values() if item.state is AttemptState.UNKNOWN]
        assert {item.state for item in attempts.values()} <= {AttemptState.SETTLED, AttemptState.UNKNOWN}
        billed = sum((job.billed for key, job in jobs.items() if attempts[key] not in unknown), Decimal(0))
        balance = self.show.balance()
        assert (balance.spent, balance.reserved) == (billed, ESTIMATE * len(unknown))
        for attempt_id, attempt in attempts.items():
            self._check_the_end_of(attempt, jobs.get(attempt_id))

    def _check_the_end_of(self, attempt: Attempt, job: Job | None) -> None:
        made = job is not None and job.makes_a_take
        if attempt.state is AttemptState.UNKNOWN:
            assert job is None or job.fate == "doubtful" or attempt.record(AttemptState.SUBMITTED) is None
            return
        assert attempt.succeeded is made
        with self.show.studio() as studio:
            assert studio.media.present(attempt.intent.media_path) is made

    def _entries(self) -> dict[str, dict[EntryKind, LedgerEntry]]:
        booked: dict[str, dict[EntryKind, LedgerEntry]] = {}
        with self.show.studio() as studio:
            assert studio.ledger.verify() == []
            for entry in studio.ledger.entries():
                assert entry.kind not in booked.setdefault(entry.attempt_id, {})
                booked[entry.attempt_id][entry.kind] = entry
        return booked


@pytest.fixture(scope="module")
def begun() -> Iterator[Show]:
    """A show of one shot with everything but its take, for every history to begin with."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        show = Show.begin(Path(folder) / "show", plan("ep_001", batches=1, shots_each=1))
        show.make(stages=STAGES[:-1])
        show.close()
        yield show


@pytest.mark.parametrize(
    "examples", [pytest.param(6, id="a few"), pytest.param(60, id="many", marks=pytest.mark.proof)]
)
def test_any_history_of_runs_leaves_journal_ledger_and_bill_at_one(begun: Show, examples: int) -> None:
    chosen = hypothesis_settings(max_examples=examples, stateful_step_count=8, deadline=None)
    run_state_machine_as_test(lambda: MoneyMachine(begun), settings=chosen)
