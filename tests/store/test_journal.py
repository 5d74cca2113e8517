import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.domain.errors import RecoilError
from resources.project_store.journal import AttemptJournal
from resources.project_store.layout import Layout

from .samples import intent, record

A1 = "ep_001.take.5e7.0001"
S = AttemptState


@pytest.fixture
def journal(layout: Layout) -> AttemptJournal:
    return AttemptJournal(layout)


def folder(layout: Layout, number: str = "0001") -> Path:
    return layout.attempts / "ep_001" / "take-5e7" / number


def brought_to(journal: AttemptJournal, *states: AttemptState) -> None:
    journal.open(intent())
    for state in states:
        journal.record(A1, record(state))


def test_an_attempt_can_not_be_opened_twice(journal: AttemptJournal) -> None:
    journal.open(intent())
    with pytest.raises(RecoilError, match="exists already; nothing was sent"):
        journal.open(intent().model_copy(update={"run_id": "run_2"}))
    assert journal.attempt(A1).intent.run_id == "run_1"


def test_a_state_that_can_not_follow_is_refused_and_leaves_no_trace(journal: AttemptJournal) -> None:
    journal.open(intent())
    with pytest.raises(RecoilError, match="is intent; it can not become completed"):
        journal.record(A1, record(S.COMPLETED))
    assert journal.attempt(A1).records == ()


def test_a_second_writer_of_the_same_state_is_refused(journal: AttemptJournal, layout: Layout) -> None:
    brought_to(journal, S.SENDING, S.SUBMITTED)
    other = AttemptJournal(layout)
    journal.record(A1, record(S.COMPLETED, result="the first"))
    with pytest.raises(RecoilError):
        other.record(A1, record(S.COMPLETED, result="the second"))
    completed = other.attempt(A1).record(S.COMPLETED)
    assert completed is not None
    assert completed.facts == {"result": "the first"}


@pytest.mark.parametrize("state", [S.SENDING, S.UNKNOWN, S.REFUSED])
def test_a_writer_that_looked_before_another_wrote_is_refused_by_the_file(
    journal: AttemptJournal, layout: Layout, state: AttemptState
) -> None:
    """Both have read the attempt before either writes: only the exclusive file decides."""
    brought_to(journal, *([] if state is S.SENDING else [S.SENDING]))
    late = LateReader(layout, journal.attempt(A1))
    journal.record(A1, record(state))
    with pytest.raises(RecoilError, match="in another process"):
        late.record(A1, record(state))


class LateReader(AttemptJournal):
    """A writer that still believes what it read a moment ago."""

    def __init__(self, layout: Layout, read: object) -> None:
        super().__init__(layout)
        self._believed = read

    def attempt(self, attempt_id: str) -> object:  # noqa: ARG002  it is the one it read
        return self._believed


@pytest.mark.parametrize(("first", "second"), [(S.SENDING, S.ABANDONED), (S.ABANDONED, S.SENDING)])
def test_sending_and_abandoned_exclude_each_other_by_whoever_is_first(
    journal: AttemptJournal, layout: Layout, first: AttemptState, second: AttemptState
) -> None:
    journal.open(intent())
    late = LateReader(layout, journal.attempt(A1))
    journal.record(A1, record(first))
    with pytest.raises(RecoilError, match="in another process"):
        late.record(A1, record(second))
    assert journal.attempt(A1).state is first


def test_after_a_refusal_sending_again_and_abandoning_exclude_each_other_too(
    journal: AttemptJournal, layout: Layout
) -> None:
    brought_to(journal, S.SENDING, S.REFUSED)
    late = LateReader(layout, journal.attempt(A1))
    journal.record(A1, record(S.ABANDONED, 2))
    with pytest.raises(RecoilError, match="in another process"):
        late.record(A1, record(S.SENDING, 2))
    assert not journal.attempt(A1).was_sent


def test_room_for_the_request_id_is_set_aside_before_it_is_known(
    journal: AttemptJournal, layout: Layout
) -> None:
    journal.open(intent())
    journal.make_room(A1)
    waiting = folder(layout) / "submitted-1.json"
    room = waiting.stat()
    assert room.st_blocks * 512 >= 16 * 1024
    assert journal.attempt(A1).state is S.INTENT

    journal.record(A1, record(S.SENDING))
    assert journal.attempt(A1).state is S.SENDING
    journal.record(A1, record(S.SUBMITTED, request_id="r-1"))
    assert waiting.stat().st_ino == room.st_ino, "the record went into the space that was set aside"
    submitted = AttemptJournal(layout).attempt(A1).record(S.SUBMITTED)
    assert submitted is not None
    assert submitted.facts["request_id"] == "r-1"


def test_room_that_is_filled_is_never_filled_again(journal: AttemptJournal, layout: Layout) -> None:
    brought_to(journal, S.SENDING)
    journal.make_room(A1)
    late = LateReader(layout, journal.attempt(A1))
    journal.record(A1, record(S.SUBMITTED, request_id="r-1"))
    with pytest.raises(RecoilError, match="submitted already"):
        late.record(A1, record(S.SUBMITTED, request_id="r-2"))
    assert journal.attempt(A1).records[-1].facts == {"request_id": "r-1"}


@pytest.mark.parametrize(
    "left", [b"", b"\0" * 16384, b'{"content":{"state":"subm', b'{"content":{"at":"' + b"\0" * 300]
)
def test_a_torn_submitted_reads_as_the_state_before_it(
    journal: AttemptJournal, layout: Layout, left: bytes
) -> None:
    brought_to(journal, S.SENDING)
    (folder(layout) / "submitted-1.json").write_bytes(left)
    assert journal.attempt(A1).state is S.SENDING


def test_a_record_whose_bytes_were_altered_is_not_believed(journal: AttemptJournal, layout: Layout) -> None:
    brought_to(journal, S.SENDING, S.SUBMITTED)
    path = folder(layout) / "submitted-1.json"
    path.write_bytes(path.read_bytes().replace(b'"ordinal":1', b'"ordinal":2'))
    assert journal.attempt(A1).state is S.SENDING


def test_a_send_whose_file_can_not_be_read_is_never_taken_back(
    journal: AttemptJournal, layout: Layout
) -> None:
    """It reads as an intent, but the provider may have been asked: its money must not be freed."""
    brought_to(journal, S.SENDING)
    (folder(layout) / "sent_or_abandoned-1.json").write_bytes(b"rot")
    for state in (S.ABANDONED, S.SENDING):
        with pytest.raises(RecoilError, match="damaged"):
            AttemptJournal(layout).record(A1, record(state))
        with pytest.raises(RecoilError, match="is sending"):
            journal.record(A1, record(state))
    assert [attempt.attempt_id for attempt in journal.unfinished()] == [A1]


def test_a_resolved_unknown_is_carried_on_from_its_request_id(journal: AttemptJournal) -> None:
    brought_to(journal, S.SENDING, S.UNKNOWN)
    journal.record(A1, record(S.SUBMITTED, request_id="found at the provider"))
    assert journal.attempt(A1).state is S.SUBMITTED
    journal.record(A1, record(S.FAILED))
    journal.record(A1, record(S.UNKNOWN, 2))
    assert journal.attempt(A1).state is S.UNKNOWN
    with pytest.raises(RecoilError, match="is unknown; it can not become submitted"):
        journal.record(A1, record(S.SUBMITTED, request_id="of another job"))
    journal.record(A1, record(S.SETTLED))
    assert [item.state for item in journal.attempt(A1).records] == [
        *(S.SENDING, S.UNKNOWN, S.SUBMITTED, S.FAILED, S.UNKNOWN, S.SETTLED)
    ]


def test_unfinished_lists_exactly_the_open_attempts_of_every_episode(
    journal: AttemptJournal, layout: Layout
) -> None:
    assert journal.unfinished() == ()
    for number in (1, 2, 3):
        journal.open(intent(number))
    journal.open(intent(attempt_id="ep_002.take.0dd.0001"))
    for state in (S.ABANDONED, S.SETTLED):
        journal.record("ep_001.take.5e7.0002", record(state))
    journal.record(A1, record(S.SENDING))
    journal.record(A1, record(S.UNKNOWN))
    assert [attempt.attempt_id for attempt in AttemptJournal(layout).unfinished()] == [
        *(A1, "ep_001.take.5e7.0003", "ep_002.take.0dd.0001")
    ]


def test_opening_an_attempt_that_is_settled_does_not_make_it_unfinished(journal: AttemptJournal) -> None:
    brought_to(journal, S.ABANDONED, S.SETTLED)
    with pytest.raises(RecoilError):
        journal.open(intent())
    assert journal.unfinished() == ()


def test_a_crash_before_the_intent_leaves_nothing_unfinished(journal: AttemptJournal, layout: Layout) -> None:
    (layout.attempts / "open").mkdir(parents=True)
    (layout.attempts / "open" / A1).touch()
    assert journal.unfinished() == ()


def test_files_of_others_in_the_journal_do_not_stop_it(journal: AttemptJournal, layout: Layout) -> None:
    journal.open(intent())
    (layout.attempts / "open" / ".DS_Store").write_text("finder")
    (folder(layout).parent / ".DS_Store").write_text("finder")
    assert [attempt.attempt_id for attempt in journal.unfinished()] == [A1]
    assert len(journal.attempts("ep_001", "take", "5e7")) == 1


@pytest.mark.parametrize(
    "attempt_id",
    [
        *("", "ep_001", "ep_001.take.5e7", "ep_001.take.5e7.0001.x", "a/b.take.5e7.0001", "../a.5e7.0001"),
        *("/outside.take.5e7.0001", "ep_001.take/../../x.5e7.0001", "ep_001.take.5e7.0001\n", "..x.y"),
    ],
)
def test_an_attempt_id_that_would_leave_its_place_is_refused(
    journal: AttemptJournal, layout: Layout, attempt_id: str
) -> None:
    before = sorted(layout.root.parent.rglob("*"))
    bad = intent().model_copy(update={"attempt_id": attempt_id})
    for call in (
        lambda: journal.open(bad),
        lambda: journal.attempt(attempt_id),
        lambda: journal.record(attempt_id, record(S.SENDING)),
        lambda: journal.make_room(attempt_id),
    ):
        with pytest.raises(RecoilError, match="is not an attempt id"):
            call()
    assert sorted(layout.root.parent.rglob("*")) == before


def test_an_attempt_behind_a_link_that_leaves_the_project_is_refused(
    journal: AttemptJournal, layout: Layout, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    layout.attempts.mkdir(parents=True)
    (layout.attempts / "ep_001").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RecoilError, match="outside the project"):
        journal.open(intent())
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_an_attempt_that_does_not_exist_is_named(journal: AttemptJournal) -> None:
    with pytest.raises(RecoilError, match=f"there is no attempt {A1}"):
        journal.attempt(A1)


def test_a_damaged_intent_is_reported_and_not_skipped(journal: AttemptJournal, layout: Layout) -> None:
    journal.open(intent())
    (folder(layout) / "intent.json").write_bytes(b"{}")
    with pytest.raises(RecoilError, match="damaged"):
        journal.unfinished()


def test_every_attempt_is_listed_by_name_settled_damaged_or_open(
    journal: AttemptJournal, layout: Layout
) -> None:
    brought_to(journal, S.ABANDONED, S.SETTLED)
    journal.open(intent(2))
    journal.open(intent(attempt_id="ep_002.board.0dd.0001"))
    (folder(layout, "0002") / "intent.json").write_bytes(b"{}")
    (folder(layout, "0003")).mkdir()
    (folder(layout, "0001 copy")).mkdir()
    (folder(layout, "0001 copy") / "intent.json").write_bytes(b"{}")
    assert journal.ids() == (A1, "ep_001.take.5e7.0002", "ep_002.board.0dd.0001")
    assert journal.open_ids() == ("ep_001.take.5e7.0002", "ep_002.board.0dd.0001")


def test_a_journal_without_attempts_lists_none(journal: AttemptJournal) -> None:
    assert (journal.ids(), journal.open_ids()) == ((), ())


def test_a_project_is_booked_under_its_first_name_for_ever(journal: AttemptJournal, layout: Layout) -> None:
    assert journal.booked_as("Saltlight") == "Saltlight"
    assert AttemptJournal(layout).booked_as("Saltlight, second draft") == "Saltlight"
    journal.open(intent())
    assert journal.booked_as("third") == "Saltlight"


def test_a_journal_that_never_kept_a_name_takes_the_one_of_its_oldest_attempt(
    journal: AttemptJournal,
) -> None:
    journal.open(intent(1).model_copy(update={"project": "renamed", "created_at": "2026-03-02T00:00:00Z"}))
    journal.open(intent(2).model_copy(update={"project": "the first", "created_at": "2026-03-01T00:00:00Z"}))
    assert journal.booked_as("renamed again") == "the first"


def test_two_that_name_a_project_at_once_agree(layout: Layout) -> None:
    start = threading.Barrier(8)

    def name(number: int) -> str:
        start.wait()
        return AttemptJournal(layout).booked_as(f"name {number}")

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(name, range(8)))) == 1
