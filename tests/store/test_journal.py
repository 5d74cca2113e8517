import fcntl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recoil_assets.domain.attempt import AttemptState
from recoil_assets.domain.errors import RecoilError
from resources.project_store.journal import AttemptJournal
from resources.project_store.layout import Layout
from tests.support.attempt_lines import INTENT, attempt_path, cut_line, flip_byte, line_of

from .samples import intent, record

A1 = "ep_001.take.5e7.0001"
S = AttemptState


@pytest.fixture
def journal(layout: Layout) -> AttemptJournal:
    return AttemptJournal(layout)


def file(layout: Layout, attempt_id: str = A1) -> Path:
    return attempt_path(layout.root, attempt_id)


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


@pytest.mark.parametrize(
    ("brought", "states"),
    [
        ((), (S.SENDING, S.ABANDONED)),
        ((), (S.SENDING, S.SENDING)),
        ((S.SENDING, S.REFUSED), (S.SENDING, S.ABANDONED)),
        ((S.SENDING,), (S.SUBMITTED, S.REFUSED)),
    ],
)
def test_of_many_that_reach_for_a_state_at_once_one_does(
    journal: AttemptJournal,
    layout: Layout,
    brought: tuple[AttemptState, ...],
    states: tuple[AttemptState, ...],
) -> None:
    """All have read the attempt before any of them writes: what the file says then decides."""
    brought_to(journal, *brought)
    ordinal = 1 + brought.count(S.REFUSED)
    start = threading.Barrier(8)

    def reach(number: int) -> AttemptState | None:
        other, state = AttemptJournal(layout), states[number % len(states)]
        assert other.attempt(A1).may_become(state)
        start.wait()
        try:
            return other.record(A1, record(state, ordinal)).state
        except RecoilError:
            return None

    with ThreadPoolExecutor(8) as threads:
        reached = [state for state in threads.map(reach, range(8)) if state is not None]
    assert len(reached) == 1
    assert [item.state for item in journal.attempt(A1).records] == [*brought, *reached]


def test_an_attempt_that_another_process_writes_is_refused_after_a_wait(
    layout: Layout,
) -> None:
    journal = AttemptJournal(layout, lock_wait_s=0.05)
    journal.open(intent())
    with file(layout).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(RecoilError, match="is being written by another process"):
            journal.record(A1, record(S.SENDING))
    assert journal.record(A1, record(S.SENDING)).state is S.SENDING


def test_room_for_every_state_is_set_aside_when_an_attempt_is_opened(
    journal: AttemptJournal, layout: Layout
) -> None:
    journal.open(intent())
    room = file(layout).stat()
    assert room.st_blocks * 512 >= room.st_size >= 8 * 1024, "written, not only promised"
    long = {"request_id": "r-1", "handles": {"status_url": "u" * 900}}
    brought = {
        S.SENDING: {},
        S.SUBMITTED: long,
        S.COMPLETED: {"result": "v" * 900},
        S.DOWNLOADED: {},
        S.SETTLED: {},
    }
    for state, facts in brought.items():
        journal.record(A1, record(state, **facts))
    after = file(layout).stat()
    assert (after.st_ino, after.st_size, after.st_blocks) == (room.st_ino, room.st_size, room.st_blocks)


def test_room_that_was_used_up_is_set_aside_again_before_the_next_send(
    journal: AttemptJournal, layout: Layout
) -> None:
    journal.open(intent())
    for number in range(1, 4):
        journal.record(A1, record(S.SENDING, number))
        journal.record(A1, record(S.REFUSED, number, error="try again " * 300))
    _, end = line_of(file(layout), S.REFUSED)
    assert file(layout).stat().st_size < end + 4 * 1024, "it is used up"
    journal.make_room(A1)
    room = file(layout).stat()
    assert room.st_blocks * 512 >= room.st_size >= end + 4 * 1024
    assert AttemptJournal(layout).attempt(A1).sends == 3


@pytest.mark.parametrize("kept", [0, 1, 21, 100])
def test_a_torn_submitted_reads_as_the_state_before_it(
    journal: AttemptJournal, layout: Layout, kept: int
) -> None:
    brought_to(journal, S.SENDING, S.SUBMITTED)
    cut_line(file(layout), S.SUBMITTED, kept)
    assert journal.attempt(A1).state is S.SENDING


def test_a_record_whose_bytes_were_altered_is_not_believed(journal: AttemptJournal, layout: Layout) -> None:
    brought_to(journal, S.SENDING, S.SUBMITTED)
    path = file(layout)
    path.write_bytes(
        path.read_bytes().replace(b'"ordinal":1,"state":"submitted"', b'"ordinal":2,"state":"submitted"')
    )
    assert journal.attempt(A1).state is S.SENDING


def test_a_send_that_can_not_be_read_is_never_taken_back_or_repeated_and_ends_as_unknown(
    journal: AttemptJournal, layout: Layout
) -> None:
    """The provider may have been asked: the money must not be freed before somebody knows."""
    brought_to(journal, S.SENDING)
    flip_byte(file(layout), S.SENDING, 60)
    for writer in (journal, AttemptJournal(layout)):
        for state in (S.ABANDONED, S.SENDING):
            with pytest.raises(RecoilError, match="is sending; it can not become"):
                writer.record(A1, record(state))
    assert [attempt.state for attempt in journal.unfinished()] == [S.SENDING]

    journal.record(A1, record(S.UNKNOWN))
    attempt = AttemptJournal(layout).attempt(A1)
    assert [item.state for item in attempt.records] == [S.SENDING, S.UNKNOWN]
    assert '"state":"sending"' in attempt.records[0].facts["torn"]
    assert attempt.was_sent
    journal.record(A1, record(S.SETTLED))
    assert AttemptJournal(layout).attempt(A1).state is S.SETTLED


@pytest.mark.parametrize("state", [S.SENDING, S.ABANDONED])
def test_what_is_torn_behind_a_refusal_reads_as_another_send(
    journal: AttemptJournal, layout: Layout, state: AttemptState
) -> None:
    brought_to(journal, S.SENDING, S.REFUSED)
    journal.record(A1, record(state, 2))
    cut_line(file(layout), state, 40)
    attempt = AttemptJournal(layout).attempt(A1)
    assert [(item.state, item.ordinal) for item in attempt.records] == [
        *((S.SENDING, 1), (S.REFUSED, 1), (S.SENDING, 2))
    ]


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
    (file(layout).parent / ".DS_Store").write_text("finder")
    (file(layout).parent / "0001 copy.jsonl").write_bytes(file(layout).read_bytes())
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
    cut_line(file(layout), INTENT, 40)
    with pytest.raises(RecoilError, match="damaged"):
        journal.unfinished()


def test_every_attempt_is_listed_by_name_settled_damaged_or_open(
    journal: AttemptJournal, layout: Layout
) -> None:
    brought_to(journal, S.ABANDONED, S.SETTLED)
    journal.open(intent(2))
    journal.open(intent(attempt_id="ep_002.board.0dd.0001"))
    cut_line(file(layout, "ep_001.take.5e7.0002"), INTENT, 40)
    (file(layout).parent / "0003").touch()
    (file(layout).parent / "0001 copy.jsonl").write_bytes(b"{}")
    assert journal.ids() == (A1, "ep_001.take.5e7.0002", "ep_002.board.0dd.0001")
    assert journal.open_ids() == ("ep_001.take.5e7.0002", "ep_002.board.0dd.0001")


def test_a_journal_of_the_earlier_form_is_refused_by_name_and_never_passed_over(
    journal: AttemptJournal, layout: Layout
) -> None:
    """A folder an attempt, a file a state: who takes it for nothing sends everything again."""
    folder = file(layout).with_suffix("")
    folder.mkdir(parents=True)
    (folder / "intent.json").write_text("{}")
    (layout.attempts / "open").mkdir()
    (layout.attempts / "open" / A1).touch()
    for call in (
        lambda: journal.open(intent()),
        lambda: journal.attempt(A1),
        lambda: journal.record(A1, record(S.SENDING)),
        lambda: journal.attempts("ep_001", "take", "5e7"),
        journal.ids,
        journal.open_ids,
        journal.unfinished,
    ):
        with pytest.raises(RecoilError, match="recorded by an earlier Recoil") as refused:
            call()
        assert str(folder) in refused.value.message


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
