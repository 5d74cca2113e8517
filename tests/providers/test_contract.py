"""The contract suite: those that ship pass it, and an adapter that does everything wrong fails it."""

import inspect
import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
import stamina

from recoil_assets.domain.request import GenerationRequest
from recoil_assets.production.ports import (
    Capabilities,
    Fit,
    JobState,
    JobStatus,
    PreparedJob,
    SentReference,
    Submission,
)
from resources.providers.account import OpenAccount
from resources.providers.animatic.provider import AnimaticProvider
from resources.providers.contract import Bench, Fault, PaidProviderContract, ProviderContract
from tests.animatic.samples import request
from tests.flora.conftest import open_at
from tests.flora.fake import KEY, Act, drop, drop_answer, says, serving_flora
from tests.flora.samples import take

ACTS: dict[Fault, Act] = {
    Fault.LOST_BEFORE: drop,
    Fault.LOST_AFTER: drop_answer,
    Fault.SERVER_FAULT: says(500, "unknown_error"),
    Fault.BUSY: says(429, "rate_limited", Retry_After="3"),
    Fault.KEY_REFUSED: says(401, "invalid_api_key"),
    Fault.REQUEST_REFUSED: says(400, "input_validation_error"),
}


class TestAnimatic(ProviderContract):
    @pytest.fixture
    def bench(self) -> Bench:
        return Bench(open=AnimaticProvider, request=request(), jobs=lambda: 0)


class TestFlora(PaidProviderContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[Bench]:
        with serving_flora(tmp_path / "bill.jsonl") as fake, stamina.set_testing(True, attempts=6, cap=True):

            def misbehave(fault: Fault) -> None:
                if fault is Fault.UNREACHABLE:
                    fake.url = "http://127.0.0.1:9"
                elif fault is Fault.JOB_FAILS:
                    fake.endings.append({"status": "failed", "error_code": "x", "charged_cost": 0})
                else:
                    fake.script["generate"].append(ACTS[fault])

            folder = tmp_path.with_name(f"{tmp_path.name}-state")
            yield Bench(
                open=lambda: open_at(fake, folder),
                request=take(),
                jobs=lambda: len(fake.runs),
                misbehave=misbehave,
                secret=KEY,
                billed_usd=fake.bill,
            )


class BadLab:
    """Sends twice by itself, forgets what it sent, prints its key, leaves litter and calls all of it a success."""

    name = "Bad Lab"
    account = OpenAccount()

    def __init__(self, jobs: list[str]) -> None:
        self.key = "sk_of-the-bad-lab-0123456789"
        self._jobs = jobs
        self._mine: list[str] = []
        self._closed = False

    def __repr__(self) -> str:
        return f"BadLab({self.key})"

    def capabilities(self, model: str) -> Capabilities:  # noqa: ARG002
        return Capabilities(frozenset({"video_i2v"}), max_references=0, honours=frozenset(), concurrency=0)

    def fit(self, request: GenerationRequest) -> Fit:  # noqa: ARG002
        return Fit(unhonoured=(uuid.uuid4().hex,))

    async def prepare(
        self,
        attempt_id: str,  # noqa: ARG002
        request: GenerationRequest,
        references: Sequence[SentReference],  # noqa: ARG002
    ) -> PreparedJob:
        self._jobs.append("made ready")
        return PreparedJob(attempt_id="", request=request, payload={"nonce": uuid.uuid4().hex})

    async def submit(self, job: PreparedJob) -> Submission:  # noqa: ARG002
        self._jobs += ["sent", "sent again"]
        self._mine.append("sent")
        return Submission("", handles={"number": len(self._jobs)})  # type: ignore[dict-item]

    async def poll(self, submission: Submission, request: GenerationRequest) -> JobStatus:  # noqa: ARG002
        assert self._mine, "it knows nothing of what another run sent"
        return JobStatus(JobState.COMPLETED, cost_usd=Decimal("0.1"), cost_is_billed=True)

    async def fetch(
        self,
        submission: Submission,  # noqa: ARG002
        status: JobStatus,  # noqa: ARG002
        request: GenerationRequest,  # noqa: ARG002
        references: Sequence[SentReference],  # noqa: ARG002
        destination: Path,
    ) -> None:
        destination.with_suffix(".litter").write_bytes(b"x")

    async def cancel(self, submission: Submission, request: GenerationRequest) -> None:  # noqa: ARG002
        raise KeyError(submission.request_id)

    async def close(self) -> None:
        if self._closed:
            raise RuntimeError("it was closed already")
        self._closed = True


HARMLESS = {"test_its_account_is_open_and_has_a_place"}
TESTS = sorted(name for name in dir(PaidProviderContract) if name.startswith("test_"))


@pytest.mark.parametrize("name", TESTS)
def test_an_adapter_that_does_everything_wrong_is_failed_by_every_test(name: str, tmp_path: Path) -> None:
    jobs: list[str] = []
    bench = Bench(
        open=lambda: BadLab(jobs),
        request=take(model="bad"),
        jobs=lambda: len(jobs),
        misbehave=lambda _: None,
        secret=BadLab(jobs).key,
    )
    test = getattr(PaidProviderContract(), name)
    given = {"bench": bench, "tmp_path": tmp_path, "fault": Fault.LOST_BEFORE}
    wanted = {argument: given[argument] for argument in inspect.signature(test).parameters}
    if name in HARMLESS:
        test(**wanted)
        return
    with pytest.raises((Exception, pytest.fail.Exception)):  # type: ignore[arg-type]
        test(**wanted)
