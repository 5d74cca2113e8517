"""Damaged journal files: of each kind, cut short or altered anywhere. Never more is believed than is whole."""

from itertools import count
from pathlib import Path

import pytest

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.domain.errors import RecoilError
from resources.project_store.journal import AttemptJournal
from resources.project_store.layout import Layout
from tests.support.attempt_lines import INTENT, attempt_path, cut_line, flip_byte, line_of
from tests.support.file_cut import power_cut_after

from .samples import intent, record

S = AttemptState
A1 = "ep_001.take.5e7.0001"
PATH = (S.SENDING, S.SUBMITTED, S.COMPLETED, S.DOWNLOADED, S.SETTLED)


def brought_to(layout: Layout, state: AttemptState) -> Path:
    """The file of an attempt that came as far as ``state``."""
    journal = AttemptJournal(layout)
    journal.open(intent())
    for reached in PATH[: PATH.index(state) + 1]:
        facts = {"request_id": "r-1"} if reached is S.SUBMITTED else {}
        journal.record(A1, record(reached, **facts))
    return attempt_path(layout.root, A1)


def before(state: AttemptState, *, torn: bool = True) -> AttemptState:
    """What a file reads as whose last state can not be read: what is torn behind an intent may have been a send."""
    if state is S.SENDING:
        return S.SENDING if torn else S.INTENT
    return PATH[PATH.index(state) - 1]


def positions(length: int) -> list[int]:
    """Every byte near the ends, and a sample of those between."""
    without_its_line_end = length - 1
    return sorted({*range(12), *range(0, without_its_line_end, 7), *range(length - 12, without_its_line_end)})


def positions_of(path: Path, state: str) -> list[int]:
    start, end = line_of(path, state)
    return positions(end - start)


@pytest.mark.parametrize("state", PATH)
def test_a_last_state_cut_short_anywhere_reads_as_the_one_before_it(
    layout: Layout, state: AttemptState
) -> None:
    path = brought_to(layout, state)
    whole = path.read_bytes()
    for position in positions_of(path, state):
        cut_line(path, state, position)
        now = AttemptJournal(layout).attempt(A1).state
        assert now is before(state, torn=position > 0), f"cut at byte {position}"
        path.write_bytes(whole)


@pytest.mark.parametrize("state", PATH)
def test_a_file_that_ends_within_its_last_state_reads_as_the_one_before_it(
    layout: Layout, state: AttemptState
) -> None:
    path = brought_to(layout, state)
    whole, (start, _) = path.read_bytes(), line_of(path, state)
    for position in positions_of(path, state):
        path.write_bytes(whole[: start + position])
        now = AttemptJournal(layout).attempt(A1).state
        assert now is before(state, torn=position > 0), f"ends at byte {position}"
        path.write_bytes(whole)


@pytest.mark.parametrize("state", PATH)
def test_a_last_state_with_an_altered_byte_is_never_read_as_something_else(
    layout: Layout, state: AttemptState
) -> None:
    path = brought_to(layout, state)
    whole = path.read_bytes()
    for position in positions_of(path, state):
        flip_byte(path, state, position)
        assert AttemptJournal(layout).attempt(A1).state is before(state), f"byte {position} altered"
        path.write_bytes(whole)


def test_a_last_state_without_its_line_end_is_whole_and_the_next_one_has_a_line_of_its_own(
    layout: Layout,
) -> None:
    path = brought_to(layout, S.SUBMITTED)
    start, end = line_of(path, S.SUBMITTED)
    cut_line(path, S.SUBMITTED, end - start - 1)
    journal = AttemptJournal(layout)
    assert journal.attempt(A1).state is S.SUBMITTED
    journal.record(A1, record(S.COMPLETED))
    assert [item.state for item in AttemptJournal(layout).attempt(A1).records] == list(PATH[:3])


def test_an_intent_cut_short_anywhere_is_refused_by_name(layout: Layout) -> None:
    path = brought_to(layout, S.SUBMITTED)
    whole = path.read_bytes()
    for position in positions_of(path, INTENT):
        cut_line(path, INTENT, position)
        with pytest.raises(RecoilError) as refused:
            AttemptJournal(layout).attempt(A1)
        assert str(path) in refused.value.message, f"cut at byte {position}"
        assert "backup" in refused.value.cure
        assert AttemptJournal(layout).open_ids() == (A1,), "it is not forgotten"
        path.write_bytes(whole)


@pytest.mark.parametrize("left", [b"", bytes(8192), b"{"])
def test_an_attempt_of_which_nothing_is_left_is_refused_by_name(layout: Layout, left: bytes) -> None:
    path = brought_to(layout, S.SUBMITTED)
    path.write_bytes(left)
    with pytest.raises(RecoilError, match="is damaged") as refused:
        AttemptJournal(layout).attempt(A1)
    assert str(path) in refused.value.message


@pytest.mark.parametrize("state", PATH[:-1])
def test_a_state_that_others_came_after_is_refused_by_name_where_it_is_damaged(
    layout: Layout, state: AttemptState
) -> None:
    """What it said of sends and money is lost: an attempt with a gap must not pass for one that was never sent."""
    path = brought_to(layout, S.SETTLED)
    whole, (start, end) = path.read_bytes(), line_of(path, state)
    for position in (*positions_of(path, state), end - start - 1):
        for damage in (cut_line, flip_byte):
            damage(path, state, position)
            with pytest.raises(RecoilError, match="is damaged") as refused:
                AttemptJournal(layout).attempt(A1)
            assert str(path) in refused.value.message, f"{damage.__name__} at byte {position}"
            path.write_bytes(whole)
    assert AttemptJournal(layout).attempt(A1).state is S.SETTLED


@pytest.mark.parametrize("position", [0, 100, 4000])
def test_rot_in_the_room_of_an_attempt_loses_nothing_and_is_written_over(
    layout: Layout, position: int
) -> None:
    path = brought_to(layout, S.SUBMITTED)
    _, end = line_of(path, S.SUBMITTED)
    data = bytearray(path.read_bytes())
    data[end + position] = 1
    path.write_bytes(bytes(data))
    journal = AttemptJournal(layout)
    assert journal.attempt(A1).state is S.SUBMITTED
    journal.record(A1, record(S.COMPLETED))
    assert AttemptJournal(layout).attempt(A1).state is S.COMPLETED


def test_a_request_id_that_was_torn_is_no_damage_once_the_send_is_unknown(layout: Layout) -> None:
    path = brought_to(layout, S.SUBMITTED)
    cut_line(path, S.SUBMITTED, 16)
    AttemptJournal(layout).record(A1, record(S.UNKNOWN))
    assert AttemptJournal(layout).attempt(A1).state is S.UNKNOWN


def test_a_request_id_that_is_found_out_is_read_although_a_longer_one_was_torn(layout: Layout) -> None:
    """What a power cut left of the first is not read together with the second."""
    path = brought_to(layout, S.SENDING)
    journal = AttemptJournal(layout)
    journal.record(A1, record(S.SUBMITTED, request_id="job-7", handles={"status_url": "u" * 900}))
    cut_line(path, S.SUBMITTED, 512)
    journal = AttemptJournal(layout)
    journal.record(A1, record(S.UNKNOWN))
    journal.record(A1, record(S.SUBMITTED, request_id="job-7"))
    assert [item.state for item in AttemptJournal(layout).attempt(A1).records] == [
        *(S.SENDING, S.UNKNOWN, S.SUBMITTED)
    ]


def test_what_was_left_of_a_torn_request_id_is_kept_beside_what_is_written_over_it(layout: Layout) -> None:
    """The job may be paid for: a person can still find it by what the cut of power left."""
    path = brought_to(layout, S.SENDING)
    journal = AttemptJournal(layout)
    journal.record(A1, record(S.SUBMITTED, request_id="job-7", handles={"status_url": "u" * 200}))
    start, end = line_of(path, S.SUBMITTED)
    cut_line(path, S.SUBMITTED, end - start - 60)
    written = journal.record(A1, record(S.UNKNOWN, error="the run died"))
    assert '"request_id":"job-7"' in written.records[-1].facts["torn"]
    assert AttemptJournal(layout).attempt(A1) == written
    assert written.error == "the run died"


def test_a_torn_answer_with_content_of_its_own_is_no_gap(layout: Layout) -> None:
    """What a provider says may hold any words: the job's result is asked for again, and not given up as damaged."""
    path = brought_to(layout, S.SUBMITTED)
    AttemptJournal(layout).record(A1, record(S.COMPLETED, result={"answer": {"content": "a door opens"}}))
    start, end = line_of(path, S.COMPLETED)
    cut_line(path, S.COMPLETED, end - start - 12)
    assert AttemptJournal(layout).attempt(A1).state is S.SUBMITTED


def test_the_name_a_project_is_booked_under_is_refused_where_it_is_damaged(layout: Layout) -> None:
    AttemptJournal(layout).booked_as("Saltlight")
    path = layout.attempts / "project.json"
    whole = path.read_bytes()
    for position in positions(len(whole)):
        path.write_bytes(whole[:position])
        with pytest.raises(RecoilError, match="is damaged") as refused:
            AttemptJournal(layout).booked_as("Saltlight")
        assert str(path) in refused.value.message


def test_an_attempt_whose_opening_is_cut_anywhere_is_whole_and_announced_or_can_be_opened(
    layout: Layout,
) -> None:
    """Cut before every file operation in turn: nothing that has an attempt's name is torn or unannounced."""
    for operations in count():
        number = f"{operations + 1:04d}"
        attempt = intent(attempt_id=f"ep_001.take.5e7.{number}")
        with power_cut_after(operations) as cut:
            AttemptJournal(layout).open(attempt)
        journal = AttemptJournal(layout)
        there = attempt.attempt_id in journal.ids()
        assert there == (attempt.attempt_id in journal.open_ids())
        if not there:
            journal.open(attempt)
        assert journal.attempt(attempt.attempt_id).intent == attempt
        if not cut.happened:
            break
    assert operations > 6, "it was cut within"
