"""A call that is made again prints nothing: a command's output is the command's."""

import pytest
import stamina

from resources.providers.library_logs import keep_secrets_out_of_library_logs


@stamina.retry(on=OSError, attempts=2, wait_initial=0.001, wait_max=0.001)
def lost_once(calls: list[str]) -> None:
    calls.append("asked")
    if len(calls) == 1:
        raise OSError("lost, with https://example.com/?signature=0")


def test_a_call_that_is_made_again_prints_nothing(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    keep_secrets_out_of_library_logs()
    calls: list[str] = []
    lost_once(calls)
    assert len(calls) == 2
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
