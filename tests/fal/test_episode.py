"""An episode of the example show made wholly at fal: the ledger is its bill, the key is nowhere."""

import io
import pickle
import shutil
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.ledger import Balance
from recoil_assets.production.reconciliation import Mismatch, apply, compare_with_record
from recoil_assets.production.stages import TAKES
from recoil_assets.production.studio import Studio
from resources.opening import open_providers, open_studio
from resources.providers.fal.provider import FalProvider
from resources.providers.signing import Signed
from tests.fal.fake.script import Ending, Script, Serving, Taking
from tests.fal.fake.server import FakeFal
from tests.fal.samples import run, submitted
from tests.support import graph
from tests.support.graph import STAGES, GraphUnderTest
from tests.support.paper_desk import PaperDesk
from tests.support.show import settings

EXAMPLE = Path(__file__).parents[2] / "examples" / "saltlight"
EPISODE = "ep_001"
CHOICES = {"model": "seedance-2.0-fast", "board_model": "nano-banana-2"}


@pytest.fixture
def made_at_fal(tmp_path: Path, provider: FalProvider) -> Iterator[GraphUnderTest]:
    """The example show with fal's models, in a Dagster instance of its own, in memory."""
    root = tmp_path / "project"
    shutil.copytree(EXAMPLE, root)
    (root / "media").mkdir()
    (root / "media" / ".recoil-media").touch()
    (root / "recoil.toml").write_text(settings(choices=CHOICES))
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        made = GraphUnderTest(root=root, instance=instance, desk=PaperDesk())
        graph._TEST_PROVIDERS[str(root)] = {**graph._TEST_PROVIDERS[str(root)], "fal": provider}
        made.plan(EPISODE)
        yield made


def balance(made: GraphUnderTest) -> Balance:
    with open_studio(made.root) as studio:
        assert studio.ledger.verify() == []
        return studio.ledger.balance()


def test_batches_of_an_episode_are_made_at_fal_and_the_ledger_is_its_bill(
    made_at_fal: GraphUnderTest, fal: FakeFal
) -> None:
    first = made_at_fal.instance.get_dynamic_partitions("shot_batches")[:5]
    assert made_at_fal.produce(EPISODE, batches=first).success
    bill = fal.books.bill
    assert {job.endpoint.partition("/")[0] for job in fal.jobs} == {"bytedance", "fal-ai"}
    assert len(bill.lines()) == len(fal.jobs)
    assert balance(made_at_fal) == Balance(
        spent=bill.total().quantize(Decimal("0.000001")), reserved=Decimal(0)
    )
    jobs = len(fal.jobs)
    assert made_at_fal.produce(EPISODE, batches=first).success
    assert len(fal.jobs) == jobs, "what is made is not made again"


@pytest.mark.proof
def test_what_nobody_knew_is_settled_by_fals_bills(made_at_fal: GraphUnderTest, fal: FakeFal) -> None:
    """Blocked after generation, without a word about money; and a job whose answer was lost."""
    boards = [stage for stage in STAGES if stage != TAKES]
    assert made_at_fal.produce(EPISODE, stages=boards).success
    fal.script(Script(ending=Ending.OUTPUT_BLOCKED), Script(taking=Taking.DROP_AFTER_ACCEPT))
    assert not made_at_fal.produce(EPISODE).success
    assert balance(made_at_fal).reserved > 0
    reconcile(made_at_fal, fal)
    assert made_at_fal.produce(EPISODE).success
    assert balance(made_at_fal) == Balance(
        spent=fal.books.bill.total().quantize(Decimal("0.000001")), reserved=Decimal(0)
    )
    lost = [job for job in fal.jobs if job.script.taking is Taking.DROP_AFTER_ACCEPT]
    assert [job.results for job in lost] == [1], "it was fetched, not made again"


def reconcile(made: GraphUnderTest, fal: FakeFal) -> None:
    """Put right what fal's own record says; the lost job is done by now, and billed."""
    for job in fal.jobs:
        fal.books.state(job)
    provider = graph._TEST_PROVIDERS[str(made.root)]["fal"]
    assert isinstance(provider, FalProvider)
    now = datetime.now(UTC)
    with made.studio() as opened:
        studio = replace(opened, providers={**opened.providers, "fal": provider})
        since, until = ((now + timedelta(hours=hours)).isoformat() for hours in (-1, 1))
        comparison = run(compare_with_record(studio, "fal", provider, since=since, until=until))
        mismatches = [item.mismatch for item in comparison.discrepancies]
        assert mismatches == [Mismatch.EXPLAINED] * 2
        for item in comparison.discrepancies:
            apply(studio, item)


FAULTS = (
    Script(taking=Taking.DROP_AFTER_ACCEPT),
    Script(ending=Ending.INPUT_BLOCKED),
    Script(poll_faults=(0, 503), result_faults=(502,)),
    Script(ending=Ending.MODEL_ERROR),
    Script(serving=Serving.TRUNCATED),
    Script(taking=Taking.NOT_JSON),
    Script(ending=Ending.GONE),
    Script(taking=Taking.REFUSED),
    Script(taking=Taking.LOCKED),
)


@pytest.mark.proof
def test_in_a_run_full_of_faults_no_job_is_made_twice(made_at_fal: GraphUnderTest, fal: FakeFal) -> None:
    fal.script(*FAULTS)
    fal.books.usual = Script(taking=Taking.LOCKED)
    for _ in range(2):
        assert not made_at_fal.produce(EPISODE).success
    with open_studio(made_at_fal.root) as studio:
        check_money(studio, fal)


def check_money(studio: Studio, fal: FakeFal) -> None:
    """Every job that was taken is held, charged or known to be free; none was made for an attempt that has one."""
    attempts = [attempt for attempt in studio.journal.unfinished() if attempt.was_sent]
    held = sum((attempt.intent.estimate_usd for attempt in attempts), Decimal(0))
    assert studio.ledger.balance().reserved == held
    assert fal.books.bill.total() <= studio.ledger.balance().spent + held
    unknown = [attempt for attempt in attempts if attempt.state is AttemptState.UNKNOWN]
    assert len(unknown) == 3  # dropped, answered by a web page, blocked without a word about money
    assert len({job.payload.get("end_user_id", job.request_id) for job in fal.jobs}) == len(fal.jobs)


@pytest.mark.parametrize("fault", [Script(taking=taking) for taking in Taking if taking is not Taking.TAKE])
def test_no_traceback_shows_the_key_not_even_with_its_locals(
    fal: FakeFal, provider: FalProvider, fault: Script
) -> None:
    fal.script(fault)
    try:
        shown = repr(run(submitted(provider)))
    except RecoilError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        shown = "".join(told.format())
        assert "key" in shown
    assert fal.key.partition(":")[2] not in shown


def test_the_key_can_not_be_written_down(provider: FalProvider, fal: FakeFal) -> None:
    with pytest.raises(TypeError):
        pickle.dump(provider, io.BytesIO())
    key = provider._key
    assert {repr(key), str(key), f"{key}", repr([key]), repr(Signed("Key", key))}.isdisjoint({fal.key})
    assert fal.key not in repr(key) + str(vars(provider))


def test_fal_is_set_up_where_its_key_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAL_KEY", raising=False)
    assert "fal" not in open_providers()
    monkeypatch.setenv("FAL_KEY", " id:secret\n")
    assert "fal" in open_providers()
    monkeypatch.setenv("FAL_BASE_URL", "http://gateway.example.com/")
    assert "fal" not in open_providers(), "the key does not go there"
    monkeypatch.setenv("FAL_BASE_URL", "https://gateway.example.com/fal/")
    assert "fal" in open_providers()


def test_without_the_key_both_cures_are_named(
    made_at_fal: GraphUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FAL_KEY", raising=False)
    with open_studio(made_at_fal.root) as studio, pytest.raises(RecoilError) as refused:
        studio.provider_of(studio.price_book.known("seedance-2.0"))
    assert "FAL_KEY" in refused.value.cure
    assert "choose a model" in refused.value.cure
