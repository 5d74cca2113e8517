"""Pictures go where FLORA says, if that is the internet; their addresses are good when a job is sent, however late."""

import json

import pytest

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import NotSentError, PreparedJob, Submission
from resources.providers.flora.provider import FloraProvider
from resources.providers.flora.uploads import DIRECT_BYTES, KEPT_S
from tests.flora.fake import FakeFlora, says

from .conftest import Open
from .samples import picture, take

FACE, FACE_BYTES = picture("character", "MARA")
WANTED = take(references=(FACE,))


class At:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> At:
    return At()


@pytest.fixture
def provider(open_provider: Open, clock: At) -> FloraProvider:
    return open_provider(now=clock)


def prepared(provider: FloraProvider, attempt: str = "waits") -> PreparedJob:
    return run_loop(provider.prepare(attempt, WANTED, (FACE_BYTES,)))


def submit(provider: FloraProvider, job: PreparedJob) -> Submission:
    return run_loop(provider.submit(job))


def test_a_job_that_waited_until_its_addresses_were_old_is_sent_with_new_ones(
    provider: FloraProvider, flora: FakeFlora, clock: At
) -> None:
    job = prepared(provider)
    clock.now += KEPT_S
    submit(provider, job)
    assert flora.runs[0].payload["params"]["image_urls"] == [f"{flora.url}/assets/asset_2"]
    assert flora.runs[0].ending == {"status": "completed"}


def test_a_job_that_did_not_wait_long_is_sent_with_the_addresses_it_was_made_ready_with(
    provider: FloraProvider, flora: FakeFlora, clock: At
) -> None:
    job = prepared(provider)
    clock.now += KEPT_S - 1
    submit(provider, job)
    assert flora.runs[0].payload == job.payload
    assert len(flora.assets) == 1


@pytest.mark.parametrize(
    ("query", "life_s"),
    [
        ("?X-Amz-Date=20270115T080000Z&X-Amz-Expires=900&X-Amz-Signature=0", 900),
        ("?X-Goog-Expires=600", 600),
        ("?Expires=1800000300&Signature=0", 300),
        ("?se=2027-01-15T08%3A20%3A00Z&sig=0", 1200),
        ("?X-Amz-Expires=604800", 2 * KEPT_S),
        ("?Expires=soon", 2 * KEPT_S),
    ],
)
def test_a_signed_address_is_used_for_half_of_its_life_and_no_longer(
    query: str, life_s: float, provider: FloraProvider, flora: FakeFlora, clock: At
) -> None:
    flora.asset_query = query
    prepared(provider)
    clock.now += life_s / 2 - 1
    prepared(provider)
    assert len(flora.assets) == 1
    clock.now += 1
    prepared(provider)
    assert len(flora.assets) == 2


def test_the_life_of_an_address_begins_before_its_upload(
    provider: FloraProvider, flora: FakeFlora, clock: At
) -> None:
    def takes_a_minute(_: object) -> bool:
        clock.now += 60
        return True

    flora.script["asset"].append(takes_a_minute)
    prepared(provider)
    clock.now += KEPT_S - 60
    prepared(provider)
    assert len(flora.assets) == 2


def test_addresses_that_grew_old_while_another_was_sending_are_not_sent_and_made_anew_the_next_time(
    provider: FloraProvider, flora: FakeFlora, clock: At
) -> None:
    job = prepared(provider)

    def another_took_long(_: object) -> bool:
        clock.now += KEPT_S
        return True

    flora.script["list"].append(another_took_long)
    with pytest.raises(NotSentError, match="grew old") as caught:
        submit(provider, job)
    assert caught.value.retry_after_s == 0
    assert flora.posts() == 0
    submit(provider, job)
    assert flora.runs[0].payload["params"]["image_urls"] == [f"{flora.url}/assets/asset_2"]


def test_where_a_picture_can_not_be_brought_there_again_nothing_was_sent(
    provider: FloraProvider, flora: FakeFlora, clock: At
) -> None:
    job = prepared(provider)
    clock.now += KEPT_S
    flora.script["asset"].append(says(400, "input_validation_error"))
    with pytest.raises(NotSentError, match="refused an upload") as caught:
        submit(provider, job)
    assert caught.value.retry_after_s
    assert flora.posts() == 0


@pytest.mark.parametrize("host", ["10.1.2.3", "169.254.169.254", "[::ffff:10.0.0.8]", "192.168.0.1"])
def test_a_large_picture_is_not_sent_into_the_network_of_this_machine_whatever_flora_signs(
    host: str, provider: FloraProvider, flora: FakeFlora
) -> None:
    large, data = picture("character", "LARGE", more=DIRECT_BYTES)
    upload = {"url": f"https://{host}:9/upload", "form_fields": {}}
    flora.script["asset"].append(says(201, body=json.dumps({"asset_id": "a", "upload": upload}).encode()))
    with pytest.raises(ProviderError, match="not a public address") as caught:
        run_loop(provider.prepare("attempt", take(references=(large,)), (data,)))
    assert caught.value.cure == "use a picture below 4 MB"
    assert [route for route, _ in flora.seen] == ["asset"]


def test_an_address_to_upload_to_that_sends_elsewhere_is_refused(
    provider: FloraProvider, flora: FakeFlora
) -> None:
    large, data = picture("character", "LARGE", more=DIRECT_BYTES)
    flora.script["signed"].append(says(307, Location=f"{flora.url}/upload/elsewhere"))
    with pytest.raises(ProviderError, match="refused an upload"):
        run_loop(provider.prepare("attempt", take(references=(large,)), (data,)))
    assert [route for route, _ in flora.seen] == ["asset", "signed"]
