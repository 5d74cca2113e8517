"""The one POST: what was provably not taken may be sent again, and nothing else."""

import asyncio
import socket
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.ports import AccountRefusedError, NotSentError, SubmissionUnknownError
from resources.environment import read_environment
from resources.providers.fal.provider import FalProvider
from resources.providers.fal.wire import FalHosts
from tests.fal.fake.script import Script, Taking
from tests.fal.fake.server import KEY, FakeFal, open_fake
from tests.fal.samples import at_fal, request, run, submitted


def submissions(fal: FakeFal) -> int:
    return len(fal.asked("POST", "/bytedance/"))


def test_without_a_connection_nothing_was_sent_and_it_may_be_sent_again(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = FalHosts(queue=f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(NotSentError) as refused:
            run(submitted(at_fal(nobody, tmp_path)))
    assert refused.value.retry_after_s is not None


@pytest.mark.parametrize(("taking", "wait_s"), [(Taking.TOO_MANY, 7.0), (Taking.TOO_MANY_SILENT, 10.0)])
def test_too_many_requests_was_not_taken_and_waits_as_long_as_fal_says(
    fal: FakeFal, provider: FalProvider, taking: Taking, wait_s: float
) -> None:
    fal.script(Script(taking=taking))
    with pytest.raises(NotSentError) as refused:
        run(submitted(provider))
    assert refused.value.retry_after_s == wait_s
    assert (fal.jobs, submissions(fal)) == ([], 1)


@pytest.mark.parametrize("taking", [Taking.UNAUTHORIZED, Taking.LOCKED, Taking.UNPAID])
def test_a_refused_key_is_the_accounts_refusal_and_stops_every_run(
    fal: FakeFal, provider: FalProvider, taking: Taking
) -> None:
    fal.script(Script(taking=taking))
    with pytest.raises(AccountRefusedError, match="fal refuses the account"):
        run(submitted(provider))
    assert "refuses the account since" in provider.account.closed()
    with pytest.raises(NotSentError, match="refuses the account since"):
        run(submitted(provider))
    assert (fal.jobs, submissions(fal)) == ([], 1)


def test_a_request_that_fal_refuses_was_not_taken_and_is_not_sent_again(
    fal: FakeFal, provider: FalProvider
) -> None:
    fal.script(Script(taking=Taking.REFUSED))
    with pytest.raises(NotSentError, match="422") as refused:
        run(submitted(provider))
    assert refused.value.retry_after_s is None
    assert not isinstance(refused.value, AccountRefusedError)


@pytest.mark.parametrize(
    "taking",
    [
        Taking.DROP_AFTER_ACCEPT,
        Taking.CUT_SHORT,
        Taking.WITHOUT_ID,
        Taking.NOT_JSON,
        Taking.SERVER_ERROR,
        Taking.INGRESS_ERROR,
        Taking.MOVED,
    ],
)
def test_whatever_else_comes_back_nobody_knows_and_it_is_posted_once(
    fal: FakeFal, provider: FalProvider, taking: Taking
) -> None:
    fal.script(Script(taking=taking))
    with pytest.raises(SubmissionUnknownError):
        run(submitted(provider))
    assert submissions(fal) == 1


def test_an_answer_that_comes_late_is_waited_for(fal: FakeFal, provider: FalProvider) -> None:
    fal.script(Script(delay_s=0.3))
    assert run(submitted(provider)).request_id == fal.jobs[0].request_id
    assert submissions(fal) == 1


def test_the_urls_that_fal_returned_are_the_ones_that_are_kept(fal: FakeFal, provider: FalProvider) -> None:
    handles = run(submitted(provider)).handles
    base = f"{fal.url}/bytedance/seedance-2.0/requests/{fal.jobs[0].request_id}"
    assert handles == {
        "endpoint": "bytedance/seedance-2.0/reference-to-video",
        "status_url": f"{base}/status",
        "response_url": base,
        "cancel_url": f"{base}/cancel",
    }


@pytest.mark.parametrize("taking", [Taking.WITHOUT_URLS, Taking.FOREIGN_URLS])
def test_a_job_whose_urls_are_missing_or_lead_away_is_polled_at_fals_own(
    fal: FakeFal, provider: FalProvider, taking: Taking
) -> None:
    fal.script(Script(taking=taking))
    submission = run(submitted(provider))
    assert submission.handles["status_url"].startswith(f"{fal.url}/bytedance/seedance-2.0/requests/")
    assert run(provider.poll(submission, request())).result["media"]["url"].startswith(fal.url)


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://queue.fal.run/a/b/requests/r/status", True),
        ("https://queue.falrun.com/a/b/requests/r", True),
        ("https://rest.fal.ai/x", True),
        ("http://queue.fal.run/a", False),
        ("https://fal.run.example.com/a", False),
        ("https://notfal.run/a", False),
        ("https://example.com/queue.fal.run", False),
        ("https://queue.fal.run@example.com/a", False),
        ("https://example.com\\.fal.run/a", False),
        ("https://example.com%2f.fal.run/a", False),
        ("https://[fal.run/a", False),
        ("//queue.fal.run/a", False),
        ("", False),
    ],
)
def test_the_key_goes_to_fals_own_hosts_over_https_alone(url: str, may: bool) -> None:
    assert FalHosts().may_have_the_key(url) is may


def test_where_fal_is_moved_the_key_does_not_follow(fal: FakeFal, provider: FalProvider) -> None:
    """A question that is answered with a redirect is answered by nobody; the job stays open."""
    submission = run(submitted(provider))
    moved = replace(submission, handles={**submission.handles, "status_url": f"{fal.url}/_moved"})
    with pytest.raises(ProviderError, match="nobody can say"):
        run(provider.poll(moved, request()))
    assert [item.path for item in fal.seen if "elsewhere" in item.path] == []


def test_a_job_is_not_requeued_not_rerouted_stored_and_given_back_when_it_waits_too_long(
    fal: FakeFal, provider: FalProvider
) -> None:
    run(submitted(provider))
    sent = {name.lower(): value for name, value in fal.jobs[0].headers.items()}
    assert sent["x-fal-no-retry"] == "1"
    assert sent["x-app-fal-disable-fallback"] == "true"
    assert sent["x-fal-store-io"] == "1"
    assert float(sent["x-fal-request-timeout"]) > 1


def test_fal_is_told_where_to_deliver_only_where_there_is_such_a_place(
    fal: FakeFal, provider: FalProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fal.books.usual = Script(running_s=3600)
    run(submitted(provider))
    listening = at_fal(fal.hosts, tmp_path, callback_url=f"{fal.url}/nobody?show=1&x=2")
    run(submitted(listening))
    asked = [parse_qs(urlsplit(item.path).query) for item in fal.asked("POST", "/bytedance/")]
    assert asked == [{}, {"fal_webhook": [f"{fal.url}/nobody?show=1&x=2"]}]
    assert read_environment().callback_url("fal") == ""
    monkeypatch.setenv("RECOIL_WEBHOOK_URL", "https://hooks.example.com/recoil/")
    assert read_environment().callback_url("fal") == "https://hooks.example.com/recoil/fal"


def test_on_kept_alive_connections_that_close_posts_are_lost_and_on_fresh_ones_none_is(
    tmp_path: Path,
) -> None:
    with open_fake(tmp_path) as fal:
        fal.close_kept_alive = True
        lost = 0
        with httpx.Client(headers={"Authorization": f"Key {KEY}"}) as kept_alive:
            for _ in range(20):
                try:
                    kept_alive.post(
                        f"{fal.url}/bytedance/seedance-2.0/text-to-video",
                        json={"duration": "4", "resolution": "720p"},
                    )
                except httpx.TransportError:
                    lost += 1
        assert lost == 10
        provider = at_fal(fal.hosts, tmp_path)
        before = len(fal.jobs)

        async def twenty() -> list[object]:
            return await asyncio.gather(*(submitted(provider) for _ in range(20)), return_exceptions=True)

        outcomes = run(twenty())
        assert [item for item in outcomes if isinstance(item, Exception)] == []
        assert len(fal.jobs) - before == 20
