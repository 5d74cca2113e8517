"""fal's own books: bills that come late, page by page, to an admin key; lost jobs found by what was sent."""

from datetime import UTC, datetime, timedelta

import pytest

from recoil_assets.domain.digest import digest_of
from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.ports import JobState, ProviderRecords, Submission, SubmissionUnknownError
from resources.providers.fal import billing
from resources.providers.fal.billing import FalRecords
from resources.providers.fal.provider import FalProvider
from resources.providers.secret import Secret
from tests.fal.fake.script import Ending, Script, Taking
from tests.fal.fake.server import FakeFal
from tests.fal.samples import ended, image, request, run, submitted

NOW = datetime.now(UTC)
AT = "2026-11-25T10:00:00+00:00"
SINCE, UNTIL = ((NOW + timedelta(days=days)).isoformat() for days in (-100, 1))


def test_bills_are_fals_own_line_by_line_over_pages_and_ranges(
    fal: FakeFal, provider: FalProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(billing, "_PAGE", 2)
    for _ in range(5):
        run(ended(provider, run(submitted(provider))))
    fal.script(Script(ending=Ending.INPUT_BLOCKED))
    run(ended(provider, run(submitted(provider))))
    bills = run(provider.bills(SINCE, UNTIL))
    assert [bill.request_id for bill in bills] == [job.request_id for job in fal.jobs[:5]]
    assert sum(bill.usd for bill in bills) == fal.books.bill.total()
    assert {bill.attempt_id for bill in bills} == {"ep_001.take.1"}
    assert len(fal.asked("GET", "billing-events")) == 4


def test_fal_is_a_provider_whose_record_can_be_read(provider: FalProvider) -> None:
    assert isinstance(provider, ProviderRecords)


def test_a_bill_that_is_late_is_missing_and_not_zero(fal: FakeFal, provider: FalProvider) -> None:
    fal.books.bills_delay_s = 3600
    run(ended(provider, run(submitted(provider))))
    assert run(provider.bills(SINCE, UNTIL)) == []


def test_bills_that_the_key_may_not_see_say_which_key_may(fal: FakeFal, provider: FalProvider) -> None:
    fal.admin = False
    with pytest.raises(ProviderError, match="does not show") as refused:
        run(provider.bills(SINCE, UNTIL))
    assert "admin key" in refused.value.cure


@pytest.mark.parametrize(
    "item",
    [{}, {"request_id": "r"}, {"request_id": "r", "cost_total": "much"}, {"request_id": 7, "cost_total": 1}],
)
def test_a_bill_that_can_not_be_read_is_not_passed_over(item: dict[str, object]) -> None:
    with pytest.raises(ProviderError, match="can not be read"):
        billing._bill(item)


def test_a_bill_in_nano_dollars_is_read_and_money_given_back_is_negative() -> None:
    nano = {"request_id": "r", "timestamp": AT, "cost_estimate_nano_usd": 302_400_000}
    assert str(billing._bill(nano).usd) == "0.302400"
    back = {"request_id": "r", "timestamp": "2026-11-25T10:00:00", "cost_total": "-0.5"}
    assert (str(billing._bill(back).usd), billing._bill(back).at) == ("-0.500000", AT)


def test_a_job_whose_answer_was_lost_is_found_by_the_digest_of_what_was_sent(
    fal: FakeFal, provider: FalProvider
) -> None:
    fal.script(Script(), Script(taking=Taking.DROP_AFTER_ACCEPT))
    run(submitted(provider))
    job = run(provider.prepare("ep_001.take.2", request(seed=8), (image()[1],)))
    with pytest.raises(SubmissionUnknownError):
        run(provider.submit(job))
    listed = run(FalRecords(Secret(fal.key, name="FAL_KEY"), fal.hosts).requests(job.endpoint, SINCE, UNTIL))
    found = [item.request_id for item in listed if item.payload_digest == digest_of(job.payload)]
    assert found == [fal.jobs[1].request_id]


def test_a_job_of_which_only_the_id_is_known_is_polled_where_fal_has_it(
    fal: FakeFal, provider: FalProvider
) -> None:
    run(submitted(provider))
    status = run(provider.poll(Submission(fal.jobs[0].request_id), request()))
    assert status.state is JobState.COMPLETED
