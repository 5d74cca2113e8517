"""Before a POST: what can not be made ready, and an account that takes nothing, cost nothing and use nothing up."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.errors import PayloadBuildError, ProviderError
from recoil_assets.domain.ledger import Balance
from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.ports import (
    AccountRefusedError,
    JobStatus,
    PreparedJob,
    SentReference,
    Submission,
)
from recoil_assets.production.stages import TAKES
from resources.providers.account import OpenAccount
from tests.support.project import plan
from tests.support.show import Show, cell, settings
from tests.support.watched import PowerCutError, Watch

from .conftest import MakeShow
from .labs import Lab, RefusingLab

NOTHING = Balance(spent=Decimal(0), reserved=Decimal(0))


class UnreadyLab(Lab):
    """Fails to make its first jobs ready."""

    def __init__(self, *faults: Exception) -> None:
        super().__init__()
        self._faults = list(faults)
        self.prepared = 0

    async def prepare(
        self, attempt_id: str, request: GenerationRequest, references: Sequence[SentReference]
    ) -> PreparedJob:
        self.prepared += 1
        if self._faults:
            raise self._faults.pop(0)
        return await super().prepare(attempt_id, request, references)


class ClosedAccount(OpenAccount):
    """Takes nothing, and says why."""

    def closed(self) -> str:
        return "it answered 5 times with 503"


class NarrowAccount(OpenAccount):
    """One job at a time, whatever the provider's capabilities say."""

    def __init__(self) -> None:
        self._place = asyncio.Semaphore(1)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        async with self._place:
            yield


class BrokenAccount(OpenAccount):
    """Has no place to give."""

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        raise ProviderError("the folder of the account can not be written")
        yield


class CountingLab(Lab):
    """Counts how many of its jobs are in flight; none ends before ``together`` of them were."""

    def __init__(self, together: int = 1) -> None:
        super().__init__()
        self.in_flight, self.most, self._together = 0, 0, together

    async def submit(self, job: PreparedJob) -> Submission:
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        return await super().submit(job)

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:
        await asyncio.sleep(0.01)
        for _ in range(3000):
            if self.most >= self._together:
                break
            await asyncio.sleep(0.01)
        self.in_flight -= 1
        return await super().poll(submission, request)


class HandOverLab(Lab):
    """Has one place, and hands the first result over only when the second job was sent."""

    async def fetch(
        self,
        submission: Submission,
        status: JobStatus,
        request: GenerationRequest,
        references: Sequence[SentReference],
        destination: Path,
    ) -> None:
        for _ in range(1000):
            if len(self.submitted) > 1:
                break
            await asyncio.sleep(0.01)
        assert len(self.submitted) > 1, "the place was not free although the job had ended"
        await super().fetch(submission, status, request, references, destination)


class DyingLab(Lab):
    """The power is cut while it makes a job ready."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    async def prepare(
        self, attempt_id: str, request: GenerationRequest, references: Sequence[SentReference]
    ) -> PreparedJob:
        if not self._watch.steps.count("made ready"):
            self._watch.steps.append("made ready")
            self._watch.dead = True
            raise PowerCutError("provider.prepare")
        return await super().prepare(attempt_id, request, references)


def test_a_power_cut_while_a_job_is_made_ready_holds_nothing_and_uses_nothing_up(quoted: Show) -> None:
    quoted.change_settings(settings(choices={"max_takes": 1}))
    watch = Watch()
    quoted.lab, quoted.refit = DyingLab(watch), watch.refit
    with pytest.raises(PowerCutError):
        quoted.make(stages=[TAKES])
    quoted.refit = lambda studio: studio
    assert quoted.balance() == NOTHING
    assert quoted.make(stages=[TAKES]).finished(cell(1))
    assert [attempt.was_sent for attempt in quoted.attempts(cell(1))] == [False, True]
    assert quoted.balance() == Balance(spent=Decimal("0.25"), reserved=Decimal(0))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (PayloadBuildError("reel takes no picture wider than 4096"), "wider than 4096"),
        (ProviderError("the upload ended with 503"), "the upload ended with 503"),
        (KeyError("upload_url"), "could not make its job ready (KeyError"),
    ],
)
def test_a_job_that_can_not_be_made_ready_fails_its_beat_once_and_uses_nothing_up(
    quoted: Show, fault: Exception, said: str
) -> None:
    quoted.change_settings(settings(choices={"max_takes": 1}))
    quoted.lab = lab = UnreadyLab(fault)
    assert said in quoted.make(stages=[TAKES]).failed(cell(1)).message
    assert (lab.prepared, lab.submitted) == (1, [])
    assert quoted.balance() == NOTHING
    assert [(item.state, item.was_sent) for item in quoted.attempts(cell(1))] == [("settled", False)]
    assert quoted.make(stages=[TAKES]).finished(cell(1)), "the one attempt it may have is still there"


def test_a_build_error_is_logged_with_its_beat(quoted: Show) -> None:
    quoted.lab = UnreadyLab(PayloadBuildError("reel takes no picture wider than 4096"))
    quoted.make(stages=[TAKES])
    (event,) = [event for event in quoted.events() if event["event"] == "take_payload_build_error"]
    assert (event["batch"], event["beat_id"]) == ("BATCH_001", "SH0001")
    assert "wider than 4096" in str(event["error"])


def test_a_refused_account_ends_all_dispatch_to_its_provider_in_the_run_and_every_cell_says_so(
    make_show: MakeShow,
) -> None:
    show = make_show(plan("ep_001", batches=4, shots_each=1), text=settings(choices={"concurrency": 1}))
    show.lab = lab = RefusingLab([AccountRefusedError("401: the key is not valid")])
    ended = show.make()
    assert lab.posts == 1
    said = [ended.of(item)[-1] for item in show.records]
    assert all("401: the key is not valid" in outcome.message for outcome in said)  # type: ignore[union-attr]
    assert sorted(type(outcome).__name__ for outcome in said) == ["Blocked", "Blocked", "Blocked", "Failed"]
    assert show.balance() == NOTHING
    assert show.make().finished(*show.records), "another run asks again"


def test_nothing_is_made_ready_for_an_account_that_is_closed(quoted: Show) -> None:
    quoted.lab = lab = UnreadyLab()
    lab.account = ClosedAccount()
    blocked = quoted.make(stages=[TAKES]).blocked(cell(1))
    assert blocked.reason == "provider_closed"
    assert "it answered 5 times with 503" in blocked.message
    assert (lab.prepared, quoted.attempts(cell(1)), quoted.balance()) == (0, (), NOTHING)


def test_an_account_without_a_place_holds_nothing(quoted: Show) -> None:
    quoted.lab.account = BrokenAccount()
    assert "can not be written" in quoted.make(stages=[TAKES]).failed(cell(1)).message
    assert [attempt.was_sent for attempt in quoted.attempts(cell(1))] == [False]
    assert quoted.balance() == NOTHING


def test_no_more_jobs_are_in_flight_than_the_account_has_places(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=6, shots_each=1), text=settings(choices={"concurrency": 6}))
    show.lab = lab = CountingLab()
    lab.account = NarrowAccount()
    assert show.make().finished(*show.records)
    assert lab.most == 1


def test_beats_are_in_flight_together_up_to_the_concurrency_of_the_run(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=6, shots_each=1), text=settings(choices={"concurrency": 3}))
    show.lab = lab = CountingLab(together=3)
    assert show.make().finished(*show.records)
    assert lab.most == 3


def test_a_place_is_free_as_soon_as_its_job_has_ended_at_the_provider(make_show: MakeShow) -> None:
    show = make_show(text=settings(choices={"concurrency": 1}))
    show.lab = HandOverLab()
    assert show.make().finished(cell(1), cell(2))
