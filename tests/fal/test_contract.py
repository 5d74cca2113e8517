"""fal's adapter keeps the contract that every paid provider keeps."""

from pathlib import Path

import pytest

from resources.providers.contract import Bench, Fault, PaidProviderContract
from resources.providers.fal.provider import FalProvider
from resources.providers.fal.wire import FalHosts
from tests.fal.fake.script import Ending, Script, Taking
from tests.fal.fake.server import FakeFal
from tests.fal.samples import at_fal, image, request

SCRIPTS = {
    Fault.LOST_BEFORE: Script(taking=Taking.DROP_BEFORE),
    Fault.LOST_AFTER: Script(taking=Taking.DROP_AFTER_ACCEPT),
    Fault.SERVER_FAULT: Script(taking=Taking.SERVER_ERROR_NOT_TAKEN),
    Fault.BUSY: Script(taking=Taking.TOO_MANY),
    Fault.KEY_REFUSED: Script(taking=Taking.UNAUTHORIZED),
    Fault.REQUEST_REFUSED: Script(taking=Taking.REFUSED),
    Fault.JOB_FAILS: Script(ending=Ending.MODEL_ERROR),
}


class TestFal(PaidProviderContract):
    @pytest.fixture
    def bench(self, fal: FakeFal, tmp_path: Path) -> Bench:
        hosts = [fal.hosts]

        def misbehave(fault: Fault) -> None:
            if fault is Fault.UNREACHABLE:
                hosts[0] = FalHosts(queue="http://127.0.0.1:1")
            else:
                fal.script(SCRIPTS[fault])

        def opened() -> FalProvider:
            return at_fal(hosts[0], tmp_path / "state")

        described, sent = image()
        return Bench(
            open=opened,
            request=request(references=(described,)),
            references=(sent,),
            jobs=lambda: len(fal.jobs),
            misbehave=misbehave,
            secret=fal.key,
            billed_usd=fal.books.bill.total,
        )
