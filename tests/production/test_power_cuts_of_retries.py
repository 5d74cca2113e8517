"""The power is cut before every durable step of a retry and of a reroll; then everything is run again."""

from decimal import Decimal

import pytest

from recoil_assets.domain.failure import FailureFacts
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.cell_work import Reroll
from recoil_assets.production.ports import Billed, JobState, JobStatus, Submission
from recoil_assets.production.stages import TAKES
from tests.support.show import Show, cell
from tests.support.watched import PowerCutError, Watch

from .labs import Lab
from .test_power_cuts import AMBIGUOUS, STEPS_OF_A_TAKE

FIRST = cell(1)
FAILED = JobStatus(
    state=JobState.FAILED,
    error="refused",
    billed=Billed.NO,
    failure=FailureFacts(error_type="content_policy_violation", location="body.prompt", http_status=422),
)
STEPS_OF_A_FAILURE = ["journal.record failed", "ledger.release"]


class FirstFailsLab(Lab):
    """Its first job fails, whenever and however often it is asked."""

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:
        if submission.handles["number"] == "1":
            return FAILED
        return await super().poll(submission, request)


def cut(show: Show, step: str, on: int, reroll: Reroll | None = None) -> None:
    watch = Watch(cut_at=step, cut_on=on)
    show.refit = watch.refit
    with pytest.raises(PowerCutError):
        show.make(stages=[TAKES], reroll=reroll, run="cut")
    assert watch.dead
    show.refit = lambda studio: studio


def check_books(show: Show, *, good_jobs: int) -> None:
    """One POST an attempt, and every dollar booked or honestly held."""
    sent = [attempt_id for attempt_id, _ in show.lab.submitted]
    assert len(sent) == len(set(sent))
    balance, open_ones = show.balance(), [item for item in show.attempts(FIRST) if item.is_open]
    assert balance.reserved == sum((item.intent.estimate_usd for item in open_ones), Decimal(0))
    assert all(item.state == "unknown" for item in open_ones)
    if not open_ones:
        assert balance.spent == Decimal("0.25") * good_jobs


@pytest.mark.parametrize(
    ("step", "on"),
    [(step, 1) for step in STEPS_OF_A_FAILURE]
    + [
        (step, 1 if step in {"journal.record completed", "provider.fetch", "media.publish"} else 2)
        for step in STEPS_OF_A_TAKE
        if step not in {"journal.record downloaded", "ledger.charge", "primaries.choose"}
    ]
    + [("journal.record downloaded", 1), ("ledger.charge", 1), ("primaries.choose", 1)],
)
def test_a_cut_during_a_retry_loses_nothing_and_sends_no_change_twice(
    quoted: Show, step: str, on: int
) -> None:
    quoted.lab = FirstFailsLab()
    cut(quoted, step, on)
    ended = quoted.make(stages=[TAKES])
    if step in AMBIGUOUS:
        ended.unsettled(FIRST)
    else:
        assert ended.finished(FIRST)
        changes = [
            [change.strategy.value for change in item.intent.changes]
            for item in quoted.attempts(FIRST)
            if item.was_sent
        ]
        assert changes == [[], ["soften_prompt"]]
        assert len(quoted.lab.submitted) == 2
    check_books(quoted, good_jobs=1)


@pytest.mark.parametrize("step", [*STEPS_OF_A_TAKE])
def test_a_cut_during_a_reroll_loses_nothing_and_the_order_sends_nothing_again(
    quoted: Show, step: str
) -> None:
    assert quoted.make(stages=[TAKES]).finished(FIRST)
    order = Reroll(beat="SH0001", make_primary=True)
    cut(quoted, step, 1, order)
    sent_before = len(quoted.lab.submitted)
    was_sent = step not in STEPS_OF_A_TAKE[: STEPS_OF_A_TAKE.index("journal.record sending") + 1]
    ended = quoted.make(stages=[TAKES], reroll=order, run="cut", resume_only=True)
    assert len(quoted.lab.submitted) == sent_before, "a run that is carried out again only resumes"
    if step in AMBIGUOUS:
        ended.unsettled(FIRST)
    elif was_sent:
        assert ended.finished(FIRST)
        with quoted.studio() as studio:
            choice = studio.primaries.current("ep_001", quoted.beat(FIRST).shot_set)
        assert choice is not None
        assert choice.attempt_id == quoted.attempts(FIRST)[-1].attempt_id
    else:
        assert ended.blocked(FIRST).reason == "resume_only"
    check_books(quoted, good_jobs=len(quoted.lab.submitted))
