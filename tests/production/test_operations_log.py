"""The operations log: a line of it is worth less than a request id, and its loss is said."""

import logging
from dataclasses import replace

import pytest

from recoil_assets.domain.errors import ProviderError
from recoil_assets.production.stages import TAKES
from tests.support.show import STAGES, Show, cell

from .broken_ports import FullDisk
from .labs import AnsweringLab, PonderingLab


def test_a_log_that_fails_loses_no_request_id_of_another_cell(
    show: Show, caplog: pytest.LogCaptureFixture
) -> None:
    show.make(stages=STAGES[:-1])
    show.lab = PonderingLab()
    show.refit = lambda studio: replace(studio, ops_log=FullDisk(studio.ops_log, "cell_failed"))
    with caplog.at_level(logging.WARNING, logger="recoil"):
        show.make(stages=[TAKES])
    ((taken, _),) = show.lab.submitted
    states = {item.attempt_id: item.state for key in show.records for item in show.attempts(key)}
    assert states[taken] == "settled"
    assert "No space left on device" in caplog.text
    assert "cell_failed" in caplog.text


def test_no_message_of_a_provider_is_too_odd_for_the_log(
    quoted: Show, caplog: pytest.LogCaptureFixture
) -> None:
    quoted.lab = AnsweringLab(ProviderError("half an emoji \ud83d"))
    quoted.make(stages=[TAKES]).unsettled(cell(1))
    (said,) = [event for event in quoted.events() if event["event"] == "cell_unsettled"]
    assert "half an emoji \ud83d" in str(said["message"])
    assert caplog.text == ""


def test_a_request_id_the_journal_can_not_take_is_in_the_log(quoted: Show) -> None:
    quoted.refit = lambda studio: replace(studio, journal=FullDisk(studio.journal, "submitted"))
    quoted.make(stages=[TAKES]).unsettled(cell(1))
    (lost,) = [event for event in quoted.events() if event["event"] == "request_id_not_recorded"]
    assert lost["request_id"] == "instant-1"
    assert lost["attempt_id"] == quoted.lab.submitted[0][0]
