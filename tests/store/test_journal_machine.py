"""The journal against a plain list: two writers that take turns, and readers that start afresh."""

import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from recoil_assets.domain.attempt import TRANSITIONS, AttemptState
from recoil_assets.domain.errors import RecoilError
from resources.project_store.journal import AttemptJournal
from resources.project_store.layout import Layout

from .samples import intent, record

S = AttemptState
MEMORY = Path("/dev/shm")  # noqa: S108  each example has a folder of its own there; it spares the disk's fsyncs


class JournalMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.layout = Layout(Path(self.folder.name))
        self.writers = (AttemptJournal(self.layout), AttemptJournal(self.layout))
        self.model: dict[str, list[AttemptState]] = {}

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(number=st.integers(1, 3), writer=st.integers(0, 1))
    def open(self, number: int, writer: int) -> None:
        new = intent(number)
        try:
            self.writers[writer].open(new)
        except RecoilError:
            assert new.attempt_id in self.model
        else:
            assert new.attempt_id not in self.model
            self.model[new.attempt_id] = []

    @precondition(lambda self: self.model)
    @rule(data=st.data(), writer=st.integers(0, 1))
    def record(self, data: st.DataObject, writer: int) -> None:
        attempt_id = data.draw(st.sampled_from(sorted(self.model)))
        states = self.model[attempt_id]
        now = states[-1] if states else S.INTENT
        possible = sorted(TRANSITIONS[now]) or list(AttemptState)
        state = data.draw(st.sampled_from(possible) | st.sampled_from(AttemptState))
        new = record(state, self._ordinal(states, state), turn=len(states))
        allowed = state in TRANSITIONS[now] and not (state is S.SUBMITTED and state in states)
        try:
            self.writers[writer].record(attempt_id, new)
        except RecoilError:
            assert not allowed, f"{now} -> {state}"
        else:
            assert allowed, f"{now} -> {state}"
            states.append(state)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def make_room(self, data: st.DataObject) -> None:
        self.writers[0].make_room(data.draw(st.sampled_from(sorted(self.model))))

    @invariant()
    def a_fresh_reader_reads_what_was_written(self) -> None:
        reader = AttemptJournal(self.layout)
        for attempt_id, states in self.model.items():
            records = reader.attempt(attempt_id).records
            assert [item.state for item in records] == states
            assert [item.facts["turn"] for item in records] == list(range(len(states)))
        unfinished = {attempt.attempt_id for attempt in reader.unfinished()}
        assert unfinished == {key for key, states in self.model.items() if S.SETTLED not in states}

    @invariant()
    def what_was_sent_or_given_up_stays_so(self) -> None:
        """Said without the product's table of transitions, which the rule above takes for granted."""
        for states in self.model.values():
            for before, state in pairwise(states):
                assert state is not S.SENDING or before is S.REFUSED, "sent again although nobody refused it"
                assert state is not S.ABANDONED or before is S.REFUSED, "given up although it may be sent"
                assert before is not S.ABANDONED or state is S.SETTLED
            assert states.count(S.SUBMITTED) <= 1, "a request id is given once"
            assert S.SETTLED not in states[:-1], "nothing follows the end"

    @staticmethod
    def _ordinal(states: list[AttemptState], state: AttemptState) -> int:
        """As the dispatcher counts: sends and what ends them by number, an unknown failure as the second."""
        if state in (S.SENDING, S.ABANDONED):
            return states.count(S.SENDING) + 1
        if state is S.REFUSED:
            return max(states.count(S.SENDING), 1)
        return 2 if state is S.UNKNOWN and S.FAILED in states else 1


JournalMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
TestJournalMachine = JournalMachine.TestCase
