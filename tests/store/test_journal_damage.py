"""Damaged journal files: of each kind, cut short or altered anywhere. Never more is believed than is whole."""

from pathlib import Path

import pytest

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.domain.errors import RecoilError
from resources.project_store.journal import AttemptJournal
from resources.project_store.layout import Layout

from .samples import intent, record

S = AttemptState
A1 = "ep_001.take.5e7.0001"
PATH = (S.SENDING, S.SUBMITTED, S.COMPLETED, S.DOWNLOADED, S.SETTLED)
FILES = {
    S.SENDING: "sent_or_abandoned-1.json",
    S.SUBMITTED: "submitted-1.json",
    S.COMPLETED: "completed-1.json",
    S.DOWNLOADED: "downloaded-1.json",
    S.SETTLED: "settled-1.json",
}


def brought_to(layout: Layout, state: AttemptState) -> Path:
    """The folder of an attempt that came as far as ``state``."""
    journal = AttemptJournal(layout)
    journal.open(intent())
    for reached in PATH[: PATH.index(state) + 1]:
        facts = {"request_id": "r-1"} if reached is S.SUBMITTED else {}
        journal.record(A1, record(reached, **facts))
    return layout.attempts / "ep_001" / "take-5e7" / "0001"


def positions(data: bytes) -> list[int]:
    """Every byte near the ends, and a sample of those between."""
    without_its_line_end = len(data) - 1
    return sorted(
        {*range(12), *range(0, without_its_line_end, 7), *range(len(data) - 12, without_its_line_end)}
    )


@pytest.mark.parametrize("state", PATH)
def test_a_last_state_cut_short_anywhere_reads_as_the_one_before_it(
    layout: Layout, state: AttemptState
) -> None:
    path = brought_to(layout, state) / FILES[state]
    whole = path.read_bytes()
    before = PATH[PATH.index(state) - 1] if state is not S.SENDING else S.INTENT
    for position in positions(whole):
        path.write_bytes(whole[:position])
        assert AttemptJournal(layout).attempt(A1).state is before, f"cut at byte {position}"


@pytest.mark.parametrize("state", PATH)
def test_a_last_state_with_an_altered_byte_is_never_read_as_something_else(
    layout: Layout, state: AttemptState
) -> None:
    path = brought_to(layout, state) / FILES[state]
    whole = path.read_bytes()
    before = PATH[PATH.index(state) - 1] if state is not S.SENDING else S.INTENT
    for position in positions(whole):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert AttemptJournal(layout).attempt(A1).state in (before, state), f"byte {position} altered"


def test_an_intent_cut_short_anywhere_is_refused_by_name(layout: Layout) -> None:
    path = brought_to(layout, S.SUBMITTED) / "intent.json"
    whole = path.read_bytes()
    for position in positions(whole):
        path.write_bytes(whole[:position])
        with pytest.raises(RecoilError) as refused:
            AttemptJournal(layout).attempt(A1)
        assert str(path) in refused.value.message, f"cut at byte {position}"
        assert "backup" in refused.value.cure
        assert AttemptJournal(layout).open_ids() == (A1,), "it is not forgotten"


@pytest.mark.parametrize("state", PATH[:-1])
def test_a_state_that_others_came_after_is_refused_by_name_where_it_is_damaged(
    layout: Layout, state: AttemptState
) -> None:
    """What it said of sends and money is lost: an attempt with a gap must not pass for one that was never sent."""
    path = brought_to(layout, S.SETTLED) / FILES[state]
    whole = path.read_bytes()
    for position in positions(whole):
        path.write_bytes(whole[:position])
        with pytest.raises(RecoilError, match="is damaged") as refused:
            AttemptJournal(layout).attempt(A1)
        assert str(path) in refused.value.message
    path.write_bytes(whole)
    assert AttemptJournal(layout).attempt(A1).state is S.SETTLED


def test_a_request_id_that_was_torn_is_no_damage_once_the_send_is_unknown(layout: Layout) -> None:
    folder = brought_to(layout, S.SENDING)
    (folder / FILES[S.SUBMITTED]).write_bytes(b'{"content":{"at"' + bytes(16000))
    AttemptJournal(layout).record(A1, record(S.UNKNOWN))
    assert AttemptJournal(layout).attempt(A1).state is S.UNKNOWN


def test_a_request_id_that_is_found_out_is_read_although_a_longer_one_was_torn(layout: Layout) -> None:
    """What a power cut left of the first is not read together with the second."""
    folder = brought_to(layout, S.SENDING)
    journal = AttemptJournal(layout)
    journal.make_room(A1)
    journal.record(A1, record(S.SUBMITTED, request_id="job-7", handles={"status_url": "u" * 900}))
    path = folder / FILES[S.SUBMITTED]
    whole = path.read_bytes()
    path.write_bytes(whole[:512].ljust(len(whole), b"\0"))
    journal = AttemptJournal(layout)
    journal.record(A1, record(S.UNKNOWN))
    journal.record(A1, record(S.SUBMITTED, request_id="job-7"))
    assert AttemptJournal(layout).attempt(A1).state is S.SUBMITTED


def test_the_name_a_project_is_booked_under_is_refused_where_it_is_damaged(layout: Layout) -> None:
    AttemptJournal(layout).booked_as("Saltlight")
    path = layout.attempts / "project.json"
    whole = path.read_bytes()
    for position in positions(whole):
        path.write_bytes(whole[:position])
        with pytest.raises(RecoilError, match="is damaged") as refused:
            AttemptJournal(layout).booked_as("Saltlight")
        assert str(path) in refused.value.message
