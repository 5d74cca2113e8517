"""Whatever comes back, of any status and any JSON: it is never a crash, and never taken for what it does not say."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.job_facts import recordable, status_facts
from recoil_assets.production.ports import Billed, JobState, NotSentError, Submission, SubmissionUnknownError
from resources.providers.evidence import evidence_of
from resources.providers.fal import submitting
from resources.providers.fal.answers import billable_units, pause_s
from resources.providers.fal.billing import Rates
from resources.providers.fal.jobs import read_job
from resources.providers.fal.wire import Answer, FalHosts, answer_of
from resources.providers.secret import Secret
from tests.fal.samples import run

_WORDS = (
    "IN_QUEUE",
    "COMPLETED",
    "req-1",
    "https://v3.fal.media/x.mp4",
    "content_policy_violation",
    "",
    "\ud800",
)
_NAMES = (
    *(
        "status",
        "request_id",
        "status_url",
        "video",
        "images",
        "url",
        "detail",
        "type",
        "loc",
        "ctx",
        "extra_info",
    ),
    *("reason", "msg", "error", "error_type", "prices", "endpoint_id", "currency", "unit_price", "file_size"),
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(_WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4),
    max_leaves=12,
)
_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "x-fal-billable-units": st.sampled_from(["0", "2.5", "-1", "NaN", "1e999", "many", ""]),
        "x-fal-error-type": st.sampled_from(["request_timeout", ""]),
        "x-fal-retryable": st.sampled_from(["true", "0", "?"]),
        "retry-after": st.sampled_from(["7", "-1", "soon", "Wed, 25 Nov 2026 10:00:00 GMT", "٣", "9" * 400]),
    },
)
_BODIES = _VALUES.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=20)


def answered(status: int, headers: httpx.Headers, data: bytes) -> Answer:
    return answer_of(evidence_of(status, headers, data, Secret("key-of-nobody", name="FAL_KEY")))


ANSWERS = st.builds(
    lambda status, headers, data: answered(
        status, httpx.Headers([(name.encode(), value.encode()) for name, value in headers.items()]), data
    ),
    st.sampled_from([200, 201, 202, 204, 302, 400, 401, 402, 403, 404, 409, 422, 429, 499, 500, 503, 504]),
    _HEADERS,
    _BODIES,
)


def priced() -> Rates:
    """Rates that know what a unit costs."""
    rates = Rates(Secret("key", name="FAL_KEY"), FalHosts())
    rates._known["a/b/c"] = Decimal("0.10")
    return rates


class Answering:
    """Asks nobody: has the next answer ready."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)

    async def ask(self, method: str, url: str, *, params: Mapping[str, str] | None = None) -> Answer:  # noqa: ARG002
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@settings(max_examples=300, deadline=None)
@given(ANSWERS)
def test_an_answer_to_a_submission_is_an_id_or_a_doubt_or_a_plain_refusal(answer: Answer) -> None:
    try:
        submission = submitting._read(answer, FalHosts(), "a/b/c")
    except NotSentError:
        assert answer.status in (400, 401, 402, 403, 404, 422, 429)
        assert not answer.body.get("request_id") or not isinstance(answer.body["request_id"], str)
    except SubmissionUnknownError:
        pass
    else:
        assert 200 <= answer.status < 300
        assert submission.request_id == answer.body["request_id"]
        assert all(
            FalHosts().may_have_the_key(url) for name, url in submission.handles.items() if name != "endpoint"
        )


@settings(max_examples=300, deadline=None)
@given(ANSWERS, ANSWERS)
def test_an_answer_about_a_job_is_its_state_or_a_doubt(first: Answer, result: Answer) -> None:
    completed = answered(200, httpx.Headers(), json.dumps({"status": "COMPLETED"}).encode())
    for status_answer in (first, completed):
        asker: Any = Answering(status_answer, result)
        handles = {"endpoint": "a/b/c", "status_url": "s", "response_url": "r"}
        try:
            status = run(
                read_job(
                    asker,
                    Submission("req-1", handles),
                    priced(),
                )
            )
        except ProviderError:
            continue
        recordable(status_facts(status))
        if status.state is JobState.COMPLETED:
            assert result.status == 200
            assert isinstance(status.result["media"]["url"], str)
        if status.state is JobState.FAILED:
            assert status.error
            assert status.failure is not None
        if status.state is JobState.FAILED and status.billed is Billed.NO:
            assert billable_units(result) == 0 or (result.status >= 500 and billable_units(result) is None)


@settings(deadline=None)
@given(ANSWERS)
def test_a_wait_that_is_asked_for_is_no_less_than_nothing(answer: Answer) -> None:
    wait_s = pause_s(answer)
    assert wait_s is None or wait_s >= 0
