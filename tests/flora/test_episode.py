"""An episode made wholly at FLORA: every board and take, the ledger equal to FLORA's bill to the cent."""

import io
import logging
import pickle
from decimal import Decimal
from pathlib import Path

import pytest

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.domain.ledger import Balance
from recoil_assets.production.event_loop import run_loop
from recoil_assets.production.ports import ProviderRecords, Submission
from recoil_assets.production.reconciliation import Comparison, Mismatch, compare_with_record
from recoil_assets.production.stages import TAKES
from recoil_assets.production.studio import Studio
from resources.providers.account_rules import Asking
from tests.flora.fake import KEY, NGINX, FakeFlora, drop, drop_answer, half_an_answer, says
from tests.support.project import plan
from tests.support.show import STAGES, Show, cell

from .conftest import open_at
from .samples import finished

LONG_AGO, FAR_OFF = "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"


def test_an_episode_is_made_and_the_ledger_is_the_bill(show: Show, flora: FakeFlora, tmp_path: Path) -> None:
    ended = show.make()
    assert all(ended.finished(item) for item in show.records)
    assert len(flora.runs) == 6
    assert {run.kind for run in flora.runs} == {"image", "video"}
    assert show.balance() == Balance(spent=flora.bill(), reserved=Decimal(0))
    assert flora.bill() == 3 * Decimal("0.072") + 3 * Decimal("0.2116") * 6
    records: ProviderRecords = open_at(flora, tmp_path / "state")
    flora.page = 4
    bills = run_loop(records.bills(LONG_AGO, FAR_OFF))
    assert sum(bill.usd for bill in bills) == flora.bill()
    assert {bill.endpoint for bill in bills} == {"seedance-2.0-enhancor", "gemini-3.1-flash-image"}
    assert run_loop(records.bills(FAR_OFF, FAR_OFF)) == []
    for item in show.records:
        (attempt,) = show.attempts(item)
        assert (show.root / attempt.intent.media_path).read_bytes()[4:8] == b"ftyp"
    show.make()
    assert len(flora.runs) == 6, "what is made is not made again"


def test_what_an_unknown_take_may_have_cost_is_found_in_floras_list(
    show: Show, flora: FakeFlora, tmp_path: Path
) -> None:
    show.make(stages=[stage for stage in STAGES if stage != TAKES])
    flora.script["generate"].append(drop_answer)
    flora.script["list"].extend([lambda _: True, *[says(500, "unknown_error")] * 6])
    show.make(stages=[TAKES], cells=[cell(1)])
    (unknown,) = show.attempts(cell(1))
    assert unknown.state is AttemptState.UNKNOWN
    provider, run_id = open_at(flora, tmp_path / "state"), flora.runs[-1].run_id
    run_loop(finished(provider, Submission(run_id), unknown.intent.request))

    async def compare(studio: Studio) -> Comparison:
        return await compare_with_record(studio, "flora", provider, since=LONG_AGO, until=FAR_OFF)

    with show.studio() as studio:
        (found,) = run_loop(compare(studio)).discrepancies
    assert found.mismatch is Mismatch.CANDIDATE
    assert (found.attempt, found.request_ids) == (unknown, (run_id,))
    assert found.billed_usd == flora.runs[-1].charged


def test_an_episode_through_every_fault_costs_what_flora_charged_and_shows_the_key_nowhere(
    show: Show, flora: FakeFlora, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    flora.script["generate"].extend(
        [
            drop_answer,
            says(429, "rate_limited", Retry_After="0"),
            half_an_answer,
            says(400, "input_validation_error"),
        ]
    )
    flora.script["run"].extend([drop, says(503, body=NGINX), says(500, "unknown_error"), half_an_answer])
    flora.script["asset"].extend([drop, says(500, "unknown_error")])
    flora.script["media"].extend([drop, says(403, body=KEY.encode()), half_an_answer])
    flora.endings.extend(
        [
            {"status": "completed"},
            {"status": "failed", "error_code": "model_timeout", "error_message": KEY, "charged_cost": 0},
        ]
    )
    for _ in range(4):
        show.make()
    ended = show.make()
    assert all(ended.finished(item) for item in show.records), ended.outcomes
    assert show.balance() == Balance(spent=flora.bill(), reserved=Decimal(0))
    flora.script["run"].append(says(401, "invalid_api_key", body=f"{KEY} is revoked".encode()))
    show.rewrite_plan(plan("ep_001", batches=4, shots_each=2))
    show.make()
    printed = capfd.readouterr()
    said = io.StringIO()
    said.writelines([caplog.text, printed.out, printed.err, repr(ended.outcomes)])
    assert KEY not in said.getvalue()
    assert KEY.encode() not in pickle.dumps(repr(show.make().outcomes))
    written = [path for path in show.root.parent.rglob("*") if path.is_file() and path.name != "bill.jsonl"]
    assert len(written) > 30
    assert [path for path in written if KEY.encode() in path.read_bytes()] == []


def test_a_refused_key_blocks_the_cells_by_name_in_every_later_run(show: Show, flora: FakeFlora) -> None:
    show.make(stages=["scene_versions"])
    flora.script["generate"].append(says(401, "invalid_api_key"))
    show.make(cells=[cell(1)])
    posts = flora.posts()
    blocked = show.make(cells=[cell(2)]).blocked(cell(2))
    assert blocked.reason == "provider_closed"
    assert "refuses the account since" in blocked.message
    assert flora.posts() == posts


def test_an_outage_blocks_new_takes_and_carries_on_those_that_were_sent(
    show: Show, flora: FakeFlora, tmp_path: Path
) -> None:
    show.make(stages=[stage for stage in STAGES if stage != TAKES])
    flora.script["run"].extend([says(200, body=b"{}")])
    show.make(stages=[TAKES], cells=[cell(1)])
    assert [attempt.state for attempt in show.attempts(cell(1))] == [AttemptState.SUBMITTED]

    async def go_out() -> None:
        account = open_at(flora, tmp_path / "state").account
        for _ in range(3):
            await account.lost(Asking.SUBMIT, "RemoteProtocolError")

    run_loop(go_out())
    ended = show.make(stages=[TAKES], cells=[cell(1), cell(2)])
    assert ended.finished(cell(1))
    blocked = ended.blocked(cell(2))
    assert blocked.reason == "provider_closed"
    assert "out of service since" in blocked.message
