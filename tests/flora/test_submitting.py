"""The POST that costs money is made once; where its answer is lost the list proves which run it is, or nobody does."""

import asyncio
import threading
import traceback
from pathlib import Path

import pytest

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import (
    AccountRefusedError,
    NotSentError,
    Submission,
    SubmissionUnknownError,
)
from resources.providers.flora.provider import FloraProvider
from resources.providers.flora.submitting import Looks
from tests.flora.fake import (
    KEY,
    NGINX,
    Act,
    Exchange,
    FakeFlora,
    Run,
    drop,
    drop_answer,
    half_an_answer,
    says,
    waits,
)

from .conftest import Open, open_at
from .samples import submitted, take


def submit(provider: FloraProvider, attempt: str = "attempt_1") -> Submission:
    return run_loop(submitted(provider, take(), attempt=attempt))


def somebody_else(fake: FakeFlora, model: str = "t2v-other") -> None:
    fake.runs.append(Run(f"run_{len(fake.runs) + 1:04d}", len(fake.runs) + 1, model, "video", "", {}, 1, {}))


@pytest.mark.parametrize("act", [drop_answer, half_an_answer])
def test_a_lost_answer_is_found_again_in_the_list_and_nothing_is_sent_twice(
    act: object, provider: FloraProvider, flora: FakeFlora
) -> None:
    earlier = submit(provider, "earlier")
    flora.script["generate"].append(act)  # type: ignore[arg-type]
    found = submit(provider, "later")
    assert found.request_id == flora.runs[1].run_id != earlier.request_id
    assert flora.posts() == len(flora.runs) == 2


def test_a_run_that_shows_up_late_is_found_at_a_later_look(provider: FloraProvider, flora: FakeFlora) -> None:
    flora.script["generate"].append(drop_answer)

    def not_yet(exchange: Exchange) -> bool:
        exchange.reply(200, b'{"generations": [], "meta": {}}')
        return False

    flora.script["list"].extend([not_yet, not_yet, not_yet])
    assert submit(provider).request_id == "run_0001"


def test_a_submission_that_never_arrived_is_unknown_and_not_sent_again(
    provider: FloraProvider, flora: FakeFlora
) -> None:
    flora.script["generate"].append(drop)
    with pytest.raises(SubmissionUnknownError, match="was lost") as caught:
        submit(provider)
    assert "nothing is sent again" in caught.value.cure
    assert (flora.posts(), len(flora.runs)) == (1, 0)


@pytest.mark.parametrize("others", [["t2v-seedance-2.0-fast-enhancor"], ["t2v-other"]])
def test_two_new_runs_prove_nothing(others: list[str], provider: FloraProvider, flora: FakeFlora) -> None:
    def beside(exchange: Exchange) -> bool:
        for model in others:
            somebody_else(exchange.fake, model)
        return drop_answer(exchange)

    flora.script["generate"].append(beside)
    with pytest.raises(SubmissionUnknownError):
        submit(provider)


def test_a_new_run_of_another_model_is_not_taken_for_ours(provider: FloraProvider, flora: FakeFlora) -> None:
    def instead(exchange: Exchange) -> bool:
        somebody_else(exchange.fake)
        return drop(exchange)

    flora.script["generate"].append(instead)
    with pytest.raises(SubmissionUnknownError):
        submit(provider)


def test_an_older_run_that_moved_up_when_another_was_deleted_is_not_taken_for_ours(
    provider: FloraProvider, flora: FakeFlora
) -> None:
    flora.page = 2
    for number in range(3):
        submit(provider, f"earlier {number}")
        flora.runs[-1].made_ms += number

    def deleted_meanwhile(exchange: Exchange) -> bool:
        del exchange.fake.runs[1]
        return drop(exchange)

    flora.script["generate"].append(deleted_meanwhile)
    with pytest.raises(SubmissionUnknownError):
        submit(provider)


@pytest.mark.parametrize("act", [says(500, "unknown_error"), says(503, body=NGINX), says(302, Location="/x")])
def test_any_answer_that_is_no_plain_refusal_is_looked_into(
    act: object, provider: FloraProvider, flora: FakeFlora
) -> None:
    flora.script["generate"].append(act)  # type: ignore[arg-type]
    with pytest.raises(SubmissionUnknownError):
        submit(provider)
    assert flora.posts() == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "input_validation_error"),
        (400, "invalid_json"),
        (404, "not_found"),
        (422, "input_validation_error"),
    ],
)
def test_a_refused_request_was_not_sent_and_is_not_sent_again(
    status: int, code: str, provider: FloraProvider, flora: FakeFlora
) -> None:
    flora.script["generate"].append(says(status, code))
    with pytest.raises(NotSentError, match="did not take the request") as caught:
        submit(provider)
    assert caught.value.retry_after_s is None
    assert flora.posts() == 1


@pytest.mark.parametrize(
    ("headers", "wait_s"), [({"Retry_After": "170"}, 170), ({}, 5), ({"Retry_After": "soon"}, 5)]
)
def test_where_flora_is_busy_it_says_how_long_and_all_runs_wait(
    headers: dict[str, str], wait_s: float, provider: FloraProvider, flora: FakeFlora, open_provider: Open
) -> None:
    flora.script["generate"].append(says(429, "rate_limited", **headers))
    with pytest.raises(NotSentError) as caught:
        submit(provider)
    assert caught.value.retry_after_s == wait_s
    if wait_s > 10:
        with pytest.raises(NotSentError, match="no request may be made"):
            submit(open_provider(), "another")
    assert flora.posts() == 1


@pytest.mark.parametrize(
    ("status", "code"), [(401, "invalid_api_key"), (402, "insufficient_credits"), (403, "forbidden")]
)
def test_a_refused_or_empty_account_stops_every_run(
    status: int, code: str, provider: FloraProvider, flora: FakeFlora, open_provider: Open
) -> None:
    flora.script["generate"].append(says(status, code))
    with pytest.raises(AccountRefusedError) as caught:
        submit(provider)
    assert "sk_test" not in str(caught.value)
    assert f"{status} " in open_provider().account.closed()


def test_a_key_that_flora_knows_already_is_no_refusal(provider: FloraProvider, flora: FakeFlora) -> None:
    submit(provider)
    with pytest.raises(SubmissionUnknownError, match="idempotency_duplicate"):
        submit(provider)
    flora.replays = True
    assert submit(provider).request_id == "run_0001"
    assert len(flora.runs) == 1


def test_nothing_is_sent_where_a_lost_answer_could_not_be_found_again(
    provider: FloraProvider, flora: FakeFlora
) -> None:
    flora.script["list"].append(says(500, "unknown_error"))
    with pytest.raises(NotSentError, match="nothing was sent") as caught:
        submit(provider)
    assert caught.value.retry_after_s
    assert [route for route, _ in flora.seen] == ["list"], "it was asked for once, and the place given back"


def test_a_list_that_never_comes_holds_nobody_up(flora: FakeFlora, tmp_path: Path) -> None:
    answered = threading.Event()

    def hangs(exchange: Exchange) -> bool:
        answered.wait(60)
        exchange.vanish()
        return False

    flora.script["list"].append(hangs)
    impatient = open_at(flora, tmp_path / "state", looks=Looks(within_s=0.2))
    try:
        with pytest.raises(NotSentError, match="nothing was sent"):
            submit(impatient, "held up")
        assert submit(open_at(flora, tmp_path / "state"), "another").request_id == "run_0001"
    finally:
        answered.set()


def test_what_was_lost_is_looked_for_again_where_a_look_fails(
    provider: FloraProvider, flora: FakeFlora
) -> None:
    flora.script["generate"].append(drop_answer)
    flora.script["list"].extend([lambda _: True, says(500, "unknown_error"), drop])
    assert submit(provider).request_id == "run_0001"
    assert flora.posts() == 1


def test_nothing_is_sent_where_no_connection_is_made(tmp_path: Path) -> None:
    nowhere = FakeFlora(tmp_path / "bill", url="http://127.0.0.1:9")
    with pytest.raises(NotSentError):
        submit(open_at(nowhere, tmp_path / "state"))


def test_runs_that_lose_their_answers_together_each_find_their_own(
    flora: FakeFlora, open_provider: Open
) -> None:
    flora.script["generate"].extend([drop_answer, waits(0.1), drop_answer])

    async def all_at_once() -> list[Submission]:
        providers = [open_provider() for _ in range(4)]
        jobs = (submitted(one, take(), attempt=f"attempt_{number}") for number, one in enumerate(providers))
        return await asyncio.gather(*jobs)

    found = [submission.request_id for submission in run_loop(all_at_once())]
    assert found == [next(run.run_id for run in flora.runs if run.key == f"attempt_{n}") for n in range(4)]


@pytest.mark.parametrize(
    "act", [drop, drop_answer, half_an_answer, says(401), says(429), says(500), says(400)]
)
@pytest.mark.parametrize("route", ["list", "generate"])
def test_no_traceback_shows_the_key_not_even_with_its_locals(
    route: str, act: Act, provider: FloraProvider, flora: FakeFlora
) -> None:
    flora.script[route].append(act)
    try:
        shown = repr(submit(provider))
    except ProviderError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        shown = "".join(told.format())
        assert "wire" in shown
    assert KEY not in shown


def test_a_late_answer_is_waited_for(provider: FloraProvider, flora: FakeFlora) -> None:
    flora.script["generate"].append(waits(0.3))
    assert submit(provider).request_id == "run_0001"
