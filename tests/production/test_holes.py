"""Holes that are known and not closed yet: each fails today, and says so when it no longer does."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest

from recoil_assets.domain.errors import ProviderError, RecoilError
from recoil_assets.production.dailies import assemble_cut
from recoil_assets.production.stages import BOARDS, SCENE_VERSIONS, TAKES
from tests.support.project import plan
from tests.support.show import STAGES, Show, cell, settings
from tests.support.watched import Watch

from .broken_ports import FullDisk
from .conftest import MakeShow
from .labs import AnsweringLab, PonderingLab


def hole(where: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(reason=where, strict=True)


@hole("produce.resume_unfinished lets anything but a RecoilError end the run")
def test_an_attempt_that_can_not_be_resumed_stops_no_other_cell(show: Show) -> None:
    show.lab = AnsweringLab(ProviderError("502"))
    show.make(cells=[cell(1)]).unsettled(cell(1))
    show.refit = lambda studio: replace(studio, journal=FullDisk(studio.journal, "completed"))
    assert [outcome.stage for outcome in show.make(stages=[SCENE_VERSIONS], cells=[cell(2)]).outcomes]


@hole("produce._log is outside every guard: asyncio.run then cancels the POSTs in flight")
def test_an_operations_log_that_fails_loses_no_request_id_of_another_cell(show: Show) -> None:
    show.make(stages=STAGES[:-1])
    show.lab = PonderingLab()
    show.refit = lambda studio: replace(studio, ops_log=FullDisk(studio.ops_log, "cell_failed"))
    with suppress(OSError):
        show.make(stages=[TAKES])
    show.refit = lambda studio: studio
    ((taken, _),) = show.lab.submitted
    states = {item.attempt_id: item.state for key in show.records for item in show.attempts(key)}
    assert states[taken] != "sending"


@hole("OpsLogFile encodes strictly; half a character in a provider's message ends the run")
def test_no_message_of_a_provider_is_too_odd_for_the_operations_log(quoted: Show) -> None:
    quoted.lab = AnsweringLab(ProviderError("half an emoji \ud83d"))
    quoted.make(stages=[TAKES]).unsettled(cell(1))


@hole("nothing compares the journal with the ledger before money moves")
def test_a_ledger_that_is_gone_is_noticed_before_anything_is_spent(show: Show) -> None:
    show.change_settings(settings(caps={"project_usd": "0.40"}))
    show.make(cells=[cell(1)])
    show.close()
    (show.root / "ledger.duckdb").unlink()
    show.make(cells=[cell(2)])
    assert len(show.lab.submitted) == 1


@hole("the ledger's project cap goes by [show] name, which anybody may change")
def test_a_show_that_is_renamed_keeps_what_it_spent(show: Show) -> None:
    text = settings(caps={"project_usd": "0.40"})
    show.change_settings(text)
    show.make(cells=[cell(1)])
    show.change_settings(text.replace("test show", "a better name"))
    assert show.make(cells=[cell(2)]).blocked(cell(2)).reason == "cap_reached"


@hole("a bill above the reservation counts against the caps and stops nothing else")
def test_a_bill_above_the_quote_stops_its_price_until_a_person_looks(show: Show) -> None:
    show.lab.cost = Decimal(5)
    show.make(cells=[cell(1)])
    show.make(cells=[cell(2)])
    assert len(show.lab.submitted) == 1


@hole("no lock spans the last look and the POST: conform does not know of it")
def test_a_version_can_not_be_conformed_between_the_last_look_and_the_post(make_show: MakeShow) -> None:
    show = make_show(plan("ep_001", batches=1))
    show.make(stages=STAGES[:-1])
    document = plan("ep_001", batches=1)
    document["shots"].reverse()
    show.rewrite_plan(document)
    show.make(stages=[SCENE_VERSIONS])
    show.rewrite_plan(plan("ep_001", batches=1))
    conformed: list[bool] = []

    def conform(step: str) -> None:
        if step == "provider.submit":
            with Show(show.root).studio() as studio:
                try:
                    studio.scenes.conform(cell(1), 2, expected=1)
                except RecoilError:
                    conformed.append(False)
                else:
                    conformed.append(True)

    show.refit = Watch(look=conform).refit
    show.make(stages=[TAKES])
    assert conformed == [False]


@hole("dailies compare with the episode's choices, not with the payloads that are recorded")
def test_a_take_made_with_choices_of_its_run_is_not_called_stale(quoted: Show) -> None:
    version = quoted.make(choices={"style": "noir"}).versions(cell(1))[TAKES]
    with quoted.studio() as studio:
        cut = assemble_cut(studio, "ep_001", {"BATCH_001": version})
    assert [clip.stale for clip in cut.clips] == [False]


@hole("CellWork.scene reports a missing manifest as a failure")
def test_a_cell_that_comes_alive_is_blocked_until_it_is_derived_and_has_not_failed(
    make_show: MakeShow,
) -> None:
    show = make_show(plan("ep_001", batches=1, shots_each=1))
    show.records[cell(2)] = dict(show.records[cell(1)])
    show.make()
    show.rewrite_plan(plan("ep_001", batches=2, shots_each=1))
    show.make(stages=[BOARDS], cells=[cell(2)]).blocked(cell(2))
