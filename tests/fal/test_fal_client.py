"""The fake speaks fal: fal's own client drives it through the same script as ours does, and comes to the same end."""

import contextlib
import gc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fal_client
import fal_client.client as official
import httpx
import pytest

from recoil_assets.production.ports import JobState, SubmissionUnknownError
from resources.providers.fal.provider import FalProvider
from tests.fal.fake.bill import BillFile
from tests.fal.fake.script import Ending, Script, Taking
from tests.fal.fake.server import FakeFal
from tests.fal.samples import ended, png, request, run, submitted

ENDPOINT = "bytedance/seedance-2.0/reference-to-video"
PAYLOAD = {"prompt": "Maren turns.", "duration": "6", "resolution": "720p"}


@pytest.fixture
def client(fal: FakeFal, monkeypatch: pytest.MonkeyPatch) -> Iterator[fal_client.SyncClient]:
    monkeypatch.setattr(official, "QUEUE_URL_FORMAT", f"{fal.url}/")
    monkeypatch.setattr(official, "REST_URL", fal.hosts.rest)
    monkeypatch.setattr(official, "CDN_URL", fal.hosts.cdn)
    monkeypatch.setattr(official, "BASE_DELAY", 0.01)
    client = fal_client.SyncClient(key=fal.key, default_timeout=1.0)
    yield client
    client._client.close()


def test_fals_own_client_goes_through_the_queue_to_a_result(
    fal: FakeFal, client: fal_client.SyncClient
) -> None:
    fal.script(Script(queued_s=0.1, running_s=0.1))
    handle = client.submit(ENDPOINT, PAYLOAD)
    states = [type(status).__name__ for status in handle.iter_events(with_logs=True, interval=0.02)]
    assert list(dict.fromkeys(states)) == ["Queued", "InProgress", "Completed"]
    assert httpx.get(handle.get()["video"]["url"]).content == fal.media_of(fal.jobs[0])


def test_both_ask_the_same_questions_in_the_same_order(
    fal: FakeFal, client: fal_client.SyncClient, provider: FalProvider
) -> None:
    def questions() -> list[tuple[str, str]]:
        asked = [(seen.method, seen.path.partition("?")[0]) for seen in fal.seen if "/_api/" not in seen.path]
        fal.seen.clear()
        return [
            (method, path.replace(job.request_id, "ID")) for method, path in asked for job in fal.jobs[-1:]
        ]

    client.submit(ENDPOINT, PAYLOAD).get()
    theirs = questions()
    run(ended(provider, run(submitted(provider))))
    assert questions() == theirs
    base = "/bytedance/seedance-2.0/requests/ID"
    assert theirs == [("POST", f"/{ENDPOINT}"), ("GET", f"{base}/status"), ("GET", base)]


@pytest.mark.parametrize(
    "ending", [Ending.INPUT_BLOCKED, Ending.MODEL_ERROR, Ending.START_TIMEOUT, Ending.RUNNER_LOST]
)
def test_both_call_the_same_results_failures(
    fal: FakeFal, client: fal_client.SyncClient, provider: FalProvider, ending: Ending
) -> None:
    fal.script(Script(ending=ending), Script(ending=ending))
    with pytest.raises(fal_client.FalClientHTTPError) as theirs:
        client.submit(ENDPOINT, PAYLOAD).get()
    ours = run(ended(provider, run(submitted(provider))))
    assert ours.state is JobState.FAILED
    assert ours.failure is not None
    assert ours.failure.http_status == theirs.value.status_code


def test_both_cancel(fal: FakeFal, client: fal_client.SyncClient, provider: FalProvider) -> None:
    fal.script(Script(running_s=30), Script(running_s=30))
    client.submit(ENDPOINT, PAYLOAD).cancel()
    run(provider.cancel(run(submitted(provider)), request()))
    assert [job.cancelled for job in fal.jobs] == [True, True]


def test_fals_own_client_uploads_to_the_fake(fal: FakeFal, client: fal_client.SyncClient) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its connection to the CDN open
        url = client.upload(png(), "image/png", "maren.png")
        gc.collect()
    assert url.startswith(fal.hosts.cdn)
    assert list(fal.uploads.values()) == [png()]


@pytest.mark.parametrize(
    "scripts",
    [
        (Script(taking=Taking.DROP_AFTER_ACCEPT), Script(taking=Taking.DROP_AFTER_ACCEPT)),
        (Script(taking=Taking.INGRESS_ERROR),) * 2,
        (Script(delay_s=1.5),),
    ],
    ids=["dropped", "proxy error", "late answer"],
)
def test_where_fals_own_client_makes_several_jobs_ours_makes_one(
    fal: FakeFal, client: fal_client.SyncClient, provider: FalProvider, scripts: tuple[Script, ...]
) -> None:
    fal.script(*scripts)
    with contextlib.suppress(httpx.HTTPError, fal_client.FalClientHTTPError):
        client.submit(ENDPOINT, PAYLOAD)
    assert len(fal.jobs) == len(scripts) + 1

    fal.books.jobs.clear()
    fal.books.scripts.clear()
    fal.script(*scripts)
    with contextlib.suppress(SubmissionUnknownError):
        run(submitted(provider))
    assert len(fal.jobs) == 1


def test_an_answer_has_the_parts_that_fals_client_requires(fal: FakeFal) -> None:
    fal.script(Script(queued_s=1, running_s=1))
    auth = {"Authorization": f"Key {fal.key}"}
    handle: dict[str, Any] = httpx.post(f"{fal.url}/{ENDPOINT}", json=PAYLOAD, headers=auth).json()
    status = httpx.get(handle["status_url"], headers=auth)
    assert (status.status_code, "queue_position" in status.json()) == (202, True)
    fal.jobs[0].taken_at -= 5
    full = f"{fal.url}/{ENDPOINT}/requests/{handle['request_id']}"
    assert httpx.get(f"{full}/status", headers=auth).json()["request_id"] == handle["request_id"]
    assert httpx.get(f"{full}/status?logs=1", headers=auth).json()["logs"] == []


def test_the_bill_outlives_the_server(fal: FakeFal, client: fal_client.SyncClient, tmp_path: Path) -> None:
    client.submit(ENDPOINT, PAYLOAD).get()
    total = fal.books.bill.total()
    assert total > 0
    assert BillFile(tmp_path / "fal-bill.jsonl").total() == total
