"""An attempt's file: its intent on the first line, a state it reached on every other one, and room for more.

Every line has its own digest. What is torn at the end, as a cut of power leaves it, reads as if it had not been
written, but for one: behind what means *unsent* it may have been ``sending``, and so it reads. What is damaged before a
whole line is refused. Behind the lines are zeros, written and synced when the file is made: a state recorded there
needs no space and changes no metadata.
"""

from pathlib import Path
from typing import NamedTuple

from recoil_assets.domain.attempt import Attempt, AttemptIntent, AttemptState, StateRecord
from recoil_assets.domain.errors import RecoilError
from resources.project_store.durable import sealed_json, unseal_json

ROOM_BYTES = 8 * 1024
"""More than all states of an attempt take, the provider's own words among them."""
_BLOCK_BYTES = 4 * 1024
_UNSENT = (AttemptState.INTENT, AttemptState.REFUSED)
_STATE_BEGINS = b'{"content":{"at":'
"""A state's line as ``sealed_json`` begins it. More than its first word: a provider's answer may hold that."""
_MOST_TORN = 2 * 1024
"""Bytes of something torn that are kept: a request id with its addresses is far shorter."""


class AttemptFile(NamedTuple):
    """What an attempt's file holds.

    Attributes:
        data: all of its bytes.
        end: how many of them are whole lines; the next line goes there.
        torn: how many behind those are neither a line nor room.
        unread: the send that the torn bytes may have been. It is one of the attempt's records, and is written with the
            next one; None where they are nothing that matters.
    """

    data: bytes
    attempt: Attempt
    end: int
    torn: int
    unread: StateRecord | None = None

    @property
    def room(self) -> int:
        """Bytes that are set aside for states to come."""
        return len(self.data) - self.end

    def require_may_become(self, state: AttemptState) -> None:
        """Refuse a state that can not follow; ``RecoilError``."""
        attempt = self.attempt
        if not attempt.may_become(state):
            raise RecoilError(
                f"attempt {attempt.attempt_id} is {attempt.state}; it can not become {state}",
                cure="run again to carry it through; recoil take list shows where it stands",
            )

    def added(self, record: StateRecord) -> tuple[bytes, "AttemptFile"]:
        """The bytes to write at ``end``, over what is torn there, and the file as it is then.

        What was torn is kept as a fact of the record: it may hold the request id of a job that is paid for.
        """
        if self.torn and self.unread is None:
            record = record.model_copy(
                update={"facts": {**record.facts, "torn": _text(self.data[self.end :][: self.torn])}}
            )
        lead = b"" if self.data[self.end - 1 : self.end] == b"\n" else b"\n"
        line = lead + (sealed_json(self.unread) if self.unread else b"") + sealed_json(record)
        written = line.ljust(self.torn, b"\0")
        data = self.data[: self.end] + written + self.data[self.end + len(written) :]
        attempt = self.attempt.model_copy(update={"records": (*self.attempt.records, record)})
        return written, AttemptFile(data, attempt, self.end + len(line), 0)


def new_attempt_file(intent: AttemptIntent) -> AttemptFile:
    """The file of an attempt that was just opened."""
    line = sealed_json(intent)
    blocks = -(-(len(line) + ROOM_BYTES) // _BLOCK_BYTES)
    return AttemptFile(line.ljust(blocks * _BLOCK_BYTES, b"\0"), Attempt(intent=intent), len(line), 0)


def attempt_file(path: str | Path, data: bytes) -> AttemptFile:
    """What the bytes of an attempt's file say.

    Raises:
        RecoilError: its intent is damaged, or a state that others came after: what it said of money is lost.
    """
    used = data.rstrip(b"\0")
    lines = used.splitlines(keepends=True)
    contents = [unseal_json(line) for line in lines]
    whole = next((index for index, content in enumerate(contents) if content is None), len(contents))
    behind = b"".join(lines[whole:])
    if whole == 0 or any(content is not None for content in contents[whole:]) or _begins_within(behind):
        raise RecoilError(f"{path} is damaged", cure="restore state/attempts from a backup")
    intent, *records = contents[:whole]
    attempt = Attempt(
        intent=AttemptIntent.model_validate(intent),
        records=tuple(StateRecord.model_validate(record) for record in records),
    )
    end, torn = len(used) - len(behind), len(behind)
    if not torn or attempt.state not in _UNSENT:
        return AttemptFile(data, attempt, end, torn)
    unread = _perhaps_sent(attempt, behind)
    sent = attempt.model_copy(update={"records": (*attempt.records, unread)})
    return AttemptFile(data, sent, end, torn, unread)


def _perhaps_sent(attempt: Attempt, torn: bytes) -> StateRecord:
    """The send that torn bytes may have been: an attempt that can not be read for sure must not pass for unsent."""
    last = attempt.records[-1].at if attempt.records else attempt.intent.created_at
    return StateRecord(
        state=AttemptState.SENDING, ordinal=attempt.sends + 1, at=last, facts={"torn": _text(torn)}
    )


def _text(torn: bytes) -> str:
    """What can be read of bytes that are torn."""
    return torn.replace(b"\0", b"")[:_MOST_TORN].decode(errors="replace")


def _begins_within(data: bytes) -> bool:
    """Whether a state, whole or not, begins behind the first byte of ``data``."""
    return data.find(_STATE_BEGINS, 1) > 0
