"""After real Dagster runs full of faults nothing that is kept or shown has the key, or the secret half of it."""

import base64
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import pytest
import stamina

from recoil_assets.production.ports import Provider
from resources.opening import open_studio
from tests.fal.fake.script import Ending, Script, Serving, Taking
from tests.fal.fake.server import KEY as FAL_KEY
from tests.fal.fake.server import open_fake
from tests.fal.samples import at_fal, png
from tests.flora.conftest import CHOICES as FLORA_CHOICES
from tests.flora.conftest import open_at
from tests.flora.fake import KEY as FLORA_KEY
from tests.flora.fake import NGINX, drop, drop_answer, half_an_answer, says, serving_flora
from tests.support import graph
from tests.support.graph import GraphUnderTest
from tests.support.paper_desk import PaperDesk
from tests.support.project import make_project, plan
from tests.support.show import settings

FAL_FAULTS = (
    Script(taking=Taking.QUOTES_THE_KEY),
    Script(taking=Taking.DROP_AFTER_ACCEPT),
    Script(poll_faults=(0, 503), result_faults=(502,)),
    Script(serving=Serving.TRUNCATED),
    Script(taking=Taking.NOT_JSON),
    Script(ending=Ending.MODEL_ERROR),
    Script(ending=Ending.GONE),
    Script(taking=Taking.QUOTES_THE_KEY),
)


@dataclass
class Faulty:
    """A provider whose service misbehaves, and what must not be found of its key."""

    name: str
    key: str
    provider: Provider
    choices: dict[str, object]

    @property
    def parts(self) -> list[str]:
        secret = self.key.rpartition(":")[2]
        return [
            self.key,
            secret,
            quote(self.key, safe=""),
            *(base64.b64encode(part.encode()).decode()[:-4] for part in (self.key, secret)),
        ]


def faulty_fal(folder: Path, open_until_end: ExitStack) -> Faulty:
    fal = open_until_end.enter_context(open_fake(folder))
    fal.script(*FAL_FAULTS)
    fal.books.usual = Script(taking=Taking.LOCKED)
    choices: dict[str, object] = {"model": "seedance-2.0-fast", "board_model": "nano-banana-2"}
    return Faulty("fal", FAL_KEY, at_fal(fal.hosts, folder / "state"), choices)


def faulty_flora(folder: Path, open_until_end: ExitStack) -> Faulty:
    flora = open_until_end.enter_context(serving_flora(folder / "bill.jsonl"))
    quoted = FLORA_KEY.encode()
    flora.script["generate"].extend(
        [
            says(400, "input_validation_error", X_Echo=FLORA_KEY),
            drop_answer,
            half_an_answer,
            says(500, body=quoted, Retry_After=FLORA_KEY),
        ]
    )
    flora.script["run"].extend([drop, says(503, body=NGINX), says(500, body=quoted), says(200, body=quoted)])
    flora.script["asset"].extend([drop, says(500, "unknown_error")])
    flora.script["media"].extend([drop, says(403, body=quoted), half_an_answer])
    flora.endings.append(
        {"status": "failed", "error_code": "odd", "error_message": FLORA_KEY, "charged_cost": 0}
    )
    return Faulty("flora", FLORA_KEY, open_at(flora, folder / "state"), dict(FLORA_CHOICES))


@pytest.fixture(params=[faulty_fal, faulty_flora])
def faulty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Faulty]:
    begin: Callable[[Path, ExitStack], Faulty] = request.param
    with stamina.set_testing(True, attempts=2), ExitStack() as stack:
        yield begin(tmp_path, stack)


@pytest.mark.proof
def test_after_runs_full_of_faults_the_key_is_nowhere(
    faulty: Faulty, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    document = plan("ep_001", batches=4, shots_each=2)
    root = make_project(tmp_path / "project", document, settings=settings(choices=faulty.choices))
    (root / "refs" / "characters" / "MARA.png").write_bytes(png())
    (tmp_path / "dagster").mkdir()
    quiet = {"telemetry": {"enabled": False}}
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster"), overrides=quiet) as instance:
        made = GraphUnderTest(root=root, instance=instance, desk=PaperDesk())
        providers = graph._TEST_PROVIDERS[str(root)]
        graph._TEST_PROVIDERS[str(root)] = {**providers, faulty.name: faulty.provider}
        made.plan("ep_001")
        assert not made.produce("ep_001").success
        made.produce("ep_001")
        kept = {"the event log": events_of(instance)}
    with open_studio(root) as studio:
        attempts = [studio.journal.attempt(name).model_dump_json() for name in studio.journal.ids()]
        kept |= {"the journal": "\n".join(attempts), "the ledger": repr(studio.ledger.entries())}
    assert all(faulty.name in text for text in kept.values()), "something of the provider is in each"
    printed = capfd.readouterr()
    kept |= {"logs": caplog.text, "stdout": printed.out, "stderr": printed.err}
    kept |= {"the account": f"{faulty.provider.account.closed()}{faulty.provider!r}{vars(faulty.provider)}"}
    for path in tmp_path.rglob("*"):
        if path.is_file():
            kept[str(path.relative_to(tmp_path))] = path.read_bytes().decode("latin-1")
    assert {"project/ops.log.jsonl", "project/ledger.duckdb"} <= set(kept)
    assert [name for name, text in kept.items() if any(part in text for part in faulty.parts)] == []


def events_of(instance: dg.DagsterInstance) -> str:
    """Every event of every run, metadata and errors with their causes included."""
    told = []
    for run in instance.get_runs():
        for entry in instance.all_logs(run.run_id):
            told.append(dg.serialize_value(entry))
            event = entry.dagster_event
            if event is not None and event.is_step_failure and event.step_failure_data.error is not None:
                told.append(event.step_failure_data.error.to_string())
    assert len(told) > 10
    return "\n".join(told)
